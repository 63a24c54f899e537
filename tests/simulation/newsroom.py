"""A newsroom with one story: drafts of the day's edition, ready at once.

Writing and rendering are no part of what may go wrong between processes, so they are left out; keeping
a draft is production code.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

from digest.clock import Clock
from digest.message import CompiledEdition, CompiledMessage, Slot, Slotted
from digest.model import Edition, EditionState
from digest.signing import key_id
from digest.storage.drafts import Draft, Sender
from digest.storage.editions import Editions

KEY = "a-signing-key-for-simulations"
GRACE = timedelta(hours=12)


class Built(NamedTuple):
    """As `digest.editing.desk.Built`."""

    draft: Draft
    problems: tuple[()] = ()


class Newsroom:
    """What `EditionOpener` asks of a desk."""

    def __init__(self, editions: Editions, clock: Clock, *, kind: str) -> None:
        self._editions = editions
        self._clock = clock
        self._kind = kind

    def newsletter(self, _name: str) -> SimpleNamespace:
        """Approved by itself, with a grace."""
        return SimpleNamespace(approval="automatic", schedule=SimpleNamespace(grace=GRACE))

    def build(self, name: str, *, issue_date: date, scheduled: bool, due: datetime) -> Built:
        """The draft of a date."""
        return Built(_draft(name, issue_date, scheduled, due, self._kind))

    def rebuild(
        self, edition: Edition, *, overrides: dict[str, str], accept: tuple[str, ...], by: str, due: datetime
    ) -> Built:
        """The same."""
        return self.build(edition.newsletter, issue_date=edition.issue_date, scheduled=True, due=due)

    def keep(self, built: Built, *, new: bool) -> int:
        """As `digest.editing.desk.Desk.keep`."""
        return self._editions.save(built.draft, (), state=EditionState.DRAFT, reason="", at=self._clock(), new=new)


@cache
def _draft(name: str, issue_date: date, scheduled: bool, due: datetime, kind: str) -> Draft:
    body = Slotted(("<p>Salt works reopen</p>", Slot("unsubscribe_url", "html")))
    message = CompiledMessage.plain(
        subject="Salt works reopen", html=body, text=Slotted(("Salt works reopen\n", Slot("unsubscribe_url", "text")))
    )
    return Draft(
        newsletter=name,
        issue_date=issue_date,
        public_id=f"public-{issue_date}",
        subject="Salt works reopen",
        stories=(),
        left_out=(),
        findings=(),
        message=CompiledEdition.alone(message).to_json(),
        sender=Sender(
            title="The Morning Tide",
            from_name="The Morning Tide",
            from_address="tide@news.example.org",
            reply_to="desk@news.example.org",
            list_id="morning.news.example.org",
            language="en",
            base_url="https://digest.example.org",
            kind=kind,
            stream="broadcast",
            signing_key=key_id(KEY),
        ),
        provider="main",
        overrides={},
        scheduled=scheduled,
        due_at=due,
    )
