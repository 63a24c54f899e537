"""An edition that is due: built once, approved if it may be, sent once; or held with the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from installation import FISH, WRONG
from newsroom import NOW, Newsroom

from digest.model import DeliveryState, Edition
from digest.schedule.open_edition import EditionOpener

TODAY = date(2026, 11, 23)
SCHEDULE = {"days": ["mon", "tue"], "at": "07:00", "zone": "UTC", "grace": "2h"}


def changes(**newsletter: Any) -> dict[str, Any]:
    return {"newsletter": {"morning": {"schedule": SCHEDULE, "approval": "automatic", **newsletter}}}


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with Newsroom(tmp_path) as newsroom:
        newsroom.enrol(12)
        yield newsroom


def ring(newsroom: Newsroom, **newsletter: Any) -> EditionOpener:
    """The alarm at 7, whatever the clock shows."""
    opener = newsroom.opener(changes(**newsletter))
    opener.open_edition("morning", TODAY, NOW)
    return opener


def only(newsroom: Newsroom) -> Edition:
    (edition,) = newsroom.editions.listing()
    return edition


def approve(newsroom: Newsroom, by: str = "ada") -> None:
    edition = only(newsroom)
    newsroom.editions.approve(edition.id, fingerprint=edition.fingerprint, by=by, at=newsroom.time)


def pending(newsroom: Newsroom, edition: int) -> int:
    return newsroom.deliveries.counts(edition)[DeliveryState.PENDING]


def test_an_automatic_edition_goes_out(newsroom: Newsroom) -> None:
    """Built, approved by the schedule and its audience frozen, all at the first ring."""
    ring(newsroom)

    edition = only(newsroom)
    assert (edition.state, edition.scheduled, edition.due_at) == ("sending", True, NOW)
    assert (edition.approved_by, edition.planned) == ("schedule", 12)
    assert pending(newsroom, edition.id) == 12


def test_an_edition_by_hand_waits_for_its_person(newsroom: Newsroom) -> None:
    """It stays a draft through any number of sweeps; approved, the next sweep sends it."""
    opener = ring(newsroom, approval="by-hand")
    opener.advance()
    assert only(newsroom).state == "draft"

    approve(newsroom)
    newsroom.time += timedelta(minutes=90)
    opener.advance()

    assert only(newsroom).state == "sending"
    assert only(newsroom).approved_by == "ada"


@pytest.mark.parametrize("approval", ["automatic", "by-hand"])
def test_ringing_again_changes_nothing(newsroom: Newsroom, approval: str) -> None:
    """A restart, a second alarm, a sweep: one edition for the date, as it was, even with other articles by now."""
    ring(newsroom, approval=approval)
    before = only(newsroom), pending(newsroom, 1)
    newsroom.write("fish.txt", FISH)

    for _ in range(3):
        ring(newsroom, approval=approval).advance()

    assert (only(newsroom), pending(newsroom, 1)) == before


def test_two_schedulers_make_one_edition(newsroom: Newsroom, tmp_path: Path) -> None:
    """Two hosts that ring in the same instant, each with its own connections: one edition, one audience."""
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def host() -> None:
        try:
            with Newsroom(tmp_path) as other:
                opener = other.opener(changes())
                barrier.wait(20)
                for _ in range(3):
                    opener.open_edition("morning", TODAY, NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=host) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert not failures
    edition = only(newsroom)
    assert (edition.state, edition.planned) == ("sending", 12)
    assert newsroom.editions.public_id(edition.id) in newsroom.editions.message(edition.id)
    assert newsroom.deliveries.unbalanced() == []


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (timedelta(0), "sending"),
        (timedelta(hours=2), "sending"),
        (timedelta(hours=2, seconds=1), "held"),
        (timedelta(days=3), "held"),
    ],
)
def test_what_is_overdue_by_more_than_its_grace_is_held(newsroom: Newsroom, late: timedelta, state: str) -> None:
    """Within the grace it goes out late; after it, a person decides, and the reason says how late and what to do."""
    newsroom.time = NOW + late

    ring(newsroom)

    edition = only(newsroom)
    assert edition.state == state
    if state == "held":
        hours = int(late.total_seconds() // 3600)
        assert edition.reason.startswith(f"overdue by {hours} h 0 min, more than the grace")
        assert f"`digest editions approve {edition.id}` sends it all the same" in edition.reason
        assert edition.planned == 0


def test_a_person_may_send_what_is_overdue(newsroom: Newsroom) -> None:
    """Approved by somebody who knows how late it is, it goes out at the next sweep."""
    newsroom.time = NOW + timedelta(days=1)
    opener = ring(newsroom)
    opener.advance()
    assert only(newsroom).state == "held"

    approve(newsroom)
    opener.advance()

    edition = only(newsroom)
    assert (edition.state, edition.reason) == ("sending", "")


def test_what_the_schedule_approved_and_could_not_send_in_time_is_held(newsroom: Newsroom) -> None:
    """Down between approval and freeze: the schedule's own approval does not outlive the grace, a person's does."""
    ring(newsroom, approval="by-hand")
    approve(newsroom, by="schedule")
    newsroom.time = NOW + timedelta(hours=3)
    opener = newsroom.opener(changes())

    opener.advance()
    assert only(newsroom).state == "held"

    approve(newsroom)
    opener.advance()
    assert only(newsroom).state == "sending"


@pytest.mark.parametrize("approval", ["automatic", "by-hand"])
def test_errors_hold_the_edition(newsroom: Newsroom, approval: str) -> None:
    """With `on_error = "hold"` a story with an error stops the whole edition until a person looked."""
    newsroom.write("a.txt", WRONG)

    ring(newsroom, approval=approval, on_error="hold").advance()

    edition = only(newsroom)
    assert (edition.state, edition.planned) == ("held", 0)
    assert edition.reason == f"1 error findings; see `digest editions show {edition.id}`"


def test_errors_leave_a_story_out_and_the_rest_goes_on(newsroom: Newsroom) -> None:
    """With `leave-out` the others go out without it."""
    newsroom.write("a.txt", WRONG)
    ring(newsroom)
    edition = only(newsroom)
    assert edition.state == "sending"
    assert len(edition.stories) == len(edition.left_out) == 1


def test_a_day_without_news_is_held_and_told(newsroom: Newsroom) -> None:
    """No article: nothing goes out, and the edition is there to say why."""
    (newsroom.articles / "salt.txt").unlink()
    ring(newsroom)
    edition = only(newsroom)
    assert (edition.state, edition.findings[0].code) == ("held", "no-stories")


def test_a_draft_of_ones_own_goes_out_when_it_is_due(newsroom: Newsroom) -> None:
    """Whoever built the day's edition to look at it has not stopped it: it is made anew with the overrides given."""
    newsroom.write("a.txt", WRONG)
    desk = newsroom.desk(**changes())
    reason = {"quote-not-in-body": "checked by phone"}
    newsroom.time = NOW - timedelta(hours=1)
    edition = desk.keep(desk.build("morning", overrides=reason, by="ada"))
    record = newsroom.editions.overrides(edition)
    newsroom.write("b.txt", FISH.replace("Fish", "Herring").replace("cod", "herring").replace("nine", "seven"))
    newsroom.time = NOW

    ring(newsroom)

    found = only(newsroom)
    assert (found.id, found.state, found.scheduled, found.due_at) == (edition, "sending", True, NOW)
    assert found.overrides == reason
    assert newsroom.editions.overrides(edition) == record, "by whom and when, as it was"
    assert any("Herring" in story.headline for story in found.stories), "with what came in since"


