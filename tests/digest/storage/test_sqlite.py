"""One SQLite file: what is durable, what a failure leaves, and what a person is told."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from office import NOW, Office, migrated
from sqlalchemy import select, text

from digest.errors import StorageError
from digest.storage import sqlite
from digest.storage.dialect import seconds_now
from digest.storage.sqlite import SQLiteDatabase
from subscribers import roll

NOBODY = 65534
"""A user without rights, since root may write what is read-only."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A post office on a file."""
    office = Office(tmp_path)
    yield office
    office.database.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the database's write lock while the block runs."""
    program = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "connection.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.kill()


def people(office: Office) -> int:
    with office.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM subscribers")).scalar_one())


def add(office: Office, number: int) -> None:
    with office.database.write() as connection:
        address = f"reader{number}@example.org"
        roll.add(connection, address=address, newsletter="morning", name="n" * 200, at=NOW, source="test")


def fill(office: Office) -> None:
    for number in range(2, 2000):
        add(office, number)


def test_a_transaction_that_raised_leaves_nothing(office: Office) -> None:
    """Half of a change is no change, and the database can be written again at once."""

    class Mishap(Exception):
        pass

    def half() -> None:
        with office.database.write() as connection:
            roll.add(connection, address="a@example.org", newsletter="morning", at=NOW, source="test")
            raise Mishap

    with pytest.raises(Mishap):
        half()
    assert people(office) == 0
    add(office, 1)
    assert people(office) == 1


def test_durable_writes_sync_and_the_others_do_not(office: Office) -> None:
    """`synchronous` is FULL (2) in a durable write and NORMAL (1) in another, on whichever connection it runs."""

    def synchronous(*, durable: bool) -> int:
        with office.database.write(durable=durable) as connection:
            return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())

    assert [synchronous(durable=durable) for durable in (True, False, True, True, False)] == [2, 1, 2, 2, 1]
    with office.database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_reader_sees_one_moment_and_stops_no_writer(office: Office) -> None:
    """What is committed while somebody reads stays out of that reader's view, and the writer does not wait."""
    add(office, 1)
    with office.database.read() as connection:
        count = text("SELECT count(*) FROM subscribers")
        before = connection.execute(count).scalar_one()
        writer = threading.Thread(target=add, args=(office, 2))
        writer.start()
        writer.join(20)
        assert not writer.is_alive()
        assert connection.execute(count).scalar_one() == before == 1
    assert people(office) == 2


