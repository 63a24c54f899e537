"""A newcomer's first command: what it says, and what lies in the inbox afterwards."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

ONCE = (
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Id",
    "Message-ID",
    "Date",
    "Subject",
    "From",
    "To",
    "Reply-To",
)


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`digest demo --once` as a process of its own, in `folder`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    command = [sys.executable, "-m", "digest", "demo", "--once", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def inbox(folder: Path) -> list[EmailMessage]:
    files = sorted((folder / "var/demo/inbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One demo in an empty folder."""
    folder = tmp_path_factory.mktemp("newcomer")
    return folder, demo(folder)


def test_it_says_what_happened(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Exit code 0; the edition, the counts and where to look are named, and each error is explained."""
    _, done = finished

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for words in ("Edition 1", "12 planned", "12 accepted", "edition.html", "office-title-conflict", "Overridden"):
        assert words in done.stdout


def test_every_sample_reader_has_one_whole_message(
    finished: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Twelve readers, twelve messages; each with both parts and every header field once."""
    folder, _ = finished
    messages = inbox(folder)

    assert len(messages) == 12
    assert len({str(message["To"]) for message in messages}) == 12
    assert len({str(message["Message-ID"]) for message in messages}) == 12
    for message in messages:
        assert all(len(message.get_all(name, [])) == 1 for name in ONCE)
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "Auto-Submitted" not in message
        link = str(message["List-Unsubscribe"]).strip("<>")
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        assert html is not None
        assert text is not None
        address = str(message["To"]).rpartition("<")[2].rstrip(">")
        for body in (html.get_content(), text.get_content()):
            assert link in body
            assert address in body
            assert "4 Customs Quay" in body


def test_the_lead_has_its_picture(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Every message names one file, with words for who does not see it; the file is there."""
    folder, _ = finished
    shown = set()
    for message in inbox(folder):
        html = message.get_body(("html",))
        assert html is not None
        found = re.findall(r'<img[^>]*/media/([0-9a-f]{64}\.jpg)"[^>]* alt="([^"]*)"', html.get_content())
        shown.update(found)
        assert len(found) == 1
    ((name, words),) = shown
    assert words == "A low churchyard wall above a beach, with surf breaking close behind it"
    assert hashlib.sha256((folder / "var/demo/media" / name).read_bytes()).hexdigest() == name.removesuffix(".jpg")


def test_readers_links_are_their_own(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """No two readers have the same unsubscribe link."""
    folder, _ = finished
    links = {str(message["List-Unsubscribe"]) for message in inbox(folder)}

    assert len(links) == 12


def test_own_articles_are_sent(tmp_path: Path) -> None:
    """--articles takes another folder, and what cannot be read there is told and left out."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "1.txt").write_text(
        "Harbour reopens after nine days\n\n"
        "The harbour of Senn reopened on Tuesday after engineers cleared the last of the wreck from its channel.\n\n"
        "“We lifted four hundred tonnes in nine days, and nobody was hurt,” said Mara Lindt, the harbour master. "
        "Ferries will run again from Wednesday morning.\n"
    )
    (articles / "2.txt").write_bytes(b"\x00\x01\x02\x03")

    done = demo(tmp_path, "--articles", str(articles))

    assert done.returncode == 0, done.stderr
    assert "2.txt" in done.stdout
    assert {str(message["Subject"]) for message in inbox(tmp_path)} == {"Harbour reopens after nine days"}
    assert len(inbox(tmp_path)) == 12


def test_a_second_demo_starts_afresh(finished: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Run again, it delivers again, and nobody has two messages."""
    folder, _ = finished

    assert demo(folder).returncode == 0
    assert len(inbox(folder)) == 12
