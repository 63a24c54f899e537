"""A real folder that is watched, and what the log then says."""

from __future__ import annotations

import os
import shutil
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

    def gone(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == "folder not watched"]

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
        (tmp_path / "two.txt").write_bytes(b"\x00")
        assert heard.wait(lambda: heard.of(r"caf\xe9.txt") and heard.of("two.txt"), PATIENCE)
        first(heard, tmp_path / "three.txt", b"\x00")
    (told,) = heard.of(r"caf\xe9.txt")
    assert told["event"] == "article cannot be read"
    assert "rename the file" in told["reason"]


def test_a_folder_that_is_deleted_and_made_again(tmp_path: Path, heard: Heard) -> None:
    """It is told while it is gone; what stands in it when it comes back is read, and so is what arrives then."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "old.txt").write_bytes(b"\x00")
    with Watcher(Settings(root=tmp_path, source={"desk": Source(kind="folder", path=Path("in"))})):
        first(heard, folder / "one.txt", b"\x00")
        assert heard.of("old.txt") == [], "what was there before the watch is no news"
        for round_ in range(2):
            shutil.rmtree(folder)
            assert heard.wait(lambda before=round_: len(heard.gone()) > before, PATIENCE)
            (tmp_path / "new").mkdir()
            name = f"two{round_}.txt"
            (tmp_path / "new" / name).write_bytes(b"\x00")
            (tmp_path / "new").rename(folder)
            assert heard.wait(lambda arrived=name: heard.of(arrived), PATIENCE)
            first(heard, folder / f"three{round_}.txt", b"\x00")
    assert len(heard.gone()) == 2, "each time once"
    assert str(folder) in heard.gone()[0]["reason"]


def test_a_folder_that_is_replaced_at_once(tmp_path: Path, heard: Heard) -> None:
    """Nobody has seen it gone, and the system tells nothing of the new one: its files are found all the same."""
    folder, new = tmp_path / "in", tmp_path / "new"
    folder.mkdir()
    new.mkdir()
    with Watcher(Settings(root=tmp_path, source={"desk": Source(kind="folder", path=Path("in"))})):
        first(heard, folder / "one.txt", b"\x00")
        folder.rename(tmp_path / "aside")
        new.rename(folder)
        (folder / "two.txt").write_bytes(b"\x00")
        assert heard.wait(lambda: heard.of("two.txt"), PATIENCE)
    assert len(heard.of("two.txt")) == 1


def test_a_folder_that_is_made_later(tmp_path: Path, heard: Heard) -> None:
    """The only one there is to watch: it is named, and watched once it is there."""
    with Watcher(Settings(root=tmp_path, source={"desk": Source(kind="folder", path=Path("in"))})):
        assert heard.wait(heard.gone, PATIENCE)
        (tmp_path / "in").mkdir()
        first(heard, tmp_path / "in" / "one.txt", b"\x00")
    assert len(heard.gone()) == 1


def test_a_link_that_leads_nowhere(tmp_path: Path, heard: Heard) -> None:
    """It is told once, and again when it leads to something."""
    folder = tmp_path / "in"
    folder.mkdir()
    with Watcher(Settings(root=tmp_path, source={"desk": Source(kind="folder", path=Path("in"))})):
        first(heard, folder / "one.txt", b"\x00")
        (folder / "salt.txt").symlink_to(folder / ".draft")
        assert heard.wait(lambda: heard.of("salt.txt"), PATIENCE)
        assert "no such file" in heard.of("salt.txt")[0]["reason"]
        (folder / ".draft").write_bytes(b"\x00")
        assert heard.wait(lambda: len(heard.of("salt.txt")) == 2, PATIENCE)
        assert "binary" in heard.of("salt.txt")[1]["reason"]


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
    assert [event["source"] for event in heard.gone()] == ["gone"]
    assert {event["file"] for event in heard.events if "file" in event} == {"one.txt", "two.txt"}


def test_without_folders(heard: Heard) -> None:
    """An installation that has none is watched all the same, and nothing is said."""
    with Watcher(Settings()):
        pass
    assert heard.events == []
