"""Batches in doubt: their requests were never answered, so that nobody knows who was taken.

They leave that state by proof (`digest.storage.proofs`), by the account's policy, or after three days
into the hands of a person. Times run by the database's clock, from the flight on.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, func, insert, literal_column, not_, select, update

from digest.model import BatchState, DeliveryState, EditionState
from digest.storage.batches import COLUMNS, HELD, IN_BATCH, LOCK, NOW, RESENT, Claim, Flight, Reader, release
from digest.storage.dialect import as_one, utc_date
from digest.storage.engine import Database
from digest.storage.tables import attempts, batches, deliveries, editions
from subscribers.roll import is_gone

AT_ONCE = 100
"""Batches that are looked at in one pass of housekeeping."""


class Doubt(NamedTuple):
    """An unknown batch about which there is something to do now."""

    claim: Claim
    elapsed: float
    """Seconds since its flight; less than nothing where the database's clock went back."""
    attempts: int
    """Requests that carried its readers and were never answered."""
    unplanned: bool
    """Nobody has said yet what its account's policy makes of it."""
    again: bool
    """The policy's time has come."""
    look: bool
    """The provider is to be asked, or its time is over."""


class Repeat(NamedTuple):
    """A request that may be made again as it was."""

    key: str
    evidence: str
    started_at: datetime
    readers: list[Reader]
    """In the order of the body."""


# As it stands in the partial index: SQLite uses that for no bound value.
_IN_DOUBT = literal_column("batches.state") == literal_column("'unknown'")
_SENDING = editions.c.state == EditionState.SENDING
_UNPLANNED = batches.c.again_at == 0
_AGAIN = and_(batches.c.again_at > 0, batches.c.again_at <= NOW, _SENDING)
_LOOK = batches.c.look_at <= NOW
_UNANSWERED = (
    select(func.count())
    .select_from(attempts)
    .where(
        attempts.c.edition_id == batches.c.edition_id,
        attempts.c.batch == batches.c.number,
        attempts.c.outcome == "unknown",
    )
    .scalar_subquery()
)
_DUE = (
    select(
        *COLUMNS,
        func.coalesce(NOW - batches.c.flown_at, 0.0).label("elapsed"),
        _UNANSWERED.label("attempts"),
        func.coalesce(_UNPLANNED, False).label("unplanned"),
        func.coalesce(_AGAIN, False).label("again"),
        func.coalesce(_LOOK, False).label("look"),
    )
    .join(editions, editions.c.id == batches.c.edition_id)
    .where(_IN_DOUBT, (_UNPLANNED | _AGAIN | _LOOK))
    .limit(AT_ONCE)
)
_OURS = and_(HELD, batches.c.state == BatchState.UNKNOWN)
_UNKNOWN = and_(IN_BATCH, deliveries.c.state == DeliveryState.UNKNOWN)
_ROWS = (
    select(*(utc_date(c).label("since") if c.name == "since" else c for c in (deliveries.c[n] for n in Reader._fields)))
    .where(_UNKNOWN, deliveries.c.attempt == bindparam("by"))
    .order_by(deliveries.c.subscriber_id)
    .subquery()
)


