"""Files by hash: kept once, whole, read by nothing but their name, and swept only when nobody shows them."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import StorageError
from digest.storage.media import Media

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_a_file_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    """Kept again, it is one file with the same name and nothing beside it."""
    media = Media(tmp_path / "deep" / "media")
    name = media.keep(b"pixels", "jpg")
    assert name == hashlib.sha256(b"pixels").hexdigest() + ".jpg"
    assert media.keep(b"pixels", "jpg") == name
    assert [path.name for path in media.folder.iterdir()] == [name]
    assert (media.folder / name).stat().st_mode & 0o777 == 0o644
    assert media.read(name) == b"pixels"


@pytest.mark.parametrize(
    "name",
    [
        "../digest.sqlite3",
        "..%2fdigest.sqlite3",
        "/etc/passwd",
        "a" * 64 + ".gif",
        "a" * 64 + ".jpg\n",
        "A" * 64 + ".jpg",
        "a" * 63 + "/.jpg",
        "a" * 64,
        "",
        "\0",
    ],
)
def test_no_other_name_reads_anything(tmp_path: Path, name: str) -> None:
    """A name is sixty-four digits and one of two endings; whatever else it tries, there is no such file."""
    media = Media(tmp_path / "media")
    media.keep(b"pixels", "png")
    (tmp_path / "digest.sqlite3").write_text("secret")
    assert media.read(name) is None
    assert not media.has(name)


def test_many_at_once_keep_one_whole_file(tmp_path: Path) -> None:
    """Processes that keep the same picture never see half of it."""
    media = Media(tmp_path)
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(media.keep(b"x" * 300_000, "png"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 1
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [300_000]


def test_sweeping_spares_what_is_shown_or_new(tmp_path: Path) -> None:
    """Old and shown by no edition: gone. Shown, asked for lately, or not ours: it stays."""
    media = Media(tmp_path)
    old = (NOW - timedelta(days=40)).timestamp()
    shown, forgotten, asked = (media.keep(text, "jpg") for text in (b"shown", b"forgotten", b"asked"))
    (tmp_path / "half.draft").write_bytes(b"left by a crash")
    (tmp_path / "README").write_text("an operator's")
    for path in tmp_path.iterdir():
        os.utime(path, (old, old))
    assert media.has(asked)

    assert media.sweep({shown}, before=NOW - timedelta(days=30)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["README", shown, asked])
    assert media.read(forgotten) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The sentence names the folder."""
    (tmp_path / "media").write_text("a file, not a folder")
    with pytest.raises(StorageError, match="media: a picture cannot be kept"):
        Media(tmp_path / "media").keep(b"x", "jpg")


def test_a_file_of_another_user_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is read-only, or a web server with a user of its own, still shows what was kept."""
    media = Media(tmp_path)
    name = media.keep(b"pixels", "png")

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(os, "utime", refuse)
    assert media.has(name)
    assert not media.has("0" * 64 + ".png")
    assert media.keep(b"pixels", "png") == name


def test_what_is_asked_for_while_it_is_swept_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that finds a forgotten file in the moment when another process removes it has it afterwards."""
    media = Media(tmp_path)
    name = media.keep(b"pixels", "png")
    old = (NOW - timedelta(days=40)).timestamp()
    os.utime(tmp_path / name, (old, old))
    looked, rename = [], Path.rename

    def between(path: Path, target: Path) -> Path:
        if path.name == name:
            looked.append(media.has(name))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", between)
    assert media.sweep(set(), before=NOW - timedelta(days=30)) == 0
    assert looked == [True]
    assert media.read(name) == b"pixels"
    assert [path.name for path in tmp_path.iterdir()] == [name]
