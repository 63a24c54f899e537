"""A simulated process's connections to the database file: the production class, with points at its transactions.

Before a transaction begins, before its commit and after it, somebody else may go on, and each of
the three may fail as SQLite fails. One writer at a time is SQLite's own rule; waiting for it takes
simulated time.

Connections are kept open, and their transactions begun and ended without SQLAlchemy: production's own way to do it
(`digest.storage.sqlite`, in the sweep of docs/durability.md) takes a third of a run's time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import OperationalError

from digest.storage.sqlite import BUSY_SECONDS, SQLiteDatabase, _told, sqlite3

from .scheduler import Task

if TYPE_CHECKING:
    from .world import World


class SimulatedDatabase(SQLiteDatabase):
    """One process's; used again in the next run, since making its statements ready takes longest."""

    def __init__(self, path: Path, julian_day: Callable[[object], float]) -> None:
        super().__init__(path)
        self.engine.dispose()
        self.engine = create_engine(
            "sqlite://", module=sqlite3, creator=self._open, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self.engine.dialect.statement_compiler = _Compiler
        self.world: World
        self._julian_day = julian_day
        self._unused: list[Connection] = []

    def _open(self) -> Any:
        connection = sqlite3.connect(self.path, isolation_level=None, cached_statements=1000)
        connection.create_function("julianday", 1, self._julian_day, deterministic=True)
        for pragma in ("foreign_keys=ON", "trusted_schema=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        connection = self._unused.pop() if self._unused else self.engine.connect()
        driver = connection.connection.dbapi_connection
        assert driver is not None
        execute: Callable[[str], object] = driver.execute
        execute(begin)
        try:
            with _told(self.path):
                yield connection
        except BaseException:
            execute("ROLLBACK")
            raise
        else:
            execute("COMMIT")
        finally:
            self._unused.append(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.world.scheduler.point("read")
        with self._transaction("BEGIN") as connection:
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
            with _told(self.path):
                raise _error("database is locked")
        lock.writer = scheduler.task
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
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
            with _told(self.path):
                raise _error("disk I/O error")
        scheduler.point("committed")

    def wait(self, seconds: float) -> None:
        self.world.scheduler.wait(seconds, "idle")

    def close(self) -> None:
        for connection in self._unused:
            connection.close()
        super().close()


class _Compiler(SQLiteCompiler):
    """Writes numbers after LIMIT: where one is bound, SQLite makes the statement anew each time that it runs."""

    def limit_clause(self, select: Any, **kw: Any) -> str:
        return super().limit_clause(select, **kw | {"literal_execute": True})


class Writing:
    """Who has the write lock of the file."""

    def __init__(self) -> None:
        self.writer: Task | None = None


def _error(words: str) -> OperationalError:
    return OperationalError("COMMIT", None, sqlite3.OperationalError(words))
