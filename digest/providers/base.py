"""What every mail API adapter speaks: letters in, one call out, one outcome for each delivery.

Adapters are pure functions of bytes. They open no socket and read no clock, so that each can be
judged by its vendor's specification (see `tests/contracts/test_provider.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, NamedTuple, Protocol

import msgspec

from digest.errors import RenderError
from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a vendor's API can carry and what its answers prove."""

    max_readers: int
    """Messages in one call."""
    max_bytes: int
    """Bytes in one call's body."""
    refused: frozenset[int]
    """HTTP statuses by which the vendor documents that nothing of the call was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What all messages of an edition share; what differs stands in slots.

    The slots `to`, `delivery` and `message_id` are known here; the others come from the
    compiled message.
    """

    sender: str
    """The From mailbox: `Name <address>`."""
    reply_to: str
    subject: str
    html: Slotted
    text: Slotted
    headers: tuple[tuple[str, Slotted], ...]
    """Header fields beside From, To, Reply-To and Subject."""
    stream: str


Filled = list[bytes]
"""One reader's message in pieces: most are shared by all readers, and only a call joins them."""


class Call(NamedTuple):
    """One HTTP request, without its credentials."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(NamedTuple):
    """One HTTP response."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Wire(Protocol):
    """A letter in the vendor's own format, ready but for its slots."""

    size: int
    """Bytes that every message has."""

    def message(self, values: Mapping[str, str]) -> Filled:
        """One reader's message; `values` holds every slot by name."""


class Adapter(Protocol):
    """A vendor's API."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def wire(self, letter: Letter) -> Wire:
        """The letter in this vendor's format."""

    def call(self, messages: Sequence[Filled]) -> Call:
        """One request that carries these messages, in this order."""

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The header fields that open the account; never stored and never logged."""

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves, one outcome for each delivery in the order of the call."""


_PLAIN = re.compile(r"[A-Za-z0-9@.:/_+ -]+\Z")
"""A value that is the same in HTML, in text, in a header and in JSON: most addresses, every link of ours."""


class JsonWire:
    """A JSON object whose strings may hold slots, encoded once and joined for each reader."""

    def __init__(self, members: Mapping[str, object]) -> None:
        parts: list[bytes | Slot] = []
        _encode(members, parts)
        pieces: list[bytes | Slot] = []
        for literal, group in groupby(parts, key=lambda part: isinstance(part, bytes)):
            run = list(group)
            pieces.extend([b"".join(run)] if literal else run)  # type: ignore[arg-type]
        self._slots = tuple(dict.fromkeys(piece for piece in pieces if isinstance(piece, Slot)))
        self._pieces = [b"" if isinstance(piece, Slot) else piece for piece in pieces]
        self._places = [
            (place, self._slots.index(piece)) for place, piece in enumerate(pieces) if isinstance(piece, Slot)
        ]
        self.size = sum(map(len, self._pieces))

    def message(self, values: Mapping[str, str]) -> Filled:
        """The object with each slot filled, escaped for its place and then for JSON."""
        plain = {name: value.encode() if _PLAIN.match(value) else None for name, value in values.items()}
        filled = [plain[slot.name] or _json_inner(slot.escape(values[slot.name])) for slot in self._slots]
        pieces = self._pieces.copy()
        for place, index in self._places:
            pieces[place] = filled[index]
        return pieces


_encoder = msgspec.json.Encoder()


def _json_inner(text: str) -> bytes:
    """The text as it stands between the quotation marks of a JSON string."""
    try:
        return _encoder.encode(text)[1:-1]
    except UnicodeEncodeError as error:
        raise RenderError("a message holds half of a surrogate pair; the source's charset was misread") from error


def _encode(value: object, pieces: list[bytes | Slot]) -> None:
    if isinstance(value, Slotted):
        pieces.append(b'"')
        pieces.extend(part if isinstance(part, Slot) else _json_inner(part) for part in value.parts)
        pieces.append(b'"')
    elif isinstance(value, Mapping):
        for count, (key, member) in enumerate(value.items()):
            pieces.append((b"{" if count == 0 else b",") + _encoder.encode(key) + b":")
            _encode(member, pieces)
        pieces.append(b"}" if value else b"{}")
    elif isinstance(value, tuple | list):
        pieces.append(b"[")
        for count, member in enumerate(value):
            if count:
                pieces.append(b",")
            _encode(member, pieces)
        pieces.append(b"]")
    else:
        pieces.append(_encoder.encode(value))


def every(
    deliveries: Sequence[str],
    kind: OutcomeKind,
    *,
    reason: str,
    detail: str,
    retry_after: float | None = None,
) -> list[Outcome]:
    """The same outcome for each delivery of a call."""
    return [
        Outcome(delivery=delivery, kind=kind, reason=reason, detail=detail, retry_after=retry_after)
        for delivery in deliveries
    ]