def test_what_a_person_decided_is_left_to_that_person(newsroom: Newsroom) -> None:
    """An edition of the date that somebody approved by hand, or cancelled, is neither built again nor sent."""
    desk = newsroom.desk(**changes())
    desk.keep(desk.build("morning"))
    approve(newsroom)
    before = only(newsroom)

    ring(newsroom)
    assert only(newsroom) == before

    newsroom.editions.cancel(before.id, reason="no issue today", at=NOW)
    ring(newsroom)
    assert only(newsroom).state == "cancelled"


def test_an_edition_is_not_sent_before_it_is_due(newsroom: Newsroom) -> None:
    """Approved ahead of its time, it waits for it."""
    opener = newsroom.opener(changes())
    desk = newsroom.desk(**changes())
    desk.keep(desk.build("morning", scheduled=True, due=NOW + timedelta(hours=1)))
    approve(newsroom)
    opener.advance()
    assert only(newsroom).state == "approved"
    newsroom.time = NOW + timedelta(hours=1)
    opener.advance()
    assert only(newsroom).state == "sending"


def test_what_was_approved_long_ago_waits_for_a_person(newsroom: Newsroom) -> None:
    """A restored backup with an approved edition of three days ago mails nothing until somebody approves it again."""
    ring(newsroom, approval="by-hand")
    edition = only(newsroom)
    newsroom.editions.approve(edition.id, fingerprint=edition.fingerprint, by="ada", at=NOW)
    newsroom.time = NOW + timedelta(days=3)
    newsroom.opener(changes()).advance()
    assert only(newsroom).state == "held"

    newsroom.editions.approve(edition.id, fingerprint=edition.fingerprint, by="ada", at=newsroom.time)
    newsroom.opener(changes()).advance()
    assert only(newsroom).state == "sending"


def test_an_override_covers_only_what_was_seen(newsroom: Newsroom) -> None:
    """An article that arrives after a person gave the reason is left out for the same error."""
    newsroom.write("wrong.txt", WRONG)
    desk = newsroom.desk(**changes())
    code = desk.build("morning", issue_date=TODAY).draft.left_out[0].errors[0].code
    desk.keep(desk.build("morning", issue_date=TODAY, overrides={code: "checked by phone"}, by="ada"))
    newsroom.write("worse.txt", WORSE)

    ring(newsroom)

    edition = only(newsroom)
    assert len(edition.stories) == 2
    assert [(story.headline, story.errors[0].code) for story in edition.left_out] == [(WORSE.splitlines()[0], code)]
    assert edition.overrides == {code: "checked by phone"}


