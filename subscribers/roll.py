"""The roll: who reads which newsletter. Every function runs in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, not_, or_, select

from subscribers.addresses import normalise
from subscribers.enrolment import Added, Outcome, add, choose_topics, enrol, unsubscribe
from subscribers.errors import UnknownSubscriber
from subscribers.model import Subscriber, Subscription, SubscriptionState, SuppressionReason
from subscribers.tables import subscribers, subscriptions, suppressions

__all__ = [
    "Added",
    "Counts",
    "Entry",
    "Outcome",
    "add",
    "audience",
    "choose_topics",
    "counts",
    "enrol",
    "entry",
    "find",
    "is_gone",
    "kept",
    "listing",
    "unsubscribe",
]

_PAGE = 1_000
"""Rows that `listing` reads at a time."""


class Entry(NamedTuple):
    """A line of the roll."""

    subscriber: Subscriber
    subscription: Subscription
    suppressed: SuppressionReason | None
    """Set when the address is not mailed although the subscription may be active."""


class Counts(NamedTuple):
    """The subscriptions of a newsletter, each counted once."""

    active: int
    """The audience: active and not suppressed."""
    unsubscribed: int
    suppressed: int
    """Active, but the address is suppressed."""


def find(conn: Connection, address: str) -> Subscriber | None:
    """The subscriber with that address, in any spelling. Raises AddressError."""
    row = conn.execute(select(subscribers).where(subscribers.c.address == normalise(address).address)).one_or_none()
    return None if row is None else _subscriber(row)


def entry(conn: Connection, *, subscriber_id: int, newsletter: str) -> Entry:
    """The line of one reader and one newsletter. Raises UnknownSubscriber."""
    where = (subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == newsletter)
    row = conn.execute(_entries().where(*where)).one_or_none()
    if row is None:
        raise UnknownSubscriber(f"nobody with the id {subscriber_id} is on the roll of {newsletter!r}")
    return _entry(row)


def listing(
    conn: Connection, *, newsletter: str | None = None, state: SubscriptionState | None = None
) -> Iterator[Entry]:
    """The roll in the order of subscriber ids, read in pages so that memory does not grow with it."""
    query = _entries().order_by(subscriptions.c.subscriber_id, subscriptions.c.newsletter).limit(_PAGE)
    if newsletter is not None:
        query = query.where(subscriptions.c.newsletter == newsletter)
    if state is not None:
        query = query.where(subscriptions.c.state == state.value)
    page = query
    while rows := conn.execute(page).all():
        yield from map(_entry, rows)
        last = rows[-1]
        after = subscriptions.c.subscriber_id > last.id
        if newsletter is None:
            same = and_(subscriptions.c.subscriber_id == last.id, subscriptions.c.newsletter > last.newsletter)
            after = or_(after, same)
        page = query.where(after)


def counts(conn: Connection, newsletter: str) -> Counts:
    """How many are active, have left, or are kept from being mailed."""
    active = subscriptions.c.state == SubscriptionState.ACTIVE.value
    barred = suppressions.c.address.is_not(None)
    row = conn.execute(
        select(
            func.coalesce(func.sum(case((and_(active, not_(barred)), 1), else_=0)), 0),
            func.coalesce(func.sum(case((active, 0), else_=1)), 0),
            func.coalesce(func.sum(case((and_(active, barred), 1), else_=0)), 0),
        )
        .join_from(subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
        .outerjoin(suppressions, suppressions.c.address == subscribers.c.address)
        .where(subscriptions.c.newsletter == newsletter)
    ).one()
    return Counts(*row)


def audience(newsletter: str) -> Select[int, str, str, str, datetime | None, str, str]:
    """Everybody to be mailed now: `subscriber_id`, `address` (the key), `shown`, `name`, `since`, `language`, `topics`.

    Unordered, for INSERT … SELECT; asked for by `subscriber_id`, SQLite finds it in that order and sorts nothing.
    """
    barred = suppressions.alias()
    return (
        select(
            subscriptions.c.subscriber_id,
            subscribers.c.address,
            subscribers.c.shown,
            subscribers.c.name,
            subscriptions.c.since,
            subscribers.c.language,
            subscriptions.c.topics,
        )
        .join_from(subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.state == SubscriptionState.ACTIVE.value,
            not_(exists().where(barred.c.address == subscribers.c.address)),
        )
    )


def is_gone(
    subscriber_id: ColumnElement[int], address: ColumnElement[str], newsletter: ColumnElement[str] | str
) -> ColumnElement[bool]:
    """Whether the reader in these columns is no longer to be mailed: left, erased or suppressed.

    For a WHERE of the caller's own statement, in the transaction that decides the flight. `address` is the key form.
    """
    own, barred = subscriptions.alias(), suppressions.alias()
    active = exists().where(
        own.c.subscriber_id == subscriber_id,
        own.c.newsletter == newsletter,
        own.c.state == SubscriptionState.ACTIVE.value,
    )
    suppressed = exists().where(barred.c.address == address)
    return or_(not_(active.correlate_except(own)), suppressed.correlate_except(barred))


def kept(readers: Select[int]) -> Select[int]:
    """A statement that lets none of these leave until its transaction ends, and waits for whoever is leaving.

    For PostgreSQL, in the transaction that decides the flight, in a statement before the one that asks who is gone.
    """
    rows = select(subscribers.c.id).where(subscribers.c.id.in_(readers)).order_by(subscribers.c.id)
    return select(func.count()).select_from(rows.with_for_update(read=True).subquery())


def _entries() -> Select[Any]:
    return (
        select(
            subscribers,
            subscriptions.c.newsletter,
            subscriptions.c.state,
            subscriptions.c.since,
            subscriptions.c.ended_at,
            subscriptions.c.topics,
            suppressions.c.reason,
        )
        .join_from(subscriptions, subscribers, subscriptions.c.subscriber_id == subscribers.c.id)
        .outerjoin(suppressions, suppressions.c.address == subscribers.c.address)
    )


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        _subscriber(row),
        Subscription(
            subscriber_id=row.id,
            newsletter=row.newsletter,
            state=SubscriptionState(row.state),
            since=row.since,
            ended_at=row.ended_at,
            topics=row.topics,
        ),
        None if row.reason is None else SuppressionReason(row.reason),
    )


def _subscriber(row: Row[Any]) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        shown=row.shown,
        name=row.name,
        language=row.language,
        zone=row.zone,
        created_at=row.created_at,
    )
