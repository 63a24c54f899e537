"""Deliveries: one row for each edition and reader, from the frozen audience to the balanced sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, Select, case, cast, exists, func, insert, literal, select, update

from digest.errors import NobodyToMail, NotFound, WrongState
from digest.model import BatchState, DeliveryState, EditionState
from digest.storage.batches import UNFINISHED
from digest.storage.engine import Database
from digest.storage.tables import batches, deliveries, edition_accounts, editions
from subscribers.roll import audience


class Row(NamedTuple):
    """One delivery, for a listing."""

    subscriber_id: int
    address: str
    state: str
    reason: str | None
    detail: str | None
    provider_id: str | None
    attempt: str | None


# Made once: every worker asks it twice a second.
_DONE = select(editions.c.id).where(
    editions.c.state == EditionState.SENDING, ~exists().where(batches.c.edition_id == editions.c.id, UNFINISHED)
)


class Deliveries:
    """Who is to get which edition, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(
        self,
        edition_id: int,
        *,
        readers_per_batch: int | Callable[[Sequence[tuple[str, str]]], int],
        at: datetime,
        accounts: Sequence[str] = (),
        turns: Sequence[str] = (),
    ) -> int:
        """Write one delivery for each reader of an approved edition and let workers claim them; how many.

        `accounts` may carry it, the edition's own first; its batches take `turns` at them. Without any it is
        the edition's own alone.
        `readers_per_batch` may depend on the languages and topics that are wished for.
        All or nothing, in one transaction and inside the database. Raises NobodyToMail for an empty roll.
        """
        with self._database.read() as connection:
            _approved(connection, edition_id, locked=False)
        self._database.make_room(edition_id)
        with self._database.write() as connection:
            row = _approved(connection, edition_id, locked=True)
            chosen = audience(row.newsletter).subquery()
            frozen = ["subscriber_id", "address", "shown", "name", "since", "language", "topics"]
            columns = ["edition_id", *frozen, "state"]
            people = select(
                literal(edition_id),
                *(chosen.c[name] for name in frozen),
                literal(DeliveryState.PENDING.value),
            ).order_by(chosen.c.subscriber_id)
            # Of an INSERT it is kept by no driver's adapter unasked; psycopg's says -1.
            counted = connection.execution_options(preserve_rowcount=True)
            total = counted.execute(insert(deliveries).from_select(columns, people)).rowcount
            if total == 0:
                raise NobodyToMail(
                    f"nobody is on the roll of {row.newsletter}, so edition {edition_id} waits; "
                    "`digest subscribers import FILE` puts readers there"
                )
            if not isinstance(readers_per_batch, int):
                readers_per_batch = readers_per_batch(_wishes(connection, edition_id))
            ranges = _ranges(edition_id, total, readers_per_batch, turns or (row.provider,))
            of_batch = ["edition_id", "number", "first", "last", "state", "readers", "provider"]
            connection.execute(insert(batches).from_select(of_batch, ranges))
            connection.execute(
                insert(edition_accounts),
                [
                    {"edition_id": edition_id, "account": account, "position": position}
                    for position, account in enumerate(accounts or [row.provider], start=1)
                ],
            )
            connection.execute(
                update(editions)
                .where(editions.c.id == edition_id)
                .values(state=EditionState.SENDING, started_at=at, planned=total)
            )
            self._database.notify(connection)
        return total

    def fail_over(self, edition_id: int, account: str, *, reason: str) -> str | None:
        """Move the batches that are still to be sent from an account that refuses to the next; None when none is left.

        What is under way or in doubt stays where it is. A batch that another sender has claimed comes back refused,
        and moves then.
        """
        ours = edition_accounts.c.edition_id == edition_id
        with self._database.write() as connection:
            connection.execute(
                update(edition_accounts).where(ours, edition_accounts.c.account == account).values(refused=reason)
            )
            following: str | None = connection.scalar(
                select(edition_accounts.c.account)
                .where(ours, edition_accounts.c.refused == "")
                .order_by(edition_accounts.c.position)
                .limit(1)
            )
            if following is not None:
                connection.execute(
                    update(batches)
                    .where(
                        batches.c.edition_id == edition_id,
                        batches.c.provider == account,
                        batches.c.state == BatchState.READY,
                    )
                    .values(provider=following, not_before=0)
                )
                self._database.notify(connection)
        return following

    def finish(self, at: datetime) -> list[int]:
        """Close every edition whose last batch is settled and whose sum balances; their ids."""
        with self._database.read() as connection:
            if connection.execute(_DONE).first() is None:
                return []
        with self._database.write() as connection:
            closing = connection.scalars(_DONE.with_for_update()).all()
            finished = []
            for edition_id in closing:
                counted = _counts(connection, edition_id)
                unsettled = counted[DeliveryState.PENDING] + counted[DeliveryState.IN_FLIGHT]
                planned = connection.execute(select(editions.c.planned).where(editions.c.id == edition_id)).scalar_one()
                if unsettled or sum(counted.values()) != planned:
                    continue
                connection.execute(
                    update(editions)
                    .where(editions.c.id == edition_id)
                    .values(state=EditionState.FINISHED, finished_at=at)
                )
                finished.append(edition_id)
        return finished

    def counts(self, edition_id: int) -> dict[DeliveryState, int]:
        """How many readers are in each state; every state is a key."""
        with self._database.read() as connection:
            return _counts(connection, edition_id)

    def listing(self, edition_id: int, state: DeliveryState | None = None) -> Iterator[Row]:
        """The deliveries of an edition by subscriber, a thousand at a time."""
        columns = [deliveries.c[name] for name in Row._fields]
        after = -1
        while True:
            query = (
                select(*columns)
                .where(deliveries.c.edition_id == edition_id, deliveries.c.subscriber_id > after)
                .order_by(deliveries.c.subscriber_id)
                .limit(1000)
            )
            if state is not None:
                query = query.where(deliveries.c.state == state)
            with self._database.read() as connection:
                page = [Row(*row) for row in connection.execute(query)]
            yield from page
            if len(page) < 1000:
                return
            after = page[-1].subscriber_id

    def unbalanced(self) -> list[tuple[int, int, int]]:
        """Editions whose planned readers are not the sum of their deliveries: id, planned, found."""
        found = func.count(deliveries.c.subscriber_id)
        with self._database.read() as connection:
            rows = connection.execute(
                select(editions.c.id, editions.c.planned, found)
                .outerjoin(deliveries, deliveries.c.edition_id == editions.c.id)
                .group_by(editions.c.id)
                .having(found != editions.c.planned)
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def misplaced(self) -> list[tuple[int, int, int, int]]:
        """Batches that have not the readers any more that they were made with: edition, number, readers, found."""
        found = (
            select(func.count())
            .where(
                deliveries.c.edition_id == batches.c.edition_id,
                deliveries.c.subscriber_id.between(batches.c.first, batches.c.last),
            )
            .scalar_subquery()
        )
        columns = (batches.c.edition_id, batches.c.number, batches.c.readers, found.label("found"))
        with self._database.read() as connection:
            rows = connection.execute(select(*columns).where(found != batches.c.readers))
            return [(row[0], row[1], row[2], row[3]) for row in rows]


def _ranges(edition_id: int, total: int, readers_per_batch: int, turns: Sequence[str]) -> Select[Any]:
    """The rows of the edition's batches. Readers are counted in the order of the key, so the database sorts none."""
    place = func.row_number().over(order_by=deliveries.c.subscriber_id) - 1
    placed = select(deliveries.c.subscriber_id, place.label("place")).where(deliveries.c.edition_id == edition_id)
    each = placed.subquery()
    firsts = (
        select(cast(each.c.place // readers_per_batch + 1, Integer).label("number"), each.c.subscriber_id)
        .where(each.c.place % readers_per_batch == 0)
        .subquery()
    )
    following = func.lead(firsts.c.subscriber_id).over(order_by=firsts.c.number)
    greatest = select(func.max(deliveries.c.subscriber_id)).where(deliveries.c.edition_id == edition_id)
    return select(
        literal(edition_id),
        firsts.c.number,
        firsts.c.subscriber_id,
        func.coalesce(following - 1, greatest.scalar_subquery()),
        literal(BatchState.READY.value),
        case((following.is_(None), total - (firsts.c.number - 1) * readers_per_batch), else_=readers_per_batch),
        case(dict(enumerate(turns)), value=(firsts.c.number - 1) % len(turns)),
    )


def _approved(connection: Connection, edition_id: int, *, locked: bool) -> Any:
    """The edition's row; `locked` in a transaction that writes, and only there. Raises NotFound or WrongState."""
    query = select(editions).where(editions.c.id == edition_id)
    row = connection.execute(query.with_for_update() if locked else query).first()
    if row is None:
        raise NotFound(f"there is no edition {edition_id}; `digest editions list` shows those that exist")
    if row.state != EditionState.APPROVED:
        raise WrongState(f"edition {edition_id} is {row.state}; only an approved edition gets an audience")
    return row


def _counts(connection: Connection, edition_id: int) -> dict[DeliveryState, int]:
    # Counted side by side: to group a million rows by their state, SQLite would sort them in memory.
    sums = [func.count().filter(deliveries.c.state == state) for state in DeliveryState]
    row = connection.execute(select(*sums).where(deliveries.c.edition_id == edition_id)).one()
    return dict(zip(DeliveryState, row, strict=True))


def _wishes(connection: Connection, edition_id: int) -> list[tuple[str, str]]:
    """Every language with every topics that a reader of the edition has, once."""
    columns = deliveries.c.language, deliveries.c.topics
    rows = connection.execute(select(*columns).where(deliveries.c.edition_id == edition_id).distinct())
    return [(language, topics) for language, topics in rows]
