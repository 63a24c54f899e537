"""Proofs: what becomes known of a delivery later, and elsewhere than in the answer to its request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from digest.model import BatchState, DeliveryState
from digest.storage.batches import NAMED, RESENT, Claim, release
from digest.storage.tables import attempts, batches, deliveries

PROVABLE = or_(
    deliveries.c.state.in_((DeliveryState.IN_FLIGHT, DeliveryState.UNKNOWN, DeliveryState.HELD)),
    and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.reason == RESENT),
)
"""The condition that a delivery may have been taken, and nobody has said so yet.

For one that is to be sent again all the same, a proof that comes before that saves the reader a second copy.
"""

CHUNK = 500
"""Subscribers asked for in one statement; SQLite takes 32,766 parameters."""


class Proof(NamedTuple):
    """What an event, a look-up or a person says of one delivery."""

    edition_id: int
    subscriber_id: int
    state: DeliveryState
    """ACCEPTED or REJECTED."""
    provider_id: str | None = None
    reason: str | None = None
    """Normalised, see `digest.model.Outcome`."""
    detail: str | None = None
    """The provider's own code and words, without addresses."""


_PROVE = (
    update(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("of_edition"),
        deliveries.c.subscriber_id == bindparam("of_subscriber"),
        PROVABLE,
    )
    .values(state=bindparam("to"), provider_id=bindparam("named"), reason=bindparam("why"), detail=bindparam("words"))
)
_BATCH_OF = (
    select(*(batches.c[name] for name in Claim._fields if name in batches.c), batches.c.state)
    .where(
        batches.c.edition_id == bindparam("of_edition"),
        batches.c.first <= bindparam("of_subscriber"),
        batches.c.last >= bindparam("of_subscriber"),
    )
    .with_for_update()
)
_ANSWERED = (
    update(attempts)
    .where(
        attempts.c.edition_id == bindparam("of_edition"),
        attempts.c.batch == bindparam("of_number"),
        attempts.c.outcome.is_(None),
    )
    .values(outcome="answered", detail="events told before the answer", ended_at=bindparam("now"))
)


def prove(connection: Connection, proofs: Iterable[Proof], *, at: datetime) -> int:
    """Move the deliveries that these proofs speak of and whose outcome is open; how many moved.

    Open are those in flight, unknown, held, or about to be sent again although they may have been
    taken. All others stay as they are, whatever is said of them: proofs may come late, again and in
    any order, and of several for one delivery the first counts. A batch in which nothing is open any
    more is closed, also while its request is under way: the answer then has nothing left to say.
    A finished edition may learn better; its sum stays.
    """
    by_edition: dict[int, dict[int, Proof]] = {}
    for proof in proofs:
        by_edition.setdefault(proof.edition_id, {}).setdefault(proof.subscriber_id, proof)
    return sum(_prove_edition(connection, edition, by_edition[edition], at) for edition in sorted(by_edition))


def _prove_edition(connection: Connection, edition_id: int, proofs: dict[int, Proof], at: datetime) -> int:
    moved = 0
    touched: dict[int, Claim] = {}
    last = -1
    for subscriber in _open(connection, edition_id, proofs):
        of = {"of_edition": edition_id, "of_subscriber": subscriber}
        if subscriber > last:
            # The batch is locked before its deliveries, as everywhere: two transactions never wait for each other.
            batch = connection.execute(_BATCH_OF, of).one()
            last = batch.last
            if batch.state in (BatchState.FLYING, BatchState.UNKNOWN):
                touched[batch.number] = Claim(*batch[:-1])
        proof = proofs[subscriber]
        moved += connection.execute(
            _PROVE,
            of | {"to": proof.state, "named": proof.provider_id, "why": proof.reason, "words": proof.detail},
        ).rowcount
    for claim in touched.values():
        release(connection, claim)
        still = connection.scalar(select(batches.c.state).where(NAMED), claim.parameters())
        if still != BatchState.FLYING:
            connection.execute(_ANSWERED, claim.parameters() | {"now": at})
    return moved


def _open(connection: Connection, edition_id: int, proofs: Iterable[int]) -> list[int]:
    """Which of the subscribers' deliveries are open, in order; most proofs tell what the answer told already."""
    found: list[int] = []
    waiting = iter(sorted(proofs))
    while chunk := list(islice(waiting, CHUNK)):
        query = select(deliveries.c.subscriber_id).where(
            deliveries.c.edition_id == edition_id, deliveries.c.subscriber_id.in_(chunk), PROVABLE
        )
        found += connection.scalars(query.order_by(deliveries.c.subscriber_id))
    return found
