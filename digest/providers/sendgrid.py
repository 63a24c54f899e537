"""SendGrid: `POST /v3/mail/send`, one message in each request.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send and the vendor's OpenAPI document
(twilio/sendgrid-oai); what is said of names is what django-anymail found out.

A request may address 1,000 readers, but its bodies are one for all of them, its answer has no result for each, and
one bad address costs the others a second request: see `digest.providers.sendgrid_merge`, which an account has to ask
for. One message in a request needs no substitution, and its answer is proof for its reader. The vendor takes 10,000
requests a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from digest.message import Chosen, Slot
from digest.model import Outcome, OutcomeKind
from digest.providers.base import UNREADABLE, WHOLE, Answer, Call, Capabilities, Filled, Letter, Wire, every
from digest.providers.headers import ascii_slotted, parted
from digest.providers.json_wire import JsonWire
from digest.providers.retry_after import retry_after, until_instant

RATE_LIMITED = 429
TOO_LARGE = 413

_OF_READER = re.compile(r"personalizations\.0\.to\b")
"""The field of an error that concerns this reader's address alone."""
_delivery = Slot("delivery", "header")
_encoder = msgspec.json.Encoder()


class Fault(msgspec.Struct):
    message: str | None = None
    field: str | None = None


class Faults(msgspec.Struct):
    """The answer to a request that was refused."""

    errors: list[Fault]


def settled(letter: Letter, subject: object, text: object, html: object) -> dict[str, object]:
    """What a request has once: content, sender, and everything off that the vendor adds or counts by itself."""
    return {
        "from": _mailbox(letter.sender),
        "subject": subject,
        "content": [
            {"type": "text/plain", "value": text},
            {"type": "text/html", "value": html},
        ],
        "mail_settings": {"footer": {"enable": False}},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        **({"reply_to": _mailbox(letter.reply_to)} if letter.reply_to else {}),
    }


def quoted(name: str) -> str:
    """Unlike in `from`, the vendor does not quote names itself in `to` (sendgrid/sendgrid-python#291)."""
    if "," not in name and ";" not in name:
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Personalized:
    """What all messages share, and for each reader a personalization in front of it."""

    def __init__(self, letter: Letter) -> None:
        self._headers = [(name, ascii_slotted(value)) for name, value in letter.headers]
        members = settled(letter, letter.subject, letter.text, letter.html)
        self._shared = JsonWire(members, letter.plan)
        slots = {slot.name for _, value in self._headers for slot in value.slots}
        self.size = self._shared.size + len(self._personalization(dict.fromkeys({*slots, "to", "delivery"}, "")))

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        personalization, shared = self._personalization(values), self._shared.message(values, chosen)
        return Filled((personalization, *shared), (personalization, *shared.own))

    def _personalization(self, values: Mapping[str, str]) -> bytes:
        """One reader's own object: the address, both fields of RFC 8058 in their order, our delivery id."""
        reader = _mailbox(values["to"])
        if "name" in reader:
            reader["name"] = quoted(reader["name"])
        return _encoder.encode(
            {
                "to": [reader],
                "headers": {name: value.fill(values) for name, value in self._headers},
                "custom_args": {"delivery": _delivery.escape(values["delivery"])},
            }
        )


class SendGrid:
    """The SendGrid v3 API."""

    name: ClassVar[str] = "sendgrid"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=30_000_000,
        # The vendor lists these as errors in the request or the account, before anything is queued.
        refused=frozenset({400, 401, 403, 404, 405, 406, 413, 415, 429}),
        partial=False,
        merge=True,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter with a personalization for each reader; our delivery id travels in `custom_args`.

        Names stand as they are: the vendor encodes them, and shows encoded words undecoded.
        """
        return _Personalized(letter)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v3/mail/send`, for one reader."""
        ((personalization, opening, *rest),) = messages
        return Call(
            "POST",
            "/v3/mail/send",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            (b'{"personalizations":[', personalization, b"],", opening[1:], *rest),
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The API key."""
        return (("Authorization", f"Bearer {token}"),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 202:
            return _taken(deliveries, answer)
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}")
        try:
            faults = msgspec.json.decode(answer.body, type=Faults).errors
        except UNREADABLE:
            faults = []
        detail = f"HTTP {answer.status}"
        if answer.status == RATE_LIMITED:
            wait = retry_after(answer.headers)
            wait = until_instant(answer.headers, "x-ratelimit-reset") if wait is None else wait
            return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=wait)
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if answer.status == 400 and faults and all(_OF_READER.match(fault.field or "") for fault in faults):
            kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
            return every(deliveries, kind, reason="invalid", detail=f"{detail}, personalizations.0.to")
        # Refused for the account, or for a reason that we do not know: no reader is failed for it.
        return every(deliveries, OutcomeKind.PAUSE, reason=_reason(answer.status, faults), detail=detail)


def _mailbox(mailbox: str) -> dict[str, str]:
    name, address = parted(mailbox)
    return {"email": address, "name": name} if name else {"email": address}


def _taken(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    """202 has no body; its id is that of all messages of the request, which is one."""
    message_id = answer.headers.get("x-message-id", "").strip()
    if not message_id or len(deliveries) != 1:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 202, no id")
    return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=message_id)]


def _reason(status: int, faults: Sequence[Fault]) -> str:
    if any("credits exceeded" in (fault.message or "").lower() for fault in faults):
        return "quota"
    if any((fault.field or "").partition(".")[0] in ("from", "reply_to") for fault in faults):
        return "sender"
    return "auth" if status in (401, 403) else "other"
