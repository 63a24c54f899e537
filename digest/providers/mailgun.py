"""Mailgun: `POST /v3/DOMAIN/messages` as a form, one message in each request.

Source: the vendor's OpenAPI document (mailgun/mailgun-mcp-server) and
https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending.

A request may address 1,000 readers with `recipient-variables`; then the bodies are one for all of them, and one bad
address costs the others a second request: see `digest.providers.mailgun_merge`, which an account has to ask for. One
reader in a request needs no variables.
Content is still kept from looking like a variable, since the unsubscribe variables belong to a
setting of the domain that a request cannot see: see `harmless`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple

import msgspec

from digest.errors import RenderError
from digest.message import Chosen, Form, Section, Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import (
    SELECTIONS_KEPT,
    UNREADABLE,
    WHOLE,
    Answer,
    Call,
    Capabilities,
    Filled,
    Letter,
    Wire,
    every,
)
from digest.providers.headers import Mailbox, ascii_mailbox, ascii_value, parted
from digest.providers.retry_after import LONGEST, retry_after

RATE_LIMITED = 429
TOO_LARGE = 413

VARIABLE = re.compile(
    r"%(?=recipient|unsubscribe|mailing_list|tag_unsubscribe|(?![0-9a-f]{2})[a-z_][\w.-]*%)", re.IGNORECASE
)
"""What the vendor's variables begin with, and whatever else looks like one; never a percent-encoded letter."""

_INSTEAD = {"html": "&#37;", "text": "%\u2060", "header": "% "}
"""Of a percent sign; a word joiner is not seen, and a header field stays ASCII."""
_AGAIN_AFTER = re.compile(r"try again after ([0-9]{1,9}) second")
_ABOUT_READER = re.compile(r"\W*to\b.{0,40}\bnot a valid address", re.IGNORECASE | re.DOTALL)
_WELCOME = b"Mailgun Magnificent API"
"""What the vendor answers, with 200, at a path that is none: the domain or base_url is wrong."""


class Result(msgspec.Struct):
    """What the vendor says, of a request that it took and of one that it did not take."""

    message: str = ""
    id: str = ""

    @classmethod
    def of(cls, body: bytes) -> Result:
        """An empty one where the answer is something else."""
        try:
            return msgspec.json.decode(body, type=cls)
        except UNREADABLE:
            return cls()

    @property
    def queued(self) -> str:
        """The id of what was queued, as events name it: without the brackets. Empty for nothing."""
        return self.id.strip("<>") if self.message.startswith("Queued") else ""


def harmless(text: str, kind: str, *, ends: bool = False) -> str:
    """The text without anything that the vendor would take for a variable, and looking the same.

    `kind`: `html`, `text` or `header`. `ends`: a variable follows the text, so that no percent sign may stand at its
    end.
    """
    instead = _INSTEAD[kind]
    text = VARIABLE.sub(instead, text)
    return text[:-1] + instead if ends and text.endswith("%") else text


class _Field(NamedTuple):
    name: str
    value: Form
    kind: str
    """`html`, `text` or `header`."""


class _FormWire:
    """The fields of a form, each filled for a reader and then looked through for variables."""

    def __init__(self, letter: Letter) -> None:
        self._constant = settled(letter)
        self._fields = (
            _Field("subject", letter.subject, "text"),
            *(_Field(f"h:{name}", Form(value.parts), "header") for name, value in letter.headers),
            _Field("text", letter.text, "text"),
            _Field("html", letter.html, "html"),
            _Field("v:delivery", Form((Slot("delivery", "header"),)), "header"),
        )
        self._selected = lru_cache(maxsize=SELECTIONS_KEPT)(self._select)
        self.size = sum(map(len, (*self._constant, part("to", "")))) + sum(
            len(part(field.name, harmless("".join(_texts(field.value.parts)), field.kind))) for field in self._fields
        )

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        parts = [part("to", ascii_mailbox(unvaried(values["to"]))), *self._constant]
        for field, text in zip(self._fields, self._selected(chosen), strict=True):
            value = harmless(text.fill(values), field.kind)
            parts.append(part(field.name, ascii_value(value) if field.kind == "header" else value))
        return Filled(parts, tuple(parts))

    def _select(self, chosen: Chosen) -> tuple[Slotted, ...]:
        return tuple(field.value.select(chosen) for field in self._fields)


