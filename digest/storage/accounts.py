"""The pace of accounts at providers, one row for each, which every worker of every host goes by.

A row says when the next request may leave: after what the account's rate has spent (the generic cell rate
algorithm, ITU-T I.371), after what the provider asked for, and while it does not answer. Accounts that
nothing is known of have no row, and a batch of theirs costs no statement here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, alias, case, func, literal, literal_column, or_, select, update

from digest.storage.batches import NOW
from digest.storage.dialect import upsert
from digest.storage.engine import Database
from digest.storage.tables import accounts, batches

WIDEST = 64.0
"""Requests at once from which on an account has recovered."""

_others = alias(batches, "under_way")
# As it stands in the partial index: SQLite uses that for no bound value.
_UNDER_WAY = (
    select(func.count())
    .select_from(_others)
    .where(
        _others.c.provider == batches.c.provider,
        literal_column("under_way.state").in_((literal_column("'claimed'"), literal_column("'flying'"))),
        # Whoever vanished with a batch is not at it any more; counted, it would keep even itself from being claimed.
        _others.c.lease_until >= NOW,
    )
    .correlate(batches)
    .scalar_subquery()
)

OPEN: ColumnElement[bool] = func.coalesce(accounts.c.open_at, 0.0) <= NOW
ROOM: ColumnElement[bool] = or_(accounts.c.width.is_(None), accounts.c.width > _UNDER_WAY)
"""With `OPEN`, the condition that an account lets one more batch go; for a statement that joins both tables."""

STRAINED: ColumnElement[bool] = func.coalesce(or_(accounts.c.failures > 0, accounts.c.width.is_not(None)), False)
"""The condition that the account is on its way back, so that an answer is news."""


class Standing(NamedTuple):
    """How an account stands, for people."""

    name: str
    wait: float
    """Seconds until the next request may leave; 0 when it may now."""
    failures: int
    reason: str


def spend(connection: Connection, name: str, seconds: float) -> None:
    """What the account's rate asks for between this request and the next; requests that came late save nothing up."""
    _put(connection, name, {"open_at": _later(accounts.c.open_at, NOW) + seconds}, {"open_at": NOW + seconds})


def close(connection: Connection, name: str, seconds: float) -> None:
    """Let nobody claim of the account for so long."""
    _put(connection, name, {"open_at": _later(accounts.c.open_at, NOW + seconds)}, {"open_at": NOW + seconds})


def failures(connection: Connection, name: str) -> int:
    """Requests in a row that came to nothing."""
    return connection.execute(select(accounts.c.failures).where(accounts.c.name == name)).scalar() or 0


class Accounts:
    """What workers learn of the accounts that they send through."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rest(self, name: str, seconds: float, *, reason: str, narrow: bool) -> None:
        """The provider wants a pause. With `narrow` it was sent too much: half as many at once from now on."""
        with self._database.write(durable=False) as connection:
            close(connection, name, seconds)
            values: dict[str, Any] = {"reason": reason}
            if narrow:
                under_way = (
                    select(func.count())
                    .where(batches.c.provider == name, batches.c.state.in_(("claimed", "flying")))
                    .scalar_subquery()
                )
                half = _later(literal(1.0), func.coalesce(accounts.c.width, under_way + 1.0) / 2)
                values["width"] = half
            connection.execute(update(accounts).where(accounts.c.name == name).values(values))

    def failed(self, name: str, *, reason: str) -> int:
        """A request came to nothing; how many in a row by now."""
        with self._database.write(durable=False) as connection:
            more = {"failures": accounts.c.failures + 1, "reason": reason}
            _put(connection, name, more, {"failures": 1, "reason": reason})
            return failures(connection, name)

    def answered(self, name: str) -> None:
        """A request was answered as it should be: the account is open, and by and by as wide as before."""
        wider = accounts.c.width + 1.0 / accounts.c.width
        with self._database.write(durable=False) as connection:
            connection.execute(
                update(accounts)
                .where(accounts.c.name == name)
                .values(
                    # A probe had closed it to all others; what else closed it stays.
                    open_at=case(
                        (accounts.c.failures > 0, _earlier(accounts.c.open_at, NOW)), else_=accounts.c.open_at
                    ),
                    failures=0,
                    width=case((wider >= WIDEST, None), else_=wider),
                )
            )

    def standing(self) -> list[Standing]:
        """Every account that something is known of."""
        wait = _later(accounts.c.open_at - NOW, literal(0.0))
        with self._database.read() as connection:
            found = select(accounts.c.name, wait, accounts.c.failures, accounts.c.reason).order_by(accounts.c.name)
            return [Standing._make(row) for row in connection.execute(found)]


def _put(connection: Connection, name: str, known: dict[str, Any], new: dict[str, Any]) -> None:
    statement = upsert(connection, accounts).values(name=name, **new)
    connection.execute(statement.on_conflict_do_update(index_elements=[accounts.c.name], set_=known))


def _later(one: Any, other: Any) -> Any:
    return case((one > other, one), else_=other)


def _earlier(one: Any, other: Any) -> Any:
    return case((one < other, one), else_=other)
