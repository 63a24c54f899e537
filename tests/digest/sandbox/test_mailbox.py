"""The mailbox keeps what it receives, in order, within bounds."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import AlreadyRunning, NotFound, StorageError
from digest.sandbox.mailbox import Mailbox

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def mail(to: str = "maya@example.net", subject: str = "Good morning") -> bytes:
    """A minimal message."""
    return f"From: lens@example.com\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nBody of {to}\r\n".encode()


def test_what_was_received_is_there_after_a_restart(tmp_path: Path) -> None:
    """A new mailbox over the same folder shows the same messages, newest first."""
    with Mailbox(tmp_path, clock=lambda: NOW) as first:
        assert first.receive([mail(), mail("otto@example.net", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=")]) == [1, 2]
    again = Mailbox(tmp_path, clock=lambda: NOW)
    page = again.page()
    assert [(e.number, e.recipient, e.subject) for e in page.entries] == [
        (2, "otto@example.net", "Grüße"),
        (1, "maya@example.net", "Good morning"),
    ]
    assert page.entries[0].received_at == NOW
    assert page.entries[0].size == len(again.raw(2)) == (tmp_path / "00000002.eml").stat().st_size
    assert again.message(1).get_content() == "Body of maya@example.net\r\n"


def test_pages_and_filters(mailbox: Mailbox) -> None:
    """Filters look for parts of recipient and subject whatever their case, and count all that match."""
    mailbox.receive([mail(f"r{n}@example.net", f"Edition {n}") for n in range(1, 31)])
    assert [e.number for e in mailbox.page(start=28).entries] == [2, 1]
    assert mailbox.page(start=28).total == 30
    found = mailbox.page(recipient="R1", size=5)
    assert [e.number for e in found.entries] == [19, 18, 17, 16, 15]
    assert found.total == 11
    assert [e.number for e in mailbox.page(recipient="r1", text="EDITION 10").entries] == [10]
    assert mailbox.counts()["r7@example.net"] == 1


def test_the_oldest_make_room(tmp_path: Path) -> None:
    """No more than `keep` messages stay, and numbers go on."""
    with Mailbox(tmp_path, clock=lambda: NOW, keep=3) as box:
        box.receive([mail() for _ in range(5)])
        assert [e.number for e in box.page().entries] == [5, 4, 3]
        assert sorted(path.name for path in tmp_path.glob("*.eml")) == ["00000003.eml", "00000004.eml", "00000005.eml"]
        with pytest.raises(NotFound, match="no message 1"):
            box.raw(1)


def test_clear_deletes_every_file_and_no_number_returns(mailbox: Mailbox) -> None:
    """After clear() the folder holds no mail; the next message gets a number of its own."""
    mailbox.receive([mail(), mail()])
    assert mailbox.clear() == 2
    assert len(mailbox) == 0
    assert list(mailbox.folder.glob("*.eml")) == []
    assert mailbox.receive([mail()]) == [3]


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    """A second writer is told so, a reader is not disturbed, and a closed mailbox gives the folder back."""
    first, second = Mailbox(tmp_path, clock=lambda: NOW), Mailbox(tmp_path, clock=lambda: NOW)
    first.receive([mail()])
    with pytest.raises(AlreadyRunning, match="another process keeps its mail"):
        second.receive([mail()])
    assert len(Mailbox(tmp_path, clock=lambda: NOW)) == 1
    first.close()
    assert second.receive([mail()]) == [2]
    second.close()


def test_what_cannot_be_written_leaves_nothing_behind(mailbox: Mailbox) -> None:
    """When one message of several cannot be written, none is shown and no draft stays."""
    mailbox.receive([mail()])
    (mailbox.folder / "00000003.draft").mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        mailbox.receive([mail(), mail()])
    assert len(mailbox) == 1
    assert [path.name for path in mailbox.folder.glob("*.eml")] == ["00000001.eml"]
    assert [path.name for path in mailbox.folder.glob("*.draft")] == ["00000003.draft"]


def test_drafts_of_a_killed_process_are_swept(tmp_path: Path) -> None:
    """A half-written draft is never shown, and the next writer removes it."""
    (tmp_path / "00000001.draft").write_bytes(b"half")
    with Mailbox(tmp_path, clock=lambda: NOW) as box:
        assert len(box) == 0
        box.receive([mail()])
        assert not list(tmp_path.glob("*.draft"))
        assert b"Good morning" in box.raw(1)


def test_threads_share_a_mailbox(mailbox: Mailbox) -> None:
    """Messages received by several threads at once all get numbers of their own."""
    senders = [
        threading.Thread(target=lambda: [mailbox.receive([mail(), mail()]) for _ in range(10)]) for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(int(path.stem) for path in mailbox.folder.glob("*.eml")) == list(range(1, 81))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"Received: nonsense; yesterday\r\nTo: \xff\xfe\r\nSubject: =?nope?q?x?= =?utf-8?b?!!!?=\r\n\r\n",
        b"Subject: =?utf-8?q?\xed=A0=80?=\r\nTo: a@b, c@d\r\n\r\n",
    ],
)
def test_a_file_that_somebody_else_put_there_does_no_harm(tmp_path: Path, content: bytes) -> None:
    """The list shows a broken file as well as it can and never fails."""
    (tmp_path / "00000001.eml").write_bytes(content)
    (tmp_path / "notes.eml").write_bytes(content)
    entries = Mailbox(tmp_path, clock=lambda: NOW).page(text="").entries
    assert [entry.number for entry in entries] == [1]


def test_a_file_deleted_by_hand_is_skipped(mailbox: Mailbox) -> None:
    """A message whose file is gone is neither listed nor an error."""
    mailbox.receive([mail(), mail()])
    (mailbox.folder / "00000001.eml").unlink()
    assert [entry.number for entry in mailbox.page().entries] == [2]
    with pytest.raises(NotFound):
        mailbox.entry(1)
