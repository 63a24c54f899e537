"""The alarm clock: APScheduler rings, `digest.schedule.open_edition` does the work.

Jobs live in memory and come from config.toml at every start; what has happened is in the
ledger, never in the scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from digest.clock import Clock
from digest.log import get
from digest.schedule.open_edition import EditionOpener
from digest.schedule.trigger import WallClock
from digest.settings import Newsletter, Schedule
from digest.storage.editions import Editions

SWEEP = timedelta(seconds=20)
"""How soon an edition that a person approved begins to be sent, and one that could not be opened is tried again."""

LOOK_BACK = timedelta(days=8)
"""Every schedule was due at least once in so many days."""

log = get(__name__)


def trigger(schedule: Schedule) -> WallClock:
    """When that schedule is due."""
    return WallClock(schedule.weekdays, schedule.at, schedule.zone)


def last_due(schedule: Schedule, now: datetime) -> tuple[date, datetime] | None:
    """The newest occurrence that is not in the future: issue date and instant."""
    clock = trigger(schedule)
    due = clock.get_next_fire_time(None, now - LOOK_BACK)
    last = None
    while due <= now:
        last = due
        due = clock.get_next_fire_time(due, now)
    return None if last is None else (clock.occurrence(last), last)


class Alarm:
    """Rings for every newsletter with a schedule, from `start` to `stop`."""

    def __init__(
        self,
        *,
        newsletters: Mapping[str, Newsletter],
        opener: EditionOpener,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self._newsletters = {name: newsletter for name, newsletter in newsletters.items() if newsletter.schedule}
        self._opener = opener
        self._editions = editions
        self._clock = clock
        self._missed: set[str] = set()
        """Newsletters whose edition could not be opened when it was due."""
        self._scheduler = BackgroundScheduler(timezone=UTC)

    def start(self) -> dict[str, datetime]:
        """Catch up with what fell due meanwhile, then wait; when each newsletter is due next."""
        for name in self._newsletters:
            self.ring(name)
        for name, newsletter in self._newsletters.items():
            assert newsletter.schedule is not None  # noqa: S101 - chosen for having one
            # No misfire is too old and no two rings overlap: `ring` asks the ledger what is still to be done.
            self._scheduler.add_job(
                self._due,
                trigger(newsletter.schedule),
                args=[name],
                id=name,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )
        self._scheduler.add_job(
            self._sweep, "interval", seconds=SWEEP.total_seconds(), max_instances=1, misfire_grace_time=None
        )
        self._scheduler.start()
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs() if job.id in self._newsletters}

    def stop(self) -> None:
        """Ring no more; a job under way ends first."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def ring(self, name: str) -> None:
        """Open what fell due last while nobody was awake, if the schedule ever opened an edition of it.

        A newsletter whose schedule is new begins with the next one due.
        """
        if any(edition.scheduled for edition in self._editions.listing(name)):
            self._due(name)

    def _due(self, name: str) -> None:
        schedule = self._newsletters[name].schedule
        occurrence = last_due(schedule, self._clock()) if schedule else None
        if occurrence is None:
            return
        issue_date, due = occurrence
        try:
            self._opener.open_edition(name, issue_date, due)
        except Exception as error:
            # Whatever it is, it must keep neither the other newsletters nor the public pages from running.
            self._missed.add(name)
            reason = f"{type(error).__name__}: {error}"
            log.error("edition not opened; tried again", newsletter=name, issue_date=str(issue_date), reason=reason)
        else:
            self._missed.discard(name)

    def _sweep(self) -> None:
        for name in sorted(self._missed):
            self._due(name)
        self._opener.advance()
