"""Ready text, the slots between its pieces, and the sections that a selection joins from ready items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Literal, NamedTuple

from digest.errors import RenderError
from digest.message.selection import PREHEADER_LENGTH, SUBJECT_LENGTH, Chosen

Context = Literal["html", "element", "attribute", "text", "header"]
"""Where a value stands: anywhere in HTML; between tags, or in a quoted attribute, of a document that an inliner
wrote, escaped as the inliner escapes; in plain text; in a header field."""

LONGEST: Mapping[str, int] = {
    "sent_to": 254 + 200,
    "unsubscribe_url": 512,
    "confirm_url": 512,
    "rejoin_url": 512,
    "subject": SUBJECT_LENGTH * 6,
    "preheader": PREHEADER_LENGTH * 6,
    "minutes": 60,
}
"""Bytes that a slot may take once it is filled, for the size budget. 254 is the longest address that
SMTP can carry (RFC 5321 4.5.3.1.3 less the angle brackets); six are a quotation mark, escaped, which is
longer than any character; the rest are our own longest phrases."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _html(value: str) -> str:
    return escape(_text(value), quote=True)


def _element(value: str) -> str:
    return escape(_text(value), quote=False)


def _attribute(value: str) -> str:
    return _element(value).replace('"', "&quot;")


def _text(value: str) -> str:
    # Nothing that `_CONTROL` finds is printable, and asking is ten times as fast as searching.
    return value if value.isprintable() else _CONTROL.sub("", value)


def _header(value: str) -> str:
    found = None if value.isprintable() else _CONTROL.search(value)
    if found is not None:
        raise RenderError(
            f"a header value holds the control character U+{ord(found[0]):04X}; "
            "nothing that came from outside may break a header, so this message is not made"
        )
    return value


ESCAPES: Mapping[Context, Callable[[str], str]] = {
    "html": _html,
    "element": _element,
    "attribute": _attribute,
    "text": _text,
    "header": _header,
}


class Slot(NamedTuple):
    """A place for a value, and what must be escaped there."""

    name: str
    context: Context

    def escape(self, value: str) -> str:
        """The value, harmless in this place. Raises RenderError for a control character in a header."""
        return ESCAPES[self.context](value)


@dataclass(frozen=True, slots=True)
class Slotted:
    """Ready text with slots between its pieces."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots in the order of the text, repeated as often as they stand there."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with each slot replaced by its value, escaped for its context.

        Raises RenderError when a value is missing, or when a value for a header holds a control character.
        """
        try:
            return "".join([part if isinstance(part, str) else part.escape(values[part.name]) for part in self.parts])
        except KeyError as missing:
            raise RenderError(
                f"no value was given for the slot {missing}; expected {sorted(set(self.slots))}"
            ) from None

    @property
    def longest(self) -> int:
        """Bytes of UTF-8 with every slot filled by its longest value."""
        return sum(len(part.encode()) if isinstance(part, str) else LONGEST.get(part.name, 0) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Section:
    """A list of stories in a text. A selection has its opening and closing only when it has an item here."""

    name: str
    opening: Slotted
    items: tuple[Slotted, ...]
    """Of each story of the edition, in its order."""
    closing: Slotted

    def joined(self, own: Iterable[int]) -> Iterator[str | Slot]:
        """The section with the items of these stories; nothing for none."""
        items = [self.items[position] for position in own]
        for piece in (self.opening, *items, self.closing) if items else ():
            yield from piece.parts


@dataclass(frozen=True, slots=True)
class Form:
    """Text from which the message of any selection is joined."""

    parts: tuple[str | Slot | Section, ...]

    def select(self, chosen: Chosen) -> Slotted:
        """The text of a selection; what is left to fill is personal."""
        parts: list[str | Slot] = []
        lists = chosen.lists
        for part in self.parts:
            parts.extend(part.joined(lists[part.name]) if isinstance(part, Section) else [part])
        known = chosen.values
        ready = [
            part.escape(known[part.name]) if isinstance(part, Slot) and part.name in known else part for part in parts
        ]
        return Slotted(tuple(_merged(ready)))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text of a form without sections. Raises RenderError as `Slotted.fill`, and when it has sections."""
        if any(isinstance(part, Section) for part in self.parts):
            raise RenderError("this text has sections; select the stories before it is filled")
        return self.select(Chosen()).fill(values)


def _merged(parts: Iterable[str | Slot]) -> Iterator[str | Slot]:
    """The same with neighbouring strings joined, so that equal texts have equal parts."""
    for text, run in groupby(parts, key=lambda part: isinstance(part, str)):
        if not text:
            yield from run
        elif joined := "".join(str(part) for part in run):
            yield joined
