"""How an edition goes from one state to another once there is something to stop, within the caller's transaction.

Exact to the batch: a flight that was committed before is settled as it turns out, and none is committed after.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, select, update

from digest.errors import NotFound, WrongState
from digest.model import BatchState, DeliveryState, EditionState
from digest.storage.batches import DOUBTED, RESENT
from digest.storage.tables import batches, deliveries, edition_accounts, editions

MOVES: dict[EditionState, frozenset[EditionState]] = {
    EditionState.DRAFT: frozenset({EditionState.APPROVED, EditionState.HELD, EditionState.CANCELLED}),
    EditionState.HELD: frozenset({EditionState.APPROVED, EditionState.SENDING, EditionState.CANCELLED}),
    EditionState.APPROVED: frozenset({EditionState.SENDING, EditionState.HELD, EditionState.CANCELLED}),
    EditionState.SENDING: frozenset({EditionState.FINISHED, EditionState.HELD, EditionState.CANCELLED}),
    EditionState.FINISHED: frozenset(),
    EditionState.CANCELLED: frozenset(),
}
"""Every move that an edition can make."""


def move(connection: Connection, edition_id: int, to: EditionState) -> Row[Any]:
    """Change the state, or raise WrongState; the row as it was.

    It waits for flights that are being put on record, which read the edition's state for share.
    """
    row = connection.execute(select(editions).where(editions.c.id == edition_id).with_for_update()).first()
    if row is None:
        raise NotFound(f"there is no edition {edition_id}; `digest editions list` shows those that exist")
    if to not in MOVES[EditionState(row.state)]:
        raise WrongState(f"edition {edition_id} is {row.state}; from there it cannot become {to}")
    connection.execute(update(editions).where(editions.c.id == edition_id).values(state=to))
    return row


def hold(connection: Connection, edition_id: int, *, reason: str) -> None:
    """Let it wait for a person; batches that fly are settled, no other is claimed."""
    move(connection, edition_id, EditionState.HELD)
    connection.execute(update(editions).where(editions.c.id == edition_id).values(reason=reason))


def resume(connection: Connection, edition_id: int) -> None:
    """Go on with a held edition whose audience is frozen; what waited for its time is due at once.

    Accounts that refused are tried again: a person has seen to it.
    """
    row = move(connection, edition_id, EditionState.SENDING)
    if not row.planned:
        raise WrongState(f"edition {edition_id} has no audience yet; approve it first")
    connection.execute(update(editions).where(editions.c.id == edition_id).values(reason=""))
    connection.execute(
        update(batches)
        .where(batches.c.edition_id == edition_id, batches.c.state == BatchState.READY)
        .values(not_before=0)
    )
    connection.execute(update(edition_accounts).where(edition_accounts.c.edition_id == edition_id).values(refused=""))


def cancel(connection: Connection, edition_id: int, *, reason: str, at: datetime) -> int:
    """Stop it for good; how many readers will not get it.

    Whoever was to be sent to again, and may have it, is unknown.
    """
    move(connection, edition_id, EditionState.CANCELLED)
    values = {"reason": reason, "finished_at": at}
    connection.execute(update(editions).where(editions.c.id == edition_id).values(**values))
    waiting = and_(deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.PENDING)
    stopped = connection.execute(
        update(deliveries)
        .where(waiting, func.coalesce(deliveries.c.reason, "") != RESENT)
        .values(state=DeliveryState.CANCELLED, reason="cancelled")
    ).rowcount
    connection.execute(update(deliveries).where(waiting).values(state=DeliveryState.UNKNOWN, reason="cancelled"))
    not_under_way = and_(
        batches.c.edition_id == edition_id, batches.c.state.in_((BatchState.READY, BatchState.CLAIMED))
    )
    doubted = exists().where(
        deliveries.c.edition_id == edition_id,
        deliveries.c.subscriber_id.between(batches.c.first, batches.c.last),
        deliveries.c.state == DeliveryState.UNKNOWN,
    )
    connection.execute(update(batches).where(not_under_way, doubted).values(**DOUBTED))
    connection.execute(update(batches).where(not_under_way).values(state=BatchState.SETTLED))
    return stopped
