"""SendGrid with one body for 1,000 readers: `POST /v3/mail/send` with a personalization for each.

Source: https://www.twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags and
https://www.twilio.com/docs/sendgrid/for-developers/sending-email/personalizations. The vendor puts each
personalization's `substitutions` where their tags stand in subject and content, as they are. Tags are ours to choose:
they hold a part of the content's own hash, which no author and no reader can write into it. The answer is one for all
readers; where one address spoils the request it names its place, and nothing was taken.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import msgspec

from digest.errors import RenderError
from digest.message import Chosen, Slot, Slotted
from digest.model import Outcome, OutcomeKind
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
from digest.providers.headers import ascii_slotted
from digest.providers.merging import bodies, slots_of, spelled, variable
from digest.providers.parted import Members, PartedWire, reader
from digest.providers.sendgrid import Faults, SendGrid, quoted, settled

LONGEST_SUBSTITUTIONS = 10_000
"""Bytes of one personalization."""
_OF_READER = re.compile(r"personalizations\.([0-9]{1,4})\.to\b")


class _MergedWire:
    """The content once, and for each reader a personalization."""

    def __init__(self, letter: Letter) -> None:
        parts = [part for form in bodies(letter) for part in form.parts]
        mark = hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()[:16]
        tags = {slot: f"-{mark}.{variable(slot)}-" for slot in slots_of(bodies(letter))}
        subject, text, html = (spelled(form, tags.__getitem__) for form in bodies(letter))
        opening = msgspec.json.encode(settled(letter, subject, text, html))
        headers = {name: ascii_slotted(value) for name, value in letter.headers}
        substitutions = {tag: Slotted((slot,)) for slot, tag in tags.items()}
        delivery = Slotted((Slot("delivery", "header"),))

        def members(named: bool) -> Members:
            return {
                "to": [reader(named, "email", "name")],
                "headers": headers,
                "custom_args": {"delivery": delivery},
                "substitutions": substitutions,
            }

        self._personalization = PartedWire(members, letter.plan, written=quoted)
        longest = sum(len(tag) + 6 + value.longest for tag, value in substitutions.items())
        if longest > LONGEST_SUBSTITUTIONS:
            raise RenderError(
                f"SendGrid takes {LONGEST_SUBSTITUTIONS:,} bytes of substitutions for a reader; send without `merge`"
            )
        self._sha256 = hashlib.sha256(opening).digest()
        self._content = (opening,)
        self.size = self._personalization.size
        self.shared = len(opening)

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        own = self._personalization.message(values)
        return Filled(own, (self._sha256, *own.own), self._content)


class SendGridMerge(SendGrid):
    """The SendGrid v3 API, for accounts with `merge`."""

    whole: ClassVar[Adapter] = SendGrid()
    capabilities: ClassVar[Capabilities] = replace(SendGrid.capabilities, max_readers=1000)

    def wire(self, letter: Letter) -> MergedWire:
        """The letter of one selection, and a personalization for each reader."""
        return _MergedWire(letter)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v3/mail/send`."""
        if not messages[0].shared:
            return super().call(messages, key=key)
        (content,) = messages[0].shared
        return Call(
            "POST",
            "/v3/mail/send",
            (("Accept", "application/json"), ("Content-Type", "application/json")),
            [*listed(b'{"personalizations":[', messages, b"],"), content[1:]],
        )

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status == 202 and (taken := answer.headers.get("x-message-id", "").strip()):
            # One id for all; events carry each reader's own delivery id.
            return [Outcome(delivery=each, kind=OutcomeKind.ACCEPTED, provider_id=taken) for each in deliveries]
        if answer.status == 400 and (places := _spoiled(answer.body)) and max(places) < len(deliveries):
            # All or nothing: the others were not taken, and may be sent again at once.
            rest = every(
                deliveries, OutcomeKind.RETRY, reason="other", detail="HTTP 400, another's address", retry_after=0
            )
            for place in places:
                (rest[place],) = every(
                    deliveries[place:][:1], OutcomeKind.REJECTED, reason="invalid", detail="HTTP 400, to"
                )
            return rest
        return super().outcomes(deliveries, answer)


def _spoiled(body: bytes) -> set[int]:
    """The places of addresses that are none; nothing when the request was refused for anything else besides."""
    try:
        faults = msgspec.json.decode(body, type=Faults).errors
    except UNREADABLE:
        return set()
    found = [_OF_READER.match(fault.field or "") for fault in faults]
    return {int(match[1]) for match in found if match} if all(found) else set()
