"""A message that the sandbox took, whatever format it came in, and the mail that it becomes.

What makes a header field or an address is written again here rather than shared with `digest.providers`, so that
adapters are judged by somebody else. Stricter than vendors in one place: To holds one mailbox.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Mapping
from datetime import datetime
from email.header import Header as EncodedHeader
from email.utils import format_datetime, formataddr, getaddresses
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from digest.sandbox.mailbox import HOST

LINE = 998
"""Octets of a header line without CRLF, RFC 5322 2.1.1."""

FIELD_NAME = re.compile(r"[!-9;-~]+")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""dot-atom@domain, RFC 5321 4.1.2; vendors take no quoted local parts and no literals."""

_OWN = frozenset({"from", "to", "cc", "bcc", "subject", "reply-to", "mime-version", "received", "return-path"})
"""Fields that a message has members for, or the server's own."""


class Mail(NamedTuple):
    """One message for one reader."""

    sender: str
    to: str
    subject: str
    html: str
    text: str
    fields: tuple[tuple[str, str], ...]
    """What stands below Subject, in its order."""
    reply_to: str = ""
    message_id: str = ""
    """With its angle brackets; empty for one of ours."""

    def broken(self) -> str | None:
        """Why it cannot be written as mail, or None; addresses are looked at by each format."""
        for name, value in (("Subject", self.subject), *self.fields):
            if CONTROL.search(value):
                return f"'{name}' holds a line break or another control character."
            if value.isascii() and len(name) + 2 + len(value) > LINE:
                return f"'{name}' is longer than a line of an e-mail may be ({LINE} octets)."
        return None

    def written(self, number: UUID, now: datetime, *, trace: Mapping[str, str]) -> bytes:
        """The message as a vendor hands it on, RFC 5322 with CRLF.

        A missing Date is `now`. `trace`: fields of the vendor's own, at the end.
        """
        lines = [f"From: {_encoded_mailbox('From', self.sender)}", f"To: {_encoded_mailbox('To', self.to)}"]
        if self.reply_to:
            lines.append(f"Reply-To: {_encoded_mailbox('Reply-To', self.reply_to)}")
        lines += [f"{name}: {_encoded(name, value)}" for name, value in (("Subject", self.subject), *self.fields)]
        if not any(name.lower() == "date" for name, _ in self.fields):
            lines.append(f"Date: {format_datetime(now)}")
        if self.message_id or not any(name.lower() == "message-id" for name, _ in self.fields):
            lines.append(f"Message-ID: {self.message_id or f'<{number}@{HOST}>'}")
        lines += [*(f"{name}: {value}" for name, value in trace.items()), "MIME-Version: 1.0"]
        parts = [_part("plain", self.text)] if self.text else []
        parts += [_part("html", self.html)] if self.html else []
        head = "\r\n".join(lines).encode() + b"\r\n"
        if len(parts) == 1:
            return head + parts[0]
        edge = b"--=_" + number.hex.encode()  # random, and made after the bodies
        return b"".join(
            (
                head,
                b'Content-Type: multipart/alternative; boundary="' + edge[2:] + b'"\r\n',
                *(b"\r\n" + edge + b"\r\n" + part for part in parts),
                b"\r\n" + edge + b"--\r\n",
            )
        )


def is_field(name: str) -> bool:
    """Whether a message may bring a header field of that name itself."""
    lowered = name.lower()
    return bool(FIELD_NAME.fullmatch(name)) and lowered not in _OWN and not lowered.startswith("content-")


def _part(subtype: str, body: str) -> bytes:
    """A text part with its own header; ends without a line break.

    As it is where RFC 5322 allows that, because people read the source; else in quoted-printable.
    """
    text = body.replace("\r\n", "\n").replace("\r", "\n").encode()
    encoding = b"8bit"
    if b"\0" in text or max(map(len, text.split(b"\n"))) > LINE:
        text, encoding = b2a_qp(text, istext=True), b"quoted-printable"
    return b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n%b" % (
        subtype.encode(),
        encoding,
        text.replace(b"\n", b"\r\n"),
    )


@lru_cache(maxsize=1024)
def mailbox(value: str) -> tuple[str, str]:
    """Display name and address of the one mailbox in `value`; two empty strings when it is not that."""
    found = getaddresses([value]) if not CONTROL.search(value) else []
    if len(found) == 1 and len(found[0][1]) <= 254 and _ADDRESS.fullmatch(found[0][1]):
        return found[0]
    return "", ""


def _encoded_mailbox(field: str, value: str) -> str:
    name, address = mailbox(value)
    if not name:
        return address
    return formataddr((name, address)) if name.isascii() else f"{_encoded(field, name)} <{address}>"


def _encoded(field: str, value: str) -> str:
    """A header value in ASCII: as it is, or in RFC 2047 words folded to 76 columns."""
    if value.isascii():
        return value
    return EncodedHeader(value, "utf-8", header_name=field).encode(linesep="\r\n")
