"""How an edition is received, in numbers: what `digest.delivery.health` weighs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from digest.model import DeliveryState, EventKind
from digest.storage.engine import Database
from digest.storage.tables import attempts, deliveries, editions, events

ATEXT = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~."
"""What a local part is made of, in the key form (RFC 5322 3.2.3)."""


def _domain(address: Any) -> Any:
    """What follows the @ of an address in its key form; both engines strip a set of characters alike."""
    return func.ltrim(func.ltrim(address, ATEXT), "@").label("domain")


class Tallies:
    """Counts of readers, never of events: who is reported twice counts once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def reported(self, edition_id: int) -> list[tuple[str, EventKind, int]]:
        """Address domain, kind, and the readers that have an event of it; machines' are left out."""
        domain = _domain(events.c.address)
        query = (
            select(domain, events.c.kind, func.count(func.distinct(events.c.subscriber_id)))
            .where(events.c.edition_id == edition_id, events.c.machine.is_(False))
            .group_by(domain, events.c.kind)
        )
        with self._database.read() as connection:
            return [(name, EventKind(kind), readers) for name, kind, readers in connection.execute(query)]

    def complained(self, edition_id: int) -> int:
        """Readers who called the edition spam."""
        query = select(func.count(func.distinct(events.c.subscriber_id))).where(
            events.c.edition_id == edition_id, events.c.kind == EventKind.COMPLAINED
        )
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def answered(self, edition_id: int) -> int:
        """Readers in the edition's requests that were answered: what it has sent so far, found at once."""
        query = select(func.coalesce(func.sum(attempts.c.readers), 0)).where(
            attempts.c.edition_id == edition_id, attempts.c.outcome == "answered"
        )
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def accepted(self, *edition_ids: int) -> list[tuple[str, int]]:
        """Address domain, and the messages to it that the provider took, of these editions together."""
        domain = _domain(deliveries.c.address)
        query = (
            select(domain, func.count())
            .where(deliveries.c.edition_id.in_(edition_ids), deliveries.c.state == DeliveryState.ACCEPTED)
            .group_by(domain)
        )
        with self._database.read() as connection:
            return [(name, readers) for name, readers in connection.execute(query)]

    def within_a_day(self, edition_id: int) -> list[int]:
        """The edition, and those whose sending began within the 24 hours before its own."""
        with self._database.read() as connection:
            began = connection.scalar(select(editions.c.started_at).where(editions.c.id == edition_id))
            if began is None:
                return [edition_id]
            day = editions.c.started_at.between(began - timedelta(days=1), began)
            return list(connection.scalars(select(editions.c.id).where(day)))
