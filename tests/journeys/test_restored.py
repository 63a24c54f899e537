"""A copy or a backup of the data, started while or after the original sent the rest: it mails nothing by itself."""

from __future__ import annotations

import json
import shutil
import signal
from collections import deque
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from installation import Installation
from sink import Sink

pytestmark = pytest.mark.slow

READERS = 200


def edition(here: Installation) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(here.run("editions", "show", "1", "--json").stdout)
    return shown


def interrupted(folder: Path, sink: Sink) -> Installation:
    """A send that was asked to stop after some of its readers; nothing is unknown."""
    here = Installation(folder, url=sink.url, batch=10)
    here.run("subscribers", "import", here.roll(READERS))
    sink.plan = deque(["slow ok"] * 100)
    with here.start("send", "morning") as process:
        pause = Event()
        for _ in range(6000):
            if len(sink.kept) >= 40:
                break
            pause.wait(0.01)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    sink.plan.clear()
    counts = edition(here)["deliveries"]
    assert counts["unknown"] == counts["in_flight"] == 0
    assert counts["accepted"] == len(sink.kept) >= 40
    assert counts["pending"] == READERS - len(sink.kept) > 0
    return here


def test_a_copy_of_a_send_under_way_mails_nothing(tmp_path: Path) -> None:
    """The folder is copied in mid-send, the original finishes, the copy is started: a person has to say so first."""
    with Sink() as sink:
        here = interrupted(tmp_path / "here", sink)
        copy = Installation(tmp_path / "copy", url=sink.url, batch=10)
        shutil.copytree(here.folder / "var", copy.folder / "var")
        here.run("worker", "--drain")
        assert edition(here)["state"] == "finished"
        assert len(sink.kept) == len(set(sink.addresses())) == READERS

        copy.run("worker", "--drain", code=None)
        held = edition(copy)
        assert (held["state"], len(sink.kept)) == ("held", READERS)
        assert held["reason"] == "possible restore: the database is another file than it was"

        left = held["deliveries"]["pending"]
        copy.run("editions", "resume", "1")
        copy.run("worker", "--drain")
        assert edition(copy)["state"] == "finished"
        assert len(sink.kept) == READERS + left, "by a person's word, what the copy had left"


def test_a_backup_put_back_mails_nothing(tmp_path: Path) -> None:
    """The database of an hour ago over the one that finished; `send` names the edition and is told to look first."""
    with Sink() as sink:
        here = interrupted(tmp_path / "here", sink)
        backup = here.database.read_bytes()
        here.run("worker", "--drain")
        assert len(sink.kept) == READERS
        here.database.write_bytes(backup)

        told = here.run("send", "1", code=None)
        assert told.returncode == 1
        assert "edition 1 is held: possible restore: the database is older than what this host has seen" in told.stderr
        assert "`digest send 1`, once more, goes on" in told.stderr
        assert len(sink.kept) == READERS
