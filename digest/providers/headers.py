"""Mailboxes and header values for vendors that take them apart, or take ASCII only."""

from __future__ import annotations

import re
from email.header import Header
from typing import NamedTuple

from digest.message import Slot, Slotted

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\Z')
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")
_MAILBOX = Slot("to", "header")


class Mailbox(NamedTuple):
    """`Name <address>`, taken apart."""

    name: str
    address: str


def parted(mailbox: str) -> Mailbox:
    """The name, without quotation marks, and the address; the inverse of how letters are addressed.

    Raises RenderError for a control character.
    """
    mailbox = _MAILBOX.escape(mailbox)
    if not mailbox.endswith(">"):
        return Mailbox("", mailbox)
    name, _, address = mailbox[:-1].rpartition("<")
    name = name.strip()
    if quoted := _QUOTED.match(name):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return Mailbox(name, address)


def ascii_mailbox(mailbox: Mailbox) -> str:
    """The mailbox as RFC 5322 and RFC 2047 write it, with an encoded word where others have quotation marks."""
    name, address = mailbox
    if not name:
        return address
    plain = _ATOMS.match(name) and "=?" not in name
    return f"{name if plain else encoded_word(name)} <{address}>"


def encoded_word(text: str) -> str:
    """The text as encoded words (RFC 2047), cut between characters and separated by spaces."""
    return Header(text, "utf-8").encode(linesep="", maxlinelen=75)


def ascii_value(value: str) -> str:
    """A header value as it is when it is ASCII, else as encoded words."""
    return value if value.isascii() else encoded_word(value)


def ascii_slotted(value: Slotted) -> Slotted:
    """A header value in which what surrounds the slots is ASCII; what fills ours is so already."""
    return Slotted(tuple(ascii_value(part) if isinstance(part, str) else part for part in value.parts))
