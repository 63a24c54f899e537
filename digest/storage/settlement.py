"""What an answer proves, written down in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Text, Update, and_, bindparam, case, func, select, update

from digest.model import BatchState, DeliveryState, EditionState, Outcome, OutcomeKind
from digest.storage.batches import IN_BATCH, LOCK, RESENT, Claim, Flight, cut, release
from digest.storage.dialect import rows
from digest.storage.proofs import PROVABLE
from digest.storage.tables import attempts, deliveries, editions
from subscribers.model import SuppressionReason
from subscribers.suppression import suppress

PROVED = {OutcomeKind.ACCEPTED: DeliveryState.ACCEPTED, OutcomeKind.REJECTED: DeliveryState.REJECTED}
"""What these kinds make of a delivery, also when the answer is late."""

PUT_OFF_SECONDS = 72 * 3600.0
"""Whom the provider has put off for so long is set aside; nobody waits longer in doubt either."""
FEWEST_REFUSALS = 20
"""Requests that must have been refused meanwhile: an edition that stood still for days is no sign."""

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
_OURS: Any = and_(
    deliveries.c.edition_id == bindparam("of_edition"),
    deliveries.c.subscriber_id == _GIVEN.c.subscriber_id,
    deliveries.c.attempt == bindparam("by"),
)
_PROVE = (
    update(deliveries)
    .where(_OURS, PROVABLE)
    .values({name: _GIVEN.c[name] for name in ("state", "provider_id", "reason", "detail")})
)
_doubted_before = deliveries.c.reason == RESENT
_RETURN = (
    update(deliveries)
    .where(_OURS, deliveries.c.state == DeliveryState.IN_FLIGHT)
    .values(
        # An earlier request may still have been taken, whatever became of this one.
        state=case(
            (and_(_doubted_before, _GIVEN.c.state == DeliveryState.CANCELLED), DeliveryState.UNKNOWN),
            (and_(_doubted_before, _GIVEN.c.state == DeliveryState.QUARANTINED), DeliveryState.HELD),
            else_=_GIVEN.c.state,
        ),
        reason=case((and_(_doubted_before, _GIVEN.c.state == DeliveryState.PENDING), RESENT), else_=_GIVEN.c.reason),
        detail=_GIVEN.c.detail,
    )
)
_STOPPED = select(editions.c.state == EditionState.CANCELLED).where(editions.c.id == bindparam("of_edition"))
_FIRST = select(func.min(attempts.c.started_at)).where(
    attempts.c.edition_id == bindparam("of_edition"), attempts.c.batch == bindparam("of_number")
)
_CLOSE = (
    update(attempts)
    .where(attempts.c.id == bindparam("of_attempt"))
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
    of = claim.parameters()
    batch = connection.execute(LOCK, of).one()
    # Later, or written down a second time, an answer returns nobody: the batch may not be ours to cut.
    in_time = batch.state == BatchState.FLYING and batch.fence == claim.fence
    answered = list(zip(flight.readers, outcomes, strict=True))
    proved = [(s, o, PROVED[o.kind]) for s, o in answered if o.kind in PROVED]
    _move(connection, _PROVE, claim, flight, proved)
    for subscriber, outcome, _ in proved:
        if outcome.suppress:
            _suppress(connection, claim.edition_id, subscriber, outcome, at)
    refused = False
    if in_time and len(proved) < len(answered):
        stopped = connection.execute(_STOPPED, of).scalar_one()
        back = DeliveryState.CANCELLED if stopped else DeliveryState.PENDING
        aside = DeliveryState.QUARANTINED if not stopped and _put_off(connection, claim, batch.refusals, at) else back
        # What is refused at the second time says nothing of the first.
        open_ = [
            (s, o, DeliveryState.UNKNOWN if flight.repeated else _unproved(o, back, aside))
            for s, o in answered
            if o.kind not in PROVED
        ]
        _move(connection, _RETURN, claim, flight, open_)
        refused = any(state is not DeliveryState.UNKNOWN for _, _, state in open_)
        if refused and any(outcome.kind is OutcomeKind.SPLIT for outcome in outcomes):
            _split(connection, claim, flight)
    _close(connection, flight.attempt, outcomes, status, at)
    if batch.state in (BatchState.FLYING, BatchState.UNKNOWN):
        # A repeat of the request may be under way by now, with nothing left to say.
        release(connection, claim._replace(fence=batch.fence), not_before=not_before, refused=refused)


def _put_off(connection: Connection, claim: Claim, refusals: int, at: datetime) -> bool:
    """Whether requests for the batch have been refused for so long that it is enough."""
    if refusals < FEWEST_REFUSALS:
        return False
    first: datetime = connection.execute(_FIRST, claim.parameters()).scalar_one()
    return (at - first).total_seconds() >= PUT_OFF_SECONDS


def _unproved(outcome: Outcome, back: DeliveryState, aside: DeliveryState) -> DeliveryState:
    """What becomes of a reader of whom the answer says neither yes nor no."""
    if outcome.kind is OutcomeKind.UNKNOWN:
        return DeliveryState.UNKNOWN
    # A request that did not get there is nobody's refusal.
    return aside if outcome.kind is OutcomeKind.RETRY and outcome.reason != "transport" else back


def _move(
    connection: Connection,
    statement: Update,
    claim: Claim,
    flight: Flight,
    moves: Sequence[tuple[int, Outcome, DeliveryState]],
) -> None:
    if moves:
        given = [(s, state, o.provider_id, o.reason, o.detail) for s, o, state in moves]
        connection.execute(
            statement,
            {"moves": msgspec.json.encode(given).decode(), "of_edition": claim.edition_id, "by": flight.key},
        )


def _split(connection: Connection, claim: Claim, flight: Flight) -> None:
    """Move half of the pending readers to a batch of their own; one that was refused alone is set aside.

    Who is left alone because the others were proved meanwhile is tried alone first: another may have spoiled it.
    """
    of = claim.parameters()
    waiting = and_(IN_BATCH, deliveries.c.state == DeliveryState.PENDING)
    members = connection.scalars(
        select(deliveries.c.subscriber_id).where(waiting).order_by(deliveries.c.subscriber_id), of
    ).all()
    if len(flight.readers) == 1:
        aside = case((_doubted_before, DeliveryState.HELD), else_=DeliveryState.QUARANTINED)
        connection.execute(update(deliveries).where(waiting).values(state=aside), of)
        return
    if len(members) < 2:
        return
    cut(connection, claim, members[len(members) // 2])


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
    if kinds == {OutcomeKind.UNKNOWN}:
        outcome = "unknown"
    elif not kinds & {*PROVED, OutcomeKind.UNKNOWN}:
        outcome = "refused"
    detail = "; ".join(sorted({o.detail for o in outcomes if o.detail}))[:500]
    connection.execute(_CLOSE, {"of_attempt": attempt, "to": outcome, "http": status, "words": detail, "now": at})
