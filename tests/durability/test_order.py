"""The order that everything rests on, as the kernel saw it: the flight is on the disk before the request leaves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from office import Office
from sink import Sink

HERE = Path(__file__).parent
MISSING = "strace is not on this machine; on Debian and Ubuntu: apt-get install strace"

PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from office import Office
from story import send
office = Office(Path({folder!r}))
if {careless}:
    write = office.database.write
    office.database.write = lambda durable=True: write(durable=False)
send(office, {url!r}, lambda _: None)
"""

_CALL = re.compile(r"^\d+ +(?P<name>\w+)\((?P<place>\d+<[^>]*>)(?P<rest>.*)")


def traced(tmp_path: Path, url: str, *, careless: bool) -> list[str]:
    """What a send of three batches does to the log of the database and to the network, in its order."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.fail(MISSING)
    paths = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]
    program = tmp_path / "send.py"
    program.write_text(PROGRAM.format(paths=paths, folder=str(tmp_path), url=url, careless=careless))
    trace = tmp_path / "trace"
    calls = "trace=pwrite64,write,fdatasync,fsync,sendto,sendmsg"
    command = [strace, "-f", "-y", "--seccomp-bpf", "-s", "16", "-e", calls, "-o", trace, sys.executable, program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return list(filter(None, map(_happened, trace.read_text().splitlines())))


def _happened(line: str) -> str | None:
    call = _CALL.match(line)
    if call is None:
        return None
    name, place = call["name"], call["place"]
    if place.endswith("digest.sqlite3-wal>"):
        return "write" if "write" in name else "sync"
    return "request" if '"POST /email' in call["rest"] else None


def requests_ahead_of_the_disk(happened: list[str]) -> tuple[int, int]:
    """How many requests there were, and how many left before something written since the last was on the disk."""
    requests = early = 0
    unsynced, synced = False, False
    for what in happened:
        if what == "write":
            unsynced = True
        elif what == "sync":
            unsynced, synced = False, True
        else:
            requests += 1
            early += unsynced or not synced
            synced = False
    return requests, early


def edition(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.frozen(12, batch=4)
    office.database.close()


def test_the_flight_is_on_the_disk_before_the_request(tmp_path: Path, sink: Sink) -> None:
    """Since the last request something was written to the log, and all of it was synced, when the next one begins."""
    edition(tmp_path)

    happened = traced(tmp_path, sink.url, careless=False)

    assert requests_ahead_of_the_disk(happened) == (3, 0), happened
    assert len(sink.kept) == 12


def test_a_ledger_that_does_not_wait_for_the_disk_is_noticed(tmp_path: Path, sink: Sink) -> None:
    """With commits that a power cut may take back, every request is found to be early."""
    edition(tmp_path)

    happened = traced(tmp_path, sink.url, careless=True)

    assert requests_ahead_of_the_disk(happened) == (3, 3), happened
