"""On which line of a TOML text each key stands, for messages that lead a person to it."""

from __future__ import annotations

import re
import tomllib

Key = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and indices of lists, as `tomllib` nests them."""

_SEGMENT = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_KEY = re.compile(rf"{_SEGMENT}(?:[ \t]*\.[ \t]*{_SEGMENT})*")
_BLANK = re.compile(r"(?:[ \t\n]|\#[^\n]*)*")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_SCALAR = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|[^\[\]{},\#\n]+''',
    re.DOTALL,
)


def key_lines(text: str) -> dict[Key, int]:
    """The line, from 1, on which each table and key of `text` is first named.

    `text` is valid TOML; what `tomllib` refuses must not be given. Elements of lists have lines too.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return scan.lines


class _Scan:
    """One walk through a document. Each method takes a position and returns the one after what it read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: dict[Key, int] = {}
        self.lengths: dict[Key, int] = {}
        """How many `[[tables]]` of each name were seen."""

    def document(self) -> None:
        table: Key = ()
        at = self.blank(0)
        while at < len(self.text):
            if self.text[at] == "[":
                table, at = self.header(at)
            else:
                at = self.pair(table, at)
            at = self.blank(at)

    def header(self, at: int) -> tuple[Key, int]:
        """`[a.b]`, or `[[a.b]]`, which begins the next table of a list."""
        many = self.text.startswith("[[", at)
        names, end = self.key(self.blank(at + (2 if many else 1)))
        path: Key = ()
        for depth, name in enumerate(names):
            path = (*path, name)
            self.name(path, at)
            if many and depth == len(names) - 1:
                self.lengths[path] = self.lengths.get(path, 0) + 1
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
                self.name(path, at)
        return path, self.text.index("]", end) + (2 if many else 1)

    def pair(self, table: Key, at: int) -> int:
        names, end = self.key(at)
        path = table
        for name in names:
            path = (*path, name)
            self.name(path, at)
        return self.value(path, self.match(_EQUALS, end))

    def value(self, path: Key, at: int) -> int:
        opening = self.text[at]
        if opening not in "[{":
            return self.match(_SCALAR, at)
        index = 0
        at = self.blank(at + 1)
        while self.text[at] not in "]}":
            if opening == "{":
                at = self.pair(path, at)
            else:
                self.name((*path, index), at)
                at = self.value((*path, index), at)
                index += 1
            at = self.blank(at)
            if self.text[at] == ",":
                at = self.blank(at + 1)
        return at + 1

    def key(self, at: int) -> tuple[list[str], int]:
        """The names of a dotted key, unquoted."""
        end = self.match(_KEY, at)
        names = []
        nested = tomllib.loads(f"{self.text[at:end]} = 0")
        while isinstance(nested, dict):
            ((name, nested),) = nested.items()
            names.append(name)
        return names, end

    def name(self, path: Key, at: int) -> None:
        if path not in self.lines:
            self.lines[path] = self.text.count("\n", 0, at) + 1

    def blank(self, at: int) -> int:
        return self.match(_BLANK, at)

    def match(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self.text, at)
        if found is None:
            raise ValueError(f"not TOML at character {at}")
        return found.end()
