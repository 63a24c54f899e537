"""A batch: the readers of one request, who holds it, and where its deliveries say it stands."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, select, update

from digest.model import BatchState, DeliveryState
from digest.storage.dialect import seconds_now
from digest.storage.tables import batches, deliveries

NOW: Any = seconds_now()
UNFINISHED = (BatchState.READY, BatchState.CLAIMED, BatchState.FLYING)


class Claim(NamedTuple):
    """A batch that one worker may prepare; the fence proves it."""

    edition_id: int
    number: int
    first: int
    last: int
    fence: int
    refusals: int

    def parameters(self) -> dict[str, Any]:
        """What the prepared statements of this module and of the ledger take."""
        return {
            "of_edition": self.edition_id,
            "of_number": self.number,
            "of_first": self.first,
            "of_last": self.last,
            "of_fence": self.fence,
        }


class Reader(NamedTuple):
    """A pending delivery, as the audience was frozen."""

    subscriber_id: int
    address: str
    shown: str
    name: str
    since: date | None
    """Subscribed since that date, UTC."""
    language: str = ""
    """What the reader wishes to be spoken to in, BCP 47; empty for the edition's own."""
    topics: str = ""
    """Comma-separated; empty for every story."""


class Flight(NamedTuple):
    """A request on record that may leave now, once."""

    attempt: str
    readers: tuple[int, ...]
    """Subscriber ids, in the order of the body."""


IN_BATCH: Any = and_(
    deliveries.c.edition_id == bindparam("of_edition"),
    deliveries.c.subscriber_id.between(bindparam("of_first"), bindparam("of_last")),
)
"""The condition that a delivery is in the batch; see `Claim.parameters`."""

NAMED: Any = and_(batches.c.edition_id == bindparam("of_edition"), batches.c.number == bindparam("of_number"))
"""The condition that a row is the batch."""

HELD: Any = and_(NAMED, batches.c.fence == bindparam("of_fence"))
"""The condition that the batch is still the claim's: its fence has not risen."""

# Statements that run for every batch are made once: making them costs more than running them.
_RANGE = select(batches.c.first.label("of_first"), batches.c.last.label("of_last")).where(NAMED)
_STATES = select(deliveries.c.state).where(IN_BATCH).distinct()
_RELEASE = (
    update(batches)
    .where(HELD)
    .values(
        state=bindparam("to"),
        not_before=NOW + bindparam("wait"),
        refusals=batches.c.refusals + bindparam("refused"),
    )
)


def release(connection: Connection, claim: Claim, *, not_before: float = 0.0, refused: bool = False) -> None:
    """Put the batch where its deliveries say it is, if the claim is still ours.

    Its range may have been cut by `digest.storage.settlement`, so it is read again.
    """
    of = claim.parameters()
    of |= connection.execute(_RANGE, of).one()._mapping
    states = set(connection.scalars(_STATES, of))
    if DeliveryState.IN_FLIGHT in states:
        return  # it flies: only an answer, its lease or its owner's death ends that
    to = BatchState.SETTLED
    if DeliveryState.PENDING in states:
        to = BatchState.READY
    elif DeliveryState.UNKNOWN in states:
        to = BatchState.UNKNOWN
    connection.execute(_RELEASE, of | {"to": to, "wait": not_before, "refused": int(refused)})
