"""What happens when an edition is due: it is built, checked, approved if it may be, and sent once.

Each step looks at what the ledger says and does the next thing, so that a restart, a second
scheduler on another host or an alarm that rings twice changes nothing: newsletter and issue
date are a unique key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from digest.clock import Clock
from digest.delivery.plan import Planner
from digest.editing.desk import Desk
from digest.editing.review import blocking
from digest.errors import DigestError, NobodyToMail, WrongState
from digest.log import get
from digest.model import Edition, EditionState
from digest.storage.editions import Editions

log = get(__name__)

BY = "schedule"
"""Who approves editions of newsletters that need no person for it."""


class EditionOpener:
    """Takes a newsletter's edition as far as it can go by itself."""

    def __init__(
        self,
        *,
        desk: Desk,
        editions: Editions,
        planner: Planner,
        fenced_at: Callable[[], datetime | None],
        clock: Clock,
    ) -> None:
        """`fenced_at`: see `digest.storage.instance.Instance.fenced_at`."""
        self._desk = desk
        self._editions = editions
        self._planner = planner
        self._fenced_at = fenced_at
        self._clock = clock

    def open_edition(self, name: str, issue_date: date, due: datetime) -> None:
        """Build the edition that is due, unless that date already has one, and move it on.

        A draft that a person made is built again with its overrides and becomes the schedule's: a look
        at the day's edition must not keep it from going out. Overdue by more than the newsletter's
        grace, it is held: a restored backup or a machine that was off must not mail yesterday's news.
        """
        current = self._editions.of(name, issue_date)
        if current is None or (current.state is EditionState.DRAFT and not current.scheduled):
            built = (
                self._desk.rebuild(current, overrides={}, accept=(), by=BY, due=due)
                if current
                else self._desk.build(name, issue_date=issue_date, scheduled=True, due=due)
            )
            for problem in built.problems:
                log.warning("left out", newsletter=name, source=problem.ref, problem=problem.message)
            try:
                edition_id = self._desk.keep(built, new=current is None)
            except WrongState:
                return  # another scheduler or a person was faster: that edition is the date's
            log.info("edition opened", edition=edition_id, newsletter=name, stories=len(built.draft.stories))
        self.advance()

    def advance(self) -> None:
        """Move every scheduled edition that waits for nobody: approve what may be, send what is approved."""
        for edition in self._editions.listing(states=(EditionState.DRAFT, EditionState.APPROVED)):
            if not edition.scheduled or edition.due_at is None or edition.due_at > self._clock():
                continue
            try:
                if self._fenced(edition):
                    self._hold(edition, f"possible restore: it may have been sent; {_GOES_ON % edition.id}")
                elif edition.state is EditionState.DRAFT:
                    self._review(edition)
                elif self._overdue(edition):
                    self._hold(edition, self._too_late(edition))
                else:
                    self._planner.freeze(edition.id)
                    log.info("edition sending", edition=edition.id)
            except WrongState:
                continue  # somebody else moved it meanwhile
            except NobodyToMail as error:
                self._hold(edition, str(error))
            except DigestError as error:
                log.error("edition stuck", edition=edition.id, reason=str(error))

    def _review(self, edition: Edition) -> None:
        if self._overdue(edition):
            self._hold(edition, self._too_late(edition))
        elif found := blocking(edition):
            self._hold(edition, f"{len(found)} error findings; see `digest editions show {edition.id}`")
        elif self._desk.newsletter(edition.newsletter).approval == "automatic":
            self._editions.approve(edition.id, fingerprint=edition.fingerprint, by=BY, at=self._clock())
            self._planner.freeze(edition.id)
            log.info("edition sending", edition=edition.id)

    def _hold(self, edition: Edition, reason: str) -> None:
        self._editions.hold(edition.id, reason=reason)
        log.warning("edition held", edition=edition.id, newsletter=edition.newsletter, reason=reason)

    def _overdue(self, edition: Edition) -> bool:
        """Whether its grace has passed since it was due, or since a person approved it after that."""
        schedule = self._desk.newsletter(edition.newsletter).schedule
        grace = schedule.grace if schedule else timedelta(0)
        return self._clock() - _since(edition) > grace

    def _fenced(self, edition: Edition) -> bool:
        """Whether these data were taken for a copy after it was due, and no person has approved it since."""
        fenced_at = self._fenced_at()
        return fenced_at is not None and _since(edition) <= fenced_at

    def _too_late(self, edition: Edition) -> str:
        late = self._clock() - (edition.due_at or self._clock())
        minutes = int(late.total_seconds() // 60)
        return f"overdue by {minutes // 60} h {minutes % 60} min, more than the grace; {_GOES_ON % edition.id}"


_GOES_ON = "`digest editions approve %d` sends it all the same"


def _since(edition: Edition) -> datetime:
    """When it fell due, or when a person approved it after that."""
    return max(moment for moment in (edition.due_at, edition.approved_at) if moment is not None)
