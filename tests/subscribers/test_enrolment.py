"""Joining and leaving, and the consent log that proves both."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, select

from subscribers import roll, suppression
from subscribers.errors import AddressError, DetailError, UnknownSubscriber
from subscribers.model import ConsentEvent, SubscriptionState, SuppressionReason
from subscribers.newcomers import newcomer
from subscribers.roll import Added, Outcome
from subscribers.tables import consents, metadata, subscribers, subscriptions


def log(conn: Connection) -> list[tuple[int, str, str]]:
    """Reader, newsletter and event of each line of the consent log, oldest first."""
    columns = consents.c.subscriber_id, consents.c.newsletter, consents.c.event
    return [tuple(row) for row in conn.execute(select(*columns).order_by(consents.c.id))]


def test_adding_writes_the_reader_the_subscription_and_the_proof(conn: Connection, noon: datetime) -> None:
    """One call leaves all three rows, with every detail as given."""
    reader, outcome = roll.add(
        conn,
        address="Ann@Example.org",
        newsletter="brief",
        name="Ann  Lee",
        language="pt_BR",
        zone="Europe/Madrid",
        at=noon,
        source="command line",
        detail="by mo",
    )
    assert outcome is Outcome.ADDED
    assert reader is not None
    subscriber, subscription, suppressed = roll.entry(conn, subscriber_id=reader, newsletter="brief")
    assert (subscriber.address, subscriber.shown) == ("ann@example.org", "Ann@example.org")
    assert (subscriber.name, subscriber.language, subscriber.zone) == ("Ann Lee", "pt-BR", "Europe/Madrid")
    assert (subscription.state, subscription.since, subscription.ended_at) == (SubscriptionState.ACTIVE, noon, None)
    assert suppressed is None
    proof = conn.execute(select(consents)).one()
    assert (proof.subscriber_id, proof.newsletter, proof.event) == (reader, "brief", ConsentEvent.SUBSCRIBED)
    assert (proof.at, proof.source, proof.detail) == (noon, "command line", "by mo")


def test_the_same_person_twice_is_one_row_and_keeps_the_details(conn: Connection, noon: datetime) -> None:
    """A second spelling of the address is *already* there, and its other name overwrites nothing."""
    first = roll.add(conn, address="ann@example.org", newsletter="brief", name="Ann", at=noon, source="t")
    again = roll.add(conn, address="ANN@example.org", newsletter="brief", name="Mallory", at=noon, source="t")
    assert again == Added(first.subscriber_id, Outcome.ALREADY)
    found = roll.find(conn, "Ann@Example.ORG")
    assert found is not None
    assert found.name == "Ann"
    assert len(log(conn)) == 1


def test_one_reader_may_read_several_newsletters_and_leave_one(conn: Connection, noon: datetime) -> None:
    """Leaving is for the newsletter in the link, not for the others."""
    brief = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t")
    sport = roll.add(conn, address="ann@example.org", newsletter="sport", at=noon, source="t")
    assert brief.subscriber_id is not None
    assert sport == brief
    roll.unsubscribe(conn, subscriber_id=brief.subscriber_id, newsletter="brief", at=noon, source="one-click")
    assert roll.counts(conn, "brief") == (0, 1, 0)
    assert roll.counts(conn, "sport") == (1, 0, 0)


def test_leaving_is_recorded_once(conn: Connection, noon: datetime) -> None:
    """The first call changes and is logged; a hundred more change and log nothing."""
    reader = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t").subscriber_id
    assert reader is not None
    later = noon + timedelta(hours=1)
    answers = [
        roll.unsubscribe(conn, subscriber_id=reader, newsletter="brief", at=later + timedelta(seconds=n), source="t")
        for n in range(100)
    ]
    assert answers == [True] + [False] * 99
    assert roll.entry(conn, subscriber_id=reader, newsletter="brief").subscription.ended_at == later
    assert log(conn) == [(reader, "brief", "subscribed"), (reader, "brief", "unsubscribed")]


def test_leaving_what_nobody_reads_changes_nothing(conn: Connection, noon: datetime) -> None:
    """An old token of an erased reader has nothing left to do and is no error."""
    assert not roll.unsubscribe(conn, subscriber_id=404, newsletter="brief", at=noon, source="one-click")
    assert log(conn) == []


def test_who_left_comes_back_only_by_an_own_wish(conn: Connection, noon: datetime) -> None:
    """Adding again answers *left*; `revive` makes the person active and logs it."""
    reader = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t").subscriber_id
    assert reader is not None
    roll.unsubscribe(conn, subscriber_id=reader, newsletter="brief", at=noon, source="t")
    assert roll.add(conn, address="Ann@example.org", newsletter="brief", at=noon, source="t").outcome is Outcome.LEFT
    assert roll.counts(conn, "brief").active == 0
    later = noon + timedelta(days=9)
    back = roll.add(conn, address="ann@example.org", newsletter="brief", at=later, source="page", revive=True)
    assert back == Added(reader, Outcome.ADDED)
    subscription = roll.entry(conn, subscriber_id=reader, newsletter="brief").subscription
    assert (subscription.state, subscription.since, subscription.ended_at) == (SubscriptionState.ACTIVE, later, None)
    assert [event for _, _, event in log(conn)] == ["subscribed", "unsubscribed", "subscribed"]


def test_a_suppressed_address_is_not_even_written(conn: Connection, noon: datetime) -> None:
    """Neither a new sign-up nor a revival gets past a suppression."""
    suppression.suppress(conn, address="ann@example.org", reason=SuppressionReason.ERASED, at=noon)
    answer = roll.add(conn, address="ANN@example.org", newsletter="brief", at=noon, source="t", revive=True)
    assert answer == Added(None, Outcome.SUPPRESSED)
    assert conn.execute(select(subscribers)).all() == []
    assert log(conn) == []


def test_a_batch_is_answered_in_its_order(conn: Connection, noon: datetime) -> None:
    """New, known, repeated, left and suppressed people in one call each get their own outcome."""
    roll.add(conn, address="known@example.org", newsletter="brief", at=noon, source="t")
    left = roll.add(conn, address="left@example.org", newsletter="brief", at=noon, source="t").subscriber_id
    assert left is not None
    roll.unsubscribe(conn, subscriber_id=left, newsletter="brief", at=noon, source="t")
    suppression.suppress(conn, address="barred@example.org", reason=SuppressionReason.BOUNCED, at=noon)
    names = ["new", "known", "NEW", "left", "barred", "other"]
    people = [newcomer(f"{name}@example.org") for name in names]
    outcomes = [added.outcome for added in roll.enrol(conn, people, newsletter="brief", at=noon, source="t")]
    assert outcomes == ["added", "already", "already", "left", "suppressed", "added"]


def test_a_record_of_somebody_who_left_elsewhere_is_kept_and_wins(conn: Connection, noon: datetime) -> None:
    """Such a record is not mailed when new, ends an active subscription, and wins over a double in its batch."""
    roll.add(conn, address="known@example.org", newsletter="brief", at=noon, source="t")
    people = [
        newcomer("new@example.org", ended_at=noon),
        newcomer("known@example.org", ended_at=noon),
        newcomer("both@example.org"),
        newcomer("both@example.org", ended_at=noon),
    ]
    answers = roll.enrol(conn, people, newsletter="brief", at=noon, source="import")
    assert {answer.outcome for answer in answers} == {Outcome.LEFT}
    assert roll.counts(conn, "brief") == (0, 3, 0)
    assert roll.add(conn, address="new@example.org", newsletter="brief", at=noon, source="t").outcome is Outcome.LEFT


def test_the_id_of_an_erased_reader_goes_to_nobody_else(engine: Engine, noon: datetime) -> None:
    """A token in an old e-mail must never unsubscribe another person."""
    with engine.begin() as conn:
        first = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t").subscriber_id
        conn.execute(subscriptions.delete())
        conn.execute(subscribers.delete())
    with engine.begin() as conn:
        second = roll.add(conn, address="bob@example.org", newsletter="brief", at=noon, source="t").subscriber_id
    assert first is not None
    assert second is not None
    assert second > first


@pytest.mark.parametrize(
    ("details", "error"),
    [
        ({"address": "nonsense"}, AddressError),
        ({"name": "Ann\r\nBcc: all@example.org"}, DetailError),
        ({"name": "Ann\x00"}, DetailError),
        ({"name": "Ann \u202egnp.exe"}, DetailError),
        ({"name": "A" * 201}, DetailError),
        ({"language": "<script>"}, DetailError),
        ({"zone": "Europe/Atlantis"}, DetailError),
        ({"zone": "../../etc/passwd"}, DetailError),
    ],
)
def test_a_detail_that_cannot_be_used_adds_nobody(
    conn: Connection, noon: datetime, details: dict[str, str], error: type[Exception]
) -> None:
    """The error comes before anything is written."""
    with pytest.raises(error):
        roll.add(conn, **{"address": "ann@example.org", **details}, newsletter="brief", at=noon, source="t")
    assert conn.execute(select(subscribers)).all() == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "leave", "revive", "record of leaving", "suppress", "lift"]),
        st.integers(0, 2),
        st.sampled_from(["brief", "sport"]),
    ),
    max_size=30,
)


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_the_consent_log_alone_rebuilds_every_state(noon: datetime, steps: list[tuple[str, int, str]]) -> None:
    """After any history, the last line of each reader and newsletter says what the table says."""
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        metadata.create_all(conn)
        for step, who, newsletter in steps:
            address = f"reader{who}@example.org"
            found = roll.find(conn, address)
            if step == "leave":
                reader = found.id if found else 404
                roll.unsubscribe(conn, subscriber_id=reader, newsletter=newsletter, at=noon, source="t")
            elif step == "record of leaving":
                people = [newcomer(address, ended_at=noon)]
                roll.enrol(conn, people, newsletter=newsletter, at=noon, source="t")
            elif step == "suppress":
                suppression.suppress(conn, address=address, reason=SuppressionReason.BY_HAND, at=noon)
            elif step == "lift":
                suppression.lift(conn, address=address)
            else:
                revive = step == "revive"
                roll.add(conn, address=address, newsletter=newsletter, at=noon, source="t", revive=revive)
        folded = {(reader, newsletter): event for reader, newsletter, event in log(conn)}
        table = {
            (row.subscriber_id, row.newsletter): "subscribed" if row.state == "active" else "unsubscribed"
            for row in conn.execute(select(subscriptions))
        }
    engine.dispose()
    assert folded == table


def test_topics_are_kept_as_one_line_and_chosen_anew(conn: Connection, noon: datetime) -> None:
    """Each is there once, whatever its capitals and spaces; what is chosen replaces what was, and empty is all."""
    reader, _ = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t")
    assert reader is not None

    def choose(wanted: str) -> str:
        kept = roll.choose_topics(conn, subscriber_id=reader, newsletter="brief", wanted=wanted)
        assert roll.entry(conn, subscriber_id=reader, newsletter="brief").subscription.topics == kept
        return kept

    assert choose(" World ; New  York,WORLD,, new york,ثقافة") == "World,New York,ثقافة"
    assert choose("Science") == "Science"
    assert choose(" , ") == ""


@pytest.mark.parametrize("wanted", ["World\r\nBcc: x", "\u202eWorld", "a" * 1001])
def test_topics_that_are_no_line(conn: Connection, noon: datetime, wanted: str) -> None:
    """Nothing that could break a line, turn one around or fill the roll is kept."""
    reader, _ = roll.add(conn, address="ann@example.org", newsletter="brief", at=noon, source="t")
    assert reader is not None
    with pytest.raises(DetailError, match="expected topics such as"):
        roll.choose_topics(conn, subscriber_id=reader, newsletter="brief", wanted=wanted)


def test_topics_of_somebody_who_is_on_no_roll(conn: Connection) -> None:
    """They are not chosen for nobody in silence."""
    with pytest.raises(UnknownSubscriber, match="roll of 'brief'"):
        roll.choose_topics(conn, subscriber_id=7, newsletter="brief", wanted="World")
