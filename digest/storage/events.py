"""Events as kept: one row for each, whatever it is about, and what is asked of them.

The functions run in the transaction of their caller (`digest.delivery.events`), so that an event and
what follows from it are on disk together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, delete, func, select, update

from digest.model import EventKind
from digest.storage.dialect import upsert
from digest.storage.engine import Database
from digest.storage.tables import deliveries, edition_accounts, editions, events, hook_requests

CHUNK = 500
"""Values asked for in one statement; SQLite takes 32,766 parameters."""
RECENT_EDITIONS = 100
"""Of an account: in these a delivery is looked for that an event names only by message and address."""
NOT_THE_ADDRESS = ("content", "blocked", "unsubscribed")
"""Reasons of a bounce that say nothing about whether the address takes mail."""
PASSING = (
    EventKind.ACCEPTED,
    EventKind.DELIVERED,
    EventKind.DEFERRED,
    EventKind.OPENED,
    EventKind.CLICKED,
    EventKind.OTHER,
)
"""Kinds that nothing rests on once their edition is history."""

Value = TypeVar("Value")


class Mailed(NamedTuple):
    """A delivery that a request of ours has carried."""

    edition_id: int
    subscriber_id: int
    address: str
    provider_id: str
    newsletter: str


class Kept(NamedTuple):
    """A row of the table, for a listing."""

    id: int
    provider: str
    kind: str
    name: str
    at: datetime
    received_at: datetime
    edition_id: int | None
    subscriber_id: int | None
    address: str
    message: str
    permanent: bool
    machine: bool
    reason: str
    detail: str
    link: str


# Editions are asked by themselves: their rows are large, and a join would read one for each delivery.
_OWN = (
    select(editions.c.id, editions.c.newsletter)
    .join(edition_accounts, edition_accounts.c.edition_id == editions.c.id)
    .where(
        edition_accounts.c.account == bindparam("of_account"),
        editions.c.id.in_(bindparam("editions", expanding=True)),
    )
)
_CARRIED = select(
    deliveries.c.edition_id,
    deliveries.c.subscriber_id,
    deliveries.c.address,
    func.coalesce(deliveries.c.provider_id, ""),
).where(deliveries.c.attempt.is_not(None))
_BY_READER = _CARRIED.where(
    deliveries.c.edition_id == bindparam("of_edition"),
    deliveries.c.subscriber_id.in_(bindparam("readers", expanding=True)),
)
_BY_ADDRESS = _CARRIED.where(
    deliveries.c.edition_id.in_(bindparam("editions", expanding=True)),
    deliveries.c.address.in_(bindparam("addresses", expanding=True)),
)
_RECENT = (
    select(editions.c.id, editions.c.newsletter)
    .join(edition_accounts, edition_accounts.c.edition_id == editions.c.id)
    .where(edition_accounts.c.account == bindparam("of_account"))
    .order_by(editions.c.id.desc())
    .limit(RECENT_EDITIONS)
)
_OF_READERS = (
    events.c.edition_id == bindparam("of_edition"),
    events.c.subscriber_id.in_(bindparam("readers", expanding=True)),
)
_LOOKS = select(events.c.id, events.c.subscriber_id, events.c.at).where(
    *_OF_READERS, events.c.kind.in_((EventKind.OPENED, EventKind.CLICKED)), events.c.machine.is_(False)
)
_DELIVERED = (
    select(events.c.subscriber_id, events.c.at)
    .where(*_OF_READERS, events.c.kind == EventKind.DELIVERED)
    .order_by(events.c.at)
)
_COUNTING = select(hook_requests.c.request, hook_requests.c.body).where(
    hook_requests.c.provider == bindparam("of_account"),
    hook_requests.c.request.in_(bindparam("requests", expanding=True)),
)
_KNOWN = select(events.c.key).where(events.c.key.in_(bindparam("keys", expanding=True)))
_SOFT = (
    select(events.c.address, events.c.edition_id, events.c.at)
    .where(
        events.c.address.in_(bindparam("addresses", expanding=True)),
        events.c.kind == EventKind.BOUNCED,
        events.c.permanent.is_(False),
        events.c.reason.not_in(NOT_THE_ADDRESS),
        events.c.edition_id.is_not(None),
    )
    .order_by(events.c.at)
)


def known(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys that have a row already."""
    found: set[str] = set()
    for chunk in _chunks(keys):
        found.update(connection.scalars(_KNOWN, {"keys": chunk}))
    return found


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write events down, each once: one that another process has written meanwhile is passed over."""
    if rows:
        connection.execute(upsert(connection, events).on_conflict_do_nothing(), rows)


def carried(connection: Connection, account: str, readers: Iterable[tuple[int, int]]) -> list[Mailed]:
    """Of these editions and subscribers, the deliveries that the account was asked to send."""
    by_edition: dict[int, list[int]] = {}
    for edition_id, subscriber_id in readers:
        by_edition.setdefault(edition_id, []).append(subscriber_id)
    found: list[Mailed] = []
    for own in _chunks(by_edition):
        for edition_id, newsletter in connection.execute(_OWN, {"of_account": account, "editions": own}).all():
            for chunk in _chunks(by_edition[edition_id]):
                rows = connection.execute(_BY_READER, {"of_edition": edition_id, "readers": chunk})
                found += [Mailed(*row, newsletter) for row in rows]
    return found


def carried_to(connection: Connection, account: str, addresses: Collection[str]) -> list[Mailed]:
    """The deliveries of the account's recent editions to these addresses."""
    if not addresses:
        return []
    recent: dict[int, str] = dict(connection.execute(_RECENT, {"of_account": account}).all())
    found: list[Mailed] = []
    for chunk in _chunks(addresses):
        rows = connection.execute(_BY_ADDRESS, {"editions": list(recent), "addresses": chunk})
        found += [Mailed(*row, recent[row[0]]) for row in rows]
    return found


