"""A real PostgreSQL server for tests and benchmarks: made in a temporary folder, with its durability switched on.

PostgreSQL refuses to run as root, so for root it runs as the system's user `postgres`, or as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

MISSING = "PostgreSQL's server is not on this machine; on Debian and Ubuntu: apt-get install postgresql"
NEWEST_FIRST = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))


class NoPostgres(Exception):
    """There is no server to run; the message says how to get one."""


def programs() -> Path:
    """The folder of `initdb` and `postgres`. Raises NoPostgres."""
    found = shutil.which("postgres")
    for folder in [*NEWEST_FIRST, *([Path(found).parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgres(MISSING)


class Server:
    """One server with databases of its own, on a socket in its folder and on a port of loopback."""

    def __init__(self, **settings: str) -> None:
        """`settings` go to the server's command line."""
        self.programs = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self.settings = settings
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            names = {user.pw_name for user in pwd.getpwall()}
            user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "--pgdata", self.data, "--username=digest", "--auth-local=trust",
                  "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run([self.programs / program, *arguments], check=True, capture_output=True, cwd="/", **self._as)

    def start(self) -> None:
        """Run it until `stop`; returns when it answers."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
        } | self.settings
        command = [self.programs / "postgres", "-D", self.data]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **self._as)
        while True:
            try:
                psycopg.connect(self.libpq("postgres")).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is the fast way: sessions are ended, all is written. SIGQUIT is as a crash; see its manual."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def url(self, database: str) -> str:
        """As an operator writes it in config.toml."""
        return f"postgresql://digest@/{database}?host={self.folder}&port={self.port}"

    def libpq(self, database: str) -> str:
        return f"user=digest dbname={database} host={self.folder} port={self.port}"

    def execute(self, statement: str, *, database: str = "postgres") -> Any:
        """Run a statement; its rows, if it has any."""
        with psycopg.connect(self.libpq(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else None

    def create(self, name: str, *, template: str = "template0") -> str:
        """A new database; its address."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def empty(self, name: str) -> None:
        """Leave the tables and nothing in them: a tenth of the time that a new database takes."""
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        tables = self.execute(
            "SELECT relname, relispartition FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND relname <> 'alembic_version'",
            database=name,
        )
        parts = ", ".join(f'"{table}"' for table, is_part in tables if is_part)
        whole = ", ".join(f'"{table}"' for table, is_part in tables if not is_part)
        self.execute((f"DROP TABLE {parts}; " if parts else "") + f"TRUNCATE {whole} RESTART IDENTITY", database=name)
