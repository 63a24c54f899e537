"""The database's version: made, upgraded, and refused when it is another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from office import NOW, Office
from sink import Sink
from sqlalchemy import MetaData, text

from digest.errors import StorageError
from digest.model import EditionState
from digest.storage import schema, tables
from digest.storage.sqlite import SQLiteDatabase
from subscribers import roll
from subscribers import tables as roll_tables

VERSION_0001 = Path(__file__).parent / "version_0001.sql"
"""A whole database of version 0001 in mid-send, dumped when that was the newest: the past, so never edited."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A post office on a file."""
    office = Office(tmp_path)
    yield office
    office.database.close()


def stamp(path: Path, version: str) -> None:
    database = SQLiteDatabase(path)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    database.close()


def test_head_is_the_newest_migration() -> None:
    """`HEAD` stands for a look into alembic: one line of migrations, whose end it is."""
    assert ScriptDirectory.from_config(schema._config()).get_heads() == [schema.HEAD]


def test_migrations_make_the_tables_that_the_code_speaks_to(tmp_path: Path) -> None:
    """Column for column, with types, indexes and keys: alembic finds nothing left to change."""
    both = MetaData()
    for metadata in (tables.metadata, roll_tables.metadata):
        for table in metadata.sorted_tables:
            table.to_metadata(both)
    database = schema.ready(tmp_path / "digest.sqlite3")
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, both) == []
    database.close()


def test_migrations_make_what_the_tables_would(tmp_path: Path) -> None:
    """What alembic does not compare: defaults, order, rowids, autoincrement, checks and partial indexes."""
    migrated = schema.ready(tmp_path / "migrated.sqlite3")
    created = SQLiteDatabase(tmp_path / "created.sqlite3")
    with created.write() as connection:
        tables.metadata.create_all(connection)
        roll_tables.metadata.create_all(connection)

    def traits(database: SQLiteDatabase) -> dict[str, tuple[object, ...]]:
        with database.read() as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")).all()
            columns = {name: connection.execute(text(f"PRAGMA table_info({name})")).all() for name, _ in rows}
        words = ("WITHOUT ROWID", "AUTOINCREMENT", "CHECK", "ON DELETE CASCADE", "WHERE", "UNIQUE")
        found = {name: (*columns[name], *(word in sql for word in words)) for name, sql in rows}
        found.pop("alembic_version", None)
        return found

    assert traits(migrated) == traits(created)
    migrated.close()
    created.close()


def test_a_new_file_is_made_and_an_old_one_opened(tmp_path: Path) -> None:
    """`ready` makes the folder and the database, and opening it again keeps what is in it."""
    path = tmp_path / "deep" / "var" / "digest.sqlite3"
    database = schema.ready(path)
    assert schema.current(database) == schema.HEAD
    assert schema.problems(database) == []
    with database.write() as connection:
        roll.add(connection, address="a@example.org", newsletter="morning", at=NOW, source="test")
    database.close()

    again = schema.ready(path)
    with again.read() as connection:
        assert roll.find(connection, "a@example.org") is not None
    again.close()


@pytest.mark.parametrize("version", ["0000", "9999"])
def test_a_database_of_another_version_is_refused(office: Office, version: str) -> None:
    """Older or newer: nothing is read or written, and the message names both versions and the way out."""
    office.database.close()
    stamp(office.database.path, version)

    with pytest.raises(StorageError, match=rf"version {version}, this program needs {schema.HEAD}; back it up"):
        schema.ready(office.database.path)
    assert schema.problems(office.database) == [f"version {version}, not {schema.HEAD}: run `digest db upgrade`"]


def test_a_newer_database_is_not_upgraded(office: Office) -> None:
    """A version that this program does not know stays as it is."""
    stamp(office.database.path, "9999")

    with pytest.raises(StorageError, match="was it made by a newer program"):
        schema.upgrade(office.database)
    assert schema.current(office.database) == "9999"


def test_two_processes_that_begin_together_make_one_database(tmp_path: Path) -> None:
    """The second finds it made: no error, no second set of tables."""
    import subprocess
    import sys

    program = "import sys; from pathlib import Path; from digest.storage.schema import ready; ready(Path(sys.argv[1]))"
    path = tmp_path / "digest.sqlite3"
    starting = [
        subprocess.Popen([sys.executable, "-c", program, path], stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in starting:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    database = SQLiteDatabase(path)
    assert schema.current(database) == schema.HEAD
    database.close()


def test_damage_and_lost_references_are_found(office: Office) -> None:
    """A row that points at nothing is told, and so is a page that was overwritten."""
    with office.database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("INSERT INTO deliveries (edition_id, subscriber_id, address, shown, name, language, topics, state)"
                    " VALUES (77, 1, 'a', 'a', '', '', '', 'pending')")  # fmt: skip
        raw.execute("PRAGMA foreign_keys=ON")
    assert schema.problems(office.database) == ["1 rows point at rows that are gone: restore a backup"]


def test_a_torn_page_is_found(tmp_path: Path) -> None:
    """SQLite's own check speaks, in a sentence with what to do."""
    office = Office(tmp_path)
    office.enrol(200)
    path = office.database.path
    with office.database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    office.database.close()
    with path.open("r+b") as file:
        page = 4096
        root = 1
        size = path.stat().st_size // page
        for number in range(root + 1, size):
            file.seek(number * page + 8)
            file.write(b"\xff" * 64)
    database = SQLiteDatabase(path)
    (problem,) = _told(database)
    assert "damaged" in problem
    assert "restore a backup" in problem
    database.close()


def _told(database: SQLiteDatabase) -> list[str]:
    try:
        return schema.problems(database)
    except StorageError as error:
        return [str(error)]


def test_the_first_version_stays_as_it_was(tmp_path: Path) -> None:
    """Databases of version 0001 exist: its migration still makes what they are, on an empty file."""
    old = sqlite3.connect(tmp_path / "old.sqlite3")
    old.executescript(VERSION_0001.read_text())
    made = SQLiteDatabase(tmp_path / "made.sqlite3")
    schema.upgrade(made, to="0001")
    made.close()
    new = sqlite3.connect(made.path)

    query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY name"
    assert old.execute(query).fetchall() == new.execute(query).fetchall()
    old.close()
    new.close()


def test_a_send_under_way_is_upgraded_and_finishes(tmp_path: Path) -> None:
    """A database of the version before, in mid-send: accepted, unknown, in flight, claimed and waiting batches.

    After `digest db upgrade` the rest is sent, nobody who may have it gets it again, and the sum balances.
    """
    old = sqlite3.connect(tmp_path / "digest.sqlite3")
    old.executescript(VERSION_0001.read_text())
    before = dict(old.execute("SELECT subscriber_id, state FROM deliveries"))
    old.close()
    database = SQLiteDatabase(tmp_path / "digest.sqlite3")
    schema.upgrade(database)
    database.close()

    office = Office(tmp_path)
    with Sink() as sink:
        # As a worker that died leaves its name: unlocked.
        (tmp_path / "workers").mkdir()
        (tmp_path / "workers" / "a-worker-that-died.worker").touch()
        office.drain(sink.url)
        taken = sink.addresses()

    pending = [f"reader{reader}@example.org" for reader, state in before.items() if state == "pending"]
    assert sorted(taken) == sorted(pending)
    assert office.counts(1) == {"accepted": 20, "unknown": 10}
    assert office.state(1) == EditionState.FINISHED
    assert office.deliveries.unbalanced() == []
    assert schema.problems(office.database) == []
    office.database.close()
