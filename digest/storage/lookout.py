"""One connection that stays open: it hears that there is work, and shows that its process is alive.

A lock of a session is given back when its connection ends, whatever ended it, so every host sees at
once which worker is gone. A worker that was only cut off and comes back takes its lock again; its
claims may be another's by then, which the fences tell, and its flights unknown, which is true.

Sessions and notifications need a connection of their own: through PgBouncer, only with `pool_mode = session`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import bindparam, literal_column, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from digest.errors import StorageError
from digest.model import BatchState
from digest.storage.dialect import seconds_now
from digest.storage.tables import batches

if TYPE_CHECKING:
    from digest.storage.postgres import PostgresDatabase

CHANNEL = "digest_work"

BEAT_SECONDS = 0.2
"""How often the connection's thread looks up from listening."""

AGAIN_SECONDS = 0.2
"""Until a connection that was lost is tried anew."""

HOLD_SECONDS = 10.0

RETURN_SECONDS = 30.0
"""So soon after the server's start nobody is dead who worked before it: every session ended, and they may return."""

_HELD = text(
    """
    SELECT (CAST(classid AS bigint) << 32) | CAST(objid AS bigint) AS key
      FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 1 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)
_STARTED: Any = literal_column("CAST(extract(epoch FROM pg_postmaster_start_time()) AS DOUBLE PRECISION)")
_OWNERS = (
    select(batches.c.owner)
    .where(
        batches.c.state.in_((BatchState.CLAIMED, BatchState.FLYING)),
        or_(batches.c.flown_at > _STARTED, seconds_now() - _STARTED > bindparam("seconds")),
    )
    .distinct()
)


class Lookout:
    """The connection and the thread that keeps it open, through restarts of the server."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._wanted: set[int] = set()
        self._shown: set[int] = set()
        self._news = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def wait(self, seconds: float) -> None:
        """Until somebody notifies, at most so long."""
        with self._news:
            self._begin()
            self._news.wait(seconds)

    def show(self, owner: str) -> None:
        """Hold the lock of this name until `hide`, or until the process ends. Raises StorageError."""
        with self._news:
            self._wanted.add(_key(owner))
            self._begin()
            if not self._news.wait_for(lambda: _key(owner) in self._shown, HOLD_SECONDS):
                self._wanted.discard(_key(owner))
                raise StorageError("the database lets no worker in: no connection could be kept open; run it again")

    def hide(self, owner: str) -> None:
        """Give the lock of this name back."""
        with self._news:
            self._wanted.discard(_key(owner))
            self._news.wait_for(lambda: _key(owner) not in self._shown, HOLD_SECONDS)

    def gone(self) -> list[str]:
        """Owners of batches under way whose lock nobody holds. Raises StorageError."""
        with self._database.read() as connection:
            owners = connection.scalars(_OWNERS, {"seconds": RETURN_SECONDS}).all()
            held = set(connection.scalars(_HELD)) if owners else set()
        return [owner for owner in owners if owner is not None and _key(owner) not in held]

    def close(self) -> None:
        self._closing = True
        if self._thread is not None:
            self._thread.join()

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="lookout", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        while not self._closing:
            with suppress(SQLAlchemyError, psycopg.Error, StorageError):
                self._listen()
            with self._news:
                self._shown.clear()
                self._news.notify_all()
            if not self._closing:
                threading.Event().wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        """One connection's life; raises when it is lost."""
        pooled = self._database.engine.raw_connection()
        connection: Any = pooled.dbapi_connection
        pooled.detach()
        try:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._closing:
                self._follow(connection)
                for _ in connection.notifies(timeout=BEAT_SECONDS, stop_after=1):
                    with self._news:
                        self._news.notify_all()
        finally:
            connection.close()

    def _follow(self, connection: Any) -> None:
        """Take and give back locks until those held are those wanted."""
        with self._news:
            wanted = set(self._wanted)
        if wanted == self._shown:
            return
        for key in wanted - self._shown:
            connection.execute("SELECT pg_advisory_lock(%s)", [key])
        for key in self._shown - wanted:
            connection.execute("SELECT pg_advisory_unlock(%s)", [key])
        with self._news:
            self._shown = wanted
            self._news.notify_all()


def _key(owner: str) -> int:
    """The lock's number for a worker's name of sixteen hexadecimal digits."""
    return int.from_bytes(bytes.fromhex(owner), signed=True)
