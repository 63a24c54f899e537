"""A PostgreSQL server's database: many hosts at once, and a commit that is on disk when it says so.

Every connection is refused whose server is older than 15, would lose an acknowledged commit in a
crash (https://www.postgresql.org/docs/15/wal-reliability.html), is a standby, or does not keep text
as UTF-8. A commit that need not survive a crash runs with `synchronous_commit = off`: a crash may take
back the last of them, never one in the middle.

A connection that breaks raises StorageError in the statement that finds it broken; the next one connects anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from digest.errors import DatabaseAway, StorageError
from digest.storage.lookout import CHANNEL, Lookout

OLDEST = 15
"""Of the server; its minor versions are fixes."""

CONNECT_SECONDS = 10

AWAY = {"idle": 10, "interval": 5, "count": 3}
AWAY_MILLISECONDS = 25_000
"""After 25 seconds of silence both ends take the other's host to be gone, where the kernel would wait two hours.

So a host that loses its power or its cable keeps no rows locked for longer
(https://www.postgresql.org/docs/15/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS).
"""

POOL = 8
OVERFLOW = 24

FILLFACTOR = 50
"""Per cent of a page of deliveries that is filled at first: each changes twice, and finds room where it stands."""

_DEMANDS = text(
    """
    SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_version') AS version,
           current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
           current_setting('synchronous_commit') AS synchronous_commit, current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() AS standby
    """
)
_AWAY = "; ".join(
    [f"SET tcp_keepalives_{name} = {value:d}" for name, value in AWAY.items()]
    + [f"SET tcp_user_timeout = {AWAY_MILLISECONDS:d}"]
)


class PostgresDatabase:
    """The connections to one PostgreSQL database; see `digest.storage.engine.Database`."""

    remote = True

    def __init__(self, url: str, *, password: str | None = None) -> None:
        """`url` as in config.toml: `postgresql://user@host:port/name`, with libpq's parameters after a `?`."""
        address = _address(url)
        self._place = address.set(drivername="postgresql").render_as_string()
        self.engine = _engine(address.set(password=password) if password else address)
        self._lookout: Lookout | None = None
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        return self._place

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._told(), self.engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        with self._told(), self.engine.connect() as connection, connection.begin():
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def make_room(self, edition_id: int) -> None:
        with self.write() as connection:
            # Two that make one partition together: the second one's IF NOT EXISTS looks too early without the lock.
            connection.exec_driver_sql("LOCK TABLE deliveries IN SHARE UPDATE EXCLUSIVE MODE")
            connection.exec_driver_sql(
                f"CREATE TABLE IF NOT EXISTS deliveries_{edition_id:d} PARTITION OF deliveries"
                f" FOR VALUES IN ({edition_id:d}) WITH (fillfactor = {FILLFACTOR:d})"
            )

    def notify(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"NOTIFY {CHANNEL}")

    def wait(self, seconds: float) -> None:
        self.lookout.wait(seconds)

    @property
    def lookout(self) -> Lookout:
        """This process's one connection that stays open, opened when it is first needed."""
        with self._lock:
            if self._lookout is None:
                self._lookout = Lookout(self)
            return self._lookout

    def version(self) -> str:
        with self.read() as connection:
            return f"PostgreSQL {connection.scalar(text('SHOW server_version'))}"

    def problems(self) -> list[str]:
        with self.read() as connection:
            lost = connection.scalar(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid"))
        return [f"{lost} indexes are not valid: run REINDEX DATABASE"] if lost else []

    def close(self) -> None:
        with self._lock:
            if self._lookout is not None:
                self._lookout.close()
                self._lookout = None
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the driver says into what a person can do."""
        from psycopg import errors

        try:
            yield
        except NoneFree as error:
            raise DatabaseAway(f"{self._place}: {POOL + OVERFLOW} connections are in use; wait") from error
        except DBAPIError as error:
            cause = error.orig
            if isinstance(cause, errors.IntegrityError):
                raise
            words = " ".join(str(cause).split()) or type(cause).__name__
            advice, kind = "run `digest doctor`", StorageError
            if isinstance(cause, errors.InvalidPassword) or "password" in words:
                advice = "write the right password into the file database_password of the folder secrets (mode 600)"
            elif isinstance(cause, (errors.UndefinedTable, errors.UndefinedColumn)):
                advice = "run `digest db upgrade`"
            elif isinstance(cause, errors.InvalidCatalogName):
                advice = "make the database first: createdb"
            elif isinstance(cause, errors.InsufficientPrivilege):
                advice = "give this user the right to create tables in the database, or make it its owner"
            elif isinstance(cause, errors.DiskFull):
                advice = "make room on the server's disk; nothing already accepted is lost"
            elif (getattr(cause, "sqlstate", None) or "").startswith("40"):
                advice, kind = "another process was at the same rows; try again", DatabaseAway
            elif isinstance(cause, errors.TooManyConnections):
                advice, kind = "raise the server's max_connections, or run fewer processes", DatabaseAway
            elif error.connection_invalidated or isinstance(cause, errors.OperationalError):
                advice, kind = "the server cannot be reached; nothing already accepted is lost", DatabaseAway
            raise kind(f"{self._place}: {words}; {advice}") from error


def _address(url: str) -> URL:
    """The address for SQLAlchemy; see `digest.config.values.database_url` for what a person is told."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise StorageError("storage.url: expected an address such as postgresql://user@host:5432/name") from error
    return address.set(drivername="postgresql+psycopg")


def _engine(address: URL) -> Engine:
    engine = create_engine(
        address,
        pool_size=POOL,
        max_overflow=OVERFLOW,
        # No statement is prepared on the server: with a partition for each edition, one plan for all would lock all.
        connect_args={
            "prepare_threshold": None,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "digest",
            **{f"keepalives_{name}": value for name, value in AWAY.items()},
            "tcp_user_timeout": AWAY_MILLISECONDS,
        },
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _check(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            found = cursor.execute(str(_DEMANDS)).fetchone()
            cursor.execute(_AWAY)
        connection.commit()
        if trouble := _unfit(*found):
            raise StorageError(f"{address.set(drivername='postgresql').render_as_string()}: {trouble}")

    return engine


def _unfit(
    major: int, version: str, fsync: str, full_page_writes: str, synchronous_commit: str, encoding: str, standby: bool
) -> str | None:
    """Why nobody may be mailed from such a server, and what to do; None when it is fit."""
    if major < OLDEST:
        return f"PostgreSQL {version} is too old; {OLDEST} or newer is needed"
    if standby:
        return "this is a standby, which cannot be written and may lag; give the primary's address"
    for setting, value in [("fsync", fsync), ("full_page_writes", full_page_writes)]:
        if value != "on":
            return (
                f"the server runs with {setting} = {value}: after a crash, whom it recorded as mailed could be mailed "
                f"again; set {setting} = on in postgresql.conf"
            )
    if synchronous_commit == "off":
        return (
            "the server runs with synchronous_commit = off: after a crash, whom it recorded as mailed could be mailed "
            "again; set it to on, for this user or in postgresql.conf"
        )
    if encoding != "UTF8":
        return f"the database keeps text as {encoding}; make one with `createdb --encoding=UTF8 --template=template0`"
    return None
