"""Which workers are alive: the kernel knows, whatever ended them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digest.delivery.presence import FileLocks

PROGRAM = (
    "import sys; from pathlib import Path; from digest.delivery.presence import FileLocks\n"
    "with FileLocks(Path(sys.argv[1])) as presence:\n"
    "    print(presence.owner, flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_the_living_are_not_dead(tmp_path: Path) -> None:
    """Two workers, also in one process, see neither themselves nor each other among the dead."""
    with FileLocks(tmp_path) as one, FileLocks(tmp_path) as other:
        assert one.owner != other.owner
        assert one.dead() == other.dead() == []
    assert list(tmp_path.iterdir()) == [], "who leaves in good order leaves no name"


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    """SIGKILL leaves no time to say anything; the lock is free all the same, until it is forgotten."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process, FileLocks(tmp_path) as presence:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert presence.dead() == []
        process.send_signal(signal.SIGKILL)
        process.wait(20)

        assert presence.dead() == [owner]
        assert presence.dead() == [owner], "until somebody has dealt with it"
        presence.forget([owner])
        assert presence.dead() == []
        presence.forget([owner])


def test_a_worker_that_failed_is_dead(tmp_path: Path) -> None:
    """An error may leave flights behind: the name stays, so that the next worker gives them up without a wait."""

    def failing() -> str:
        with FileLocks(tmp_path) as presence:
            owners.append(presence.owner)
            raise ZeroDivisionError

    owners: list[str] = []
    with pytest.raises(ZeroDivisionError):
        failing()
    with FileLocks(tmp_path) as presence:
        assert presence.dead() == owners


def test_a_worker_is_never_seen_without_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker starts, another one looks: at no step is the newcomer among the dead."""
    import fcntl

    real, seen = fcntl.flock, []
    with FileLocks(tmp_path) as watcher:

        def flock(file: int, operation: int) -> None:
            monkeypatch.undo()
            seen.append(watcher.dead())
            real(file, operation)
            seen.append(watcher.dead())

        monkeypatch.setattr(fcntl, "flock", flock)
        with FileLocks(tmp_path):
            seen.append(watcher.dead())
    assert seen == [[], [], []]