class Uncertain:
    """What is in doubt in one database. Every change carries the fence of the batch that was seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> list[Doubt]:
        """Where there is something to do now; at most `AT_ONCE` batches."""
        width = len(COLUMNS)
        with self._database.read() as connection:
            return [Doubt._make((Claim(*row[:width]), *row[width:])) for row in connection.execute(_DUE)]

    def plan(self, claim: Claim, wait: float | None) -> None:
        """What the policy says: to come back in so many seconds, or with None not at all."""
        at: Any = None if wait is None else NOW + wait
        with self._database.write(durable=False) as connection:
            connection.execute(update(batches).where(_OURS).values(again_at=at), claim.parameters())

    def take_look(self, claim: Claim, wait: float) -> list[int]:
        """Whose outcome the provider is to be asked for by the caller, and in how many seconds again.

        Empty where somebody else took the look.
        """
        of = claim.parameters()
        with self._database.write(durable=False) as connection:
            taken = connection.execute(update(batches).where(_OURS, _LOOK).values(look_at=NOW + wait), of)
            if taken.rowcount != 1:
                return []
            members = select(deliveries.c.subscriber_id).where(_UNKNOWN).order_by(deliveries.c.subscriber_id)
            return list(connection.scalars(members, of))

    def hold(self, claim: Claim) -> int:
        """Leave its unknown readers to a person; how many."""
        of = claim.parameters()
        with self._database.write() as connection:
            if connection.execute(update(batches).where(_OURS, _LOOK).values(look_at=None), of).rowcount != 1:
                return 0
            held = connection.execute(update(deliveries).where(_UNKNOWN).values(state=DeliveryState.HELD), of).rowcount
            release(connection, claim)
        return held

    def resend(self, claim: Claim) -> int:
        """Let its unknown readers be sent to once more, without those who left; how many."""
        of = claim.parameters()
        with self._database.write() as connection:
            edition = connection.execute(_edition(claim)).first()
            if edition is None:
                return 0
            if connection.execute(update(batches).where(_OURS, _AGAIN_NOW).values(again_at=None), of).rowcount != 1:
                return 0
            staying = not_(is_gone(deliveries.c.subscriber_id, deliveries.c.address, edition.newsletter))
            resent = connection.execute(
                update(deliveries).where(_UNKNOWN, staying).values(state=DeliveryState.PENDING, reason=RESENT), of
            ).rowcount
            release(connection, claim)
        return resent

    def repeat(self, claim: Claim) -> Repeat | None:
        """The batch's request, where all of its readers are still unknown: only then it can be made as it was."""
        of = claim.parameters()
        with self._database.read() as connection:
            keys = connection.scalars(select(deliveries.c.attempt).where(_UNKNOWN).distinct(), of).all()
            if len(keys) != 1:
                return None
            first = connection.execute(select(attempts).where(attempts.c.id == keys[0])).one()
            found = connection.execute(select(as_one(*_ROWS.c)), of | {"by": keys[0]}).scalar_one()
        readers = msgspec.json.decode(found, type=list[Reader])
        if len(readers) != first.readers:
            return None
        return Repeat(first.id, first.evidence, first.started_at, readers)

    def fly_again(
        self,
        claim: Claim,
        repeat: Repeat,
        *,
        attempt: str,
        owner: str,
        lease: float,
        window: float,
        at: datetime,
    ) -> tuple[Claim, Flight] | None:
        """Record, durably, that the same request is about to be made again under its key; the claim for its answer.

        None, and then nothing may be sent: when somebody else was faster, the edition was stopped, or more than
        `window` seconds have passed since the first flight. When one of the readers left or was proved meanwhile,
        too, since the body could not be the same without that one: then all stay unknown, and the policy
        does not come back to them.
        """
        of = claim.parameters()
        with self._database.write() as connection:
            edition = connection.execute(_edition(claim)).first()
            if edition is None:
                return None
            batch = connection.execute(LOCK, of).one()
            gone = is_gone(deliveries.c.subscriber_id, deliveries.c.address, edition.newsletter)
            the_same = and_(_UNKNOWN, deliveries.c.attempt == repeat.key)
            staying = connection.scalar(select(func.count()).where(the_same, not_(gone)), of)
            if staying != len(repeat.readers):
                connection.execute(update(batches).where(_OURS).values(again_at=None), of)
                return None
            taken = connection.execute(
                update(batches)
                .where(_OURS, _AGAIN_NOW, batches.c.flown_at <= NOW, NOW - batches.c.flown_at < window)
                .values(
                    state=BatchState.FLYING,
                    owner=owner,
                    fence=batches.c.fence + 1,
                    lease_until=NOW + lease,
                    again_at=None,
                    look_at=None,
                ),
                of,
            )
            if taken.rowcount != 1:
                return None
            fence = batch.fence + 1
            connection.execute(
                insert(attempts).values(
                    id=attempt,
                    edition_id=claim.edition_id,
                    batch=claim.number,
                    fence=fence,
                    owner=owner,
                    provider=claim.provider,
                    evidence=repeat.evidence,
                    readers=len(repeat.readers),
                    started_at=at,
                    key=repeat.key,
                )
            )
            connection.execute(update(deliveries).where(the_same).values(state=DeliveryState.IN_FLIGHT), of)
        readers = tuple(reader.subscriber_id for reader in repeat.readers)
        return claim._replace(fence=fence), Flight(attempt, readers, repeat.key)


_AGAIN_NOW = and_(batches.c.again_at > 0, batches.c.again_at <= NOW)


def _edition(claim: Claim) -> Any:
    """The edition's newsletter while it is being sent; a pause or cancellation waits for who reads it."""
    return select(editions.c.newsletter).where(editions.c.id == claim.edition_id, _SENDING).with_for_update(read=True)
