"""A batch: the readers of one request, who holds it, and where its deliveries say it stands."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, literal_column, select, update

from digest.model import BatchState, DeliveryState
from digest.storage.sqlite import DATABASE_NOW
from digest.storage.tables import batches, deliveries

NOW: Any = literal_column(DATABASE_NOW)
UNFINISHED = (BatchState.READY, BatchState.CLAIMED, BatchState.FLYING)


class Claim(NamedTuple):
    """A batch that one worker may prepare; the fence proves it."""

    edition_id: int
    number: int
    first: int
    last: int
    fence: int
    refusals: int


class Reader(NamedTuple):
    """A pending delivery, as the audience was frozen."""

    subscriber_id: int
    address: str
    shown: str
    name: str
    since: date | None
    """Subscribed since that date, UTC."""


class Flight(NamedTuple):
    """A request on record that may leave now, once."""

    attempt: str
    readers: tuple[int, ...]
    """Subscriber ids, in the order of the body."""


def deliveries_of(claim: Claim) -> tuple[Any, Any]:
    """The condition that a delivery is in the batch."""
    return deliveries.c.edition_id == claim.edition_id, deliveries.c.subscriber_id.between(claim.first, claim.last)


def named(claim: Claim) -> tuple[Any, Any]:
    """The condition that a row is this batch."""
    return batches.c.edition_id == claim.edition_id, batches.c.number == claim.number


def held(claim: Claim) -> tuple[Any, Any, Any]:
    """The condition that the batch is still this claim's: its fence has not risen."""
    return *named(claim), batches.c.fence == claim.fence


def release(connection: Connection, claim: Claim, *, not_before: float = 0.0, refused: bool = False) -> None:
    """Put the batch where its deliveries say it is, if the claim is still ours.

    Its range may have been cut by `digest.storage.settlement`, so it is read again.
    """
    row = connection.execute(select(batches.c.first, batches.c.last).where(*named(claim))).one()
    claim = claim._replace(first=row.first, last=row.last)
    states = set(connection.scalars(select(deliveries.c.state).where(*deliveries_of(claim)).distinct()))
    if DeliveryState.IN_FLIGHT in states:
        return  # it flies: only an answer, its lease or its owner's death ends that
    values: dict[str, Any]
    if DeliveryState.PENDING in states:
        values = {"state": BatchState.READY, "not_before": NOW + not_before}
    elif DeliveryState.UNKNOWN in states:
        values = {"state": BatchState.UNKNOWN}
    else:
        values = {"state": BatchState.SETTLED}
    if refused:
        values["refusals"] = batches.c.refusals + 1
    connection.execute(update(batches).where(*held(claim)).values(**values))
