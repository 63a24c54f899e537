"""SMTP: a raw message for one reader in one transaction of a submission server (RFC 5321, RFC 6409).

A reply is read as any answer: its code is the status, the command that it answers a field, its text the body. Which of
its reasons are the reader's is what the enhanced codes of RFC 3463 say: 5.1.x of the address, 5.2.x of the mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from digest.errors import RenderError
from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer, Call, Capabilities, Filled, Letter, Wire, every
from digest.providers.headers import parted
from digest.providers.mime_wire import MimeWire

COMMAND = "command"
"""The field of an answer that names the command which it answers: `CONNECT`, `AUTH`, `MAIL`, `RCPT`, `DATA`, or `.`."""
TAKEN = 250

_ENHANCED = re.compile(r"\s*([245])\.([0-9]{1,3})\.([0-9]{1,3})\b")
_QUEUED = re.compile(
    r"(?:\bqueued(?: mail)? (?:as|for delivery)|\Aok:?) *(?:id=)?<?((?=\S*[0-9])[\w.@+=/-]{1,128})", re.IGNORECASE
)
"""How servers name what they have taken; no standard says."""
_RELAYING = re.compile(r"relay|authenticat|\bauth\b", re.IGNORECASE)
_UNFIT = re.compile(r"[<>\s]")


class Smtp:
    """A submission server, the operator's own or a vendor's."""

    name: ClassVar[str] = "smtp"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=25_000_000,
        # RFC 5321 4.2.1: 4yz and 5yz both say that nothing was taken.
        refused=frozenset(range(400, 600)),
        partial=False,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as a raw message. Our delivery id is in Message-ID, in `X-Delivery`, and the envelope's id."""
        sender = _fit(parted(letter.sender).address)
        marked = replace(letter, headers=(*letter.headers, ("X-Delivery", Slotted((Slot("delivery", "header"),)))))

        def envelope(values: Mapping[str, str]) -> bytes:
            return "\n".join((sender, _fit(parted(values["to"]).address), values["delivery"])).encode()

        return MimeWire(marked, envelope)

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One transaction, for one reader: `MAIL FROM` the path, with the id of the envelope (RFC 3461 4.4)."""
        ((envelope, *message),) = messages
        sender, reader, delivery = envelope.decode().split("\n")
        return Call("MAIL", sender, (("RCPT", reader), ("ENVID", delivery)), message)

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """`USER:PASSWORD`; empty where the server asks for none."""
        return (("AUTH", token),)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the reply proves about each delivery."""
        command = answer.headers.get(COMMAND, "")
        text = answer.body.decode(errors="replace")
        enhanced = _ENHANCED.match(text)
        detail = f"SMTP {answer.status}" + (f" {enhanced[0].strip()}" if enhanced else "")
        detail += f" to {command}" if command else ""
        if answer.status == TAKEN and command == "." and len(deliveries) == 1:
            queued = _QUEUED.search(text[enhanced.end() :].strip() if enhanced else text)
            taken = queued[1] if queued else deliveries[0]
            return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=taken)]
        if answer.status not in self.capabilities.refused:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
        of = (enhanced[2], enhanced[3]) if enhanced else ("", "")
        # 552 to RCPT is a server's limit of recipients, which was 452 in a later standard: RFC 5321 4.5.3.1.10.
        if answer.status < 500 or (answer.status == 552 and command == "RCPT" and not enhanced):
            return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail)
        if reason := _of_reader(answer.status, command, of, text):
            kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
            return every(deliveries, kind, reason=reason, detail=detail)
        if answer.status == 552 or of == ("3", "4"):
            return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
        # Refused for the account, or for a reason that we do not know: no reader is failed for it.
        reason = {"AUTH": "auth", "MAIL": "sender", "DATA": "content", ".": "content"}.get(command, "other")
        if answer.status in (530, 534, 535, 538) or (command == "RCPT" and _RELAYING.search(text)):
            reason = "auth"
        return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def _of_reader(status: int, command: str, of: tuple[str, str], text: str) -> str:
    """Why this reader alone was refused; empty when it is not the reader's fault."""
    if command not in ("RCPT", "DATA", "."):
        return ""
    subject, detail = of
    if subject == "1" and detail not in ("7", "8"):  # those two are of the sender
        return "invalid"
    if subject == "2":
        return "other"
    plain = command == "RCPT" and not subject and status in (550, 551, 553)
    return "invalid" if plain and not _RELAYING.search(text) else ""


def _fit(address: str) -> str:
    """An address that can stand in an envelope. Raises RenderError for another one."""
    if not address.isascii() or _UNFIT.search(address):
        raise RenderError("the address cannot stand in an SMTP envelope, so no message is made for it")
    return address
