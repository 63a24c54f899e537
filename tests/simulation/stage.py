"""What runs of one operating-system process share: the folder, the databases and an empty roll to begin from.

The file lies in memory where the system has such a place: a simulated death is one of a process, and
what a power cut takes is simulated by `World`; that the disk itself keeps its word is for the kill sweep.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from digest.delivery import pacing, presence, reconcile, worker
from digest.schedule import open_edition
from digest.storage import instance, settlement
from digest.storage.schema import ready
from digest.storage.sqlite import sqlite3
from subscribers import roll

from .auditor import PUT_OFF_SECONDS
from .database import SimulatedDatabase

if TYPE_CHECKING:
    from .world import World

NEWSLETTER = "morning"
SLOTS = 8
"""Processes that have connections of their own."""
BEGINNING = datetime(2026, 11, 23, 6, 55, tzinfo=UTC)
JULIAN_1970 = 2440587.5
FEWEST_REFUSALS = 5
"""Fewer than there are, as the time is shorter: three days of a reader who is put off would be all that a run does."""

Rows = dict[str, list[Any]]
"""By table."""


class Stage:
    """A database file that is set back between runs, and the connections to it."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 - looked for, not relied on
        self.folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=memory if memory.is_dir() else None))
        self.file = self.folder / "digest.sqlite3"
        self.world: World | None = None
        self.databases = [SimulatedDatabase(self.file, self._julian_day) for _ in range(SLOTS)]
        ready(self.file).close()
        self.connection = sqlite3.connect(self.file, isolation_level=None, cached_statements=1000)
        # With a partial index SQLite makes a statement anew whenever a value is bound that the index' condition names;
        # ten readers need none.
        partial = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%WHERE%'"
        for (name,) in self.connection.execute(partial).fetchall():
            self.connection.execute(f'DROP INDEX "{name}"')

    def close(self) -> None:
        """Give everything back."""
        for database in self.databases:
            database.close()
        self.connection.close()
        shutil.rmtree(self.folder)

    def copy(self) -> Rows:
        """The database as it is."""
        return _rows(self.connection)

    def restore(self, kept: Rows) -> None:
        """Make the database what `copy` kept."""
        # Row by row: where the file itself is put back, every connection has to make its statements anew.
        self.connection.execute("BEGIN IMMEDIATE")
        for table, rows in kept.items():
            self.connection.execute(f'DELETE FROM "{table}"')
            if rows:
                places = ", ".join("?" * len(rows[0]))
                self.connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)
        self.connection.execute("COMMIT")

    @contextmanager
    def set_for(self, world: World, readers: int) -> Iterator[None]:
        """Empty but for that many readers, with the world's clocks and chance in place of the machine's."""
        self.world = world
        self.restore(enrolled(readers))
        for database in self.databases:
            database.world = world
        for kept in ("workers", "instance"):
            shutil.rmtree(self.folder / kept, ignore_errors=True)
        chance = _Chance(world)
        silent = (instance, open_edition, pacing, reconcile, worker)
        with (
            ExitStack() as stack,
            patch.object(worker, "time", _Time(world)),
            patch.object(worker, "threading", _Threading(world)),
            patch.object(worker, "secrets", chance),
            patch.object(presence, "secrets", chance),
            patch.object(reconcile, "secrets", chance),
            patch.object(settlement, "PUT_OFF_SECONDS", PUT_OFF_SECONDS),
            patch.object(settlement, "FEWEST_REFUSALS", FEWEST_REFUSALS),
        ):
            for module in silent:
                stack.enter_context(patch.object(module, "log", _Silence()))
            yield

    def _julian_day(self, _: object) -> float:
        now = 0.0 if self.world is None else self.world.database_seconds()
        return now / 86400.0 + JULIAN_1970


@cache
def enrolled(readers: int) -> Rows:
    """A database of the newest version with that many readers."""
    with tempfile.TemporaryDirectory() as folder:
        database = ready(Path(folder) / "digest.sqlite3")
        with database.write() as connection:
            for number in range(1, readers + 1):
                roll.add(
                    connection,
                    address=f"reader{number}@example.org",
                    newsletter=NEWSLETTER,
                    at=BEGINNING,
                    source="simulation",
                )
        with database.read() as connection:
            return _rows(connection.connection.dbapi_connection)


def _rows(connection: Any) -> Rows:
    """Every row of every table."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {table: connection.execute(f'SELECT * FROM "{table}"').fetchall() for (table,) in tables}


class _Time:
    """`time` as the worker sees it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def monotonic(self) -> float:
        return self._world.scheduler.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _Threading:
    """`threading` as the worker sees it: who waits lets others go on."""

    def __init__(self, world: World) -> None:
        self._world = world

    def Event(self) -> _Event:  # noqa: N802 - the name that it stands for
        return _Event(self._world)

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)


class _Event(threading.Event):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def wait(self, timeout: float | None = None) -> bool:
        self._world.scheduler.wait(timeout or 0.0, "waits")
        return self.is_set()


class _Chance:
    """`secrets` by the seed."""

    def __init__(self, world: World) -> None:
        self._world = world

    def token_urlsafe(self, size: int) -> str:
        return f"a{self._world.rng.getrandbits(8 * size):x}"

    def token_hex(self, size: int) -> str:
        return f"{self._world.rng.getrandbits(8 * size):0{2 * size}x}"

    def __getattr__(self, name: str) -> Any:
        return getattr(secrets, name)


class _Silence:
    """`log` that nobody hears; it would take a third of a run's time."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None
