"""What people decide about an edition under way, each decision on record in the transaction that carries it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, exists, insert, not_, select, update

from digest.errors import NotFound, WrongState
from digest.model import BatchState, DeliveryState, EditionState
from digest.storage import transitions
from digest.storage.batches import RESENT
from digest.storage.engine import Database
from digest.storage.proofs import Proof, prove
from digest.storage.tables import batches, decisions, deliveries, editions
from subscribers.roll import is_gone


class Decision(NamedTuple):
    """One line of the record."""

    decision: str
    """paused, resumed, cancelled, accepted, not-accepted or resent"""
    readers: int
    """Deliveries that it moved."""
    detail: str
    by: str
    at: datetime


class Decisions:
    """What people decided and decide. Every method raises NotFound for an edition that does not exist."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, edition_id: int) -> list[Decision]:
        """The record of an edition, oldest first."""
        columns = [decisions.c[name] for name in Decision._fields]
        query = select(*columns).where(decisions.c.edition_id == edition_id).order_by(decisions.c.id)
        with self._database.read() as connection:
            return [Decision._make(row) for row in connection.execute(query)]

    def pause(self, edition_id: int, *, by: str, at: datetime, reason: str = "") -> None:
        """Hold it: what flies is settled, nothing else leaves. Raises WrongState unless it waits or is sent."""
        with self._database.write() as connection:
            transitions.hold(connection, edition_id, reason=reason or f"paused by {by}")
            _record(connection, edition_id, Decision("paused", 0, reason, by, at))

    def resume(self, edition_id: int, *, by: str, at: datetime) -> None:
        """Go on with a held edition. Raises WrongState for one that is not held or has no audience yet."""
        with self._database.write() as connection:
            reason = connection.scalar(select(editions.c.reason).where(editions.c.id == edition_id))
            transitions.resume(connection, edition_id)
            _record(connection, edition_id, Decision("resumed", 0, f"was held: {reason}", by, at))
            self._database.notify(connection)

    def cancel(self, edition_id: int, *, reason: str, by: str, at: datetime) -> int:
        """Stop it for good; how many readers will not get it. Raises WrongState for a closed one."""
        with self._database.write() as connection:
            stopped = transitions.cancel(connection, edition_id, reason=reason, at=at)
            _record(connection, edition_id, Decision("cancelled", stopped, reason, by, at))
        return stopped

    def settle(self, edition_id: int, *, accepted: bool, address: str | None, by: str, at: datetime) -> int:
        """Say of unknown and held deliveries what became of them; how many. Nothing is sent by it.

        `address`, in its key form, for that one alone; None for all of them. Those that were not accepted
        are rejected, for good. Raises NotFound when there is none.
        """
        open_ = and_(
            deliveries.c.edition_id == edition_id,
            deliveries.c.state.in_((DeliveryState.UNKNOWN, DeliveryState.HELD)),
            *([] if address is None else [deliveries.c.address == address]),
        )
        state = DeliveryState.ACCEPTED if accepted else DeliveryState.REJECTED
        decision = "accepted" if accepted else "not-accepted"
        with self._database.write() as connection:
            _state(connection, edition_id)
            found = connection.scalars(select(deliveries.c.subscriber_id).where(open_)).all()
            if not found:
                raise NotFound(
                    f"edition {edition_id}: {address or 'no reader'} is {'not ' if address else ''}unknown or held; "
                    f"`digest deliveries {edition_id}` lists what became of each"
                )
            proofs = [Proof(edition_id, reader, state, None, decision, f"by {by}") for reader in found]
            settled = prove(connection, proofs, at=at)
            _record(connection, edition_id, Decision(decision, settled, "" if address is None else "one", by, at))
        return settled

    def resend(self, edition_id: int, *, unknown: bool, by: str, at: datetime) -> int:
        """Send to held readers once more, with `unknown` also to those who are not held yet; how many.

        They may have it already, and get it twice then. Who left stays as it is. An edition that was
        finished is being sent again. Raises WrongState for one that was cancelled or not sent yet,
        NotFound when there is nobody.
        """
        wanted = (DeliveryState.HELD, DeliveryState.UNKNOWN) if unknown else (DeliveryState.HELD,)
        with self._database.write() as connection:
            edition = _state(connection, edition_id)
            if edition.state not in (EditionState.SENDING, EditionState.HELD, EditionState.FINISHED):
                raise WrongState(f"edition {edition_id} is {edition.state}; nobody of it is sent to again")
            # What is under way keeps its readers: a request never carries more of them than its record says.
            quiet = and_(
                batches.c.edition_id == edition_id, batches.c.state.in_((BatchState.SETTLED, BatchState.UNKNOWN))
            )
            locked = connection.execute(select(batches.c.number).where(quiet).with_for_update()).all()
            resent = 0
            if locked:
                in_quiet = exists().where(quiet, deliveries.c.subscriber_id.between(batches.c.first, batches.c.last))
                gone = is_gone(deliveries.c.subscriber_id, deliveries.c.address, edition.newsletter)
                chosen = and_(deliveries.c.edition_id == edition_id, deliveries.c.state.in_(wanted), in_quiet)
                resent = connection.execute(
                    update(deliveries)
                    .where(chosen, not_(gone))
                    .values(state=DeliveryState.PENDING, reason=RESENT, detail=f"by {by}")
                ).rowcount
            if not resent:
                raise NotFound(
                    f"edition {edition_id}: nobody is {' or '.join(wanted)} who still may be mailed; "
                    f"`digest deliveries {edition_id}` lists what became of each"
                )
            waits = exists().where(
                deliveries.c.edition_id == edition_id,
                deliveries.c.subscriber_id.between(batches.c.first, batches.c.last),
                deliveries.c.state == DeliveryState.PENDING,
            )
            due: dict[str, Any] = {"state": BatchState.READY, "not_before": 0, "again_at": None, "look_at": None}
            connection.execute(update(batches).where(quiet, waits).values(**due))
            if edition.state == EditionState.FINISHED:
                going_on = {"state": EditionState.SENDING, "finished_at": None}
                connection.execute(update(editions).where(editions.c.id == edition_id).values(**going_on))
            _record(connection, edition_id, Decision("resent", resent, " and ".join(wanted), by, at))
            self._database.notify(connection)
        return resent


def _state(connection: Connection, edition_id: int) -> Any:
    query = select(editions.c.state, editions.c.newsletter).where(editions.c.id == edition_id).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"there is no edition {edition_id}; `digest editions list` shows those that exist")
    return row


def _record(connection: Connection, edition_id: int, decision: Decision) -> None:
    connection.execute(insert(decisions).values(edition_id=edition_id, **decision._asdict()))
