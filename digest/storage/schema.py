"""The database's version: made, upgraded and checked by alembic.

`HEAD` lets a command see that a database is current without importing alembic, which costs a
third of a second; a test holds it to the newest migration.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from digest.errors import StorageError
from digest.storage.engine import Database, connect

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0002"


def current(database: Database) -> str | None:
    """The database's migration; None for an empty one."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def ready(place: Path | str, *, password: str | None = None) -> Database:
    """The database in that file or behind that address, its tables made if there are none; see `connect`.

    Raises StorageError, also when it is of another version.
    """
    database = connect(place, password=password)
    version = current(database)
    if version is None:
        upgrade(database)
    elif version != HEAD:
        raise StorageError(
            f"{database.place} is of version {version}, this program needs {HEAD}; "
            "back it up, then run `digest db upgrade` (an older program cannot use a newer database)"
        )
    return database


def upgrade(database: Database, *, to: str = HEAD) -> None:
    """Bring it to that version, in one transaction for each migration."""
    from alembic import command
    from alembic.util import CommandError

    logging.getLogger("alembic").setLevel(logging.WARNING)
    with database.write() as connection:
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except CommandError as error:
            raise StorageError(f"{database.place}: {error}; was it made by a newer program?") from error


def problems(database: Database) -> list[str]:
    """What is wrong with the database and its tables, in sentences; empty when all is well."""
    version = current(database)
    if version != HEAD:
        return [f"version {version or 'none'}, not {HEAD}: run `digest db upgrade`"]
    return database.problems()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
