"""Amazon SES with one body for 50 readers: `POST /v2/email/outbound-bulk-emails`, each with a result of its own.

Sources: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendBulkEmail.html and
https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-api.html. The template stands in the request. The
vendor fills `{{name}}` and escapes nothing; a variable without a value loses the message after it was taken, so every
entry has all of them. Header fields are not filled: each entry has its own, in the order of RFC 8058.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import msgspec

from digest.errors import RenderError
from digest.message import Chosen, Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.addressed import MAILBOX, AddressedWire
from digest.providers.base import (
    UNREADABLE,
    WHOLE,
    Adapter,
    Answer,
    Call,
    Capabilities,
    Filled,
    Letter,
    MergedWire,
    every,
    listed,
)
from digest.providers.json_wire import JsonWire
from digest.providers.merging import Variables, bodies, slots_of, spelled, variable
from digest.providers.openers import Openers
from digest.providers.ses import TAGS, Ses, fields, sender

OPENERS = Openers(("{{",))
LONGEST_TEMPLATE = 1_000_000
"""Bytes of a template that stands in a request, after https://docs.aws.amazon.com/ses/latest/dg/quotas.html."""

RETRIED = frozenset({"ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"})
REFUSED_ACCOUNT = {
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "quota",
    "ACCOUNT_SUSPENDED": "auth",
    "ACCOUNT_SENDING_PAUSED": "auth",
    "CONFIGURATION_SET_SENDING_PAUSED": "auth",
    "CONFIGURATION_SET_NOT_FOUND": "sender",
    "INVALID_SENDING_POOL_NAME": "sender",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "sender",
    "TEMPLATE_NOT_FOUND": "other",
}
REFUSED_READER = {"INVALID_PARAMETER": "invalid", "FAILED": "other", "MESSAGE_REJECTED": "content"}
"""Of an entry, when others of the same template were taken."""

_DATA = Slot("template data", "header")


class _Result(msgspec.Struct, rename="pascal"):
    status: str = ""
    message_id: str | None = None


class _Results(msgspec.Struct, rename="pascal"):
    bulk_email_entry_results: list[_Result]


class _BulkWire:
    """The template once, and for each reader an entry."""

    def __init__(self, letter: Letter) -> None:
        letter = OPENERS.letter(letter)
        subject, text, html = (spelled(form, _spell, _apart) for form in bodies(letter))
        content = {"Subject": subject, "Text": text, "Html": html}
        opening = msgspec.json.encode(
            {**sender(letter), "DefaultContent": {"Template": {"TemplateContent": content, "TemplateData": "{}"}}}
        )
        if len(msgspec.json.encode(content)) > LONGEST_TEMPLATE:
            raise RenderError(f"Amazon SES takes templates of {LONGEST_TEMPLATE:,} bytes; send without `merge`")
        self._template = (opening[:-1] + b',"BulkEmailEntries":[',)
        self._sha256 = hashlib.sha256(opening).digest()
        self._variables = Variables(slots_of(bodies(letter)), _plain)
        self._entry = AddressedWire(
            JsonWire(
                {
                    "Destination": {"ToAddresses": [Slotted((MAILBOX,))]},
                    "ReplacementTags": TAGS,
                    "ReplacementEmailContent": {
                        "ReplacementTemplate": {"ReplacementTemplateData": Slotted((_DATA,))},
                    },
                    "ReplacementHeaders": [{"Name": name, "Value": value} for name, value in fields(letter)],
                }
            ),
            ascii_only=True,
        )
        self.size = self._entry.size
        self.shared = len(opening)

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        entry = self._entry.message({**values, _DATA.name: self._variables.json(values).decode()})
        return Filled(entry, (self._sha256, *entry.own), self._template)


class SesBulk(Ses):
    """The Amazon SES v2 API, for accounts with `merge`."""

    whole: ClassVar[Adapter] = Ses()
    capabilities: ClassVar[Capabilities] = replace(Ses.capabilities, max_readers=50, partial=True)

    def wire(self, letter: Letter) -> MergedWire:
        """The letter of one selection as a template, and an entry for each reader."""
        return _BulkWire(letter)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v2/email/outbound-bulk-emails`."""
        if not messages[0].shared:
            return super().call(messages, key=key)
        return Call(
            "POST",
            "/v2/email/outbound-bulk-emails",
            (("Content-Type", "application/json"),),
            listed(b"".join(messages[0].shared), messages, b"]}"),
        )

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status != 200 or b'"BulkEmailEntryResults"' not in answer.body:
            return super().outcomes(deliveries, answer)
        try:
            results = msgspec.json.decode(answer.body, type=_Results).bulk_email_entry_results
        except UNREADABLE:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, unreadable answer")
        if len(results) != len(deliveries):
            # Results carry no id of ours, only their order: with one missing, none can be trusted.
            detail = f"HTTP 200, {len(results)} results for {len(deliveries)} entries"
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
        # What is refused to every one of several readers is not the fault of any of them.
        theirs = len(results) == 1 or any(result.status == "SUCCESS" for result in results)
        times = Counter(result.message_id for result in results)
        return [
            _one(delivery, result, theirs, alone=times[result.message_id] == 1)
            for delivery, result in zip(deliveries, results, strict=True)
        ]


def _one(delivery: str, result: _Result, theirs: bool, *, alone: bool) -> Outcome:
    status = result.status
    if status == "SUCCESS" and result.message_id and alone:
        return Outcome(delivery=delivery, kind=OutcomeKind.ACCEPTED, provider_id=result.message_id)
    kind, reason = OutcomeKind.UNKNOWN, "answer"
    if status in RETRIED:
        kind, reason = OutcomeKind.RETRY, "rate"
    elif status in REFUSED_ACCOUNT:
        kind, reason = OutcomeKind.PAUSE, REFUSED_ACCOUNT[status]
    elif status in REFUSED_READER:
        kind, reason = OutcomeKind.REJECTED if theirs else OutcomeKind.PAUSE, REFUSED_READER[status]
    known = kind is not OutcomeKind.UNKNOWN
    return Outcome(
        delivery=delivery, kind=kind, reason=reason, detail=f"SES {status if known else 'without an id of its own'}"
    )


def _spell(slot: Slot) -> str:
    return "{{" + variable(slot) + "}}"


def _apart(text: str, before: bool, after: bool) -> str:
    r"""The text with a word joiner where it would change a variable beside it: `\{{name}}` is text, `{{name}}}` none.

    See https://handlebarsjs.com/guide/expressions.html.
    """
    text = "\u2060" + text if before and text.startswith("}") else text
    return text + "\u2060" if after and text.endswith("\\") else text


def _plain(slot: Slot, value: str) -> str:
    return OPENERS.text(value) if slot.context in ("text", "header") else OPENERS.html(value)
