"""The trigger through every clock change of every zone, 2020 to 2035."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from apscheduler.schedulers.background import BackgroundScheduler

from digest.schedule.trigger import WallClock

DAY = timedelta(days=1)
FIRST, LAST = date(2020, 1, 1), date(2035, 12, 31)
EVERY_DAY = range(7)
TIMES = [time(0), time(0, 30), time(2), time(2, 30), time(3), time(23, 30)]
SWEPT = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Europe/Madrid",
    "Pacific/Apia",
]
"""Changes at midnight, before midnight, in Ramadan, by half an hour and by two hours, and none."""


@pytest.mark.parametrize("at", TIMES, ids=str)
def test_every_change_of_every_zone(at: time) -> None:
    """Around each clock change of each zone, each local date is due exactly once, at the right instant."""
    changes = 0
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for day in days_of_change(zone):
            changes += 1
            check_each_date_once(zone, at, day - 2 * DAY, day + 2 * DAY)
    assert changes > 3_000


@pytest.mark.parametrize("at", TIMES, ids=str)
@pytest.mark.parametrize("name", SWEPT)
def test_every_date(name: str, at: time) -> None:
    """In zones of every kind, each local date of sixteen years is due exactly once."""
    check_each_date_once(ZoneInfo(name), at, FIRST, LAST)


def test_a_date_that_never_was_is_left_out() -> None:
    """Samoa had no 2011-12-30, so the editions of the 29th and the 31st follow each other; nobody gets two at once."""
    trigger = WallClock(EVERY_DAY, time(7), ZoneInfo("Pacific/Apia"))
    fires = walk(trigger, datetime(2011, 12, 28, tzinfo=UTC))
    assert [trigger.occurrence(next(fires)).day for _ in range(4)] == [28, 29, 31, 1]


def test_weekdays() -> None:
    """Only the chosen weekdays are due, by the date in the zone rather than in UTC."""
    trigger = WallClock([0, 4], time(7), ZoneInfo("Pacific/Auckland"))
    fires = walk(trigger, datetime(2026, 11, 23, tzinfo=UTC))
    found = [trigger.occurrence(next(fires)) for _ in range(4)]
    assert found == [date(2026, 11, 27), date(2026, 11, 30), date(2026, 12, 4), date(2026, 12, 7)]


@pytest.mark.parametrize("weekdays", [[], [7], [-1]])
def test_impossible_weekdays_are_refused(weekdays: list[int]) -> None:
    """Without a possible weekday the search for the next date would never end, so the trigger is not made."""
    with pytest.raises(ValueError, match="Monday"):
        WallClock(weekdays, time(7), ZoneInfo("UTC"))


def test_now_itself_is_due_before_anything_fired() -> None:
    """A scheduler that starts at the very instant does not wait for the next date."""
    trigger = WallClock(EVERY_DAY, time(7), ZoneInfo("Europe/Madrid"))
    due = datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, due) == due
    assert trigger.get_next_fire_time(due, due) == due + DAY


def test_a_clock_set_back_does_not_repeat() -> None:
    """What fired is over: when the machine's clock jumps back, the next date is due, not the same again."""
    trigger = WallClock(EVERY_DAY, time(7), ZoneInfo("Europe/Madrid"))
    due = datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert trigger.get_next_fire_time(due, due - 3 * DAY) == due + DAY


def test_apscheduler_plans_by_it() -> None:
    """APScheduler plans a job for the first 02:30 of the night that has two, then for the next date."""
    with time_machine.travel(datetime(2026, 10, 24, 12, tzinfo=UTC), tick=False):
        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.start(paused=True)
        try:
            job = scheduler.add_job(print, WallClock(EVERY_DAY, time(2, 30), ZoneInfo("Europe/Madrid")))
            assert job.next_run_time == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
            assert job._get_run_times(datetime(2026, 10, 26, 2, tzinfo=UTC)) == [
                datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
                datetime(2026, 10, 26, 1, 30, tzinfo=UTC),
            ]
        finally:
            scheduler.shutdown()


@cache
def days_of_change(zone: ZoneInfo) -> list[date]:
    """The UTC dates on which the zone's offset changes, found from UTC alone."""
    days = []
    moment = datetime.combine(FIRST, time(), UTC)
    offset = moment.astimezone(zone).utcoffset()
    while moment.date() <= LAST:
        moment += DAY
        following = moment.astimezone(zone).utcoffset()
        if following != offset:
            days.append(moment.date() - DAY)
        offset = following
    return days


def walk(trigger: WallClock, start: datetime) -> Iterator[datetime]:
    """The fire times from `start` on, asked for in the way APScheduler does."""
    fire = trigger.get_next_fire_time(None, start)
    while True:
        yield fire
        fire = trigger.get_next_fire_time(fire, fire)


def check_each_date_once(zone: ZoneInfo, at: time, first: date, last: date) -> None:
    """Walks the trigger and proves each fire time from UTC alone, without `digest.clock`."""
    trigger = WallClock(EVERY_DAY, at, zone)
    fires = walk(trigger, datetime.combine(first - 2 * DAY, time(), UTC))
    day = trigger.occurrence(fire := next(fires))
    assert day < first
    while day < last:
        following = next(fires)
        assert following > fire
        assert trigger.occurrence(following) == day + DAY, f"{zone} {at}: {day} is not followed by the next date"
        fire, day = following, day + DAY
        check_first_showing(fire, datetime.combine(day, at), zone)


def check_first_showing(fire: datetime, wall: datetime, zone: ZoneInfo) -> None:
    """`fire` is the first instant that shows `wall`, or, when none does, the first after the gap."""
    candidates = {wall.replace(tzinfo=UTC) - (fire + gap).astimezone(zone).utcoffset() for gap in (-DAY, DAY)}  # type: ignore[operator]
    showing = [candidate for candidate in candidates if shown(candidate, zone) == wall]
    if showing:
        assert fire == min(showing), f"{zone}: {wall} is shown at {min(showing)}, fired at {fire}"
    else:
        just_before = fire - timedelta(microseconds=1)
        assert shown(just_before, zone) < wall < shown(fire, zone), f"{zone}: {wall} is skipped, fired at {fire}"


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
