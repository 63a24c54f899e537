"""Resend: `POST /emails/batch`, up to 100 messages, each with a result of its own.

Source: https://resend.com/docs/api-reference/emails/send-batch-emails, https://resend.com/docs/api-reference/errors
and the vendor's OpenAPI document (resend/resend-openapi); what is said of names is what
django-anymail found out. The batch is validated permissively: a message that is not valid is
named by its place and the others are taken. Open and click tracking are settings of the domain
there and cannot be turned off by a request.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import msgspec

from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.addressed import MAILBOX, AddressedWire
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Wire, every, listed
from digest.providers.headers import ascii_mailbox, ascii_slotted, parted
from digest.providers.json_wire import JsonWire
from digest.providers.retry_after import retry_after, until_reset

REFUSED_ACCOUNT = {
    "missing_api_key": "auth",
    "invalid_api_key": "auth",
    "restricted_api_key": "auth",
    "invalid_access": "auth",
    "invalid_from_address": "sender",
    "daily_quota_exceeded": "quota",
    "monthly_quota_exceeded": "quota",
}
"""Names of errors by which nothing was taken because of the account."""

RATE_LIMITED = 429
TOO_LARGE = 413

_ABOUT_READER = re.compile(r"[`'\"]to[`'\"]")
"""In the words of a validation error: the field that only this reader has."""
_NAME = re.compile(r"[a-z_]{1,40}\Z")


class _Taken(msgspec.Struct):
    id: str = ""


class _Invalid(msgspec.Struct):
    index: int
    message: str = ""


class _Results(msgspec.Struct):
    """The answer to a batch: ids of what was taken, in order, and what was not valid, by place."""

    data: list[_Taken]
    errors: list[_Invalid] | None = None


class _Error(msgspec.Struct):
    """The answer to a call that was refused."""

    name: str = ""
    message: str = ""


class Resend:
    """The Resend API."""

    name: ClassVar[str] = "resend"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=100,
        max_bytes=20_000_000,  # nothing is documented for a batch; one message may have 40 MB
        # Documented as validation, key, sender, path and rate: refused before anything is queued. Not 409: it
        # says that another request with the same key took, or is taking, what ours holds.
        refused=frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429, 451}),
        partial=True,
        idempotency=timedelta(hours=24),
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as a member of the batch array; our delivery id travels as a tag.

        The vendor takes no quotation marks in `to`; in `from` it refuses encoded words besides, so the name stands
        there as it is. Message-ID is left out: the vendor writes its own.
        """
        name, address = parted(letter.sender)
        members: dict[str, object] = {
            "from": f"{name} <{address}>" if name else address,
            "to": [Slotted((MAILBOX,))],
            "subject": letter.subject,
            "html": letter.html,
            "text": letter.text,
            "headers": {name: ascii_slotted(value) for name, value in letter.headers if name.lower() != "message-id"},
            "tags": [{"name": "delivery", "value": Slotted((Slot("delivery", "header"),))}],
        }
        if letter.reply_to:
            members["reply_to"] = [ascii_mailbox(parted(letter.reply_to))]
        return AddressedWire(JsonWire(members, letter.plan))

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /emails/batch` under the key (https://resend.com/docs/dashboard/emails/idempotency-keys)."""
        return Call(
            "POST",
            "/emails/batch",
            (
                ("Accept", "application/json"),
                ("Content-Type", "application/json"),
                ("x-batch-validation", "permissive"),
                ("Idempotency-Key", key),
            ),
            listed(b"[", messages, b"]"),
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The API key."""
        return (("Authorization", f"Bearer {token}"),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 200:
            return _results(deliveries, answer)
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}")
        error = _error(answer.body)
        detail = f"HTTP {answer.status}" + (f", Resend {error.name}" if error.name else "")
        if error.name in REFUSED_ACCOUNT:
            return every(deliveries, OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[error.name], detail=detail)
        if answer.status == RATE_LIMITED:
            wait = retry_after(answer.headers)
            wait = until_reset(answer.headers, "ratelimit-reset") if wait is None else wait
            return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=wait)
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if answer.status in (400, 422) and _ABOUT_READER.search(error.message):
            return every(deliveries, OutcomeKind.SPLIT, reason="content", detail=detail)
        # A 403 that is no matter of the key is one of the sender's domain. Anything else was refused for a
        # reason that we do not know: no reader is failed for it, a person looks.
        reason = {401: "auth", 403: "sender" if error.name else "auth"}.get(answer.status, "other")
        return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def _error(body: bytes) -> _Error:
    try:
        error = msgspec.json.decode(body, type=_Error)
    except UNREADABLE:
        return _Error()
    return error if _NAME.match(error.name) else _Error(message=error.message)


def _results(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    try:
        results = msgspec.json.decode(answer.body, type=_Results)
    except UNREADABLE:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, unreadable answer")
    invalid = {error.index: error for error in results.errors or ()}
    if len(invalid) != len(results.errors or ()) or not invalid.keys() <= set(range(len(deliveries))):
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, errors for no message of ours")
    outcomes: list[Outcome] = [
        _refused(delivery, invalid[place])
        if place in invalid
        else Outcome(delivery=delivery, kind=OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, no result")
        for place, delivery in enumerate(deliveries)
    ]
    taken = [place for place in range(len(deliveries)) if place not in invalid]
    if len(taken) != len(results.data):
        # Ids carry nothing of ours, only their order: with one missing, none can be trusted. Errors name their place.
        return outcomes
    times = Counter(result.id for result in results.data)
    for place, result in zip(taken, results.data, strict=True):
        if result.id and times[result.id] == 1:
            outcomes[place] = Outcome(delivery=deliveries[place], kind=OutcomeKind.ACCEPTED, provider_id=result.id)
    return outcomes


def _refused(delivery: str, error: _Invalid) -> Outcome:
    """A message that was not taken. Only when it is about the reader's address is the reader refused."""
    if _ABOUT_READER.search(error.message):
        return Outcome(delivery=delivery, kind=OutcomeKind.REJECTED, reason="invalid", detail="Resend: the address")
    return Outcome(delivery=delivery, kind=OutcomeKind.PAUSE, reason="other", detail="Resend: a message not valid")
