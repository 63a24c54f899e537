"""Mailgun with one body for 1,000 readers: `POST /v3/DOMAIN/messages` with `recipient-variables`.

Source: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending. The vendor puts each
reader's variables where `%recipient.NAME%` stands in subject, bodies and the values of fields, as they are. Without
`recipient-variables` every reader would see the addresses of all, so each has an entry there. The answer is
one for all readers; where one address spoils the request nothing was taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import msgspec

from digest.errors import RenderError
from digest.message import Chosen, Form, Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import WHOLE, Adapter, Answer, Call, Capabilities, Filled, Letter, MergedWire
from digest.providers.headers import ascii_mailbox, ascii_slotted
from digest.providers.mailgun import Mailgun, Result, form, harmless, part, settled, unvaried
from digest.providers.merging import Variables, bodies, slots_of, spelled, variable

LONGEST_OPTIONS = 16_000
"""Bytes of all `o:`, `h:` and `v:` fields of a request."""
DELIVERY = Slotted((Slot("delivery", "header"),))


class _MergedWire:
    """The form once, and for each reader an address and its variables."""

    def __init__(self, letter: Letter) -> None:
        subject, text, html = bodies(letter)
        # One Message-ID for a thousand messages is the vendor's own affair.
        headers = [(name, ascii_slotted(value)) for name, value in letter.headers if name.lower() != "message-id"]
        options = [
            *settled(letter),
            *(part(f"h:{name}", spelled(value, _spell, _header)) for name, value in headers),
            part("v:delivery", spelled(DELIVERY, _spell)),
        ]
        if sum(map(len, options)) > LONGEST_OPTIONS:
            raise RenderError(f"Mailgun takes {LONGEST_OPTIONS:,} bytes of header fields and options in a request")
        self._form = (
            *options,
            part("subject", spelled(subject, _spell, _text)),
            part("text", spelled(text, _spell, _text)),
            part("html", spelled(html, _spell, _html)),
        )
        shared = b"".join(self._form)
        self._sha256 = hashlib.sha256(shared).digest()
        values: list[Form | Slotted] = [subject, text, html, DELIVERY, *(value for _, value in headers)]
        self._variables = Variables(slots_of(values), _harmless)
        self.size = len(part("to", "")) + sum(len(variable(slot)) + 6 for slot in slots_of(values))
        self.shared = len(shared)

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        mailbox = unvaried(values["to"])
        own = (
            part("to", ascii_mailbox(mailbox)),
            msgspec.json.encode(mailbox.address) + b":" + self._variables.json(values),
        )
        return Filled(own, (self._sha256, *own), self._form)


class MailgunMerge(Mailgun):
    """The Mailgun v3 API, for accounts with `merge`."""

    whole: ClassVar[Adapter] = Mailgun()
    capabilities: ClassVar[Capabilities] = replace(Mailgun.capabilities, max_readers=1000)

    def wire(self, letter: Letter) -> MergedWire:
        """The letter of one selection as fields of a form, and variables for each reader."""
        return _MergedWire(letter)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /messages`. No two readers of an edition have the same address."""
        if not messages[0].shared:
            return super().call(messages, key=key)
        addresses = [message[0] for message in messages]
        variables = b"{" + b",".join([message[1] for message in messages]) + b"}"
        named = part("recipient-variables", "{}").replace(b"{}", variables)
        return form([*addresses, *messages[0].shared, named])

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 200 and (taken := Result.of(answer.body).queued):
            # One id for all; events carry each reader's own delivery id.
            return [Outcome(delivery=each, kind=OutcomeKind.ACCEPTED, provider_id=taken) for each in deliveries]
        return super().outcomes(deliveries, answer)


def _spell(slot: Slot) -> str:
    return f"%recipient.{variable(slot)}%"


def _text(text: str, before: bool, after: bool) -> str:
    return harmless(text, "text", ends=after)


def _header(text: str, before: bool, after: bool) -> str:
    return harmless(text, "header", ends=after)


def _html(text: str, before: bool, after: bool) -> str:
    return harmless(text, "html", ends=after)


def _harmless(slot: Slot, value: str) -> str:
    return harmless(value, slot.context if slot.context in ("text", "header") else "html")
