"""The sandbox's mailbox: each message it took is one RFC 5322 file in a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple, Self

from digest.clock import Clock
from digest.errors import AlreadyRunning, NotFound, StorageError

HOST = "sandbox.invalid"
"""The name that the sandbox gives itself in trace fields and ids; RFC 2606 keeps it from ever being real."""


_headers = BytesParser(policy=policy.compat32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the inbox."""

    number: int
    """From 1, in the order of arrival."""
    received_at: datetime
    recipient: str
    """The bare address of To."""
    sender: str
    subject: str
    size: int
    """Bytes of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A stretch of the inbox, newest first."""

    entries: tuple[Entry, ...]
    total: int
    """Messages that match, on this page or not."""


class Neighbours(NamedTuple):
    """The messages that came just before and just after one."""

    older: int | None
    newer: int | None


class Mailbox:
    """The messages in `folder`, at most `keep` of them: the oldest make room.

    What `receive` returned survives the death of the process, not a power cut: files are renamed
    into place whole, without fsync. Any number of mailboxes may read a folder as they found it;
    the first to write locks it for itself. Safe to use from several threads.
    """

    def __init__(self, folder: Path, *, clock: Clock, keep: int = 10_000) -> None:
        self.folder = folder
        self._clock = clock
        self._keep = keep
        self._guard = threading.Lock()
        self._lock: int | None = None
        self._entries: dict[int, Entry | None] = {}
        self._last = 0
        self._scan()

    def receive(self, messages: Sequence[bytes]) -> list[int]:
        """Stores RFC 5322 messages with a Received field of their own on top; their numbers.

        All are written before the first is shown, so that a full disk leaves none of them behind.
        Raises `StorageError` when they cannot be written, `AlreadyRunning` when another process
        writes to the folder.
        """
        with self._guard:
            self._take_over()
            trace = f"Received: by {HOST} with HTTP; {format_datetime(self._clock())}\r\n".encode()
            numbers = list(range(self._last + 1, self._last + 1 + len(messages)))
            try:
                for number, message in zip(numbers, messages, strict=True):
                    self._draft(number).write_bytes(trace + message)
                for number in numbers:
                    self._draft(number).replace(self._path(number))
                    self._entries[number] = None
                    self._last = number
            except OSError as failure:
                for number in numbers:
                    with contextlib.suppress(OSError):
                        self._draft(number).unlink(missing_ok=True)
                raise StorageError(
                    f"the sandbox cannot write to {self.folder}: {failure.strerror or failure}; "
                    "free some space or empty the inbox"
                ) from failure
            for number in list(islice(self._entries, max(0, len(self._entries) - self._keep))):
                self._path(number).unlink(missing_ok=True)
                del self._entries[number]
            return numbers

    def clear(self) -> int:
        """Deletes every message; how many there were. While this mailbox lives, no other gets their numbers."""
        with self._guard:
            self._take_over()
            gone = len(self._entries)
            for number in self._entries:
                self._path(number).unlink(missing_ok=True)
            self._entries.clear()
            return gone

    def page(self, *, recipient: str = "", text: str = "", start: int = 0, size: int = 50) -> Page:
        """Messages whose To address holds `recipient` and whose subject holds `text`, whatever their case.

        `start` messages are skipped. Without a filter only the headers on the page are read.
        """
        with self._guard:
            if not recipient and not text:
                numbers = islice(reversed(self._entries), start, start + size)
                entries = tuple(entry for number in numbers if (entry := self._entry(number)))
                return Page(entries=entries, total=len(self._entries))
            recipient, text = recipient.casefold(), text.casefold()
            matching = [
                entry
                for entry in self._newest_first()
                if recipient in entry.recipient.casefold() and text in entry.subject.casefold()
            ]
            return Page(entries=tuple(matching[start : start + size]), total=len(matching))

    def counts(self) -> Counter[str]:
        """How many messages each To address has."""
        with self._guard:
            return Counter(entry.recipient for entry in self._newest_first())

    def entry(self, number: int) -> Entry:
        """The line of one message; raises `NotFound`."""
        with self._guard:
            entry = self._entry(number) if number in self._entries else None
        if entry is None:
            raise self._missing(number)
        return entry

    def neighbours(self, number: int) -> Neighbours:
        """The numbers beside `number`, whether or not it is there itself."""
        with self._guard:
            numbers = list(self._entries)
        return Neighbours(
            older=next(reversed(numbers[: bisect_left(numbers, number)]), None),
            newer=next(iter(numbers[bisect_right(numbers, number) :]), None),
        )

    def raw(self, number: int) -> bytes:
        """The file of one message; raises `NotFound`."""
        try:
            return self._path(number).read_bytes()
        except OSError as failure:
            raise self._missing(number) from failure

    def message(self, number: int) -> EmailMessage:
        """One message, parsed; raises `NotFound`."""
        return BytesParser(policy=policy.default).parsebytes(self.raw(number))

    @property
    def newest(self) -> int:
        """The number given last, 0 for an empty mailbox; waits for nobody."""
        return self._last if self._entries else 0

    def __len__(self) -> int:
        return len(self._entries)

    def close(self) -> None:
        """Lets another process write to the folder."""
        with self._guard:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_over(self) -> None:
        """Locks the folder for this mailbox; what another one wrote in the meantime is counted first."""
        if self._lock is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as failure:
            raise StorageError(
                f"the sandbox cannot use {self.folder}: {failure.strerror or failure}; give it a folder it may write to"
            ) from failure
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as refusal:
            os.close(lock)
            raise AlreadyRunning(
                f"another process keeps its mail in {self.folder}; stop it or choose another folder"
            ) from refusal
        self._lock = lock
        for draft in self.folder.glob("*.draft"):
            draft.unlink(missing_ok=True)
        self._scan()

    def _scan(self) -> None:
        found = sorted(int(path.stem) for path in self.folder.glob("*.eml") if path.stem.isdecimal())
        self._entries = {number: self._entries.get(number) for number in found}
        self._last = max(self._last, *found[-1:], 0)

    def _newest_first(self) -> Iterator[Entry]:
        return (entry for number in reversed(self._entries) if (entry := self._entry(number)))

    def _entry(self, number: int) -> Entry | None:
        """The line of a message, read once; None when its file is gone."""
        known = self._entries[number]
        if known is None:
            with contextlib.suppress(FileNotFoundError):
                known = self._entries[number] = _read_entry(number, self._path(number))
        return known

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08}.eml"

    def _draft(self, number: int) -> Path:
        return self.folder / f"{number:08}.draft"

    def _missing(self, number: int) -> NotFound:
        return NotFound(f"the sandbox has no message {number}; it may have been deleted or made room for newer ones")


def _read_entry(number: int, path: Path) -> Entry:
    with path.open("rb") as file:
        # compat32 parses lazily: ten times as fast as the default policy, for an inbox of thousands
        lines: Iterator[bytes] = takewhile(bytes.strip, file)
        head = _headers.parsebytes(b"".join(lines), headersonly=True)
        status = os.fstat(file.fileno())
    try:
        received_at = parsedate_to_datetime(str(head["Received"]).rpartition(";")[2]).astimezone(UTC)
    except ValueError:  # a file that somebody else put there
        received_at = datetime.fromtimestamp(status.st_mtime, UTC)
    return Entry(
        number=number,
        received_at=received_at,
        recipient=parseaddr(str(head.get("To", "")))[1],
        sender=_decoded(str(head.get("From", ""))),
        subject=_decoded(str(head.get("Subject", ""))),
        size=status.st_size,
    )


def _decoded(value: str) -> str:
    """A header value with its RFC 2047 words read; as it stands when they are broken."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value
