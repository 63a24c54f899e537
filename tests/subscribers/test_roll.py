"""The roll as others read it: listing, counts, audience, and who is gone."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, literal, select, update

from subscribers import roll, suppression
from subscribers.errors import AddressError, UnknownSubscriber
from subscribers.model import SubscriptionState, SuppressionReason
from subscribers.newcomers import newcomer
from subscribers.tables import subscribers, subscriptions

DELIVERIES = Table(
    "outgoing",
    MetaData(),
    Column("subscriber_id", Integer),
    Column("address", Text),
    Column("newsletter", Text),
    Column("state", Text),
    prefixes=["TEMPORARY"],
)


def join(conn: Connection, noon: datetime, *names: str, newsletter: str = "brief") -> dict[str, int]:
    """Adds name@example.org for each name; the ids by name."""
    people = [newcomer(f"{name}@example.org", name=name) for name in names]
    added = roll.enrol(conn, people, newsletter=newsletter, at=noon, source="t")
    return {name: answer.subscriber_id or 0 for name, answer in zip(names, added, strict=True)}


def leave_and_bar(conn: Connection, noon: datetime, ids: dict[str, int]) -> None:
    """`left` leaves, `barred` complains."""
    roll.unsubscribe(conn, subscriber_id=ids["left"], newsletter="brief", at=noon, source="t")
    suppression.suppress(conn, address="barred@example.org", reason=SuppressionReason.COMPLAINED, at=noon)


def test_the_audience_is_who_is_active_and_not_suppressed(conn: Connection, noon: datetime) -> None:
    """With the columns that the ledger freezes, and nobody of another newsletter."""
    ids = join(conn, noon, "stays", "left", "barred")
    join(conn, noon, "elsewhere", newsletter="sport")
    leave_and_bar(conn, noon, ids)
    rows = conn.execute(roll.audience("brief")).all()
    assert [row._asdict() for row in rows] == [
        {
            "subscriber_id": ids["stays"],
            "address": "stays@example.org",
            "shown": "stays@example.org",
            "name": "stays",
            "since": None,
            "language": "",
            "topics": "",
        }
    ]


def test_the_audience_can_be_frozen_by_insert_select(conn: Connection, noon: datetime) -> None:
    """The statement works inside an INSERT of another package's table, with a column added."""
    join(conn, noon, "ann", "bob")
    DELIVERIES.create(conn)
    audience = roll.audience("brief").subquery()
    frozen = select(audience.c.subscriber_id, audience.c.address, literal("brief"), literal("pending"))
    conn.execute(DELIVERIES.insert().from_select(list(DELIVERIES.c), frozen))
    assert len(conn.execute(select(DELIVERIES)).all()) == 2


def test_who_is_gone_is_dropped_in_the_callers_own_statement(conn: Connection, noon: datetime) -> None:
    """Left, suppressed and erased readers are found by an UPDATE on another table; the others are not."""
    ids = join(conn, noon, "stays", "left", "barred", "erased")
    DELIVERIES.create(conn)
    for name, reader in ids.items():
        row = {"subscriber_id": reader, "address": f"{name}@example.org", "newsletter": "brief", "state": "pending"}
        conn.execute(DELIVERIES.insert(), [row])
    leave_and_bar(conn, noon, ids)
    conn.execute(subscriptions.delete().where(subscriptions.c.subscriber_id == ids["erased"]))
    conn.execute(subscribers.delete().where(subscribers.c.id == ids["erased"]))
    gone = roll.is_gone(DELIVERIES.c.subscriber_id, DELIVERIES.c.address, DELIVERIES.c.newsletter)
    conn.execute(update(DELIVERIES).where(gone).values(state="suppressed"))
    states = {row.address.partition("@")[0]: row.state for row in conn.execute(select(DELIVERIES))}
    assert states == {"stays": "pending", "left": "suppressed", "barred": "suppressed", "erased": "suppressed"}
    assert conn.scalar(select(roll.is_gone(literal(ids["stays"]), literal("stays@example.org"), "sport")))


def test_is_gone_does_not_confuse_its_tables_with_the_callers(conn: Connection, noon: datetime) -> None:
    """A statement that itself reads subscriptions and suppressions still gets each reader's own answer."""
    ids = join(conn, noon, "stays", "left", "barred")
    leave_and_bar(conn, noon, ids)
    query = (
        select(subscribers.c.name)
        .join_from(subscribers, subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(roll.is_gone(subscribers.c.id, subscribers.c.address, subscriptions.c.newsletter))
        .order_by(subscribers.c.name)
    )
    assert list(conn.scalars(query)) == ["barred", "left"]


def test_the_counts_add_up(conn: Connection, noon: datetime) -> None:
    """Each subscription is in exactly one count; one who left and is suppressed counts as left."""
    ids = join(conn, noon, "a", "b", "left", "barred")
    leave_and_bar(conn, noon, ids)
    suppression.suppress(conn, address="left@example.org", reason=SuppressionReason.BOUNCED, at=noon)
    assert roll.counts(conn, "brief") == roll.Counts(active=2, unsubscribed=1, suppressed=1)
    assert roll.counts(conn, "nobody-reads-this") == (0, 0, 0)


def test_a_listing_longer_than_a_page_misses_nobody(conn: Connection, noon: datetime) -> None:
    """Every line comes once and in order, also where a reader's two newsletters straddle a page."""
    names = [f"r{n:04}" for n in range(2_501)]
    ids = join(conn, noon, "odd", *names)
    join(conn, noon, *names, newsletter="sport")
    lines = [(e.subscriber.id, e.subscription.newsletter) for e in roll.listing(conn)]
    expected = {(reader, newsletter) for reader in ids.values() for newsletter in ("brief", "sport")}
    assert lines == sorted(expected - {(ids["odd"], "sport")})
    assert len(list(roll.listing(conn, newsletter="sport"))) == 2_501


def test_a_listing_can_be_of_one_state(conn: Connection, noon: datetime) -> None:
    """And says of each line whether the address is suppressed."""
    ids = join(conn, noon, "stays", "left", "barred")
    leave_and_bar(conn, noon, ids)
    active = list(roll.listing(conn, newsletter="brief", state=SubscriptionState.ACTIVE))
    assert [(e.subscriber.name, e.suppressed) for e in active] == [
        ("stays", None),
        ("barred", SuppressionReason.COMPLAINED),
    ]
    left = list(roll.listing(conn, newsletter="brief", state=SubscriptionState.UNSUBSCRIBED))
    assert [(e.subscriber.name, e.subscription.ended_at) for e in left] == [("left", noon)]


def test_looking_for_somebody_who_is_not_there(conn: Connection) -> None:
    """No reader is None or a typed error, and no address is an address error."""
    assert roll.find(conn, "ann@example.org") is None
    with pytest.raises(UnknownSubscriber, match="404"):
        roll.entry(conn, subscriber_id=404, newsletter="brief")
    with pytest.raises(AddressError):
        roll.find(conn, "ann")
