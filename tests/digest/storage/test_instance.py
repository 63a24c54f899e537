"""A restored backup or a clone is noticed before it mails anything."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from office import NOW, Office
from sqlalchemy import update

from digest.model import EditionState
from digest.storage.instance import Instance
from digest.storage.tables import editions, instance


class Copy(Office):
    """A post office that says which copy of the data it has."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.instance = Instance(self.database, folder, clock=self.clock)


@pytest.fixture
def original(tmp_path: Path) -> Iterator[Copy]:
    office = Copy(tmp_path / "original")
    yield office
    office.database.close()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "original").mkdir()


def test_a_first_start_and_the_next_ones_find_nothing(original: Copy) -> None:
    """Nor does a restart within two hours; what is being sent goes on."""
    edition = original.frozen(2)
    assert [original.instance.start() for _ in range(3)] == ["", "", ""]
    original.later(hours=1.9)
    assert original.instance.start() == ""
    assert original.state(edition) is EditionState.SENDING
    assert original.instance.fenced_at() is None


def test_a_worker_that_lives_is_never_suspect(original: Copy) -> None:
    """Days of signs of life, then a restart."""
    original.instance.start()
    for _ in range(50):
        original.later(hours=1)
        original.instance.beat()
    original.later(hours=1)
    assert original.instance.start() == ""


def test_a_copied_folder_is_noticed(original: Copy, tmp_path: Path) -> None:
    """Everything was copied, the epoch file too: but the database is another file. The original goes on."""
    edition = original.frozen(2)
    original.instance.start()
    original.database.close()
    shutil.copytree(original.folder, tmp_path / "copy")

    copy = Copy(tmp_path / "copy")
    assert copy.instance.start() == "the database is another file than it was"
    assert copy.state(edition) is EditionState.HELD
    assert copy.editions.get(edition).reason == "possible restore: the database is another file than it was"
    assert copy.ledger.claim("worker", 60) is None
    assert copy.instance.fenced_at() == NOW

    copy.editions.resume(edition)
    assert copy.instance.start() == "", "a person has said so, and this copy is now the one"
    assert copy.ledger.claim("worker", 60) is not None
    copy.database.close()
    assert original.instance.start() == ""


def test_a_backup_of_the_database_put_back_is_noticed(original: Copy, tmp_path: Path) -> None:
    """The same file with older content, however young: the epoch file has seen more."""
    edition = original.frozen(2)
    original.instance.start()
    original.database.close()
    backup = (original.folder / "digest.sqlite3").read_bytes()
    original.instance.beat()
    original.deliveries.finish(NOW)
    original.database.close()
    with (original.folder / "digest.sqlite3").open("r+b") as file:
        file.write(backup)
        file.truncate()

    assert original.instance.start() == "the database is older than what this host has seen"
    assert original.state(edition) is EditionState.HELD


def test_a_backup_of_the_database_alone_is_noticed(original: Copy, tmp_path: Path) -> None:
    """Restored to a fresh folder: the epoch file is not there."""
    original.frozen(2)
    original.instance.start()
    original.database.close()
    (tmp_path / "fresh").mkdir()
    shutil.copy(original.folder / "digest.sqlite3", tmp_path / "fresh")

    fresh = Copy(tmp_path / "fresh")
    assert "epoch is missing" in fresh.instance.start()
    fresh.database.close()


def test_a_snapshot_of_yesterday_is_noticed(original: Copy) -> None:
    """A machine put back as a whole: nothing differs but the time."""
    edition = original.frozen(2)
    original.instance.start()
    original.later(hours=25)

    assert original.instance.start() == "nothing was sent from these data for 25 h"
    assert original.state(edition) is EditionState.HELD


def test_another_machine_is_noticed(original: Copy) -> None:
    """A disk that was cloned to another machine, where both know what they are called."""
    original.instance.start()
    with original.database.write() as connection:
        connection.execute(update(instance).values(host="another"))
    found = original.instance.start()
    assert found == ("it was another machine's" if Path("/etc/machine-id").exists() else "")


def test_what_waits_for_its_time_and_what_is_over_stays(original: Copy) -> None:
    """Held is only what would go out now: not the approved edition of tomorrow, not a draft, not a finished one."""
    original.enrol(1)
    states = {}
    due: dict[int, datetime | None] = {}
    for day, (state, hours) in enumerate(
        [
            (EditionState.APPROVED, -1),
            (EditionState.APPROVED, 24 * 3),
            (EditionState.APPROVED, None),
            (EditionState.DRAFT, -1),
            (EditionState.FINISHED, -1),
            (EditionState.CANCELLED, -1),
            (EditionState.SENDING, -1),
        ],
        start=1,
    ):
        edition = original.edition(day=day)
        later = None if hours is None else NOW + timedelta(hours=hours + 24)
        with original.database.write() as connection:
            connection.execute(update(editions).where(editions.c.id == edition).values(state=state, due_at=later))
        states[edition], due[edition] = state, later
    original.instance.start()
    original.later(hours=24)
    original.instance.start()

    changed = {edition for edition, state in states.items() if original.state(edition) is not state}
    assert {states[edition] for edition in changed} == {EditionState.APPROVED, EditionState.SENDING}
    assert len(changed) == 2
    assert original.instance.fenced_at() == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def test_an_epoch_file_that_cannot_be_read_is_none(original: Copy) -> None:
    """Garbage in it is no traceback; it counts as missing."""
    original.instance.start()
    (original.folder / "epoch").write_bytes(b"\xff not a number")
    assert "is missing" in original.instance.start()
    assert original.instance.start() == ""


def test_signs_of_life_come_by_themselves(original: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a thread, while the block runs."""
    from digest.storage import instance as module

    monkeypatch.setattr(module, "BEAT_SECONDS", 0.001)
    original.instance.start()
    before = int((original.folder / "epoch").read_text())
    with original.instance.alive():
        while int((original.folder / "epoch").read_text()) < before + 3:
            pass
    assert original.instance.start() == ""


def test_a_server_is_looked_at_in_its_own_way(office: Office) -> None:
    """On either engine: older than this host has seen, in another place, or not in use for hours."""
    edition = office.frozen(2)
    found = Instance(office.database, office.folder, clock=office.clock)
    assert [found.start(), found.start()] == ["", ""]

    (office.folder / "epoch").write_text("1000")
    assert found.start() == "the database is older than what this host has seen"
    assert office.state(edition) is EditionState.HELD
    assert found.start() == ""

    with office.database.write() as connection:
        connection.execute(update(instance).values(place="elsewhere"))
    assert "another" in found.start()
    office.later(hours=3)
    assert found.start() == "nothing was sent from these data for 3 h"


def test_hosts_come_and_go_beside_a_server(office: Office, tmp_path: Path) -> None:
    """A worker on a fresh host has no epoch file: on a server that means nothing, beside a file that it is a copy."""
    edition = office.frozen(2)
    Instance(office.database, office.folder, clock=office.clock).start()
    (tmp_path / "other host").mkdir()

    why = Instance(office.database, tmp_path / "other host", clock=office.clock).start()

    on_a_server = not hasattr(office.database, "path")
    assert (why == "") is on_a_server
    assert office.state(edition) is (EditionState.SENDING if on_a_server else EditionState.HELD)
