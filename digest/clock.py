"""The time now, and the instant at which the clocks of a zone show a time.

Whatever needs the time is handed a `Clock`, so that a test can hand it another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Gives the time now as aware UTC."""


def now() -> datetime:
    """The time of this machine, aware UTC."""
    return datetime.now(UTC)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant when the clocks of `zone` first show `at` on `day`.

    `at` is naive. Clocks that go back show some times twice: the first counts. Clocks that go
    forward never show some times: then it is the first instant after the gap. That rule also
    holds for a day which a zone left out as a whole (Pacific/Apia had no 2011-12-30): any time
    of that day is the instant at which the next day began.
    """
    wall = datetime.combine(day, at.replace(fold=0))
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _shown(moment, zone) == wall:
        return moment
    # PEP 495: in a gap, fold 0 reads `wall` with the offset before the change and so lands after
    # the change, fold 1 the other way round. Changes happen on whole seconds, so halving the
    # whole seconds between the two finds the change exactly.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    low, high = 0, int((moment - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _shown(before + timedelta(seconds=middle), zone) < wall:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of `zone` show, naive."""
    return moment.astimezone(zone).replace(tzinfo=None)
