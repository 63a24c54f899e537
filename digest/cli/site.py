"""The public pages over this installation's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from digest.cli.house import House
    from digest.web.hooks import Hooks


@contextmanager
def taking_hooks(house: House) -> Iterator[Hooks]:
    """The hooks of every account that can prove its reports, while the block runs."""
    from digest.delivery.intake import Intake
    from digest.web.certificates import Certificates
    from digest.web.hooks import Account, Hooks

    accounts = {
        name: Account(hook=opening.hook, secrets=opening.secrets, lock=opening.lock)
        for name, opening in house.hooks.items()
        if not opening.lacks
    }
    with Certificates() as certificates, Intake(house.reports, complained=house.health.weigh) as intake:
        yield Hooks(accounts, intake, certificates, clock=house.clock)


def public_site(house: House, *, hooks: Hooks | None = None) -> Starlette:
    """Leaving, editions in the browser with their pictures, articles pushed by programs, and what providers report."""
    from digest.errors import NotFound
    from digest.message import CompiledEdition
    from digest.pages.pages import Pages
    from digest.resources import shipped
    from digest.web.app import public_app
    from digest.web.articles import Pushing
    from digest.web.gallery import Gallery, Sharing, with_sharing
    from digest.web.readers import Readers
    from subscribers.tokens import UnsubscribeTokens

    base_url = house.settings.site.base_url

    def edition_html(public_id: str) -> str | None:
        try:
            edition = house.editions.online(public_id)
        except NotFound:
            return None
        message = CompiledEdition.from_json(house.editions.message(edition.id)).message
        address = f"{base_url}/editions/{public_id}"
        sharing = Sharing(
            title=edition.subject,
            description=edition.stories[0].dek or message.preheader,
            site=house.editions.sender(edition.id).title,
            url=address,
            card=f"{address}/card.png" if house.pictures.card(edition.fingerprint) else None,
        )
        # Anybody may read it here, so its slots speak to anybody and its link unsubscribes nobody.
        html = message.html.fill({"sent_to": "", "unsubscribe_url": f"{base_url}/u/reader"})
        return with_sharing(html, sharing)

    def card(public_id: str) -> bytes | None:
        try:
            return house.pictures.card(house.editions.online(public_id).fingerprint)
        except NotFound:
            return None

    titles = {name: newsletter.title for name, newsletter in house.settings.newsletter.items()}
    readers = Readers(house.database, UnsubscribeTokens(house.keys), titles=titles, clock=house.clock)
    tokens = house.settings.push_tokens()
    return public_app(
        pages=Pages(*house.settings.templates_of("pages"), shipped("templates/pages")),
        roll=readers,
        edition_html=edition_html,
        gallery=Gallery(house.media, card),
        pushing=Pushing(house.sources, tokens=tokens, clock=house.clock) if tokens else None,
        hooks=hooks,
    )
