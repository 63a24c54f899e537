"""Several sending processes: everyone once, whichever of them is stopped, killed or cannot go on."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from office import Office, opened
from sink import Sink

from digest.delivery.crew import Crew, processors
from digest.delivery.worker import Tally, Worker
from digest.errors import ConfigError, StorageError

pytestmark = pytest.mark.slow


def nobody(_: Path) -> AbstractContextManager[Worker]:
    raise ConfigError("provider.main has no token; write it into secrets/provider.main.token")


def crew(office: Office, sink: Sink, *, processes: int = 2) -> Crew:
    return Crew(partial(opened, office.folder, office.place, sink.url), processes=processes)


def once(sink: Sink) -> bool:
    """Whether nobody's message was taken twice."""
    taken = [message["To"] for message in sink.kept]
    return len(taken) == len(set(taken))


def test_everyone_gets_it_once_from_two_processes(office: Office, sink: Sink) -> None:
    """Two processes share one edition, and what they tell together is what the ledger has."""
    edition = office.frozen(400)

    tally = crew(office, sink).run(drain=True)

    assert office.counts(edition) == {"accepted": 400}
    assert len(sink.kept) == 400
    assert once(sink)
    assert tally.outcomes == {"accepted": 400}
    assert tally.finished == [edition]


def test_a_killed_process_is_replaced(office: Office, sink: Sink) -> None:
    """What it had sent without hearing back is unknown; everybody else gets it, and nobody twice."""
    edition = office.frozen(200)
    sink.plan.extend(["ok", "ok", "hang kept"])
    killed: list[int] = []

    def kill_the_waiting(tally: Tally) -> None:
        if tally.outcomes.total() == 20 and not killed:
            killed.append(_kill_one())

    tally = crew(office, sink, processes=1).run(drain=True, progress=kill_the_waiting)

    assert killed
    assert office.counts(edition) == {"accepted": 190, "unknown": 10}
    assert once(sink)
    assert tally.given_up == 1


def test_stopped_in_the_middle_nothing_is_unknown(office: Office, sink: Sink) -> None:
    """Requests under way are settled; the rest is still to be sent, and goes out when somebody goes on."""
    edition = office.frozen(600, batch=2)
    running = crew(office, sink)

    running.run(drain=True, progress=lambda tally: running.stop() if tally.outcomes else None)

    counts = office.counts(edition)
    assert set(counts) <= {"accepted", "pending"}
    assert counts["accepted"] == len(sink.kept)

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 600}
    assert once(sink)


def test_what_a_member_cannot_do_is_said(tmp_path: Path) -> None:
    """A process that cannot start says why in one sentence, not in a traceback."""
    with pytest.raises(StorageError, match="no token"):
        Crew(partial(nobody, tmp_path), processes=2).run(drain=True)


def test_members_leave_when_their_parent_is_gone(office: Office, sink: Sink, tmp_path: Path) -> None:
    """After the parent's death each settles what is under way and ends: no process stays behind, no reader is lost."""
    edition = office.frozen(600, batch=2)
    program = (
        "from functools import partial; from pathlib import PosixPath; from office import opened; "
        "from digest.delivery.crew import Crew; import sys\n"
        "if __name__ == '__main__':\n"
        f"    Crew(partial(opened, {office.folder!r}, {office.place!r}, {sink.url!r}), processes=2).run()\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(program)
    paths = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[3])])
    with subprocess.Popen(
        [sys.executable, script], env=os.environ | {"PYTHONPATH": paths}, stderr=subprocess.PIPE, text=True
    ) as parent:
        _until(lambda: len(sink.kept) > 20)
        parent.kill()
        # The pipe's other end is with the members, too: it ends when the last of them has left.
        assert parent.stderr is not None
        words = parent.stderr.read()

    assert "Traceback" not in words
    assert set(office.counts(edition)) <= {"accepted", "pending"}
    assert office.counts(edition)["accepted"] == len(sink.kept)


def test_processors_are_counted_as_the_kernel_allots_them() -> None:
    """At least one, and no more than one database can feed."""
    assert 1 <= processors() <= 4


def _kill_one() -> int:
    member = multiprocessing.active_children()[0]
    assert member.pid is not None
    os.kill(member.pid, signal.SIGKILL)
    return member.pid


def _until(met: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(6000):
        if met():
            return
        pause.wait(0.01)
    raise AssertionError("it did not happen within a minute")
