"""The alarm clock: real APScheduler threads over a clock of ours; nothing here waits for the time of day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from newsroom import NOW, Newsroom

from digest.errors import RenderError
from digest.schedule import alarm as module
from digest.schedule.alarm import Alarm, last_due
from digest.schedule.open_edition import EditionOpener
from digest.settings import Schedule

LONG = 30.0
"""Seconds after which a thread that should have done something has failed."""


def schedule(**changes: Any) -> Schedule:
    return Schedule(**({"days": ["mon", "tue", "wed", "thu", "fri"], "at": "07:00", "zone": "Europe/Oslo"} | changes))


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with Newsroom(tmp_path) as newsroom:
        newsroom.enrol(3)
        yield newsroom


def settings(**newsletter: Any) -> dict[str, Any]:
    wall = {"days": ["mon", "tue"], "at": "07:00", "zone": "UTC", "grace": "2h"}
    return {"newsletter": {"morning": {"schedule": wall, "approval": "automatic", **newsletter}}}


class Rung:
    """The real opener, and events for what it has done."""

    def __init__(self, opener: EditionOpener) -> None:
        self._opener = opener
        self.opened: list[tuple[str, date, datetime]] = []
        self.done = threading.Event()
        self.swept = threading.Event()
        self.fails = False

    def open_edition(self, name: str, issue_date: date, due: datetime) -> None:
        self.opened.append((name, issue_date, due))
        if self.fails:
            raise RenderError("the template is broken")
        self._opener.open_edition(name, issue_date, due)
        self.done.set()

    def advance(self) -> None:
        self._opener.advance()
        self.swept.set()


def clockwork(newsroom: Newsroom, **newsletter: Any) -> tuple[Alarm, Rung]:
    rung = Rung(newsroom.opener(settings(**newsletter)))
    newsletters = newsroom.settings(**settings(**newsletter)).newsletter
    made = Alarm(newsletters=newsletters, opener=rung, editions=newsroom.editions, clock=newsroom.clock)  # type: ignore[arg-type]
    return made, rung


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T05:59:59", ("2026-11-20", "2026-11-20T06:00")),  # Monday before 7 in Oslo: Friday's
        ("2026-11-23T06:00:00", ("2026-11-23", "2026-11-23T06:00")),
        ("2026-11-22T12:00:00", ("2026-11-20", "2026-11-20T06:00")),  # Sunday
        ("2026-07-15T05:00:00", ("2026-07-15", "2026-07-15T05:00")),  # summer time
    ],
)
def test_what_was_due_last(now: str, expected: tuple[str, str]) -> None:
    """The newest occurrence up to now, with its local date."""
    found = last_due(schedule(), datetime.fromisoformat(now).replace(tzinfo=UTC))
    day, due = expected
    assert found == (date.fromisoformat(day), datetime.fromisoformat(due).replace(tzinfo=UTC))


def test_a_weekly_schedule_was_due_within_the_look_back() -> None:
    """At any hour of a fortnight that holds a clock change, once-a-week has a last occurrence, and it is the latest."""
    weekly = schedule(days=["sun"], at="02:30")
    now = datetime(2026, 3, 25, tzinfo=UTC)
    while now < datetime(2026, 4, 8, tzinfo=UTC):
        found = last_due(weekly, now)
        assert found is not None
        assert found[1] <= now < found[1] + timedelta(days=7, hours=1)
        now += timedelta(hours=1)


def test_a_draft_of_a_person_is_no_history(newsroom: Newsroom) -> None:
    """Who built an edition in the evening and then starts the schedule does not find it held as overdue."""
    desk = newsroom.desk(**settings())
    draft = desk.keep(desk.build("morning", issue_date=date(2026, 11, 23)))
    newsroom.time = NOW + timedelta(hours=12)
    alarm, rung = clockwork(newsroom)
    alarm.start()
    alarm.stop()
    assert rung.opened == []
    assert newsroom.editions.get(draft).state == "draft"


def test_a_new_newsletter_begins_with_its_next_edition(newsroom: Newsroom) -> None:
    """Set up on Monday afternoon, it does not send Monday morning's edition."""
    newsroom.time = NOW + timedelta(hours=1)
    alarm, rung = clockwork(newsroom)
    due = alarm.start()
    alarm.stop()
    assert rung.opened == []
    assert due.keys() == {"morning"}