def test_nobody_on_the_roll_holds_the_edition(newsroom: Newsroom) -> None:
    """A schedule that fires before the first import loses no story: the edition waits, and says for what."""
    with newsroom.database.write() as connection:
        connection.exec_driver_sql("UPDATE subscriptions SET state = 'unsubscribed', ended_at = since")
    ring(newsroom)
    edition = only(newsroom)
    assert edition.state == "held"
    assert "nobody is on the roll" in edition.reason


def test_one_stuck_edition_does_not_stop_the_others(newsroom: Newsroom) -> None:
    """Its account is gone from config.toml: it stays approved, and the other date's goes out."""
    both = changes() | {"provider": {"other": {"kind": "sandbox"}}}
    both["newsletter"]["morning"]["provider"] = "other"
    desk = newsroom.desk(**both)
    stuck = desk.keep(desk.build("morning", issue_date=TODAY, scheduled=True, due=NOW))
    edition = newsroom.editions.get(stuck)
    newsroom.editions.approve(stuck, fingerprint=edition.fingerprint, by="ada", at=NOW + timedelta(days=1))
    newsroom.write("fish.txt", FISH)
    tomorrow = TODAY + timedelta(days=1)
    newsroom.time = NOW + timedelta(days=1)

    newsroom.opener(changes()).open_edition("morning", tomorrow, newsroom.time)

    states = {edition.issue_date: edition.state for edition in newsroom.editions.listing()}
    assert states == {TODAY: "approved", tomorrow: "sending"}


def test_a_newsletter_that_left_config_is_stuck_and_told(newsroom: Newsroom) -> None:
    """Its edition waits; the sweep does not fall over it."""
    ring(newsroom, approval="by-hand")
    with newsroom.database.write() as connection:
        connection.exec_driver_sql("UPDATE editions SET newsletter = 'gone'")
    newsroom.opener(changes()).advance()
    assert only(newsroom).state == "draft"


WORSE = """Mayor says “the bridge will never ever be closed again”

The bridge over the Lunn was closed on Monday after divers found a crack as long as a bus in its second pier.

“We will open it when the engineers sign for it, and not an hour before,” said Tove Harrand, the mayor of Lunness.
"""


class Crash(BaseException):
    """The process is gone."""


STEPS: dict[str, str] = {"keep": "desk", "approve": "editions", "freeze": "planner"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_restart_between_any_two_steps_ends_the_same(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    """Killed just before or after a step was committed, the next start goes on: one edition, one audience, sent."""
    opener = newsroom.opener(changes())
    owner = getattr(opener, f"_{STEPS[step]}")
    real: Callable[..., object] = getattr(owner, step)

    def killed(*positional: Any, **named: Any) -> None:
        if when == "after":
            real(*positional, **named)
        raise Crash

    monkeypatch.setattr(owner, step, killed)
    with pytest.raises(Crash):
        opener.open_edition("morning", TODAY, NOW)
    monkeypatch.undo()
    newsroom.time = NOW + timedelta(minutes=5)

    ring(newsroom)

    edition = only(newsroom)
    assert (edition.state, edition.planned, edition.approved_by) == ("sending", 12, "schedule")
    assert pending(newsroom, edition.id) == 12
    assert len(edition.stories) == 1


def test_time_zones_of_due_times_survive(newsroom: Newsroom) -> None:
    """Due is an instant: what comes back from the database is the same one, aware and in UTC."""
    due = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    newsroom.opener(changes()).open_edition("morning", TODAY, due)
    assert only(newsroom).due_at == due
    assert only(newsroom).due_at.tzinfo is UTC  # type: ignore[union-attr]


@pytest.mark.parametrize("approval", ["automatic", "by-hand"])
def test_what_was_due_before_a_restore_waits_for_a_person(newsroom: Newsroom, approval: str) -> None:
    """It may have been sent from the data that were lost; approved after that, it goes out."""
    opener = newsroom.opener(changes(approval=approval), fenced_at=NOW + timedelta(minutes=5))
    newsroom.time = NOW + timedelta(minutes=6)
    opener.open_edition("morning", TODAY, NOW)
    assert only(newsroom).state == "held"
    assert (
        "possible restore: it may have been sent; `digest editions approve 1` sends it all the same"
        in only(newsroom).reason
    )
    opener.advance()
    assert only(newsroom).state == "held"

    approve(newsroom)
    opener.advance()
    assert only(newsroom).state == "sending"


def test_what_is_due_after_a_restore_goes_out(newsroom: Newsroom) -> None:
    """The next occurrence is nobody's copy."""
    newsroom.opener(changes(), fenced_at=NOW - timedelta(minutes=5)).open_edition("morning", TODAY, NOW)
    assert only(newsroom).state == "sending"
