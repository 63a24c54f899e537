"""When a newsletter's next edition is due: a trigger for APScheduler, which is the alarm clock.

The triggers of APScheduler 3.11 lose a day whose hour the clocks skip, or fire twice when they
show it twice. This one asks `digest.clock.instant` about each local date instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from digest.clock import instant

_DAY = timedelta(days=1)


class WallClock(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Once on each local date of `weekdays` at `at` in `zone`: never twice, never skipped.

    `weekdays` are numbers as in `date.weekday`: Monday is 0. A time that the clocks skip fires
    when they have skipped it; one that they show twice fires the first time. A date that the
    zone left out as a whole is no local date: nothing is due on it.
    """

    __slots__ = ("at", "weekdays", "zone")

    def __init__(self, weekdays: Iterable[int], at: time, zone: ZoneInfo) -> None:
        """Raises ValueError when `weekdays` is empty or holds anything but 0 to 6."""
        self.weekdays = frozenset(weekdays)
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("expected at least one weekday, each from 0 (Monday) to 6 (Sunday)")
        self.at = at
        self.zone = zone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first due instant after `previous_fire_time`; when nothing fired yet, the first from `now` on. UTC."""
        # One date early, because a time that is skipped at the end of a date is due on the next one.
        day = (previous_fire_time or now).astimezone(self.zone).date() - _DAY
        while True:
            due = self._due(day)
            if due is not None and (due > previous_fire_time if previous_fire_time else due >= now):
                return due
            day += _DAY

    def occurrence(self, fire_time: datetime) -> date:
        """The issue date of the edition that is due at `fire_time`.

        Not always the local date of that instant: where the clocks jump from 23:00 to 00:00, the
        edition of 23:30 is due when the next date begins.
        """
        day = fire_time.astimezone(self.zone).date()
        while (due := self._due(day)) is None or due > fire_time:
            day -= _DAY
        return day

    def _due(self, day: date) -> datetime | None:
        if day.weekday() not in self.weekdays:
            return None
        due = instant(day, self.at, self.zone)
        if self._local_date(due) != day and self._local_date(instant(day, time.min, self.zone)) != day:
            return None
        return due

    def _local_date(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()
