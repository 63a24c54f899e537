"""What every mail API adapter speaks: letters in, one call out, one outcome for each delivery.

Adapters are pure functions of bytes. They open no socket and read no clock, so that each can be
judged by its vendor's specification (see `tests/contracts/test_provider.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

import msgspec

from digest.message import Chosen, Form, Plan, Slotted
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
    partial: bool
    """An answer may take some messages of a call and refuse others."""
    idempotency: timedelta | None = None
    """How long the vendor remembers a call's key, and takes nothing twice that comes under it; None: never."""
    merge: bool = False
    """The vendor can fill one body for all readers of a call."""
    look_up: bool = False
    """The vendor can be asked what became of a delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What all messages of an edition share; what differs stands in slots.

    The slots `to`, `delivery` and `message_id` are known here; the others come from the
    compiled message.
    """

    sender: str
    """The From mailbox: `Name <address>`."""
    reply_to: str
    subject: Form
    html: Form
    text: Form
    headers: tuple[tuple[str, Slotted], ...]
    """Header fields beside From, To, Reply-To and Subject."""
    stream: str
    plan: Plan = field(default_factory=Plan)
    """How stories are laid out in the sections of subject, HTML and text."""


class Filled(list[bytes]):
    """One reader's message in pieces: most are shared by all readers, and only a call joins them."""

    __slots__ = ("own", "shared")

    def __init__(self, pieces: Iterable[bytes], own: tuple[object, ...], shared: Sequence[bytes] = ()) -> None:
        """`own`: what determines every byte of the pieces, of types that msgpack has; see `digest.delivery.evidence`.

        A wire with shared pieces states their SHA-256, which of them were chosen, and what it filled in;
        one that makes every piece for its reader states the pieces.
        `shared`: what a call has once, however many of these messages it carries; see `digest.providers.merging`.
        """
        super().__init__(pieces)
        self.own = own
        self.shared = shared


class Call(NamedTuple):
    """One HTTP request, without its credentials."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    parts: Sequence[bytes]
    """The body, cut anywhere: joined a little at a time as it leaves, so that nobody holds the whole."""

    @property
    def body(self) -> bytes:
        """The whole body, made now."""
        return b"".join(self.parts)


class Answer(NamedTuple):
    """One HTTP response."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


WHOLE = Chosen()
"""The selection of a letter without sections."""


class Wire(Protocol):
    """A letter in the vendor's own format, ready but for its slots."""

    size: int
    """Bytes that the message of no selection passes, without what is filled in."""

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """One reader's message: the stories that were chosen, `values` holding every slot of the reader by name."""


class MergedWire(Wire, Protocol):
    """A letter of one selection, whose shared part a call has once."""

    shared: int
    """Bytes of that; `size` is then what each reader adds, without what is filled in."""


class Adapter(Protocol):
    """A vendor's API."""

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def wire(self, letter: Letter) -> Wire:
        """The letter in this vendor's format."""

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One request that carries these messages, in this order.

        `key` names this set of messages, whichever attempt carries it: at most 64 letters, digits, `-` and `_`. It is
        told to vendors that have a window of idempotency, and to no other.
        """

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The header fields that open the account; never stored and never logged."""

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves, one outcome for each delivery in the order of the call."""


@runtime_checkable
class LookUp(Protocol):
    """An adapter whose vendor can be asked later what became of a delivery."""

    def look_up(self, delivery: str) -> Call:
        """One request, which changes nothing, about the delivery of that id."""

    def found(self, delivery: str, answer: Answer) -> Outcome | None:
        """What the answer proves: ACCEPTED or REJECTED. None for nothing; that it was not found proves nothing."""


@runtime_checkable
class Merging(Protocol):
    """An adapter with one body for all readers of a call: a request of `shared` pieces, or one of whole messages."""

    whole: ClassVar[Adapter]
    """Makes the requests of whole messages; whatever it is answered, the merging adapter reads too."""


class Opening(NamedTuple):
    """Where and when a request is made, and the secret that it is signed with."""

    secret: str
    address: str
    """What the paths of calls follow."""
    region: str
    at: datetime


@runtime_checkable
class Signing(Protocol):
    """An adapter whose vendor wants each request signed, instead of a token shown."""

    def sign(self, call: Call, opening: Opening) -> tuple[tuple[str, str], ...]:
        """The header fields that open the account for this request; never stored and never logged."""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the form asked for, are no UTF-8, or are nested too deep."""

SELECTIONS_KEPT = 64
"""Selections whose pieces are kept joined; a joined one takes about as much as its message."""


def listed(opening: bytes, messages: Sequence[Filled], closing: bytes) -> list[bytes]:
    """The messages with a comma between, as the parts of a call."""
    parts: list[bytes] = []
    for message in messages:
        parts.append(b",")
        parts += message
    parts[:1] = [opening]
    parts.append(closing)
    return parts


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
