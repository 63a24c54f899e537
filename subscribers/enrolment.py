"""Joining and leaving: the only code that changes a subscription, with its line in the consent log.

Nobody who left is brought back except by `revive=True`, which stands for the reader's own wish.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, select, update

from subscribers.errors import UnknownSubscriber
from subscribers.model import ConsentEvent, SubscriptionState
from subscribers.newcomers import Newcomer, newcomer, topics
from subscribers.tables import consents, insert_missing, lock, subscribers, subscriptions, suppressions


class Outcome(StrEnum):
    """What adding somebody came to."""

    ADDED = "added"  # active from now on, for the first time or revived
    ALREADY = "already"  # was active before; the details on the roll stay as they are
    LEFT = "left"  # has unsubscribed, and stays so
    SUPPRESSED = "suppressed"  # the address is never to be mailed; nothing was written


class Added(NamedTuple):
    """Who was added, and what came of it. The id is None for a suppressed address that is not on the roll."""

    subscriber_id: int | None
    outcome: Outcome


def add(
    conn: Connection,
    *,
    address: str,
    newsletter: str,
    name: str = "",
    language: str = "",
    zone: str = "",
    since: datetime | None = None,
    at: datetime,
    source: str,
    detail: str = "",
    revive: bool = False,
) -> Added:
    """Puts one person on the roll of `newsletter`; `since` is `at` unless given.

    `revive` is for the reader's own, fresh wish only: it turns *left* into *added*. A suppressed
    address stays suppressed either way. Raises AddressError or DetailError.
    """
    person = newcomer(address, name=name, language=language, zone=zone, since=since or at, detail=detail)
    return enrol(conn, [person], newsletter=newsletter, at=at, source=source, revive=revive)[0]


def enrol(
    conn: Connection,
    newcomers: Sequence[Newcomer],
    *,
    newsletter: str,
    at: datetime,
    source: str,
    revive: bool = False,
) -> list[Added]:
    """Puts many on the roll in a handful of statements; answers in their order.

    Of several with one address the first counts, unless one of them says that the person left:
    leaving wins, also over an active subscription. At most 10,000 at a time, which is what the databases'
    limits on parameters allow.
    """
    people: dict[str, Newcomer] = {}
    for person in newcomers:
        if not people.setdefault(person.address.address, person).ended_at and person.ended_at:
            people[person.address.address] = person

    barred = set(conn.scalars(select(suppressions.c.address).where(suppressions.c.address.in_(list(people)))))
    welcome = [person for key, person in people.items() if key not in barred]
    lock(conn, subscribers.c.address.in_(list(people)))
    known = _states(conn, people, newsletter)
    fresh = [person for person in welcome if person.address.address not in known]
    if fresh:
        conn.execute(insert_missing(conn, subscribers), [_subscriber_row(person, at) for person in fresh])
        lock(conn, subscribers.c.address.in_([person.address.address for person in fresh]))
        known |= _states(conn, [person.address.address for person in fresh], newsletter)

    outcomes: dict[str, Outcome] = dict.fromkeys(barred, Outcome.SUPPRESSED)
    joined: list[tuple[int, Newcomer]] = []
    for person in welcome:
        key = person.address.address
        reader, state = known[key]
        outcomes[key] = Outcome.LEFT if person.ended_at else Outcome.ADDED
        if state is None:
            joined.append((reader, person))
        elif person.ended_at:
            unsubscribe(conn, subscriber_id=reader, newsletter=newsletter, at=at, source=source, detail=person.detail)
        elif state is SubscriptionState.ACTIVE:
            outcomes[key] = Outcome.ALREADY
        elif revive:
            _revive(conn, reader, person, newsletter=newsletter, at=at, source=source)
        else:
            outcomes[key] = Outcome.LEFT
    if joined:
        conn.execute(
            insert_missing(conn, subscriptions), [_subscription_row(reader, p, newsletter) for reader, p in joined]
        )
        conn.execute(
            consents.insert(),
            [_consent_row(reader, newsletter, _event(p), at, source, p.detail) for reader, p in joined],
        )

    answers = []
    for person in newcomers:
        key = person.address.address
        outcome = outcomes[key]
        if outcome is Outcome.ADDED and people[key] is not person:
            outcome = Outcome.ALREADY
        answers.append(Added(known[key][0] if key in known else None, outcome))
    return answers


def unsubscribe(
    conn: Connection, *, subscriber_id: int, newsletter: str, at: datetime, source: str, detail: str = ""
) -> bool:
    """Ends a subscription; True when that changed anything.

    Counts for every flight that begins after this transaction is committed. A second time, or for somebody who is
    no longer on the roll, it changes nothing: there is nobody left to mail.
    """
    lock(conn, subscribers.c.id == subscriber_id)
    changed = conn.execute(
        update(subscriptions)
        .where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.newsletter == newsletter,
            subscriptions.c.state == SubscriptionState.ACTIVE.value,
        )
        .values(state=SubscriptionState.UNSUBSCRIBED.value, ended_at=at)
    )
    if changed.rowcount == 0:
        return False
    row = _consent_row(subscriber_id, newsletter, ConsentEvent.UNSUBSCRIBED, at, source, detail)
    conn.execute(consents.insert(), [row])
    return True


def choose_topics(conn: Connection, *, subscriber_id: int, newsletter: str, wanted: str) -> str:
    """Sets what a reader wants of a newsletter, and gives it as it is kept; empty for every story.

    Counts for every edition whose audience is frozen after this transaction. Raises DetailError, or
    UnknownSubscriber for somebody without this subscription.
    """
    kept = topics(wanted)
    changed = conn.execute(
        update(subscriptions)
        .where(subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.newsletter == newsletter)
        .values(topics=kept)
    )
    if changed.rowcount == 0:
        raise UnknownSubscriber(f"nobody with the id {subscriber_id} is on the roll of {newsletter!r}")
    return kept


def _states(
    conn: Connection, addresses: Collection[str], newsletter: str
) -> dict[str, tuple[int, SubscriptionState | None]]:
    """Of those on the roll: the id, and the state if they have one for this newsletter."""
    own = and_(subscriptions.c.subscriber_id == subscribers.c.id, subscriptions.c.newsletter == newsletter)
    rows = conn.execute(
        select(subscribers.c.address, subscribers.c.id, subscriptions.c.state)
        .outerjoin_from(subscribers, subscriptions, own)
        .where(subscribers.c.address.in_(list(addresses)))
    )
    return {address: (reader, None if state is None else SubscriptionState(state)) for address, reader, state in rows}


def _revive(conn: Connection, reader: int, person: Newcomer, *, newsletter: str, at: datetime, source: str) -> None:
    conn.execute(
        update(subscriptions)
        .where(subscriptions.c.subscriber_id == reader, subscriptions.c.newsletter == newsletter)
        .values(state=SubscriptionState.ACTIVE.value, since=person.since, ended_at=None)
    )
    row = _consent_row(reader, newsletter, ConsentEvent.SUBSCRIBED, at, source, person.detail)
    conn.execute(consents.insert(), [row])


def _subscriber_row(person: Newcomer, at: datetime) -> dict[str, object]:
    return {
        "address": person.address.address,
        "shown": person.address.shown,
        "name": person.name,
        "language": person.language,
        "zone": person.zone,
        "created_at": at,
    }


def _subscription_row(reader: int, person: Newcomer, newsletter: str) -> dict[str, object]:
    state = SubscriptionState.UNSUBSCRIBED if person.ended_at else SubscriptionState.ACTIVE
    return {
        "subscriber_id": reader,
        "newsletter": newsletter,
        "state": state.value,
        "since": person.since,
        "ended_at": person.ended_at,
        "topics": person.topics,
    }


def _consent_row(
    reader: int, newsletter: str, event: ConsentEvent, at: datetime, source: str, detail: str
) -> dict[str, object]:
    return {
        "subscriber_id": reader,
        "newsletter": newsletter,
        "event": event.value,
        "at": at,
        "source": source,
        "detail": detail,
    }


def _event(person: Newcomer) -> ConsentEvent:
    return ConsentEvent.UNSUBSCRIBED if person.ended_at else ConsentEvent.SUBSCRIBED
