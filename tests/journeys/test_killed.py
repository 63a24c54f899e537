"""A send that is killed again and again: nobody is forgotten, nobody gets it twice, and what is unsure is listed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from installation import Installation

pytestmark = pytest.mark.slow

SINK = Path(__file__).parent.parent / "sink.py"
LIMIT = 60.0
"""Seconds that one stretch of a send may take before the test gives up on it."""


class Post:
    """The mail API as a process, and its log: whom it took a message for, written before it answers."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def taken(self) -> list[str]:
        """Addresses in the order of arrival; a line that is being written is left out."""
        lines = self._log.read_text().split("\n")[:-1] if self._log.exists() else []
        return [json.loads(line)[0].rpartition("<")[2].rstrip(">") for line in lines]

    def wait_for(self, count: int, process: subprocess.Popen[str]) -> bool:
        """Until so many messages were taken; False when the process ended before."""
        pause = Event()
        for _ in range(int(LIMIT / 0.002)):
            if self._log.exists() and self._log.read_bytes().count(b"\n") >= count:
                return process.poll() is None
            if process.poll() is not None:
                return False
            pause.wait(0.002)
        raise AssertionError(f"fewer than {count} messages in {LIMIT} s")


@contextmanager
def post(folder: Path, faults: dict[int, str]) -> Iterator[Post]:
    log = folder / "taken.jsonl"
    options = [f"--fault={number}={fault}" for number, fault in faults.items()]
    with subprocess.Popen([sys.executable, SINK, "--log", log, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Post(process.stdout.readline().strip(), log)
        finally:
            process.kill()


def interrupted(
    installation: Installation, sink: Post, readers: int, *, times: int, by: signal.Signals, chance: random.Random
) -> list[int]:
    """Send, interrupt, go on, interrupt, … and at last let it finish; how each of the interrupted processes ended."""
    ends: list[int] = []
    for left in range(times, 0, -1):
        remaining = readers - len(sink.taken())
        goal = len(sink.taken()) + int(chance.uniform(0.1, 0.8) * remaining / (left + 1))
        command = ("worker", "--drain") if ends else ("send", "morning")
        with installation.start(*command) as process:
            assert sink.wait_for(goal + 1, process), process.communicate()
            process.send_signal(by)
            _, err = process.communicate(timeout=LIMIT)
        assert "Traceback" not in err, err
        ends.append(process.returncode)
    installation.run("worker", "--drain")
    return ends


def deliveries(installation: Installation, *options: str) -> list[dict[str, Any]]:
    lines = installation.run("deliveries", "1", "--json", *options).stdout.splitlines()
    return [json.loads(line) for line in lines]


def edition(installation: Installation) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(installation.run("editions", "show", "1", "--json").stdout)
    return shown


def test_a_send_that_is_killed_ten_times_loses_and_doubles_nobody(tmp_path: Path) -> None:
    """kill -9 at ten moments between and within requests, slow answers and answers that never come.

    In the end each reader was taken by the mail API at most once; each is either accepted or listed as
    unknown; everything that was taken without an answer is among the unknown; nobody was left out, the sum
    balances and the edition is finished.
    """
    readers, chance = 2000, random.Random(20261123)  # noqa: S311 - the same moments in every run
    faults = {number: "slow ok" for number in range(1, 80) if number % 3 == 0}
    faults |= {4: "reset kept", 17: "slow reset kept", 20: "reset unread", 29: "500 kept"}
    with post(tmp_path, faults) as sink:
        installation = Installation(tmp_path / "here", url=sink.url, batch=50)
        installation.run("subscribers", "import", installation.roll(readers))

        ends = interrupted(installation, sink, readers, times=10, by=signal.SIGKILL, chance=chance)

        assert ends == [-signal.SIGKILL] * 10
        taken = Counter(sink.taken())
        rows = deliveries(installation)
    everybody = {f"reader{number}@example.org" for number in range(1, readers + 1)}
    states = {row["address"]: row["state"] for row in rows}
    accepted = {address for address, state in states.items() if state == "accepted"}
    unknown = {address for address, state in states.items() if state == "unknown"}
    assert max(taken.values()) == 1, "nobody twice"
    assert len(rows) == readers
    assert states.keys() == everybody, "nobody missing"
    assert accepted | unknown == everybody
    assert accepted <= taken.keys()
    assert taken.keys() - accepted <= unknown, "what was taken without an answer is listed"
    assert {row["address"] for row in deliveries(installation, "--state", "unknown")} == unknown
    shown = edition(installation)
    assert shown["state"] == "finished"
    assert shown["planned"] == sum(shown["deliveries"].values()) == readers
    assert shown["deliveries"] == Counter(states.values()) | {
        state: 0 for state in shown["deliveries"] if state not in ("accepted", "unknown")
    }
    assert 4 * 50 <= len(unknown) <= 4 * 50 + 10 * 2 * 50, "requests without an answer, and those that kills cut off"
    assert "every edition balances" in installation.run("db", "check").stdout


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_send_that_is_asked_to_stop_leaves_nothing_unsure(tmp_path: Path, by: signal.Signals) -> None:
    """Requests under way are answered and written down first: nothing is unknown, and going on finishes the send."""
    readers, chance = 600, random.Random(7)  # noqa: S311 - the same moments in every run
    with post(tmp_path, {number: "slow ok" for number in range(1, 60) if number % 2}) as sink:
        installation = Installation(tmp_path / "here", url=sink.url, batch=40)
        installation.run("subscribers", "import", installation.roll(readers))

        ends = interrupted(installation, sink, readers, times=2, by=by, chance=chance)

        assert ends == [1, 1], "some readers are still to be sent"
        assert sorted(sink.taken()) == sorted(f"reader{number}@example.org" for number in range(1, readers + 1))
    shown = edition(installation)
    assert shown["state"] == "finished"
    assert {state: count for state, count in shown["deliveries"].items() if count} == {"accepted": readers}
