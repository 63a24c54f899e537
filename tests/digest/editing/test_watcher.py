"""A real folder that is watched, and what the log then says."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from digest.editing.watcher import Watcher
from digest.settings import Newsletter, Settings, Source

PATIENCE = 30.0
"""Seconds, far more than any of this takes; nothing is judged by how long it took."""
GOOD = """\
---
byline: Ida Marr
published_at: 2026-11-23
url: https://ledger.example/salt
publisher: The Harbour Ledger
---
# Salt works reopen

The council of Maravik voted on Monday to reopen the salt works, which closed nine years ago.

“We have waited long enough for this,” said Ines Calloway, the mayor of Maravik.
"""
WRONG = GOOD.replace("# Salt works reopen", "# Mayor: “Nobody ever said these words here”")
"""Its headline quotes what the body does not have."""


class Heard:
    """What was logged, and a way to wait for more."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._more = threading.Condition()

    def __call__(self, logger: Any, method: str, event: Any) -> Any:
        with self._more:
            self.events.append(dict(event))
            self._more.notify_all()
        raise structlog.DropEvent

    def of(self, file: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("file") == file]

    def said(self, file: str) -> list[tuple[str, str]]:
        return [(event["event"], event.get("newsletter", "")) for event in self.of(file)]

    def wait(self, there: Callable[[], object], seconds: float) -> bool:
        with self._more:
            return bool(self._more.wait_for(there, seconds))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The log of this test alone."""
    listening = Heard()
    structlog.configure(processors=[listening], wrapper_class=structlog.make_filtering_bound_logger("info"))
    yield listening
    structlog.reset_defaults()


def newsletter(**changes: Any) -> Newsletter:
    table = {
        "title": "The Morning Tide",
        "from_name": "The Morning Tide",
        "from_address": "tide@news.example.org",
        "list_id": "morning.news.example.org",
        "postal_address": "4 Customs Quay",
        "sources": ["desk"],
    }
    return Newsletter(**(table | changes))


def first(heard: Heard, file: Path, data: bytes) -> dict[str, Any]:
    """What is said of a file that is written until somebody speaks, for it takes a moment until a folder is watched."""
    for _ in range(int(PATIENCE)):
        file.write_bytes(data)
        if heard.wait(lambda: heard.of(file.name), 1.0):
            return heard.of(file.name)[0]
    pytest.fail(f"nobody spoke of {file.name}; heard: {heard.events}")


def test_an_editor_hears_of_what_arrives(tmp_path: Path, heard: Heard) -> None:
    """Why a file cannot be read, which error it has for which newsletter, and that it is mended."""
    folder = tmp_path / "in"
    folder.mkdir()
    tables = {
        "source": {"desk": Source(kind="folder", path=Path("in"))},
        "newsletter": {
            "morning": newsletter(),
            "relaxed": newsletter(checks={"quote-not-in-body": "warning"}),
            "other": newsletter(sources=["elsewhere"]),
        },
    }
    with Watcher(Settings(root=tmp_path, **tables)):
        unread = first(heard, folder / "photo.txt", b"GIF89a\x00\x01")
        assert (unread["event"], unread["source"]) == ("article cannot be read", "desk")
        assert "binary file" in unread["reason"]
        (folder / "notes.pdf").write_text("Not an article.")
        (folder / ".hidden.txt").write_text("Not an article.")
        (folder / "salt.md").write_text(WRONG)
        assert heard.wait(lambda: len(heard.of("salt.md")) >= 2, PATIENCE)
        strict, relaxed = heard.of("salt.md")[:2]
        assert (strict["event"], strict["newsletter"]) == ("article has an error", "morning")
        assert strict["code"] == "quote-not-in-body"
        assert "Nobody ever said these words here" in strict["reason"]
        assert (relaxed["event"], relaxed["newsletter"]) == ("article has no error", "relaxed")
        (folder / "salt.md").write_text(GOOD)
        assert heard.wait(lambda: ("article has no error", "morning") in heard.said("salt.md"), PATIENCE)
    assert {event["file"] for event in heard.events} == {"photo.txt", "salt.md"}
    assert "watcher" not in {thread.name for thread in threading.enumerate()}


def test_a_file_name_that_is_not_utf_8_does_not_end_the_watch(tmp_path: Path, heard: Heard) -> None:
    """It is told with the advice to rename the file, and what arrives later is heard."""
    with Watcher(Settings(root=tmp_path, source={"desk": Source(kind="folder", path=Path())})):
        first(heard, tmp_path / "one.txt", b"\x00")
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Headline\n\nBody.")
        assert heard.wait(lambda: any(event["event"] == "file name is not UTF-8" for event in heard.events), PATIENCE)
        first(heard, tmp_path / "two.txt", b"\x00")
    (told,) = {event["reason"] for event in heard.events if event["event"] == "file name is not UTF-8"}
    assert r"caf\xE9.txt" in told
    assert "rename the file" in told


def test_folders_that_are_not_watched(tmp_path: Path, heard: Heard) -> None:
    """One that is not to be is left alone; one that is not there is named, and the others are watched."""
    for name in ("aside", "desk"):
        (tmp_path / name).mkdir()
    sources = {
        "aside": Source(kind="folder", path=Path("aside"), watch=False),
        "desk": Source(kind="folder", path=Path("desk")),
        "gone": Source(kind="folder", path=Path("gone")),
        "newsroom": Source(kind="push"),
    }
    with Watcher(Settings(root=tmp_path, source=sources)):
        first(heard, tmp_path / "desk" / "one.txt", b"\x00")
        (tmp_path / "aside" / "unheard.txt").write_bytes(b"\x00")
        (tmp_path / "desk" / "two.txt").write_bytes(b"\x00")
        assert heard.wait(lambda: heard.of("two.txt"), PATIENCE)
    assert heard.events[0]["event"] == "folder not watched"
    assert heard.events[0]["source"] == "gone"
    assert {event["file"] for event in heard.events[1:]} == {"one.txt", "two.txt"}


def test_without_folders(heard: Heard) -> None:
    """An installation that has none is watched all the same, and nothing is said."""
    with Watcher(Settings()):
        pass
    assert heard.events == []
