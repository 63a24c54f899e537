"""The instant of a wall-clock time, through every kind of clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import clock

ZONES = sorted(available_timezones())


def test_now_is_aware_utc() -> None:
    """The clock gives UTC, whatever the machine's own zone is, and does not run behind."""
    before = datetime.now(UTC)
    assert clock.now().tzinfo is UTC
    assert before <= clock.now()


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        pytest.param("Europe/Madrid", "2026-07-01", "07:00", "2026-07-01T05:00:00", id="an ordinary day"),
        pytest.param("Europe/Madrid", "2026-03-29", "02:30", "2026-03-29T01:00:00", id="skipped: when 03:00 is shown"),
        pytest.param("Europe/Madrid", "2026-03-29", "02:00", "2026-03-29T01:00:00", id="the first skipped minute"),
        pytest.param("Europe/Madrid", "2026-03-29", "03:00", "2026-03-29T01:00:00", id="the first minute after"),
        pytest.param("Europe/Madrid", "2026-10-25", "02:30", "2026-10-25T00:30:00", id="shown twice: the first"),
        pytest.param("Europe/Madrid", "2026-10-25", "03:00", "2026-10-25T02:00:00", id="the first minute shown once"),
        pytest.param("Asia/Beirut", "2026-03-29", "00:00", "2026-03-28T22:00:00", id="midnight is skipped"),
        pytest.param("Africa/Cairo", "2026-10-29", "23:30", "2026-10-29T20:30:00", id="the day's end comes twice"),
        pytest.param("America/Scoresbysund", "2025-03-29", "23:30", "2025-03-30T01:00:00", id="due on the next date"),
        pytest.param("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00", id="half an hour is skipped"),
        pytest.param("Antarctica/Troll", "2026-03-29", "02:00", "2026-03-29T01:00:00", id="two hours are skipped"),
        pytest.param("Pacific/Apia", "2011-12-30", "07:00", "2011-12-30T10:00:00", id="a day that never was"),
        pytest.param("Pacific/Apia", "2011-12-31", "07:00", "2011-12-30T17:00:00", id="the day after it"),
        pytest.param("Pacific/Kwajalein", "1993-08-21", "00:00", "1993-08-21T12:00:00", id="another such day"),
        pytest.param("America/Juneau", "1867-10-18", "20:00", "1867-10-18T04:57:41", id="a day that came twice"),
        pytest.param("Africa/Monrovia", "1972-01-07", "00:10", "1972-01-07T00:44:30", id="a gap of 44 min 30 s"),
        pytest.param("Europe/Amsterdam", "1937-07-01", "00:00:10", "1937-06-30T22:40:28", id="seconds in the offset"),
    ],
)
def test_known_changes(zone: str, day: str, at: str, expected: str) -> None:
    """Known clock changes, worked out by hand from the zone's own rules."""
    found = clock.instant(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    day=st.dates(date(1840, 1, 1), date(2100, 1, 1)),
    at=st.times(),
)
def test_instant_is_the_first_that_shows_the_time(zone: ZoneInfo, day: date, at: time) -> None:
    """Anywhere, at any time: no instant shows the time earlier, and after a gap nothing lies between."""
    found = clock.instant(day, at, zone)
    wall = datetime.combine(day, at)
    assert found.tzinfo is UTC
    showing = instants_showing(wall, zone)
    if showing:
        assert found == min(showing)
    else:
        assert found.microsecond == 0
        assert shown(found, zone) > wall > shown(found - timedelta(microseconds=1), zone)


def instants_showing(wall: datetime, zone: ZoneInfo) -> set[datetime]:
    """Every instant at which the zone shows `wall`, found from UTC alone: one candidate for each offset around it."""
    around = (wall.replace(tzinfo=UTC) + timedelta(minutes=15 * quarter) for quarter in range(-200, 201))
    candidates = {wall.replace(tzinfo=UTC) - moment.astimezone(zone).utcoffset() for moment in around}  # type: ignore[operator]
    return {candidate for candidate in candidates if shown(candidate, zone) == wall}


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
