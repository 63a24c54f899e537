"""Mailjet: `POST /v3.1/send`, up to 50 messages, each with a result of its own.

Sources (read 2026-11): https://dev.mailjet.com/email/guides/send-api-v31/,
https://dev.mailjet.com/docs/email-api/email_api_overview/status_codes and mailjet/api-documentation. The limit is
one of recipients in a request, so 50 messages for one reader each. A request in which one message fails is answered
with an error's status although the others were taken, so the body is read first.

`TemplateLanguage` is off, which leaves `{{ … }}` and `{% … %}` alone
(https://github.com/mailjet/mailjet-apiv3-nodejs/issues/43). The "simple personalization" `[[var:NAME]]` and
`[[data:NAME]]` is no part of it, and django-anymail documents that any content is filled; so nothing that we send
holds what either begins with.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Wire, every, listed
from digest.providers.headers import ascii_slotted
from digest.providers.openers import Openers
from digest.providers.parted import Members, PartedWire, reader, sender
from digest.providers.retry_after import retry_after

RATE_LIMITED = 429
TOO_LARGE = 413

REFUSED_ACCOUNT = {
    "mj-0001": "auth",  # the API key is suspended
    "mj-0015": "auth",  # no valid credentials
    "send-0006": "sender",  # no permission for a Sender field
    "send-0007": "sender",
    "send-0008": "sender",  # the address in From is not one of the account's
}
"""Error codes by which nothing was taken because of the account."""

REFUSED_READER = frozenset({"mj-0004", "mj-0012", "mj-0013"})
"""Error codes of an address that is none, when they are about `To`: not of its type, empty, not an address."""

TOO_MUCH = {
    "mj-0008": "content",  # more messages than an array may have
    "mj-0011": "too-large",
    "send-0015": "content",  # more recipients than a request may have
}
"""Error codes of a call of which halves may pass."""

NOT_OURS = frozenset({"message-id", "list-id", "reply-to", "user-agent", "x-mailer"})
"""Header fields that the vendor refuses to take from us (send-0011), of those that a letter could have."""

OPENERS = Openers(("{{", "{%", "{#", "[["))

_OF_READER = re.compile(r"To(?:\[0\])?(?:\.Email)?\Z")
_CODE = re.compile(r"[a-z]{2,8}-[0-9]{4}\Z")


class _Fault(msgspec.Struct, rename="pascal"):
    """One thing wrong with a message, or with the whole call."""

    error_code: str = ""
    status_code: int = 0
    error_related_to: list[str] | None = None


class _Recipient(msgspec.Struct):
    id: int | str = msgspec.field(default=0, name="MessageID")


class _Result(msgspec.Struct, rename="pascal"):
    """What became of one message."""

    status: str
    custom_id: str = msgspec.field(default="", name="CustomID")
    to: list[_Recipient] = []
    errors: list[_Fault] = []

    @property
    def taken(self) -> str:
        """The id that events name, when the message was taken for its one reader."""
        taken = self.status == "success" and len(self.to) == 1 and self.to[0].id
        return str(taken) if taken and not self.errors else ""


class _Results(msgspec.Struct, rename="pascal"):
    messages: list[msgspec.Raw]
    """Decoded one by one: a result that cannot be read leaves the others what they are."""


class Mailjet:
    """The Mailjet Send API v3.1."""

    name: ClassVar[str] = "mailjet"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=50,
        max_bytes=15_000_000,
        # Key, path, method, type, size and rate. Not 400 and 403: some of the messages may have been taken.
        refused=frozenset({401, 404, 405, 413, 415, 429}),
        partial=True,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as a member of `Messages`; our delivery id travels as `CustomID`, which answers and events repeat.

        Message-ID and List-Id are left out: the vendor refuses both.
        """
        plain = OPENERS.letter(letter)
        headers = {name: ascii_slotted(value) for name, value in plain.headers if name.lower() not in NOT_OURS}

        def members(named: bool) -> Members:
            return {
                "From": sender(letter.sender, "Email", "Name", OPENERS.text),
                "To": [reader(named, "Email", "Name")],
                **({"ReplyTo": sender(letter.reply_to, "Email", "Name", OPENERS.text)} if letter.reply_to else {}),
                "Subject": plain.subject,
                "TextPart": plain.text,
                "HTMLPart": plain.html,
                "Headers": headers,
                "CustomID": Slotted((Slot("delivery", "header"),)),
                "TemplateLanguage": False,
                "TrackOpens": "disabled",
                "TrackClicks": "disabled",
            }

        return PartedWire(members, letter.plan, openers=OPENERS)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v3.1/send`."""
        return Call(
            "POST",
            "/v3.1/send",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            listed(b'{"Messages":[', messages, b"]}"),
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """`KEY:SECRET`, the two keys of an API key with a colon between them."""
        return (("Authorization", f"Basic {base64.b64encode(token.encode()).decode()}"),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status in (200, 400, 403):
            try:
                return _results(deliveries, msgspec.json.decode(answer.body, type=_Results).messages)
            except UNREADABLE:
                pass
        detail = f"HTTP {answer.status}"
        if answer.status in (400, 403) and (fault := _fault(answer.body)) is not None:
            if fault.error_code in REFUSED_READER and len(deliveries) > 1:
                # It does not say whose message it is about.
                return every(deliveries, OutcomeKind.SPLIT, reason="content", detail=f"{detail}, {fault.error_code}")
            return [_refused(delivery, [fault], detail) for delivery in deliveries]
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
        if answer.status == RATE_LIMITED:
            return every(
                deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=retry_after(answer.headers)
            )
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        reason = "auth" if answer.status == 401 else "other"
        return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def _fault(body: bytes) -> _Fault | None:
    """What is wrong with the whole call, if the vendor says so with a code of its own."""
    try:
        fault = msgspec.json.decode(body, type=_Fault)
    except UNREADABLE:
        return None
    return fault if _CODE.match(fault.error_code) else None


def _results(deliveries: Sequence[str], messages: Sequence[msgspec.Raw]) -> list[Outcome]:
    """A message that was taken names its delivery; one that was not is known by its place alone."""
    results = [_result(message) for message in messages]
    ids = Counter(result.taken for result in results if result)
    named = Counter(result.custom_id for result in results if result)
    taken = {
        result.custom_id: result.taken
        for result in results
        if result and result.taken and ids[result.taken] == 1 and named[result.custom_id] == 1
    }
    in_order = len(results) == len(deliveries) and all(
        result is None or result.custom_id in ("", delivery)
        for delivery, result in zip(deliveries, results, strict=True)
    )
    outcomes = []
    for place, delivery in enumerate(deliveries):
        own = results[place] if in_order else None
        if delivery in taken:
            outcome = Outcome(delivery=delivery, kind=OutcomeKind.ACCEPTED, provider_id=taken[delivery])
        elif own is not None and own.status == "error" and own.errors and not own.to:
            outcome = _refused(delivery, own.errors, "Mailjet")
        else:
            outcome = Outcome(delivery=delivery, kind=OutcomeKind.UNKNOWN, reason="answer", detail="no result for it")
        outcomes.append(outcome)
    return outcomes


def _result(message: msgspec.Raw) -> _Result | None:
    try:
        return msgspec.json.decode(message, type=_Result)
    except UNREADABLE:
        return None


def _refused(delivery: str, faults: Sequence[_Fault], said: str) -> Outcome:
    """A message that was not taken. Only when all that is wrong is the reader's address is the reader refused."""
    codes = [fault.error_code for fault in faults]
    detail = ", ".join([said, *(code for code in codes if _CODE.match(code))])
    if any(fault.status_code >= 500 for fault in faults):
        # An error of the vendor's own is no proof of anything.
        return Outcome(delivery=delivery, kind=OutcomeKind.UNKNOWN, reason="answer", detail=detail)
    if any(fault.status_code == RATE_LIMITED for fault in faults):
        return Outcome(delivery=delivery, kind=OutcomeKind.RETRY, reason="rate", detail=detail)
    for code in codes:
        if code in REFUSED_ACCOUNT:
            return Outcome(delivery=delivery, kind=OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[code], detail=detail)
        if code in TOO_MUCH:
            return Outcome(delivery=delivery, kind=OutcomeKind.SPLIT, reason=TOO_MUCH[code], detail=detail)
    about = [part for fault in faults for part in fault.error_related_to or [""]]
    if all(code in REFUSED_READER for code in codes) and all(map(_OF_READER.match, about)):
        return Outcome(delivery=delivery, kind=OutcomeKind.REJECTED, reason="invalid", detail=detail)
    return Outcome(delivery=delivery, kind=OutcomeKind.PAUSE, reason="other", detail=detail)
