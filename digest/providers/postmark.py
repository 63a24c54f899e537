"""Postmark: `POST /email/batch`, up to 500 messages, one result for each in the order sent.

Source: https://postmarkapp.com/developer/api/email-api and
https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails (read 2026-11).
The batch answers 200 even when single messages fail, so each result is read by itself; a
delivery that the answer does not prove stays unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Wire, every, listed
from digest.providers.json_wire import JsonWire
from digest.providers.retry_after import retry_after

REFUSED_READER = {
    300: ("invalid", False),  # invalid email request: the address or a header of this message
    403: ("invalid", False),  # a field of this message is not valid
    406: ("suppressed", True),  # inactive recipient: bounced, complained or suppressed there
}
"""Per-message error codes that concern this reader only → reason, and whether to suppress."""

REFUSED_ACCOUNT = {
    10: "auth",  # bad or missing server token
    400: "sender",  # sender signature not found
    401: "sender",  # sender signature not confirmed
    405: "quota",  # not allowed to send: out of credits
    412: "sender",  # account pending: recipients must share the sender's domain
    413: "auth",  # account may not send
}
"""Error codes by which nothing was taken because of the account."""

MAINTENANCE = 100
"""The error code by which nothing was taken because the API is being worked on."""

REFUSED_CONTENT = frozenset({300, 402, 403, 410})
"""Error codes of a whole call by which one member, or their number, spoils it: halves may pass."""

RATE_LIMITED = 429
TOO_LARGE = 413


class _Result(msgspec.Struct, rename="pascal"):
    """One member of a batch answer, or the whole answer when the call itself was refused."""

    error_code: int
    message: str = ""
    message_id: str | None = msgspec.field(default=None, name="MessageID")


class Postmark:
    """The Postmark server API."""

    name: ClassVar[str] = "postmark"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=500,
        max_bytes=50_000_000,
        # 401 bad token, 413 payload over 50 MB, 422 malformed, 429 rate: documented as "nothing was sent".
        refused=frozenset({400, 401, 403, 404, 413, 415, 422, 429}),
        partial=True,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as a member of the batch array; our delivery id travels as metadata.

        `X-PM-KeepID` keeps our Message-ID (https://postmarkapp.com/support/article/1181).
        Open and link tracking are off: nothing is counted that readers were not told of.
        """
        headers = [{"Name": name, "Value": value} for name, value in letter.headers]
        headers.append({"Name": "X-PM-KeepID", "Value": Slotted(("true",))})
        return JsonWire(
            {
                "From": letter.sender,
                "To": Slotted((Slot("to", "header"),)),
                "ReplyTo": letter.reply_to,
                "Subject": letter.subject,
                "HtmlBody": letter.html,
                "TextBody": letter.text,
                "Headers": headers,
                "Metadata": {"delivery": Slotted((Slot("delivery", "header"),))},
                "MessageStream": letter.stream,
                "TrackOpens": False,
                "TrackLinks": "None",
            },
            letter.plan,
        )

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /email/batch`."""
        return Call(
            "POST",
            "/email/batch",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            listed(b"[", messages, b"]"),
        )

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """The server token."""
        return (("X-Postmark-Server-Token", token),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 200:
            return _results(deliveries, answer)
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}")
        try:
            result = msgspec.json.decode(answer.body, type=_Result)
        except UNREADABLE:
            result = _Result(error_code=0)
        detail = f"HTTP {answer.status}" + (f", Postmark {result.error_code}" if result.error_code else "")
        if answer.status == RATE_LIMITED:
            return every(
                deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=retry_after(answer.headers)
            )
        if answer.status == TOO_LARGE:
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        if answer.status in (401, 403, 404) or result.error_code in REFUSED_ACCOUNT:
            reason = REFUSED_ACCOUNT.get(result.error_code, "auth")
            return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)
        if result.error_code in REFUSED_CONTENT:
            return every(deliveries, OutcomeKind.SPLIT, reason="content", detail=detail)
        # Refused for a reason that we do not know: no reader is failed for it, a person looks.
        return every(deliveries, OutcomeKind.PAUSE, reason="other", detail=detail)


def _results(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    try:
        results = msgspec.json.decode(answer.body, type=list[_Result])
    except UNREADABLE:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, unreadable answer")
    if len(results) != len(deliveries):
        # Results carry no id of ours, only their order: with one missing, none can be trusted.
        detail = f"HTTP 200, {len(results)} results for {len(deliveries)} messages"
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
    times = Counter(result.message_id for result in results)
    return [
        _one(delivery, result, alone=times[result.message_id] == 1)
        for delivery, result in zip(deliveries, results, strict=True)
    ]


def _one(delivery: str, result: _Result, *, alone: bool) -> Outcome:
    code = result.error_code
    if code == 0 and result.message_id and alone:
        return Outcome(delivery=delivery, kind=OutcomeKind.ACCEPTED, provider_id=result.message_id)
    detail = f"Postmark {code}"
    if code == 0:
        return Outcome(
            delivery=delivery, kind=OutcomeKind.UNKNOWN, reason="answer", detail="accepted, no id of its own"
        )
    if code in REFUSED_READER:
        reason, suppress = REFUSED_READER[code]
        return Outcome(delivery=delivery, kind=OutcomeKind.REJECTED, reason=reason, detail=detail, suppress=suppress)
    if code in REFUSED_ACCOUNT:
        return Outcome(delivery=delivery, kind=OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[code], detail=detail)
    # A code that we do not know (a stream that is gone, say) proves that the message was not taken, not that
    # its reader is at fault: the edition waits for a person, and nobody is failed for it.
    kind = OutcomeKind.RETRY if code == MAINTENANCE else OutcomeKind.PAUSE
    return Outcome(delivery=delivery, kind=kind, reason="other", detail=detail)