def test_a_start_catches_up_with_what_fell_due_meanwhile(newsroom: Newsroom) -> None:
    """Off at 7, on again at 8: the edition is opened at once, within its grace, and a second start adds none."""
    desk = newsroom.desk(**settings())
    earlier = desk.keep(
        desk.build("morning", issue_date=date(2026, 11, 17), scheduled=True, due=NOW + timedelta(days=9))
    )
    newsroom.time = NOW + timedelta(hours=1)

    for _ in range(2):
        alarm, rung = clockwork(newsroom)
        alarm.start()
        alarm.stop()
        assert rung.opened == [("morning", date(2026, 11, 23), NOW)]

    new = [edition for edition in newsroom.editions.listing() if edition.id != earlier]
    assert [(edition.state, edition.planned) for edition in new] == [("sending", 3)]


def test_a_newsletter_without_a_schedule_never_rings(newsroom: Newsroom) -> None:
    """Nothing is due, and the sweep still runs for what people approve."""
    alarm, rung = clockwork(newsroom, schedule=None)
    assert alarm.start() == {}
    alarm.stop()
    assert rung.opened == []


def test_it_rings_when_it_is_due(newsroom: Newsroom) -> None:
    """APScheduler's own thread opens the edition at the instant of the trigger; who asks again finds it sent."""
    alarm, rung = clockwork(newsroom)
    with time_machine.travel(NOW - timedelta(milliseconds=300)) as traveller:
        newsroom.time = NOW - timedelta(milliseconds=300)
        due = alarm.start()
        assert due == {"morning": NOW}
        newsroom.time = NOW
        traveller.shift(timedelta(seconds=1))
        alarm._scheduler.wakeup()
        assert rung.done.wait(LONG)
        alarm.stop()

    assert rung.opened == [("morning", date(2026, 11, 23), NOW)]
    (edition,) = newsroom.editions.listing()
    assert (edition.state, edition.issue_date) == ("sending", date(2026, 11, 23))


def test_what_could_not_be_opened_is_tried_again(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken template stops neither the start nor the sweep; mended, the next sweep opens the edition."""
    monkeypatch.setattr(module, "SWEEP", timedelta(milliseconds=20))
    desk = newsroom.desk(**settings())
    desk.keep(desk.build("morning", issue_date=date(2026, 11, 17), scheduled=True, due=NOW + timedelta(days=9)))
    newsroom.time = NOW + timedelta(minutes=1)
    alarm, rung = clockwork(newsroom)
    rung.fails = True

    alarm.start()
    assert rung.swept.wait(LONG)
    assert newsroom.editions.of("morning", date(2026, 11, 23)) is None
    rung.fails = False
    assert rung.done.wait(LONG)
    alarm.stop()

    edition = newsroom.editions.of("morning", date(2026, 11, 23))
    assert edition is not None
    assert edition.state == "sending"


def test_an_approved_edition_is_sent_by_the_sweep(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """No restart and no ring is needed when a person has approved."""
    monkeypatch.setattr(module, "SWEEP", timedelta(milliseconds=20))
    alarm, rung = clockwork(newsroom, approval="by-hand")
    rung.open_edition("morning", date(2026, 11, 23), NOW)
    (edition,) = newsroom.editions.listing()
    newsroom.editions.approve(edition.id, fingerprint=edition.fingerprint, by="ada", at=NOW)
    alarm.start()
    rung.swept.clear()
    assert rung.swept.wait(LONG)
    alarm.stop()
    assert newsroom.editions.get(edition.id).state == "sending"


def test_stopping_twice_or_before_the_start_is_fine(newsroom: Newsroom) -> None:
    """`finally: alarm.stop()` works whatever happened before."""
    alarm, _ = clockwork(newsroom)
    alarm.stop()
    alarm.start()
    alarm.stop()
    alarm.stop()
