"""Texts read in another process: what is bounded there, and that nothing of it reaches this one."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

from digest.errors import SourceError
from digest.sources.apart import Apart
from digest.sources.entries import read_entries

HOSTILE = (
    '<rss version="2.0"><channel><title>t</title><item><author>'
    f"{'a' * 50_000}@{'b.' * 25_000}</author></item></channel></rss>"
)
"""An author on which feedparser's expression for addresses would be busy for hours."""


def fail(kind: type[Exception]) -> None:
    raise kind("why")


def test_calls() -> None:
    """What the function returns and raises comes back, and one process answers all calls."""
    with Apart() as apart:
        assert apart(re.sub, "a", "b", string="salt") == "sblt"
        assert apart(os.getpid) == apart(os.getpid) != os.getpid()
        for kind in (SourceError, RuntimeError):
            with pytest.raises(kind, match="why") as raised:
                apart(fail, kind)
        assert "in fail" in raised.value.__notes__[0], "a defect says where it is"


def test_nothing_is_started_for_nothing() -> None:
    """A source that has nothing to read costs no process, and a closed one leaves none behind."""
    with Apart() as apart:
        assert apart._started is None
        process = apart(os.getpid)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_text_that_takes_too_long() -> None:
    """It is given up, the next one is read, and all of them share one time."""
    with Apart(seconds=0.3, all_seconds=0.5) as apart:
        with pytest.raises(SourceError, match="takes more than"):
            apart(read_entries, HOSTILE, url="https://ledger.example/rss", most=40)
        assert apart(len, "salt") == 4
        with pytest.raises(SourceError, match="takes more than"):
            apart(read_entries, HOSTILE, url="https://ledger.example/rss", most=40)
        with pytest.raises(SourceError, match="before it took too long"):
            apart(len, "salt")


def test_waiting_is_not_counted() -> None:
    """A machine that is busy with something else makes no honest text late: only its own computing counts."""
    with Apart(seconds=0.2) as apart:
        apart(time.sleep, 0.5)


def test_a_text_that_takes_too_much_memory() -> None:
    """It is an error of that text, where the system would otherwise look for somebody to end."""
    with Apart() as apart:
        with pytest.raises(SourceError, match="too much memory"):
            apart(bytearray, 1 << 31)
        assert apart(len, "salt") == 4


def test_an_operator_who_allows_less() -> None:
    """Where the system's own limit on memory is lower, that one holds, and texts are read."""
    script = "from digest.sources.apart import Apart; print(Apart()(len, 'salt'))"
    least = 800 << 20

    def lower() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (least, least))

    read = subprocess.run([sys.executable, "-c", script], preexec_fn=lower, capture_output=True, text=True, check=False)
    assert (read.stdout, read.stderr) == ("4\n", "")


def test_a_process_that_dies() -> None:
    """A parser that crashes takes its own process with it."""
    with Apart() as apart:
        with pytest.raises(SourceError, match="crashed"):
            apart(signal.raise_signal, signal.SIGSEGV)
        assert apart(len, "salt") == 4


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_is_asked_to_end_reads_on(asked: signal.Signals) -> None:
    """systemd and a terminal ask every process of it; an edition that is finished first lacks no article."""
    with Apart() as apart:
        apart(signal.raise_signal, asked)
        assert apart(len, "salt") == 4


def test_in_threads() -> None:
    """Two builds at the same time have a process each."""
    found: list[int] = []

    def look() -> None:
        with Apart() as apart:
            found.append(apart(os.getpid))
            both.wait(60)

    both = threading.Barrier(2)
    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 2
