"""The ledger: who is to get an edition, which request carries whom, and what came of it.

One row for each reader, and evidence before every call. The order that matters is claim, fly,
one request, settle; see `digest.delivery.worker`. Every statement that moves a batch carries its
fence, so that a worker whose lease has run out changes nothing but what its late answer proves.
Leases run by the database's clock and decide only when somebody else may go on; safety rests on
the fence and on the durable commit of the flight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, exists, func, insert, literal, literal_column, or_, select, update

from digest.errors import NotFound, WrongState
from digest.model import BatchState, DeliveryState, EditionState, Outcome, OutcomeKind
from digest.storage.sqlite import DATABASE_NOW, Database
from digest.storage.tables import attempts, batches, deliveries, editions
from subscribers.model import SuppressionReason
from subscribers.roll import audience, is_gone
from subscribers.suppression import suppress

UNFINISHED = (BatchState.READY, BatchState.CLAIMED, BatchState.FLYING)
NOW: Any = literal_column(DATABASE_NOW)


class Claim(NamedTuple):
    """A batch that one worker may prepare; the fence proves it."""

    edition_id: int
    number: int
    fence: int
    refusals: int


class Reader(NamedTuple):
    """A pending delivery, as the audience was frozen."""

    subscriber_id: int
    address: str
    shown: str
    name: str
    since: datetime | None


class Flight(NamedTuple):
    """A request on record that may leave now, once."""

    attempt: str
    readers: tuple[int, ...]
    """Subscriber ids, in the order of the body."""


class Row(NamedTuple):
    """One delivery, for a listing."""

    subscriber_id: int
    address: str
    state: str
    reason: str | None
    detail: str | None
    provider_id: str | None
    attempt: str | None


class Ledger:
    """Who gets which edition, over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(self, edition_id: int, *, readers_per_batch: int, at: datetime) -> int:
        """Write one delivery for each reader of an approved edition and let workers claim them; how many.

        All or nothing, in one transaction and inside the database.
        """
        with self._database.write() as connection:
            row = connection.execute(
                select(editions.c.newsletter, editions.c.state).where(editions.c.id == edition_id)
            ).first()
            if row is None:
                raise NotFound(f"there is no edition {edition_id}")
            if row.state != EditionState.APPROVED:
                raise WrongState(f"edition {edition_id} is {row.state}; only an approved edition gets an audience")
            chosen = audience(row.newsletter).subquery()
            total = int(connection.execute(select(func.count()).select_from(chosen)).scalar_one())
            count = -(-total // readers_per_batch)
            if count:
                connection.execute(
                    insert(batches),
                    [
                        {"edition_id": edition_id, "number": number, "state": BatchState.READY}
                        for number in range(1, count + 1)
                    ],
                )
                place = func.row_number().over(order_by=chosen.c.subscriber_id) - 1
                connection.execute(
                    insert(deliveries).from_select(
                        ["edition_id", "subscriber_id", "batch", "address", "shown", "name", "since", "state"],
                        select(
                            literal(edition_id),
                            chosen.c.subscriber_id,
                            place // readers_per_batch + 1,
                            chosen.c.address,
                            chosen.c.shown,
                            chosen.c.name,
                            chosen.c.since,
                            literal(DeliveryState.PENDING.value),
                        ).order_by(chosen.c.subscriber_id),
                    )
                )
            connection.execute(
                update(editions)
                .where(editions.c.id == edition_id)
                .values(state=EditionState.SENDING, started_at=at, planned=total)
            )
        return total

    def claim(self, owner: str, lease: float) -> Claim | None:
        """The next batch that is due and that nobody holds, for `lease` seconds; None when there is none."""
        due = or_(
            and_(batches.c.state == BatchState.READY, batches.c.not_before <= NOW),
            and_(batches.c.state == BatchState.CLAIMED, batches.c.lease_until < NOW),
        )
        following = (
            select(batches.c.edition_id, batches.c.number)
            .join(editions, editions.c.id == batches.c.edition_id)
            .where(editions.c.state == EditionState.SENDING, due)
            .order_by(batches.c.edition_id, batches.c.number)
            .limit(1)
        )
        with self._database.write(durable=False) as connection:
            found = connection.execute(following).first()
            if found is None:
                return None
            row = connection.execute(
                update(batches)
                .where(batches.c.edition_id == found.edition_id, batches.c.number == found.number)
                .values(state=BatchState.CLAIMED, owner=owner, fence=batches.c.fence + 1, lease_until=NOW + lease)
                .returning(batches.c.edition_id, batches.c.number, batches.c.fence, batches.c.refusals)
            ).one()
        return Claim(*row)

    def pending(self, claim: Claim) -> list[Reader]:
        """The readers of a claimed batch that no request has carried, or whose request was proved not taken."""
        columns = (
            deliveries.c.subscriber_id,
            deliveries.c.address,
            deliveries.c.shown,
            deliveries.c.name,
            deliveries.c.since,
        )
        with self._database.read() as connection:
            rows = connection.execute(
                select(*columns)
                .where(*_batch(claim), deliveries.c.state == DeliveryState.PENDING)
                .order_by(deliveries.c.subscriber_id)
            )
            return [Reader(*row) for row in rows]

    def fly(
        self,
        claim: Claim,
        readers: Sequence[Reader],
        *,
        attempt: str,
        owner: str,
        lease: float,
        body_hash: Callable[[tuple[int, ...]], str],
        at: datetime,
    ) -> Flight | None:
        """Record, durably, that these readers are about to be in one request.

        In the same transaction the fence is checked and whoever left, bounced or complained is
        dropped: a departure that was committed before this one wins. None when the claim is no
        longer ours, the edition was stopped, or nobody is left; then nothing may be sent.
        `body_hash` tells the SHA-256 of the body for those who stay.
        """
        with self._database.write() as connection:
            edition = connection.execute(
                select(editions.c.newsletter, editions.c.provider).where(
                    editions.c.id == claim.edition_id, editions.c.state == EditionState.SENDING
                )
            ).first()
            if edition is None:
                _release(connection, claim)
                return None
            held = connection.execute(
                update(batches)
                .where(*_held(claim), batches.c.state == BatchState.CLAIMED, batches.c.lease_until > NOW)
                .values(state=BatchState.FLYING, lease_until=NOW + lease)
            ).rowcount
            if held != 1:
                return None
            gone = is_gone(deliveries.c.subscriber_id, deliveries.c.address, edition.newsletter)
            connection.execute(
                update(deliveries)
                .where(*_batch(claim), deliveries.c.state == DeliveryState.PENDING, gone)
                .values(state=DeliveryState.SUPPRESSED, reason="left")
            )
            staying = set(
                connection.scalars(
                    select(deliveries.c.subscriber_id).where(
                        *_batch(claim), deliveries.c.state == DeliveryState.PENDING
                    )
                )
            )
            carried = tuple(reader.subscriber_id for reader in readers if reader.subscriber_id in staying)
            if not carried:
                _release(connection, claim)
                return None
            connection.execute(
                insert(attempts).values(
                    id=attempt,
                    edition_id=claim.edition_id,
                    batch=claim.number,
                    fence=claim.fence,
                    owner=owner,
                    provider=edition.provider,
                    body_sha256=body_hash(carried),
                    readers=len(carried),
                    started_at=at,
                )
            )
            flown = update(deliveries).where(*_batch(claim), deliveries.c.state == DeliveryState.PENDING)
            if len(carried) != len(staying):
                flown = flown.where(deliveries.c.subscriber_id.in_(carried))
            connection.execute(flown.values(state=DeliveryState.IN_FLIGHT, attempt=attempt))
        return Flight(attempt, carried)

    def release(self, claim: Claim) -> None:
        """Give a claim back unused."""
        with self._database.write(durable=False) as connection:
            _release(connection, claim)

    def quarantine(self, claim: Claim, refused: Iterable[tuple[int, str]]) -> None:
        """Set readers aside for whom no message can be made, each with the reason, while the claim holds."""
        with self._database.write() as connection:
            for subscriber_id, detail in refused:
                connection.execute(
                    update(deliveries)
                    .where(
                        *_batch(claim),
                        deliveries.c.subscriber_id == subscriber_id,
                        deliveries.c.state == DeliveryState.PENDING,
                    )
                    .values(state=DeliveryState.QUARANTINED, reason="content", detail=detail)
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
        with self._database.write(durable=False) as connection:
            stopped = connection.execute(
                select(editions.c.state == EditionState.CANCELLED).where(editions.c.id == claim.edition_id)
            ).scalar_one()
            back = DeliveryState.CANCELLED if stopped else DeliveryState.PENDING
            proved: list[dict[str, Any]] = []
            refused: list[dict[str, Any]] = []
            for subscriber, outcome in zip(flight.readers, outcomes, strict=True):
                again = outcome.kind not in _FINAL
                (refused if again else proved).append(
                    {
                        "s": subscriber,
                        "to": back if again else _FINAL[outcome.kind],
                        "provider": outcome.provider_id,
                        "why": outcome.reason,
                        "words": outcome.detail,
                    }
                )
                if outcome.suppress:
                    _suppress(connection, claim.edition_id, subscriber, outcome, at)
            if proved:
                connection.execute(_moved(claim, flight, (DeliveryState.IN_FLIGHT, DeliveryState.UNKNOWN)), proved)
            if refused:
                # A late refusal leaves what has been given up as unknown where it is: its edition may be closed.
                connection.execute(_moved(claim, flight, (DeliveryState.IN_FLIGHT,)), refused)
            _close(connection, flight.attempt, outcomes, status, at)
            if any(outcome.kind is OutcomeKind.SPLIT for outcome in outcomes):
                _split(connection, claim)
            _release(connection, claim, not_before=not_before, refused=bool(refused))

    def expire(self, dead: Iterable[str] = ()) -> int:
        """Give up on flights whose lease ran out or whose owner is known to be dead; how many batches.

        Their readers become unknown, never pending: the request may have been taken. Batches that
        a dead owner had only claimed become ready, since nothing of theirs can have left.
        """
        owners = list(dead)
        over = or_(batches.c.lease_until < NOW, batches.c.owner.in_(owners))
        with self._database.write() as connection:
            if owners:
                connection.execute(
                    update(batches)
                    .where(batches.c.state == BatchState.CLAIMED, batches.c.owner.in_(owners))
                    .values(state=BatchState.READY)
                )
            lost = connection.execute(
                update(batches)
                .where(batches.c.state == BatchState.FLYING, over)
                .values(state=BatchState.UNKNOWN)
                .returning(batches.c.edition_id, batches.c.number)
            ).all()
            for edition_id, number in lost:
                connection.execute(
                    update(deliveries)
                    .where(
                        deliveries.c.edition_id == edition_id,
                        deliveries.c.batch == number,
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

    def finish(self, at: datetime) -> list[int]:
        """Close every edition whose last batch is settled and whose sum balances; their ids."""
        open_batches = exists().where(batches.c.edition_id == editions.c.id, batches.c.state.in_(UNFINISHED))
        with self._database.write() as connection:
            closing = list(
                connection.scalars(select(editions.c.id).where(editions.c.state == EditionState.SENDING, ~open_batches))
            )
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

    def waiting(self) -> float | None:
        """Seconds until the next batch may be claimed or has to be given up; None when none is open."""
        at: Any = func.min(literal_column("CASE state WHEN 'ready' THEN not_before ELSE lease_until END"))
        with self._database.read() as connection:
            seconds = connection.execute(
                select(at - NOW)
                .select_from(batches)
                .where(
                    batches.c.state.in_(UNFINISHED),
                    exists().where(editions.c.id == batches.c.edition_id, editions.c.state == EditionState.SENDING),
                )
            ).scalar()
        return None if seconds is None else max(0.0, float(seconds))

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


def _batch(claim: Claim) -> tuple[Any, Any]:
    return deliveries.c.edition_id == claim.edition_id, deliveries.c.batch == claim.number


def _held(claim: Claim) -> tuple[Any, Any, Any]:
    return (
        batches.c.edition_id == claim.edition_id,
        batches.c.number == claim.number,
        batches.c.fence == claim.fence,
    )


_FINAL = {
    OutcomeKind.ACCEPTED: DeliveryState.ACCEPTED,
    OutcomeKind.REJECTED: DeliveryState.REJECTED,
    OutcomeKind.UNKNOWN: DeliveryState.UNKNOWN,
}
"""What these kinds make of a delivery; every other kind proves that the message was not taken."""


def _moved(claim: Claim, flight: Flight, origin: Sequence[DeliveryState]) -> Any:
    return (
        update(deliveries)
        .where(
            deliveries.c.edition_id == claim.edition_id,
            deliveries.c.subscriber_id == bindparam("s"),
            deliveries.c.attempt == flight.attempt,
            or_(*(deliveries.c.state == state for state in origin)),
        )
        .values(
            state=bindparam("to"),
            provider_id=bindparam("provider"),
            reason=bindparam("why"),
            detail=bindparam("words"),
        )
    )


def _split(connection: Connection, claim: Claim) -> None:
    """Move half of the pending readers to a batch of their own; a single one is set aside."""
    waiting = and_(*_batch(claim), deliveries.c.state == DeliveryState.PENDING)
    members = list(
        connection.scalars(select(deliveries.c.subscriber_id).where(waiting).order_by(deliveries.c.subscriber_id))
    )
    if len(members) == 1:
        connection.execute(update(deliveries).where(waiting).values(state=DeliveryState.QUARANTINED))
        return
    if not members:
        return
    number = func.max(batches.c.number) + 1
    other = connection.execute(select(number).where(batches.c.edition_id == claim.edition_id)).scalar_one()
    connection.execute(insert(batches).values(edition_id=claim.edition_id, number=other, state=BatchState.READY))
    connection.execute(
        update(deliveries).where(waiting, deliveries.c.subscriber_id >= members[len(members) // 2]).values(batch=other)
    )


def _suppress(connection: Connection, edition_id: int, subscriber: int, outcome: Outcome, at: datetime) -> None:
    address = connection.execute(
        select(deliveries.c.address).where(
            deliveries.c.edition_id == edition_id, deliveries.c.subscriber_id == subscriber
        )
    ).scalar_one()
    suppress(connection, address=address, reason=SuppressionReason.BOUNCED, detail=outcome.detail, at=at)


def _close(connection: Connection, attempt: str, outcomes: Sequence[Outcome], status: int | None, at: datetime) -> None:
    kinds = {outcome.kind for outcome in outcomes}
    outcome = "answered"
    if not kinds & _FINAL.keys():
        outcome = "refused"
    elif kinds == {OutcomeKind.UNKNOWN}:
        outcome = "unknown"
    detail = "; ".join(sorted({o.detail for o in outcomes if o.detail}))[:500]
    connection.execute(
        update(attempts)
        .where(attempts.c.id == attempt)
        .values(outcome=outcome, status=status, detail=detail, ended_at=at)
    )


def _release(connection: Connection, claim: Claim, *, not_before: float = 0.0, refused: bool = False) -> None:
    """Put the batch where its deliveries say it is, if the claim is still ours."""
    states = set(connection.scalars(select(deliveries.c.state).where(*_batch(claim)).distinct()))
    values: dict[str, Any]
    if DeliveryState.PENDING in states:
        values = {"state": BatchState.READY, "not_before": NOW + not_before}
    elif DeliveryState.UNKNOWN in states:
        values = {"state": BatchState.UNKNOWN}
    else:
        values = {"state": BatchState.SETTLED}
    if refused:
        values["refusals"] = batches.c.refusals + 1
    connection.execute(update(batches).where(*_held(claim)).values(**values))


def _counts(connection: Connection, edition_id: int) -> dict[DeliveryState, int]:
    counted = dict.fromkeys(DeliveryState, 0)
    rows = connection.execute(
        select(deliveries.c.state, func.count())
        .where(deliveries.c.edition_id == edition_id)
        .group_by(deliveries.c.state)
    )
    for state, count in rows:
        counted[DeliveryState(state)] = count
    return counted
