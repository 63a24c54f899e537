"""The ledger: which request carries whom, and what came of it.

Evidence stands before every call. The order that matters is claim, fly, one request, settle;
see `digest.delivery.worker`. Every statement that moves a batch carries its fence, so that a
worker whose lease has run out changes nothing but what its late answer proves. Leases run by the
database's clock and decide only when somebody else may go on; safety rests on the fence and on
the durable commit of the flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, case, exists, func, insert, or_, select, update

from digest.model import BatchState, DeliveryState, EditionState, Outcome
from digest.storage import settlement
from digest.storage.accounts import OPEN, ROOM, STRAINED, close, failures, spend
from digest.storage.batches import (
    COLUMNS,
    DOUBTED,
    HELD,
    IN_BATCH,
    NAMED,
    NOW,
    RESENT,
    UNFINISHED,
    Claim,
    Flight,
    Reader,
    cut,
    release,
)
from digest.storage.dialect import as_one, utc_date
from digest.storage.engine import Database
from digest.storage.tables import accounts, attempts, batches, deliveries, editions
from subscribers.roll import is_gone, kept

BROKEN_AFTER = 3
"""Requests of an account in a row that came to nothing, after which it is only probed."""


class Pace(NamedTuple):
    """How fast an account may be used; nothing in it is unlimited."""

    readers: float | None = None
    """In a second."""
    requests: float | None = None
    """In a second."""

    def seconds(self, readers: int) -> float:
        """What a request to so many readers spends."""
        return max(readers / self.readers if self.readers else 0.0, 1.0 / self.requests if self.requests else 0.0)


NO_PACES: Mapping[str, Pace] = MappingProxyType({})

# Statements that run for every batch are made once: making them costs more than running them.
_NEXT = (
    select(batches.c.edition_id.label("of_edition"), batches.c.number.label("of_number"), STRAINED.label("strained"))
    .join(editions, editions.c.id == batches.c.edition_id)
    .outerjoin(accounts, accounts.c.name == batches.c.provider)
    .where(
        editions.c.state == EditionState.SENDING,
        OPEN,
        ROOM,
        or_(
            and_(batches.c.state == BatchState.READY, batches.c.not_before <= NOW),
            and_(batches.c.state == BatchState.CLAIMED, batches.c.lease_until < NOW),
        ),
    )
    .order_by(batches.c.edition_id, batches.c.number)
    .limit(1)
    .with_for_update(of=batches, skip_locked=True)
)
_CLAIM = (
    update(batches)
    .where(NAMED)
    .values(
        state=BatchState.CLAIMED,
        owner=bindparam("by"),
        fence=batches.c.fence + 1,
        lease_until=NOW + bindparam("seconds"),
    )
    .returning(*COLUMNS, batches.c.readers)
)
_SECOND = select(func.min(deliveries.c.subscriber_id)).where(
    IN_BATCH, deliveries.c.subscriber_id > bindparam("of_first")
)
_WAITING = and_(IN_BATCH, deliveries.c.state == DeliveryState.PENDING)
_OF_READER = [deliveries.c[name] for name in Reader._fields]
_ROWS = (
    select(*(utc_date(column).label("since") if column.name == "since" else column for column in _OF_READER))
    .where(_WAITING)
    .order_by(deliveries.c.subscriber_id)
    .subquery()
)
_READERS = select(as_one(*_ROWS.c))
_EDITION = (
    select(editions.c.newsletter)
    .where(editions.c.id == bindparam("of_edition"), editions.c.state == EditionState.SENDING)
    .with_for_update(read=True)
)
_TAKE_OFF = (
    update(batches)
    .where(HELD, batches.c.state == BatchState.CLAIMED, batches.c.lease_until > NOW)
    .values(state=BatchState.FLYING, lease_until=NOW + bindparam("seconds"), flown_at=NOW)
)
_DROP = (
    update(deliveries)
    .where(_WAITING, is_gone(deliveries.c.subscriber_id, deliveries.c.address, bindparam("of_newsletter")))
    .values(
        state=case((deliveries.c.reason == RESENT, DeliveryState.UNKNOWN), else_=DeliveryState.SUPPRESSED),
        reason="left",
    )
)
_KEEP = kept(select(deliveries.c.subscriber_id).where(_WAITING))
_COUNT = select(func.count()).select_from(deliveries).where(_WAITING)
_STAYING = select(deliveries.c.subscriber_id).where(_WAITING)
_FLY = update(deliveries).where(_WAITING).values(state=DeliveryState.IN_FLIGHT, attempt=bindparam("by"))
_ORPHANED = batches.c.owner.in_(bindparam("dead", expanding=True))
_UNUSED = and_(batches.c.state == BatchState.CLAIMED, _ORPHANED)
_OVER = and_(batches.c.state == BatchState.FLYING, or_(batches.c.lease_until < NOW, _ORPHANED))
_ANY_OVER = select(batches.c.number).where(or_(_UNUSED, _OVER)).limit(1)
_UNCLAIM = update(batches).where(_UNUSED).values(state=BatchState.READY)
_GIVE_UP = (
    update(batches)
    .where(_OVER)
    .values(**DOUBTED)
    .returning(batches.c.edition_id, batches.c.number, batches.c.first, batches.c.last)
)


class Ledger:
    """Who gets which edition, over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, owner: str, lease: float, paces: Mapping[str, Pace] = NO_PACES) -> Claim | None:
        """The next batch that is due, that nobody holds and that its account lets go; None when there is none.

        It is held for `lease` seconds. What it spends of its account's pace is written down with it. Of an account that
        keeps failing, one batch of one reader is given out, and nothing else until that is answered or the
        lease is over: a request that comes to nothing then costs one doubtful reader, not a whole batch.
        """
        with self._database.write(durable=False) as connection:
            found = connection.execute(_NEXT).first()
            if found is None:
                return None
            of = {"of_edition": found.of_edition, "of_number": found.of_number, "by": owner, "seconds": lease}
            row = connection.execute(_CLAIM, of).one()
            claim = Claim._make((*row[:-1], bool(found.strained)))
            if claim.strained and failures(connection, claim.provider) >= BROKEN_AFTER:
                close(connection, claim.provider, lease)
                if (second := connection.scalar(_SECOND, claim.parameters())) is not None:
                    cut(connection, claim, second)
                    claim = claim._replace(last=second - 1)
            if claim.provider in paces:
                spend(connection, claim.provider, paces[claim.provider].seconds(row.readers))
        return claim

    def wait(self, seconds: float) -> None:
        """Until there may be something to claim, at most so long."""
        self._database.wait(seconds)

    def pending(self, claim: Claim) -> list[Reader]:
        """The readers of a claimed batch that no request has carried, or whose request was proved not taken."""
        with self._database.read() as connection:
            return msgspec.json.decode(connection.execute(_READERS, claim.parameters()).scalar_one(), type=list[Reader])

    def fly(
        self,
        claim: Claim,
        readers: Sequence[Reader],
        *,
        attempt: str,
        owner: str,
        lease: float,
        evidence: Callable[[tuple[int, ...]], str],
        at: datetime,
    ) -> Flight | None:
        """Record, durably, that these readers are about to be in one request.

        In the same transaction the fence is checked and whoever left, bounced or complained is
        dropped: a departure that was committed before this one wins. None when the claim is no
        longer ours, the edition was stopped, or nobody is left; then nothing may be sent.
        `evidence` tells that of the body for those who stay; see `digest.delivery.evidence`.
        """
        of = claim.parameters()
        with self._database.write() as connection:
            edition = connection.execute(_EDITION, of).first()
            if edition is None:
                release(connection, claim)
                return None
            if connection.execute(_TAKE_OFF, of | {"seconds": lease}).rowcount != 1:
                return None
            if self._database.remote:
                connection.execute(_KEEP, of)
            connection.execute(_DROP, of | {"of_newsletter": edition.newsletter})
            carried = tuple(reader.subscriber_id for reader in readers)
            if connection.scalar(_COUNT, of) != len(carried):
                staying = set(connection.scalars(_STAYING, of).all())
                carried = tuple(subscriber for subscriber in carried if subscriber in staying)
            if not carried:
                release(connection, claim)
                return None
            connection.execute(
                insert(attempts),
                {
                    "id": attempt,
                    "edition_id": claim.edition_id,
                    "batch": claim.number,
                    "fence": claim.fence,
                    "owner": owner,
                    "provider": claim.provider,
                    "evidence": evidence(carried),
                    "readers": len(carried),
                    "started_at": at,
                    "key": attempt,
                },
            )
            connection.execute(_FLY, of | {"by": attempt})
        return Flight(attempt, carried, attempt)

    def release(self, claim: Claim) -> None:
        """Give a claim back unused."""
        with self._database.write(durable=False) as connection:
            release(connection, claim)

    def quarantine(self, claim: Claim, refused: Iterable[tuple[int, str]]) -> None:
        """Set readers aside for whom no message can be made, each with the reason, while the claim holds."""
        with self._database.write() as connection:
            if connection.execute(select(batches.c.number).where(HELD), claim.parameters()).first() is None:
                return
            for subscriber_id, detail in refused:
                connection.execute(
                    update(deliveries)
                    .where(_WAITING, deliveries.c.subscriber_id == subscriber_id)
                    .values(state=DeliveryState.QUARANTINED, reason="content", detail=detail),
                    claim.parameters(),
                )

    def settle(
        self,
        claim: Claim,
        flight: Flight,
        outcomes: Sequence[Outcome],
        *,
        status: int | None,
        not_before: float,
        at: datetime,
    ) -> None:
        """Record what the answer proves. An answer counts even after the lease: it resolves, it restarts nothing.

        Readers whose message was proved not taken become pending again, and the batch is due after
        `not_before` seconds; where the batch was refused as a whole for its size or content, in halves.
        """
        # A power cut that takes an answer back ends us, too, and the flight becomes unknown. A server's does not.
        with self._database.write(durable=self._database.remote) as connection:
            settlement.settle(connection, claim, flight, outcomes, status=status, not_before=not_before, at=at)

    def expire(self, dead: Iterable[str] = ()) -> int:
        """Give up on flights whose lease ran out or whose owner is known to be dead; how many batches.

        Their readers become unknown, never pending: the request may have been taken. Batches that
        a dead owner had only claimed become ready, since nothing of theirs can have left.
        """
        of = {"dead": list(dead)}
        # Looks before it writes: an idle worker must not keep others from the database.
        with self._database.read() as connection:
            if connection.execute(_ANY_OVER, of).first() is None:
                return 0
        with self._database.write() as connection:
            connection.execute(_UNCLAIM, of)
            lost = connection.execute(_GIVE_UP, of).all()
            for edition_id, number, first, last in lost:
                connection.execute(
                    update(deliveries)
                    .where(
                        deliveries.c.edition_id == edition_id,
                        deliveries.c.subscriber_id.between(first, last),
                        deliveries.c.state == DeliveryState.IN_FLIGHT,
                    )
                    .values(state=DeliveryState.UNKNOWN, reason="transport", detail="sent, never answered")
                )
                connection.execute(
                    update(attempts)
                    .where(
                        attempts.c.edition_id == edition_id,
                        attempts.c.batch == number,
                        attempts.c.outcome.is_(None),
                    )
                    .values(outcome="unknown", detail="no answer before the lease ran out")
                )
        return len(lost)

    def waiting(self) -> float | None:
        """Seconds until the next batch may be claimed; None when none is open.

        What any worker is at work on counts as due: it can be settled or ready again at any moment.
        """
        open_at = func.coalesce(accounts.c.open_at, 0.0)
        at: Any = func.min(
            case(
                (
                    batches.c.state == BatchState.READY,
                    case((open_at > batches.c.not_before, open_at), else_=batches.c.not_before),
                ),
                (batches.c.state == BatchState.UNKNOWN, batches.c.again_at),
                else_=NOW,
            )
        )
        with self._database.read() as connection:
            seconds = connection.execute(
                select(at - NOW)
                .select_from(batches.outerjoin(accounts, accounts.c.name == batches.c.provider))
                .where(
                    UNFINISHED,
                    exists().where(editions.c.id == batches.c.edition_id, editions.c.state == EditionState.SENDING),
                )
            ).scalar()
        return None if seconds is None else max(0.0, float(seconds))
