"""Which copy of the data this is: a restored backup or a clone must mail nothing by itself.

Whoever sends gives a sign of life every minute: a number rises in the database and, after that, in a file beside
the data. So a database whose number is lower than the file's is older than what this host has seen.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Row, and_, insert, or_, select, text, update

from digest.clock import Clock
from digest.errors import StorageError
from digest.log import get
from digest.model import EditionState
from digest.storage.engine import Database
from digest.storage.tables import editions, instance

STALE = timedelta(hours=2)
"""A database without a sign of life for longer may be an old one."""

BEAT_SECONDS = 60.0

MACHINE = Path("/etc/machine-id")
"""See https://www.freedesktop.org/software/systemd/man/latest/machine-id.html; containers have none."""

log = get(__name__)


class Instance:
    """This copy of the data, with its epoch file in `folder`."""

    def __init__(self, database: Database, folder: Path, *, clock: Clock) -> None:
        self._database = database
        self._file = folder / "epoch"
        self._clock = clock

    def start(self) -> str:
        """Look at the data before anything is sent; why they may be a copy, empty when nothing says so.

        Then every edition that is being sent, or approved and overdue, is held, and what was due before now waits for a
        person; see `fenced_at`.
        """
        now = self._clock()
        with self._database.write() as connection:
            row = connection.execute(select(instance).with_for_update()).first()
            why = "" if row is None else self._suspicion(connection, row, now)
            if why:
                held = _hold(connection, f"possible restore: {why}", now)
                log.error("possible restore", why=why, held=held)
            fenced_at = now if why else row and row.fenced_at
            epoch = max(row.epoch if row else 0, self._seen() or 0) + 1
            values = {"epoch": epoch, "last_seen": now, "fenced_at": fenced_at}
            values |= {"host": _machine(), "place": _place(connection)}
            if row is None:
                connection.execute(insert(instance).values(id=1, **values))
            else:
                connection.execute(update(instance).values(**values))
        self._write(epoch)
        return why

    def beat(self) -> None:
        """A sign of life."""
        with self._database.write() as connection:
            connection.execute(update(instance).values(epoch=instance.c.epoch + 1, last_seen=self._clock()))
            epoch = connection.execute(select(instance.c.epoch)).scalar_one()
        self._write(epoch)

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Signs of life from a thread of its own while the block runs."""
        over = threading.Event()

        def go_on() -> None:
            while not over.wait(BEAT_SECONDS):
                try:
                    self.beat()
                except StorageError as error:
                    log.warning("no sign of life could be given", reason=str(error))

        thread = threading.Thread(target=go_on, name="instance", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def fenced_at(self) -> datetime | None:
        """When these data were last taken for a copy; what was due before then waits for a person."""
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(select(instance.c.fenced_at))
        return found

    def _suspicion(self, connection: Connection, row: Row[tuple[object, ...]], now: datetime) -> str:
        seen = self._seen()
        if seen is not None and seen > row.epoch:
            return "the database is older than what this host has seen"
        if now - row.last_seen > STALE:
            hours = (now - row.last_seen).total_seconds() / 3600
            return f"nothing was sent from these data for {hours:,.0f} h"
        if connection.dialect.name != "sqlite":
            # Hosts come and go beside a server; its name for this database stays.
            return "" if row.place == _place(connection) else "the server knows the database as another one"
        if seen is None:
            return f"{self._file} is missing, which goes with the database"
        if row.place != _place(connection):
            return "the database is another file than it was"
        if row.host and _machine() and row.host != _machine():
            return "it was another machine's"
        return ""

    def _seen(self) -> int | None:
        try:
            return int(self._file.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def _write(self, epoch: int) -> None:
        """After the commit: the file may be behind the database, never before it."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new = self._file.with_suffix(f".{threading.get_native_id()}")
            with new.open("w", encoding="ascii") as file:
                file.write(str(epoch))
                file.flush()
                os.fsync(file.fileno())  # a power cut must not leave it empty
            new.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"{self._file}: {error.strerror}; check the folder's owner, permissions and space"
            ) from error


def _hold(connection: Connection, reason: str, now: datetime) -> int:
    overdue = and_(editions.c.state == EditionState.APPROVED, editions.c.due_at <= now)
    going_on = or_(editions.c.state == EditionState.SENDING, overdue)
    return connection.execute(update(editions).where(going_on).values(state=EditionState.HELD, reason=reason)).rowcount


def _machine() -> str:
    """The machine's id, hashed, since it must not be told; empty where there is none."""
    try:
        found = MACHINE.read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(b"digest\0" + found.encode()).hexdigest()[:16] if found else ""


def _place(connection: Connection) -> str:
    """What a copy of the database has another one of: the file's inode, or the server's number for it."""
    if connection.dialect.name == "sqlite":
        file = connection.execute(text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
        return f"inode {Path(file).stat().st_ino}"
    number = text("SELECT oid FROM pg_database WHERE datname = current_database()")
    return f"database {connection.execute(number).scalar_one()}"