class Mailgun:
    """The Mailgun v3 API. Paths are below `/v3/DOMAIN`, which belongs to the account's address."""

    name: ClassVar[str] = "mailgun"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=25_000_000,
        # Validation, key, plan, domain and rate; its document has 400, 401 and 429 of them, its SDKs the others.
        refused=frozenset({400, 401, 402, 403, 404, 405, 413, 415, 429}),
        partial=False,
        merge=True,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as fields of a form; our delivery id travels as the variable `v:delivery`."""
        return _FormWire(letter)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /messages`, for one reader."""
        (parts,) = messages
        return form(parts)

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The API key, or a sending key of the domain."""
        return (("Authorization", f"Basic {base64.b64encode(f'api:{token}'.encode()).decode()}"),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 200 and _WELCOME in answer.body[:1000]:
            detail = "HTTP 200 of a path that is none; check domain, region and base_url"
            return every(deliveries, OutcomeKind.PAUSE, reason="other", detail=detail)
        if answer.status == 200:
            return _taken(deliveries, answer)
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}")
        words, detail = Result.of(answer.body).message, f"HTTP {answer.status}"
        if answer.status == RATE_LIMITED:
            wait = retry_after(answer.headers)
            again = _AGAIN_AFTER.search(words) if wait is None else None
            wait = min(float(again[1]), LONGEST) if again else wait
            return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=wait)
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if answer.status == 400 and _ABOUT_READER.match(words):
            kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
            return every(deliveries, kind, reason="invalid", detail=f"{detail}, the address")
        # Refused for the account, or for a reason that we do not know: no reader is failed for it.
        reason = {401: "auth", 402: "quota", 403: "auth", 404: "sender"}.get(answer.status, "other")
        return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def form(parts: Sequence[bytes]) -> Call:
    """The request of these parts. The boundary is a hash of what it bounds, so it is not in there."""
    digest = hashlib.sha256(usedforsecurity=False)
    for each in parts:
        digest.update(each)
    boundary = digest.hexdigest()
    line = f"--{boundary}\r\n".encode()
    return Call(
        "POST",
        "/messages",
        (("Accept", "application/json"), ("Content-Type", f"multipart/form-data; boundary={boundary}")),
        [*(piece for each in parts for piece in (line, each)), f"--{boundary}--\r\n".encode()],
    )


def settled(letter: Letter) -> list[bytes]:
    """The parts that are the same for every letter of a sender: nothing is counted that readers were not told of."""
    constant = {
        "from": ascii_mailbox(unvaried(letter.sender)),
        **({"h:Reply-To": ascii_mailbox(unvaried(letter.reply_to))} if letter.reply_to else {}),
        "o:tracking": "no",
        "o:tracking-clicks": "no",
        "o:tracking-opens": "no",
    }
    return [part(name, value) for name, value in constant.items()]


def part(name: str, value: str) -> bytes:
    """One field of the form. Raises RenderError for half of a surrogate pair."""
    try:
        return f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    except UnicodeEncodeError as error:
        raise RenderError("a message holds half of a surrogate pair; the source's charset was misread") from error


def unvaried(mailbox: str) -> Mailbox:
    """A mailbox with no variable in it. Raises RenderError when its address is one: nobody else may be written to."""
    name, address = parted(mailbox)
    if VARIABLE.search(address):
        raise RenderError("the address holds what Mailgun would take for a variable, so no message is made for it")
    return Mailbox(harmless(name, "text"), address)


def _texts(parts: Sequence[str | Slot | Section]) -> Iterator[str]:
    """All ready text, that of every story included: no message has more."""
    for part in parts:
        if isinstance(part, Section):
            for run in (part.opening, *part.items, part.closing):
                yield from _texts(run.parts)
        elif isinstance(part, str):
            yield part


def _taken(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    """The id is that of all messages of the request, which is one."""
    queued = Result.of(answer.body).queued
    if not queued or len(deliveries) != 1:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, nothing queued for us")
    return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=queued)]
