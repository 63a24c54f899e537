"""Cut marks: they stand around every section and before every item while an edition is rendered, and leave no trace.

A template writes `{{ cut.NAME }}` where a section begins, `{{ story.cut }}` before each item, `{{ cut.rest }}` after
the last one if anything follows that belongs to the section, and `{{ cut.end }}` at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from markupsafe import Markup

from digest.errors import RenderError
from digest.rendering.layout import SUMMARY, Layout


class Item(NamedTuple):
    """A story in a section, with as many takes and quotes as it shows there."""

    section: str
    position: int
    takes: int
    quotes: int


class Piece(NamedTuple):
    """A section as it was rendered."""

    section: str
    opening: str
    items: dict[Item, str]
    closing: str


class Cuts:
    """The marks of one build, in HTML or in text."""

    def __init__(self, nonce: str, layout: Layout, *, html: bool) -> None:
        self._nonce = nonce
        self._html = html
        self._sections = [*(section.name for section in layout.sections), *([SUMMARY] if layout.summary else [])]
        self._means: list[str | Item] = []
        self.words: dict[str, str] = {name: self._mark(name) for name in (*self._sections, "rest", "end")}
        """The value `cut` of a template."""
        self.words.setdefault(SUMMARY, "")
        self._pattern = re.compile(f"<!--cut{nonce}x([0-9]{{5}})-->" if html else f"cut{nonce}x([0-9]{{5}})")

    def item(self, item: Item) -> str:
        """The mark before an item."""
        return self._mark(item)

    def _mark(self, means: str | Item) -> str:
        word = f"cut{self._nonce}x{len(self._means):05d}"
        self._means.append(means)
        return Markup(f"<!--{word}-->") if self._html else word  # noqa: S704 - letters and digits

    def count(self, text: str) -> int:
        """How many marks stand in a text."""
        return len(self._pattern.findall(text))

    def cut(self, text: str, path: str) -> list[str | Piece]:
        """The text in what every message has and its sections; `path` of the template, for messages.

        Raises RenderError unless each section is there once, with each of its items once, in their order.
        """
        pieces = self._pattern.split(text)
        marks = [self._means[int(number)] for number in pieces[1::2]]
        found = _Reading(path, [mark for mark in self._means if isinstance(mark, Item)])
        parts = list(found.parts(pieces[::2], marks))
        for name in self._sections:
            if name not in found.sections:
                raise RenderError(
                    f"{path} has no {{{{ cut.{name} }}}}; write it where the section {name!r} of the layout begins, "
                    "and {{ cut.end }} where it ends"
                )
        return parts


class _Reading:
    """Marks, held to their order."""

    def __init__(self, path: str, items: list[Item]) -> None:
        self._path = path
        self._items = items
        self.sections: set[str] = set()

    def parts(self, texts: list[str], marks: list[str | Item]) -> Iterator[str | Piece]:
        yield texts[0]
        at = 0
        while at < len(marks):
            name = marks[at]
            if isinstance(name, Item):
                raise self._wrong(
                    name.section, f"an item stands outside of it; begin it with {{{{ cut.{name.section} }}}}"
                )
            if name in ("rest", "end"):
                raise RenderError(f"{self._path}: a {{{{ cut.{name} }}}} stands outside of every section")
            if name in self.sections:
                raise self._wrong(name, "it begins twice")
            self.sections.add(name)
            last = next((to for to in range(at + 1, len(marks)) if not isinstance(marks[to], Item)), len(marks))
            items = [mark for mark in marks[at + 1 : last] if isinstance(mark, Item)]
            self._check(name, items)
            opening, bodies, closing = texts[at + 1], texts[at + 2 : last + 1], ""
            if last < len(marks) and marks[last] == "rest":
                closing, last = texts[last + 1], last + 1
            if last >= len(marks) or marks[last] != "end":
                raise self._wrong(name, "another one begins, or the template ends, before its {{ cut.end }}")
            yield Piece(name, opening, dict(zip(items, bodies, strict=True)), closing)
            yield texts[last + 1]
            at = last + 1

    def _check(self, name: str, items: list[Item]) -> None:
        expected = [item for item in self._items if item.section == name]
        if items == expected:
            return
        strange = next((item for item in items if item.section != name), None)
        if strange is not None:
            raise self._wrong(name, f"an item of {strange.section!r} stands in it")
        if len(items) < len(expected):
            raise self._wrong(
                name, "an item is not marked; write {{ story.cut }} first in its loop, over the whole list"
            )
        raise self._wrong(
            name, "its items are doubled or out of order; loop over it once, and leave the order as it is"
        )

    def _wrong(self, section: str, what: str) -> RenderError:
        return RenderError(f"{self._path}, section {section!r}: {what}")