def scanned(connection: Connection, edition_id: int, subscribers: Collection[int], *, within: timedelta) -> int:
    """Mark as a machine's what was opened or clicked so soon after it was delivered; how many events.

    Looks at these subscribers' events of the edition, in whatever order they came.
    """
    marked: list[int] = []
    for chunk in _chunks(subscribers):
        of = {"of_edition": edition_id, "readers": chunk}
        looks = connection.execute(_LOOKS, of).all()
        if not looks:
            continue
        delivered: dict[int, datetime] = dict(connection.execute(_DELIVERED, of).all())
        marked += [id_ for id_, reader, at in looks if reader in delivered and at <= delivered[reader] + within]
    for chunk in _chunks(marked):
        connection.execute(update(events).where(events.c.id.in_(chunk)).values(machine=True))
    return len(marked)


def bounced_softly(connection: Connection, addresses: Collection[str]) -> dict[str, dict[int, datetime]]:
    """For each address the editions that could not be delivered there for now, and when first.

    A bounce that is about the message, or for which the provider's own list is to blame, is none of these.
    """
    found: dict[str, dict[int, datetime]] = {}
    for chunk in _chunks(addresses):
        for address, edition_id, at in connection.execute(_SOFT, {"addresses": chunk}):
            found.setdefault(address, {}).setdefault(edition_id, at)
    return found


def admit(
    connection: Connection, requests: Sequence[tuple[str, str, str]], *, at: datetime
) -> dict[tuple[str, str], str]:
    """The hash of the body under which each request counts: that of its first bytes, now or earlier.

    A request is an account, the vendor's id, and the hash of its body.
    """
    if not requests:
        return {}
    rows = [{"provider": account, "request": id_, "body": body, "received_at": at} for account, id_, body in requests]
    connection.execute(upsert(connection, hook_requests).on_conflict_do_nothing(), rows)
    found: dict[tuple[str, str], str] = {}
    for account in {account for account, _, _ in requests}:
        for chunk in _chunks([id_ for sender, id_, _ in requests if sender == account]):
            counting = connection.execute(_COUNTING, {"of_account": account, "requests": chunk})
            found.update({(account, id_): body for id_, body in counting})
    return found


def forget_requests(connection: Connection, *, before: datetime) -> None:
    """Drop the ids of requests whose signatures count no more."""
    connection.execute(delete(hook_requests).where(hook_requests.c.received_at < before))


class Events:
    """What has been reported, for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listing(
        self,
        *,
        edition_id: int | None = None,
        kind: EventKind | None = None,
        address: str | None = None,
        newest: int | None = None,
    ) -> Iterator[Kept]:
        """Events, newest first, a thousand at a time; at most `newest` of them. `address` is the key form."""
        query = select(*(events.c[name] for name in Kept._fields)).order_by(events.c.id.desc())
        for column, wanted in ((events.c.edition_id, edition_id), (events.c.kind, kind), (events.c.address, address)):
            if wanted is not None:
                query = query.where(column == wanted)
        left, before = newest, None
        while left is None or left > 0:
            size = 1000 if left is None else min(left, 1000)
            page = query.limit(size) if before is None else query.where(events.c.id < before).limit(size)
            with self._database.read() as connection:
                rows = [Kept._make(row) for row in connection.execute(page)]
            yield from rows
            if len(rows) < size:
                return
            left, before = None if left is None else left - size, rows[-1].id

    def forget(self, *, before: datetime, kinds: Iterable[EventKind] = PASSING) -> int:
        """Drop what arrived earlier and nothing rests on any more; how many."""
        where = (events.c.received_at < before, events.c.kind.in_(list(kinds)))
        with self._database.write() as connection:
            return connection.execute(delete(events).where(*where)).rowcount


def _chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    waiting = iter(values)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
