"""Addresses never to be mailed again, by any newsletter. Runs in the transaction of its caller.

A suppression needs no subscriber: who is suppressed first cannot be put on the roll later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, select

from subscribers.addresses import normalise
from subscribers.model import Suppression, SuppressionReason
from subscribers.tables import insert_missing, lock, subscribers, suppressions

_PAGE = 1_000
"""Rows that `listing` reads at a time."""


def suppress(conn: Connection, *, address: str, reason: SuppressionReason, detail: str = "", at: datetime) -> bool:
    """Keeps the address out of every flight that begins after this transaction is committed; True if it was not yet.

    The first reason on record stays: it is what made the operator or the provider stop.
    Raises AddressError.
    """
    row = {"address": normalise(address).address, "reason": reason.value, "detail": detail, "at": at}
    lock(conn, subscribers.c.address == row["address"])
    new = insert_missing(conn, suppressions).values(row).returning(suppressions.c.address)
    return conn.execute(new).first() is not None


def lift(conn: Connection, *, address: str) -> bool:
    """Lets the address be mailed again; True if it was suppressed. Raises AddressError."""
    key = normalise(address).address
    return conn.execute(delete(suppressions).where(suppressions.c.address == key)).rowcount > 0


def is_suppressed(conn: Connection, address: str) -> bool:
    """Whether the address is kept from being mailed. Raises AddressError."""
    key = normalise(address).address
    return conn.execute(select(suppressions.c.address).where(suppressions.c.address == key)).first() is not None


def listing(conn: Connection) -> Iterator[Suppression]:
    """Every suppression in the order of addresses, read in pages so that memory does not grow with them."""
    query = select(suppressions).order_by(suppressions.c.address).limit(_PAGE)
    page = query
    while rows := conn.execute(page).all():
        for row in rows:
            yield Suppression(address=row.address, reason=SuppressionReason(row.reason), detail=row.detail, at=row.at)
        page = query.where(suppressions.c.address > rows[-1].address)
