"""What every engine offers, and how one is opened.

A database is an SQLite file or a PostgreSQL server's; both run the same statements
(`digest.storage.dialect` holds what they spell differently). Whoever uses one sees this protocol.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

if TYPE_CHECKING:
    from digest.storage.lookout import Lookout


class Database(Protocol):
    """The connections to one database.

    Every method raises StorageError for a database that cannot be reached or written; nothing of a
    transaction that raised is kept, unless its commit was under way when the connection broke.
    """

    remote: bool
    """Whether its server can fail while we go on; a file fails together with whoever writes it."""

    @property
    def lookout(self) -> Lookout | None:
        """What shows workers of every host to each other; None where all are on this one."""

    @property
    def place(self) -> str:
        """Where it is, for messages; never with a password."""

    def read(self) -> AbstractContextManager[Connection]:
        """A consistent view; waits for nobody and holds nobody up."""

    def write(self, *, durable: bool = True) -> AbstractContextManager[Connection]:
        """A transaction. With `durable` it survives a power cut once the block has ended.

        An SQLite file has one at a time. On PostgreSQL they run side by side, each statement sees what
        is committed when it starts, and a row that a decision rests on is locked with the decision.
        """

    def make_room(self, edition_id: int) -> None:
        """Whatever the deliveries of an edition need before the first of them is written."""

    def notify(self, connection: Connection) -> None:
        """Wake who `wait`s, in every process, once the connection's transaction is committed."""

    def wait(self, seconds: float) -> None:
        """Until there may be work, at most so long."""

    def version(self) -> str:
        """The engine and its version."""

    def problems(self) -> list[str]:
        """What the engine itself finds wrong with the data, in sentences; may take long."""

    def close(self) -> None:
        """Give every connection back."""


def connect(place: Path | str, *, password: str | None = None) -> Database:
    """The database in a file, or behind a `postgresql://` address without a password. Raises StorageError."""
    if isinstance(place, Path):
        from digest.storage.sqlite import SQLiteDatabase

        return SQLiteDatabase(place)
    from digest.storage.postgres import PostgresDatabase

    return PostgresDatabase(place, password=password)
