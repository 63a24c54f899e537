"""`digest preview`: the next edition in the browser, made again whenever a file is saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.model import Finding

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from digest.cli.house import House
    from digest.editing.desk import Built
    from digest.web.preview import PreviewEdition


@click.command()
@click.argument("newsletter", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8026, show_default=True, help="0 takes a free one.")
@click.option("--articles", type=click.Path(path_type=Path), metavar="DIR", help="Take this folder, not its sources.")
@click.pass_obj
def preview(config: str | None, newsletter: str | None, port: int, articles: Path | None) -> int:
    """Look at a newsletter's next edition in the browser.

    On desktop and phone, light and dark, as text and source, with its findings. The page reloads when
    an article or a template is saved; settings are read at the start. Only this machine can open it,
    and nothing is kept or sent. Ctrl-C stops it.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.cli.waiting import until_interrupted
    from digest.pages.server import Server

    house = House.of(config)
    if newsletter is not None:
        house.desk.newsletter(newsletter)
    with Server(preview_of(house, articles), port=port) as server:
        say(f"Preview: {server.url}/{newsletter or ''}  (Ctrl-C stops it)")
        until_interrupted()
    return 0


def preview_of(house: House, articles: Path | None) -> Starlette:
    """The preview's web app over this installation's newsletters."""
    from digest.pages.pages import Pages
    from digest.resources import shipped
    from digest.web.preview import preview_app

    sources = [house.settings.resolve(source.path) for source in house.settings.source.values() if source.path]
    watch = [*house.templates.folders, *([articles] if articles else sources)]
    return preview_app(HouseDrafts(house, articles), watch, Pages(shipped("templates/pages")), house.media)


class HouseDrafts:
    """`digest.web.preview.Drafts`: what the desk would build now."""

    def __init__(self, house: House, articles: Path | None) -> None:
        self._house = house
        self._articles = articles

    def newsletters(self) -> Mapping[str, str]:
        return {name: newsletter.title for name, newsletter in self._house.settings.newsletter.items()}

    def build(self, newsletter: str) -> PreviewEdition:
        from digest.delivery.letters import Values, letter
        from digest.delivery.trial import TRIAL_READER, headers
        from digest.web.preview import PreviewEdition, Remark

        built = self._house.desk.build(newsletter, folder=self._articles)
        draft = built.draft
        values = Values(
            edition_id=0,
            newsletter=newsletter,
            sender=draft.sender,
            sent_to=built.message.sent_to,
            key=self._house.keys[0],
        ).of(TRIAL_READER)
        made = letter(built.message, draft.sender, scheduled=False)
        remarks = [Remark("The edition", finding) for finding in draft.findings]
        for story in (*draft.stories, *draft.left_out):
            remarks.extend(Remark(story.headline, finding) for finding in story.findings)
        return PreviewEdition(
            subject=draft.subject,
            preheader=built.message.preheader,
            html=made.html.fill(values),
            text=made.text.fill(values),
            source_html=built.message.source_html,
            headers=tuple(headers(made, values, at=self._house.clock()).items()),
            remarks=tuple(sorted(remarks, key=_gravity)),
            warnings=_warnings(built),
        )


def _gravity(remark: tuple[str, Finding]) -> int:
    return ("error", "warning", "info").index(remark[1].severity)


def _warnings(built: Built) -> tuple[str, ...]:
    unread = [f"Not read: {problem.ref}: {problem.message}" for problem in built.problems]
    left_out = [f"{story.findings[-1].message} “{story.headline}”" for story in built.draft.left_out]
    return (*unread, *left_out)
