"""Where the stories take place: an office whose database is emptied before each, and that forked processes use."""

from __future__ import annotations

import shutil
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import psycopg
from office import Office, migrated
from postgres import Server

from digest.storage import lookout
from digest.storage.schema import ready

MEMORY = Path("/dev/shm")  # noqa: S108 - nothing there has a name that others could know
ROOM = 1_000_000_000
"""Bytes that a PostgreSQL server may want for its log."""

ENGINES = ("sqlite", "postgres")

# The contexts of TLS, which no request here uses, would cost more than a whole story.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


_PARTITIONS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'deliveries'::regclass"
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class Ground(Protocol):
    """One database. Its office is opened before any process is forked, so that all share what is compiled once."""

    office: Office

    def clear(self) -> None:
        """Empty the database: nobody is connected to it."""

    def quiet(self) -> None:
        """Wait until the database has noticed that a process is gone."""


class _Files:
    """An SQLite file in a folder of its own; the kernel gives a dead process's locks back before it is waited for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.clear()
        self.office = Office(folder)
        self.office.database.close()

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        (self._folder / "digest.sqlite3").write_bytes(migrated())

    def quiet(self) -> None:
        return


class _Served:
    """A database of a PostgreSQL server."""

    def __init__(self, server: Server, folder: Path) -> None:
        folder.mkdir()
        url = server.create("sweep")
        ready(url).close()
        self._connection = psycopg.connect(server.libpq("sweep"), autocommit=True)
        self._connection.execute("SET session_replication_role = replica")  # rows go in any order
        self.office = Office(folder, url)
        self.office.database.close()

    def clear(self) -> None:
        for (partition,) in self._ask(_PARTITIONS):
            self._ask(f"DROP TABLE {partition}")
        for (table,) in self._ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            if table != "alembic_version":
                self._ask(f'DELETE FROM "{table}"')
        self._ask("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")

    def quiet(self) -> None:
        for _ in range(5_000):
            if self._ask(_OTHERS) == [(0,)]:
                return
            time.sleep(0.002)
        raise SystemExit("a process is gone and the server does not notice")

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._connection.close()


def hurry() -> None:
    """Nobody returns after the start of a server here, and whoever watches it looks up sooner: so nothing waits."""
    lookout.RETURN_SECONDS, lookout.BEAT_SECONDS = 0.0, 0.01


@contextmanager
def ground(engine: str) -> Iterator[Ground]:
    """A ground of the engine in a temporary folder.

    It is in memory where there is room: a killed process takes nothing along that the kernel has been given, so a
    disk would only be slower.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ground"
        if engine == "sqlite":
            yield _Files(folder)
            return
        hurry()
        with Server(shared_buffers="32MB", max_wal_size="256MB", max_connections="30") as server:
            served = _Served(server, folder)
            yield served
            served.close()
