"""One machine, as an operator runs it: `digest serve`, a schedule, readers who leave."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import IO

import httpx
import pytest

ARTICLE = """Harbour reopens after nine days

The harbour of Senn reopened on Tuesday after engineers cleared the last of the wreck from its channel.

“We lifted four hundred tonnes in nine days, and nobody was hurt,” said Mara Lindt, the harbour master. \
Ferries will run again from Wednesday morning.
"""

CONFIG = """
[site]
base_url = "http://127.0.0.1:{site}"
port = {site}

[provider.sandbox]
kind = "sandbox"
base_url = "http://127.0.0.1:{inbox}"

[source.desk]
kind = "folder"
path = "articles"

[newsletter.tide]
title = "The Tide"
from_name = "The Tide"
from_address = "tide@news.example.org"
list_id = "tide.news.example.org"
postal_address = "4 Customs Quay, Senn"
sources = ["desk"]
approval = "{approval}"
"""


class Machine:
    """A folder with a configuration, articles and readers, and the commands run in it."""

    def __init__(self, folder: Path, *, approval: str = "by-hand") -> None:
        self.folder = folder
        self.site, self.inbox = _free_port(), _free_port()
        config = CONFIG.format(site=self.site, inbox=self.inbox, approval=approval)
        (folder / "config.toml").write_text(config)
        (folder / "articles").mkdir()
        (folder / "articles/1.txt").write_text(ARTICLE)

    def digest(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            self._command(*arguments), cwd=self.folder, env=_environment(), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[str]]:
        """`digest serve`, ready when the block begins and ended by SIGTERM when it ends."""
        process = subprocess.Popen(
            self._command("serve"),
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        bound = threading.Timer(60, process.kill)
        bound.start()
        try:
            _read_until(process.stdout, "Ctrl-C")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
            bound.cancel()
        assert process.returncode == 0

    def messages(self) -> list[dict[str, str]]:
        """What the inbox holds: recipient, unsubscribe link and body of each message."""
        found = []
        for file in sorted((self.folder / "var/inbox").glob("*.eml")):
            message = message_from_bytes(file.read_bytes(), policy=policy.default)
            html = message.get_body(("html",))
            assert html is not None
            found.append(
                {
                    "to": str(message["To"]),
                    "link": str(message["List-Unsubscribe"]).strip("<>"),
                    "auto": str(message["Auto-Submitted"]),
                    "html": html.get_content(),
                }
            )
        return found

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "digest", *arguments]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_from_articles_to_a_reader_who_leaves(machine: Machine) -> None:
    """Sent while `serve` runs; the link in the message unsubscribes with one POST, and the next edition skips them."""
    for name in ("ada", "ben"):
        machine.digest("subscribers", "add", f"{name}@example.org")
    with machine.serving():
        machine.digest("send", "tide")
        ada, ben = machine.messages()
        link = ada["link"]

        assert link in ada["html"]
        assert link != ben["link"]
        assert "Unsubscribe" in httpx.get(link).text
        answer = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
        assert answer.status_code == 200

        edition = json.loads(machine.digest("editions", "list", "--json").splitlines()[0])
        online = machine.digest("editions", "show", str(edition["id"]))
        address = next(line.split()[-1] for line in online.splitlines() if "Online:" in line)
        page = httpx.get(address)
        assert page.status_code == 200
        assert "Harbour reopens" in page.text
        assert "ada@example.org" not in page.text

        (machine.folder / "articles/1.txt").write_text(ARTICLE.replace("nine days", "ten days"))
        machine.digest("build", "tide", "--date", "2031-01-02")
        newest = json.loads(machine.digest("editions", "list", "--json").splitlines()[0])
        machine.digest("send", str(newest["id"]))

    assert [message["to"] for message in machine.messages()] == [
        "ada@example.org",
        "ben@example.org",
        "ben@example.org",
    ]


def test_the_sandbox_tells_what_became_of_messages(machine: Machine) -> None:
    """Who bounces or complains there is never mailed again, and the reports are listed as a vendor's are."""
    for name in ("ada", "deliver+ben", "bounce+cleo", "complain+dan"):
        machine.digest("subscribers", "add", f"{name}@example.org")
    with machine.serving() as process:
        machine.digest("send", "tide")
        with closing(sqlite3.connect(machine.folder / "var/digest.sqlite3")) as database:
            while process.poll() is None and database.execute("SELECT count(*) FROM events").fetchone() != (4,):
                pass
    events = [json.loads(line) for line in machine.digest("events", "--json").splitlines()]
    (machine.folder / "articles/1.txt").write_text(ARTICLE.replace("nine days", "ten days"))
    machine.digest("build", "tide", "--date", "2031-01-02")
    newest = json.loads(machine.digest("editions", "list", "--json").splitlines()[0])
    machine.digest("send", str(newest["id"]))

    assert sorted((event["kind"], event["address"].partition("@")[0]) for event in events) == [
        ("bounced", "bounce+cleo"),
        ("complained", "complain+dan"),
        ("delivered", "complain+dan"),
        ("delivered", "deliver+ben"),
    ]
    assert [message["to"].partition("@")[0] for message in machine.messages()[4:]] == ["ada", "deliver+ben"]


def test_sending_twice_is_refused(machine: Machine) -> None:
    """A finished edition is never sent again, and the command says so."""
    machine.digest("subscribers", "add", "ada@example.org")
    machine.digest("send", "tide")

    machine.digest("send", "tide", code=1)

    assert len(machine.messages()) == 1


def test_a_due_edition_goes_out_by_itself(tmp_path: Path) -> None:
    """A scheduled edition that fell due while nobody was awake is opened, approved and sent when `serve` starts."""
    machine = Machine(tmp_path, approval="automatic")
    config = machine.folder / "config.toml"
    machine.digest("subscribers", "add", "ada@example.org")
    machine.digest("build", "tide", "--date", "2020-01-01")
    with closing(sqlite3.connect(machine.folder / "var/digest.sqlite3")) as database:
        # As if the schedule had run before: one that is new begins with its next date.
        database.execute("UPDATE editions SET scheduled = 1, due_at = '2099-01-01 00:00:00.000000'")
        database.commit()
    config.write_text(
        config.read_text()
        + '\n[newsletter.tide.schedule]\ndays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\n'
        + 'at = "00:00"\nzone = "UTC"\ngrace = "1d"\n'
    )

    with machine.serving() as process:
        _read_until(process.stderr, "edition finished")

    (message,) = machine.messages()
    assert message["auto"] == "auto-generated"
    states = [json.loads(line)["state"] for line in machine.digest("editions", "list", "--json").splitlines()]
    assert states == ["finished", "draft"]


def _read_until(lines: IO[str] | None, words: str) -> None:
    """Read the process's output up to a line with these words; its end without them is a failure."""
    assert lines is not None
    if not any(words in line for line in lines):
        pytest.fail(f"the process ended without saying “{words}”")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
