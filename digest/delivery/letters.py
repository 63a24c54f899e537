"""From an approved edition to each reader's message, in the provider's own bytes.

The edition was rendered once; here its compiled message gets its header fields and is turned
into the provider's format, once, and then only the slots are filled.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial

from digest.delivery.ids import DeliveryIds
from digest.message import CompiledMessage, Form, SentTo, Slot, Slotted
from digest.providers.base import Letter
from digest.storage.batches import Reader
from digest.storage.drafts import Sender
from subscribers.tokens import UnsubscribeTokens

IDS_KEPT = 2048
"""Deliveries whose id is remembered: what two of the largest batches have."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, the name quoted where RFC 5322 3.2.4 wants it; letters beyond ASCII as they are."""
    if not name:
        return address
    if not _ATOMS.match(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address}>"


def letter(message: CompiledMessage, sender: Sender, *, scheduled: bool, subject: str = "") -> Letter:
    """The whole edition as one letter, for files and trials."""
    return _letter(
        Form((subject or message.subject,)), Form(message.html.parts), Form(message.text.parts), sender, scheduled
    )


def form_letter(message: CompiledMessage, sender: Sender, *, scheduled: bool) -> Letter:
    """The letter of every selection that a reader of the edition may have."""
    made = _letter(message.subject_form, message.html_form, message.text_form, sender, scheduled)
    return replace(made, plan=message.plan)


def _letter(subject: Form, html: Form, text: Form, sender: Sender, scheduled: bool) -> Letter:
    """RFC 8058's two fields stand in front of the others.

    `List-Unsubscribe-Post` follows RFC 8058 3.1, `List-Id` RFC 2919; `Auto-Submitted` stands only
    on what the schedule sent, since RFC 3834 5.1 forbids it on what a person sent.
    """
    link = Slot("unsubscribe_url", "header")
    domain = sender.from_address.rpartition("@")[2]
    headers: list[tuple[str, Slotted]] = [
        ("List-Unsubscribe", Slotted(("<", link, ">"))),
        ("List-Unsubscribe-Post", Slotted(("List-Unsubscribe=One-Click",))),
        ("List-Id", Slotted((f"{_phrase(sender.title)}<{sender.list_id}>",))),
        ("Message-ID", Slotted(("<", Slot("delivery", "header"), f"@{domain}>"))),
    ]
    if scheduled:
        headers.append(("Auto-Submitted", Slotted(("auto-generated",))))
    return Letter(
        sender=mailbox(sender.from_name, sender.from_address),
        reply_to=sender.reply_to,
        subject=subject,
        html=html,
        text=text,
        headers=tuple(headers),
        stream=sender.stream,
    )


def _phrase(title: str) -> str:
    """A title as the phrase of a List-Id, which may do without: nothing encodes one that is not ASCII for us."""
    plain = title.replace("\\", "").replace('"', "").strip()
    return f'"{plain}" ' if plain.isascii() and plain else ""


class Values:
    """What stands in each reader's slots for one edition. The same reader always gets the same."""

    def __init__(self, *, edition_id: int, newsletter: str, sender: Sender, sent_to: SentTo, key: str) -> None:
        self._newsletter = newsletter
        self._base_url = sender.base_url
        self._sent_to = sent_to
        # Asked for twice, for the message and for its answer.
        self._id = lru_cache(maxsize=IDS_KEPT)(partial(DeliveryIds(key).make, edition_id))
        self._tokens = UnsubscribeTokens([key])

    def of(self, reader: Reader) -> dict[str, str]:
        """Every slot by name."""
        return {
            "to": mailbox(reader.name, reader.shown),
            "sent_to": reader.shown.join(_around_address(self._sent_to, reader.since)),
            "delivery": self.delivery(reader.subscriber_id),
            "unsubscribe_url": f"{self._base_url}/u/{self._tokens.make(reader.subscriber_id, self._newsletter)}",
        }

    def delivery(self, subscriber_id: int) -> str:
        """The id of the edition's delivery to a subscriber."""
        return self._id(subscriber_id)


@lru_cache(maxsize=4096)
def _around_address(sent_to: SentTo, since: date | None) -> tuple[str, ...]:
    """The sentence cut where the address stands in it. Readers share their days, so few sentences are made."""
    if since is None:
        return tuple((sent_to.plain % {"address": "\0"}).split("\0"))
    from digest.rendering.language import plain_date

    return tuple((sent_to.dated % {"address": "\0", "date": plain_date(since, sent_to.language)}).split("\0"))
