"""The compiled message: one edition, rendered once, with slots for what is personal.

Everything a worker needs to fill a message for one subscriber; imports no template engine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal, NamedTuple

from digest.errors import RenderError

Context = Literal["html", "text", "header"]

LONGEST: Mapping[str, int] = {"sent_to": 254 + 200, "unsubscribe_url": 512, "confirm_url": 512, "rejoin_url": 512}
"""Bytes that a slot may take once it is filled, for the size budget. 254 is the longest address that
SMTP can carry (RFC 5321 4.5.3.1.3 less the angle brackets); the rest are our own longest phrases."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _html(value: str) -> str:
    return escape(_text(value), quote=True)


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


_ESCAPES: Mapping[Context, Callable[[str], str]] = {"html": _html, "text": _text, "header": _header}


class Slot(NamedTuple):
    """A place for a personal value, and what must be escaped there."""

    name: str
    context: Context

    def escape(self, value: str) -> str:
        """The value, harmless in this place. Raises RenderError for a control character in a header."""
        return _ESCAPES[self.context](value)


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


class SentTo(NamedTuple):
    """The sentence that says whom a message was sent to, with `%(address)s` and `%(date)s` to be filled."""

    plain: str = "It was sent to %(address)s, a subscriber."
    dated: str = "It was sent to %(address)s, a subscriber since %(date)s."
    language: str = "en"
    """Of these words, and so of the date."""


@dataclass(frozen=True)
class CompiledMessage:
    """What is sent to everybody, but for the slots. Its JSON form is stored with the edition."""

    subject: str
    html: Slotted
    """Inlined."""
    text: Slotted
    source_html: str
    """Before inlining, for people; its slots are shown as `[name]`."""
    preheader: str
    sent_to: SentTo = field(default_factory=SentTo)

    @property
    def html_bytes(self) -> int:
        """Size of the HTML in bytes of UTF-8, with every slot at its longest: what Gmail's limit is held against."""
        return self.html.longest

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the JSON form: equal for equal content, whatever nonce it was compiled with."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical: sorted keys, no spaces; pieces are strings, slots are `[name, context]`."""
        return json.dumps(
            {
                "subject": self.subject,
                "preheader": self.preheader,
                "sent_to": self.sent_to,
                "html": self.html.parts,
                "text": self.text.parts,
                "source_html": self.source_html,
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, stored: str) -> CompiledMessage:
        """The message that `to_json` wrote. Raises RenderError when it is something else."""
        try:
            raw = json.loads(stored)
            return cls(
                subject=str(raw["subject"]),
                html=_slotted(raw["html"]),
                text=_slotted(raw["text"]),
                source_html=str(raw["source_html"]),
                preheader=str(raw["preheader"]),
                sent_to=SentTo(*map(str, raw["sent_to"])),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RenderError(f"this is not a stored message ({error}); build the edition again") from None


def _slotted(parts: list[Any]) -> Slotted:
    for part in parts:
        if not isinstance(part, str) and part[1] not in _ESCAPES:
            raise ValueError(f"unknown context {part[1]!r}")
    return Slotted(tuple(part if isinstance(part, str) else Slot(*part) for part in parts))
