"""A CSV file of any origin, read record by record in constant memory.

Takes what spreadsheets and other services write: comma, semicolon, tab or bar; UTF-8 with
or without a mark, UTF-16 with one, and single lines of Windows-1252; any line ending. A line that
cannot be read becomes a record with a fault and never takes its neighbours with it.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from subscribers.errors import ImportRefused

LINE_LENGTH = 20_000
"""Longest line, in characters. Real rolls stay under 2,000."""
QUOTED_LINES = 20
"""Most lines that one quoted cell may span; a quote open for longer was never closed."""

_DELIMITERS = ",;\t|"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Record(NamedTuple):
    """A row of the sheet, or what stands in its place."""

    line: int
    """Number of its first line in the file, from 1."""
    cells: list[str]
    fault: str = ""
    """Why the row cannot be read, and what to do; empty for a good one."""


class _Line(NamedTuple):
    number: int
    text: str
    fault: str = ""


class Sheet:
    """An open file. `is_header` tells a heading row; the delimiter is the one that makes it one.

    Raises ImportRefused when the file cannot be opened or its first row is no heading row.
    """

    header: list[str]
    legacy_lines = 0
    """Lines read so far that were not UTF-8 and were taken for Windows-1252."""

    def __init__(self, path: Path, is_header: Callable[[list[str]], bool]) -> None:
        self.path = path
        self._number = 0
        self._waiting: deque[_Line] = deque()
        try:
            self.size = path.stat().st_size
            self._bytes = path.open("rb")
        except OSError as error:
            raise ImportRefused(f"{path} cannot be read: {error.strerror}") from None
        try:
            self._file = _text(self._bytes, path)
            self._delimiter, self.header = self._headings(is_header)
        except BaseException:
            self._bytes.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def fraction(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return min(1.0, self._bytes.tell() / self.size) if self.size else 1.0

    def __iter__(self) -> Iterator[Record]:
        """The rows below the heading, without blank ones."""
        while line := self._next():
            if line.fault:
                yield Record(line.number, [line.text], line.fault)
            elif '"' in line.text:
                yield self._quoted(line)
            elif line.text.strip(self._delimiter + " \t\r\n"):
                yield Record(line.number, line.text.rstrip("\r\n").split(self._delimiter))

    def _headings(self, is_header: Callable[[list[str]], bool]) -> tuple[str, list[str]]:
        first = self._next()
        while first and not first.fault and (not first.text.strip() or first.text.lower().startswith("sep=")):
            first = self._next()
        if first is None:
            raise ImportRefused(f"{self.path} is empty; expected a heading row such as email,name and rows below it")
        best: tuple[str, list[str]] | None = None
        for delimiter in _DELIMITERS:
            cells = next(csv.reader([first.text], delimiter=delimiter))
            if is_header(cells) and (best is None or len(cells) > len(best[1])):
                best = delimiter, cells
        if best is None or first.fault:
            raise ImportRefused(
                f"{self.path}, line {first.number}: expected a heading row that names an e-mail column, "
                f"such as email,name; found “{_shown(first.text)}”. Put such a row on top."
            )
        return best

    def _quoted(self, first: _Line) -> Record:
        """The record that starts on a line with quotes, which may go on below."""
        taken: list[_Line] = []

        def feed() -> Iterator[str]:
            line: _Line | None = first
            while line and not line.fault and len(taken) < QUOTED_LINES:
                taken.append(line)
                yield line.text
                line = self._next()
            if line:
                self._waiting.appendleft(line)

        try:
            return Record(first.number, next(csv.reader(feed(), delimiter=self._delimiter, strict=True)))
        except csv.Error:
            self._waiting.extendleft(reversed(taken[1:]))
            text = first.text.rstrip("\r\n")
            return Record(first.number, [text], 'a quote " is not closed or stands alone; write it twice or remove it')

    def _next(self) -> _Line | None:
        if self._waiting:
            return self._waiting.popleft()
        text = self._file.readline(LINE_LENGTH)
        if not text:
            return None
        self._number += 1
        if len(text) == LINE_LENGTH and text[-1] not in "\r\n":
            while (rest := self._file.readline(LINE_LENGTH)) and rest[-1] not in "\r\n":
                pass
            return _Line(self._number, text[:200] + "…", f"the line has more than {LINE_LENGTH} characters; cut it")
        return _Line(self._number, text) if text.isascii() else self._decoded(text)

    def _decoded(self, text: str) -> _Line:
        """The line with the bytes that are not UTF-8, if there are any, taken for Windows-1252."""
        try:
            text.encode()
        except UnicodeEncodeError:
            try:
                text = text.encode("utf-8", "surrogateescape").decode("cp1252")
            except UnicodeDecodeError:
                return _Line(self._number, text, "the line is neither UTF-8 nor Windows-1252; save the file as UTF-8")
            self.legacy_lines += 1
        return _Line(self._number, text)


def _shown(text: str) -> str:
    """The start of a line, for a message; what cannot be printed, as in a picture or a program, is one mark each."""
    return "".join(c if c.isprintable() else "�" for c in text.strip()[:40])


def _text(file: io.BufferedReader, path: Path) -> io.TextIOWrapper:
    start = file.peek(4)[:4]
    if start.startswith(b"PK\x03\x04"):
        raise ImportRefused(f"{path} is a spreadsheet or archive, not text; save it as CSV (UTF-8) and import that")
    if start.startswith(_UTF16_MARKS):
        return io.TextIOWrapper(file, encoding="utf-16", errors="replace", newline="")
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
