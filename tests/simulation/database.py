"""A simulated process's connections to the database file: the production class, with points at its transactions.

Before a transaction begins, before its commit and after it, somebody else may go on, and each of
the three may fail as SQLite fails. One writer at a time is SQLite's own rule; waiting for it takes
simulated time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from digest.storage.sqlite import BUSY_SECONDS, SQLiteDatabase, sqlite3

from .scheduler import Task

if TYPE_CHECKING:
    from .world import World


class SimulatedDatabase(SQLiteDatabase):
    """One process's; used again in the next run, since making its statements ready takes longest."""

    def __init__(self, path: Path, julian_day: Callable[[object], float]) -> None:
        super().__init__(path)
        self.world: World

        @event.listens_for(self.engine, "connect")
        def _clock(connection: Any, _record: object) -> None:
            connection.create_function("julianday", 1, julian_day)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.world.scheduler.point("read")
        with super().read() as connection:
            yield connection
        self.world.scheduler.point("have read")

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        world = self.world
        scheduler, faults = world.scheduler, world.faults
        scheduler.point("begin")
        lock = world.writing
        if not scheduler.until(lambda: lock.writer is None, "wait for the writer", patience=BUSY_SECONDS) or (
            scheduler.task.mortal and faults.hit("busy")
        ):
            with super().read():
                raise _error("database is locked")
        lock.writer = scheduler.task
        try:
            with super().write(durable=durable) as connection:
                yield connection
                scheduler.point("commit")
                if scheduler.task.mortal and faults.hit("refused commit"):
                    scheduler.note("the commit fails")
                    raise _error("disk I/O error")
        finally:
            lock.writer = None
        world.committed(durable=durable)
        if scheduler.task.mortal and faults.hit("kept commit"):
            scheduler.note("the commit is kept and said to have failed")
            with super().read():
                raise _error("disk I/O error")
        scheduler.point("committed")

    def wait(self, seconds: float) -> None:
        self.world.scheduler.wait(seconds, "idle")


class Writing:
    """Who has the write lock of the file."""

    def __init__(self) -> None:
        self.writer: Task | None = None


def _error(words: str) -> OperationalError:
    return OperationalError("COMMIT", None, sqlite3.OperationalError(words))
