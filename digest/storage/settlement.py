"""What an answer proves, written down in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Text, and_, bindparam, exists, func, insert, select, update

from digest.model import BatchState, DeliveryState, EditionState, Outcome, OutcomeKind
from digest.storage.batches import IN_BATCH, NAMED, Claim, Flight, release
from digest.storage.dialect import rows
from digest.storage.tables import attempts, batches, deliveries, editions
from subscribers.model import SuppressionReason
from subscribers.suppression import suppress

FINAL = {
    OutcomeKind.ACCEPTED: DeliveryState.ACCEPTED,
    OutcomeKind.REJECTED: DeliveryState.REJECTED,
    OutcomeKind.UNKNOWN: DeliveryState.UNKNOWN,
}
"""What these kinds make of a delivery; every other kind proves that the message was not taken."""

# One statement for a whole batch: the driver gives the interpreter's lock away at every statement and row,
# and with several senders each of five hundred updates would wait for it.
_GIVEN = rows(
    bindparam("moves", type_=Text),
    subscriber_id=deliveries.c.subscriber_id.type,
    state=Text(),
    provider_id=Text(),
    reason=Text(),
    detail=Text(),
)
_MOVE = (
    update(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("of_edition"),
        deliveries.c.subscriber_id == _GIVEN.c.subscriber_id,
        deliveries.c.attempt == bindparam("by"),
        deliveries.c.state.in_((DeliveryState.IN_FLIGHT, bindparam("late", type_=Text))),
    )
    .values({name: _GIVEN.c[name] for name in ("state", "provider_id", "reason", "detail")})
)
_STOPPED = select(editions.c.state == EditionState.CANCELLED).where(editions.c.id == bindparam("of_edition"))
_IN_TIME = select(
    exists().where(IN_BATCH, deliveries.c.attempt == bindparam("by"), deliveries.c.state == DeliveryState.IN_FLIGHT)
)
_CLOSE = (
    update(attempts)
    .where(attempts.c.id == bindparam("by"))
    .values(outcome=bindparam("to"), status=bindparam("http"), detail=bindparam("words"), ended_at=bindparam("now"))
)


def settle(
    connection: Connection,
    claim: Claim,
    flight: Flight,
    outcomes: Sequence[Outcome],
    *,
    status: int | None,
    not_before: float,
    at: datetime,
) -> None:
    """Record one outcome for each reader of the flight, in its order; see `Ledger.settle`."""
    of = claim.parameters() | {"by": flight.attempt}
    stopped = connection.execute(_STOPPED, of).scalar_one()
    back = DeliveryState.CANCELLED if stopped else DeliveryState.PENDING
    in_time = connection.scalar(_IN_TIME, of)
    proved = [(s, o) for s, o in zip(flight.readers, outcomes, strict=True) if o.kind in FINAL]
    refused = [(s, o) for s, o in zip(flight.readers, outcomes, strict=True) if o.kind not in FINAL]
    _move(connection, claim, flight, proved, late=DeliveryState.UNKNOWN, back=back)
    # A late refusal leaves what has been given up as unknown where it is: its edition may be closed.
    _move(connection, claim, flight, refused, late=DeliveryState.IN_FLIGHT, back=back)
    for subscriber, outcome in proved:
        if outcome.suppress:
            _suppress(connection, claim.edition_id, subscriber, outcome, at)
    _close(connection, flight.attempt, outcomes, status, at)
    # An answer that is late, or written down a second time, returns nobody: the batch may not be ours to cut.
    if in_time and any(outcome.kind is OutcomeKind.SPLIT for outcome in outcomes):
        _split(connection, claim)
    release(connection, claim, not_before=not_before, refused=bool(in_time and refused))


def _move(
    connection: Connection,
    claim: Claim,
    flight: Flight,
    outcomes: Iterable[tuple[int, Outcome]],
    *,
    late: DeliveryState,
    back: DeliveryState,
) -> None:
    moves = [(s, FINAL.get(o.kind, back), o.provider_id, o.reason, o.detail) for s, o in outcomes]
    if moves:
        connection.execute(
            _MOVE,
            {
                "moves": msgspec.json.encode(moves).decode(),
                "of_edition": claim.edition_id,
                "by": flight.attempt,
                "late": late,
            },
        )


def _split(connection: Connection, claim: Claim) -> None:
    """Move half of the pending readers to a batch of their own; a single one is set aside."""
    of = claim.parameters()
    waiting = and_(IN_BATCH, deliveries.c.state == DeliveryState.PENDING)
    members = connection.scalars(
        select(deliveries.c.subscriber_id).where(waiting).order_by(deliveries.c.subscriber_id), of
    ).all()
    if len(members) == 1:
        connection.execute(update(deliveries).where(waiting).values(state=DeliveryState.QUARANTINED), of)
        return
    if not members:
        return
    middle = members[len(members) // 2]
    number = func.max(batches.c.number) + 1
    other = connection.execute(select(number).where(batches.c.edition_id == claim.edition_id)).scalar_one()
    connection.execute(
        insert(batches).values(
            edition_id=claim.edition_id, number=other, first=middle, last=claim.last, state=BatchState.READY
        )
    )
    connection.execute(update(batches).where(NAMED).values(last=middle - 1), of)


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
    if not kinds & FINAL.keys():
        outcome = "refused"
    elif kinds == {OutcomeKind.UNKNOWN}:
        outcome = "unknown"
    detail = "; ".join(sorted({o.detail for o in outcomes if o.detail}))[:500]
    connection.execute(_CLOSE, {"by": attempt, "to": outcome, "http": status, "words": detail, "now": at})
