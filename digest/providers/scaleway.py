"""Scaleway Transactional Email: `POST …/regions/fr-par/emails`, one message in each request.

Sources (read 2026-11): https://www.scaleway.com/en/developers/api/transactional-email,
https://www.scaleway.com/en/docs/transactional-email/reference-content/tem-capabilities-and-limits/ and the vendor's
SDKs (scaleway/scaleway-sdk-python `tem/v1alpha1`, scaleway/scaleway-sdk-go `scw/errors.go`); what is said of
addresses beyond ASCII is what django-anymail found out. The vendor has no batch, no merge and no tracking, and
refuses a subject, a text or an HTML part of fewer than ten characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.errors import RenderError
from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Wire, every
from digest.providers.headers import ascii_mailbox, ascii_slotted, parted
from digest.providers.parted import Members, PartedWire, reader, sender
from digest.providers.retry_after import retry_after

RATE_LIMITED = 429
TOO_LARGE = 413

REFUSED_ACCOUNT = {
    "denied_authentication": "auth",
    "permissions_denied": "auth",
    "quotas_exceeded": "quota",
    "not_found": "sender",
    "precondition_failed": "sender",
}
"""Types of errors by which nothing was taken because of the account: `not_found` is the project or its domain."""

_TYPE = re.compile(r"[a-z_]{1,40}\Z")
_OF_READER = re.compile(r"to(?:\b|_)")
_OF_SENDER = re.compile(r"from\b|domain|project")


class _Email(msgspec.Struct):
    id: str = ""
    status: str = ""


class _Emails(msgspec.Struct):
    """The answer to a request: one for each reader of the message."""

    emails: list[_Email]


class _Detail(msgspec.Struct):
    argument_name: str = ""


class _Error(msgspec.Struct):
    """The answer to a request that was refused."""

    type: str = ""
    details: list[_Detail] | None = None


class Scaleway:
    """The Scaleway Transactional Email API. Paths are below the region, which belongs to the account's address."""

    name: ClassVar[str] = "scaleway"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=2_000_000,
        # The errors of the vendor's SDKs: arguments, key, quota and permissions, path, method, conditions, size, rate.
        refused=frozenset({400, 401, 402, 403, 404, 405, 412, 413, 415, 422, 429}),
        partial=False,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as one message of the project that `letter.stream` is the id of.

        Our delivery id travels in the header field `X-Delivery`. Message-ID is left out: the vendor writes its own.
        """
        headers = [
            (name, ascii_slotted(value))
            for name, value in letter.headers
            if name.lower() not in ("message-id", "reply-to")
        ]
        headers.append(("X-Delivery", Slotted((Slot("delivery", "header"),))))
        if letter.reply_to:
            headers.append(("Reply-To", Slotted((ascii_mailbox(parted(letter.reply_to)),))))

        def members(named: bool) -> Members:
            return {
                "project_id": letter.stream,
                "from": sender(letter.sender, "email", "name"),
                "to": [reader(named, "email", "name")],
                "subject": letter.subject,
                "text": letter.text,
                "html": letter.html,
                "additional_headers": [{"key": name, "value": value} for name, value in headers],
            }

        return PartedWire(members, letter.plan, addressed=_ascii_address)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /emails`, for one reader."""
        (message,) = messages
        return Call(
            "POST",
            "/emails",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            message,
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The secret key of an IAM API key."""
        return (("X-Auth-Token", token),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 200:
            return _taken(deliveries, answer)
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}")
        error = _error(answer.body)
        detail = f"HTTP {answer.status}" + (f", Scaleway {error.type}" if error.type else "")
        if answer.status == RATE_LIMITED:
            return every(
                deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=retry_after(answer.headers)
            )
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if error.type in REFUSED_ACCOUNT:
            return every(deliveries, OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[error.type], detail=detail)
        arguments = [fault.argument_name for fault in error.details or ()]
        if answer.status == 400 and arguments and all(map(_OF_READER.match, arguments)):
            kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
            return every(deliveries, kind, reason="invalid", detail=f"{detail}, the address")
        # Refused for the account, or for a reason that we do not know: no reader is failed for it.
        return every(deliveries, OutcomeKind.PAUSE, reason=_reason(answer.status, arguments), detail=detail)


def _ascii_address(address: str) -> str:
    """Raises RenderError for an address beyond ASCII: the vendor takes the message and loses it."""
    if not address.isascii():
        raise RenderError("Scaleway loses messages to an address with letters beyond ASCII, so none is made for it")
    return address


def _reason(status: int, arguments: Sequence[str]) -> str:
    if any(map(_OF_SENDER.match, arguments)):
        return "sender"
    if any(argument in ("subject", "text", "html") for argument in arguments):
        return "content"
    return {401: "auth", 402: "quota", 403: "auth", 404: "sender"}.get(status, "other")


def _taken(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    """One message, one reader, one e-mail that is new or on its way; anything else is no answer to our request."""
    try:
        emails = msgspec.json.decode(answer.body, type=_Emails).emails
    except UNREADABLE:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, unreadable answer")
    if (
        len(deliveries) != 1
        or len(emails) != 1
        or not emails[0].id
        or emails[0].status not in ("new", "sending", "sent")
    ):
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, no e-mail of ours")
    return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=emails[0].id)]


def _error(body: bytes) -> _Error:
    try:
        error = msgspec.json.decode(body, type=_Error)
    except UNREADABLE:
        return _Error()
    return error if _TYPE.match(error.type) else _Error(details=error.details)