def test_writers_of_one_process_take_turns(office: Office) -> None:
    """Eight threads that write at once all succeed, whatever the other one holds."""
    failures: list[BaseException] = []

    def write(first: int) -> None:
        try:
            for number in range(first, first + 5):
                add(office, number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(100 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert people(office) == 40


def test_a_full_disk_is_told_and_loses_nothing(office: Office) -> None:
    """No room: the failing write leaves nothing, what was accepted stays, and with room it goes on."""
    add(office, 1)

    def room(pages: int) -> None:
        with office.database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute(f"PRAGMA max_page_count={pages}")

    room(1)  # SQLite takes the present size instead of one that is too small
    with pytest.raises(StorageError, match=r"digest\.sqlite3: .*full; make room on the disk"):
        fill(office)
    kept = people(office)
    assert kept >= 1
    room(1_000_000)
    add(office, 3000)
    assert people(office) == kept + 1
    with office.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


def test_a_database_locked_by_another_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its patience a writer says who to look for; readers go on; when the lock is free, so does it."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    office = Office(tmp_path)
    with locked(office.database.path):
        with pytest.raises(StorageError, match="locked; another process has held it"):
            add(office, 1)
        assert people(office) == 0
    add(office, 1)
    assert people(office) == 1
    office.database.close()


def test_a_writer_waits_for_another_process(office: Office) -> None:
    """A lock that is given back in time is no error."""
    with locked(office.database.path):
        writer = threading.Thread(target=add, args=(office, 1))
        writer.start()
        assert people(office) == 0
    writer.join(30)
    assert people(office) == 1


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """Somebody else's file is named and left byte for byte."""
    path = tmp_path / "digest.sqlite3"
    path.write_bytes(b"Dear diary, " * 500)
    database = SQLiteDatabase(path)

    told = pytest.raises(StorageError, match="not a database; the file is damaged or is not ours: restore a backup")
    with told, database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE x (y)")

    assert path.read_bytes() == b"Dear diary, " * 500
    database.close()


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    """What cannot be opened is named, with what to look at."""
    (tmp_path / "digest.sqlite3").mkdir()
    told = pytest.raises(StorageError, match=r"unable to open .*; check the owner and the permissions")
    with told, SQLiteDatabase(tmp_path / "digest.sqlite3").read():
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be: the message names the setting."""
    (tmp_path / "var").write_text("not a folder")
    with pytest.raises(StorageError, match=r"var: cannot make the folder .*set storage\.folder"):
        SQLiteDatabase(tmp_path / "var" / "digest.sqlite3")


def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    """Without the right to write, a write says what to check instead of how SQLite failed."""
    program = (
        "import os, sys; from pathlib import Path; from digest.storage.sqlite import SQLiteDatabase\n"
        "with SQLiteDatabase(Path(sys.argv[2])).read():\n"
        "    pass\n"  # everything is imported now; from here on without the rights of root
        f"os.geteuid() or os.setuid({NOBODY})\n"
        "try:\n"
        "    with SQLiteDatabase(Path(sys.argv[1])).write() as connection:\n"
        "        connection.exec_driver_sql('CREATE TABLE x (y)')\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to everybody else
        path = Path(folder) / "digest.sqlite3"
        path.write_bytes(migrated())
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", program, str(path), str(tmp_path / "digest.sqlite3")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        Path(folder).chmod(0o755)
    assert done.stdout.startswith("StorageError"), done.stderr
    assert "check the owner and the permissions of the file and its folder" in done.stdout


def test_the_wal_reset_defect_is_known_by_its_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.7.0 to 3.51.2 have it, earlier and later ones do not (https://sqlite.org/wal.html#walresetbug)."""
    for version, defect in [((3, 6, 23), False), ((3, 7, 0), True), ((3, 51, 2), True), ((3, 51, 3), False)]:
        monkeypatch.setattr(sqlite.sqlite3, "sqlite_version_info", version)
        assert sqlite.has_wal_reset_defect() is defect


def test_an_sqlite_with_the_defect_writes_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that had a log loses it, every commit is synced, and several writers and readers still get along."""
    Office(tmp_path).database.close()
    monkeypatch.setattr(sqlite.sqlite3, "sqlite_version_info", (3, 40, 1))
    office = Office(tmp_path)
    threads = [threading.Thread(target=add, args=(office, number)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    with office.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "delete"
    for thread in threads:
        thread.join(30)
    assert people(office) == 6
    assert not list(tmp_path.glob("*-wal"))
    office.database.close()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The innermost mount counts; the message names its kind and both ways out; a local disk within is fine."""
    shared = tmp_path / "on the net"
    mounts = tmp_path / "mounts"
    escaped = str(shared).replace(" ", "\\040")
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nhost:/x {escaped} {kind} rw 0 0\n/dev/b {escaped}/disk xfs rw 0 0\n")
    monkeypatch.setattr(sqlite, "MOUNTS", mounts)

    with pytest.raises(StorageError, match=rf"network file system \({kind}\).*storage\.folder .* storage\.url"):
        SQLiteDatabase(shared / "digest.sqlite3")
    SQLiteDatabase(shared / "disk" / "digest.sqlite3").close()
    SQLiteDatabase(tmp_path / "digest.sqlite3").close()


def test_the_databases_clock_is_the_time(office: Office) -> None:
    """Leases count seconds since 1970."""
    import time

    before = time.time()
    with office.database.read() as connection:
        shown = float(connection.execute(select(seconds_now())).scalar_one())
    assert before - 0.01 <= shown <= time.time() + 0.01
