"""One SQLite file: WAL, one writer at a time, and a commit that is on disk when it says so.

A commit that must survive a power cut runs with `synchronous=FULL`, which syncs the log before
it returns (https://sqlite.org/pragma.html#pragma_synchronous). The others run with NORMAL: a
power cut may take them back, and the next durable commit makes them permanent, since the log is
one sequence. `pysqlite3` brings an SQLite without the WAL-reset defect of 3.7.0 to 3.51.2
(fixed in 3.51.3, https://sqlite.org/wal.html#walresetbug). Where it has no wheel, Python's own module
serves; one that has the defect gets no log but a rollback journal, with which every commit is on disk,
writers wait for readers, and sending is slower. `digest doctor` tells.

That wheel sorts in memory, whatever `temp_store` says (it is compiled with SQLITE_TEMP_STORE=3,
https://sqlite.org/compile.html#temp_store): a statement over a whole roll has to find it in order.

Its locks and its shared memory are this machine's, so a file on a network file system is refused
(https://sqlite.org/wal.html#overview, point 2).
"""

from __future__ import annotations

import re
import sqlite3 as stdlib_sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from digest.errors import StorageError

try:
    from pysqlite3 import dbapi2 as _pysqlite3
except ImportError:
    sqlite3: ModuleType = stdlib_sqlite3
else:
    sqlite3 = _pysqlite3

BUSY_SECONDS = 30
"""How long a writer waits for another process before it gives up."""

MOUNTS = Path("/proc/self/mounts")
"""What is mounted where, on Linux; see proc(5). Elsewhere nothing is known."""

NETWORKS = {"afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
NETWORKS |= {f"fuse.{kind}" for kind in ("ceph", "davfs2", "gcsfuse", "glusterfs", "goofys", "juicefs", "rclone")}
NETWORKS |= {f"fuse.{kind}" for kind in ("curlftpfs", "s3fs", "smbnetfs", "sshfs")}
"""File systems whose files other machines write, too."""

POLL_SECONDS = 0.05
"""How often somebody who waits looks whether another process has written: the file tells nobody."""


class SQLiteDatabase:
    """The connections to one SQLite file; see `digest.storage.engine.Database`.

    Raises StorageError for a file that cannot be opened, a full disk or a lock that is not
    given back; nothing of a transaction that raised is kept.
    """

    remote = False
    lookout = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = threading.Lock()
        self.engine = _engine(path)

    @property
    def place(self) -> str:
        return str(self.path)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _told(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """A transaction that has the database to itself from its first statement on."""
        # NORMAL is safe with a log only.
        safe = durable or has_wal_reset_defect()
        with _told(self.path), self._writer, self.engine.connect() as connection:
            connection = connection.execution_options(digest_write="FULL" if safe else "NORMAL")
            with connection.begin():
                yield connection

    def make_room(self, edition_id: int) -> None:
        """Nothing: one table holds every edition's deliveries."""

    def notify(self, connection: Connection) -> None:
        """Nothing: others look by themselves."""

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, POLL_SECONDS))

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def problems(self) -> list[str]:
        found = []
        with self.read() as connection:
            verdict = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
            if verdict != ["ok"]:
                found.append(f"SQLite finds it damaged ({verdict[0]}): restore a backup")
            if orphans := connection.execute(text("PRAGMA foreign_key_check")).all():
                found.append(f"{len(orphans)} rows point at rows that are gone: restore a backup")
        return found

    def close(self) -> None:
        """Give every connection back; the last one folds the log into the file."""
        self.engine.dispose()


def has_wal_reset_defect() -> bool:
    """Whether this SQLite is one of 3.7.0 to 3.51.2, which can corrupt a WAL file."""
    return bool((3, 7, 0) <= sqlite3.sqlite_version_info < (3, 51, 3))


def network_of(path: Path) -> str | None:
    """The network file system that the path is on; None for a local one."""
    try:
        mounts = [line.split(" ") for line in MOUNTS.read_text("utf-8", "surrogateescape").splitlines()]
    except OSError:
        return None
    real = path.resolve()
    found, kind = Path(), ""
    for _, raw, this, *_ in mounts:
        # proc(5): a blank and such stand as three octal digits.
        place = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), raw))
        if real.is_relative_to(place) and len(place.parts) >= len(found.parts):
            found, kind = place, this
    return kind if kind in NETWORKS else None


def _engine(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{path.parent}: cannot make the folder for the database ({error.strerror}); set storage.folder"
        ) from error
    if kind := network_of(path):
        raise StorageError(
            f"{path}: an SQLite file cannot be on a network file system ({kind}), where its locks do not hold; "
            "set storage.folder to a local disk, or storage.url to a PostgreSQL database"
        )
    engine = create_engine(
        f"sqlite:///{path}", module=sqlite3, pool_size=8, max_overflow=24, connect_args={"timeout": BUSY_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver's own BEGIN is deferred, and a deferred writer can fail half-way: `begin` below decides.
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode={'DELETE' if has_wal_reset_defect() else 'WAL'}")
        for pragma in ("foreign_keys=ON", "trusted_schema=OFF", "mmap_size=0", "cache_size=-4000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        synchronous = connection.get_execution_options().get("digest_write")
        if synchronous is None:
            connection.exec_driver_sql("BEGIN")
        else:
            if connection.info.get("synchronous") != synchronous:
                connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
                connection.info["synchronous"] = synchronous
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the driver says into what a person can do."""
    try:
        yield
    except DBAPIError as error:
        words = str(error.orig)
        if isinstance(error.orig, sqlite3.IntegrityError):
            raise
        advice = "run `digest doctor`"
        if "full" in words:
            advice = "make room on the disk, then run the command again; nothing already accepted is lost"
        elif "locked" in words or "busy" in words:
            advice = f"another process has held it for over {BUSY_SECONDS} s; stop that one or wait"
        elif "readonly" in words or "unable to open" in words:
            advice = "check the owner and the permissions of the file and its folder"
        elif "no such table" in words or "no such column" in words:
            advice = "run `digest db upgrade`"
        elif "not a database" in words or "malformed" in words:
            advice = "the file is damaged or is not ours: restore a backup"
        raise StorageError(f"{path}: {words}; {advice}") from error
