"""Brevo: `POST /v3/smtp/email`, one message in each request.

Sources (read 2026-11): https://developers.brevo.com/reference/send-transac-email,
https://developers.brevo.com/docs/batch-send-transactional-emails, https://developers.brevo.com/docs/api-limits and the
vendor's SDKs (getbrevo/brevo-python, getbrevo/brevo-node); what is said of names and of header values is what
django-anymail found out.

A request may hold 1,000 `messageVersions`, but nothing of the vendor's says that a version has headers of its own,
which the fields of RFC 8058 need. Such a request is also refused as a whole for one address, and may be made
100 times a minute only; a single message has its own headers, its own answer, and 1,000 requests a second.

`{{ params.NAME }}` is filled in `htmlContent` too (https://developers.brevo.com/docs/send-a-transactional-email),
so nothing that we send holds what its template language begins with. Open and click tracking are settings of the
account there and cannot be turned off by a request.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import msgspec

from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Wire, every
from digest.providers.headers import encoded_word
from digest.providers.openers import Openers
from digest.providers.parted import Members, PartedWire, reader, sender
from digest.providers.retry_after import retry_after, until_reset

RATE_LIMITED = 429
TOO_LARGE = 413

REFUSED_ACCOUNT = {
    "unauthorized": "auth",
    "permission_denied": "auth",
    "account_under_validation": "auth",
    "not_enough_credits": "quota",
}
"""Codes of errors by which nothing was taken because of the account."""

TAKEN_BEFORE = frozenset({"duplicate_parameter", "duplicate_request"})
"""Codes by which another request took, or is taking, what ours holds.

The first is also the answer to a key that was used before; no page says whether one of a refused request was."""

OPENERS = Openers(("{{", "{%", "{#"))
"""Of the Brevo template language: https://help.brevo.com/hc/en-us/articles/360000946299."""

_ABOUT_READER = re.compile(r"\bin to\b|\bto (?:email )?is not valid\b", re.IGNORECASE)
_ABOUT_SENDER = re.compile(r"\bsender\b", re.IGNORECASE)
_SPECIALS = frozenset('()<>@,;:\\".[]')
_CODE = re.compile(r"[a-z_]{1,40}\Z")
_OPENING = b'{"headers":{'


class _Taken(msgspec.Struct):
    message_id: str = msgspec.field(name="messageId")


class _Error(msgspec.Struct):
    """The answer to a request that was refused."""

    code: str = ""
    message: str = ""


class Brevo:
    """The Brevo v3 API."""

    name: ClassVar[str] = "brevo"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=20_000_000,  # https://help.brevo.com/hc/en-us/articles/4402811730962
        # The vendor's list of responses: request, key, credits, permission, path, method, type, size and rate.
        refused=frozenset({400, 401, 402, 403, 404, 405, 406, 413, 415, 422, 429}),
        partial=False,
        idempotency=timedelta(minutes=15),  # the shorter of the two that the vendor names; the other is 30
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as one message; our delivery id is the header field `X-Mailin-custom`, which events repeat.

        Message-ID is left out: the vendor writes its own. So is a field with other than ASCII, which none of ours
        is: the vendor decodes encoded words and sends the bytes as they are.
        """
        plain = OPENERS.letter(letter)
        headers: dict[str, object] = {
            name: value for name, value in plain.headers if name.lower() != "message-id" and _is_ascii(value)
        }
        headers["X-Mailin-custom"] = Slotted((Slot("delivery", "header"),))

        def members(named: bool) -> Members:
            return {
                "headers": headers,
                "sender": sender(letter.sender, "email", "name", _harmless_name),
                "to": [reader(named, "email", "name")],
                **({"replyTo": sender(letter.reply_to, "email", "name", _harmless_name)} if letter.reply_to else {}),
                "subject": plain.subject,
                "htmlContent": plain.html,
                "textContent": plain.text,
            }

        return PartedWire(members, letter.plan, openers=OPENERS, written=_name)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v3/smtp/email`, for one reader, under the key.

        The key is a UUID among the header fields: https://developers.brevo.com/docs/heterogenous-versions-batch-emails.
        """
        ((opening, *rest),) = messages
        named = uuid.uuid5(uuid.NAMESPACE_OID, key)
        return Call(
            "POST",
            "/v3/smtp/email",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            (_OPENING, f'"idempotencyKey":"{named}",'.encode(), opening[len(_OPENING) :], *rest),
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The API key, which is not the key for SMTP."""
        return (("api-key", token),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 201:
            return _taken(deliveries, answer)
        error = _error(answer.body)
        detail = f"HTTP {answer.status}" + (f", Brevo {error.code}" if error.code else "")
        if answer.status not in self.capabilities.refused or error.code in TAKEN_BEFORE:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
        if answer.status == RATE_LIMITED:
            wait = retry_after(answer.headers)
            wait = until_reset(answer.headers, "x-sib-ratelimit-reset") if wait is None else wait
            return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=wait)
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if error.code in REFUSED_ACCOUNT:
            return every(deliveries, OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[error.code], detail=detail)
        if answer.status == 400 and error.code == "invalid_parameter" and _ABOUT_READER.search(error.message):
            kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
            return every(deliveries, kind, reason="invalid", detail=f"{detail}, the address")
        # Refused for the account, or for a reason that we do not know: no reader is failed for it.
        reason = {401: "auth", 402: "quota", 403: "auth"}.get(answer.status, "other")
        if answer.status == 400 and _ABOUT_SENDER.search(error.message):
            reason = "sender"
        return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def _name(name: str) -> str:
    """The vendor drops a name that has both a letter beyond ASCII and a special character, unless we encode it."""
    return name if name.isascii() or _SPECIALS.isdisjoint(name) else encoded_word(name)


def _harmless_name(name: str) -> str:
    return _name(OPENERS.text(name))


def _is_ascii(value: Slotted) -> bool:
    return all(part.isascii() for part in value.parts if isinstance(part, str))


def _taken(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    """The id is that of all messages of the request, which is one."""
    try:
        taken = msgspec.json.decode(answer.body, type=_Taken).message_id.strip()
    except UNREADABLE:
        taken = ""
    if not taken or len(deliveries) != 1:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 201, no id for us")
    return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=taken)]


def _error(body: bytes) -> _Error:
    try:
        error = msgspec.json.decode(body, type=_Error)
    except UNREADABLE:
        return _Error()
    return error if _CODE.match(error.code) else _Error(message=error.message)
