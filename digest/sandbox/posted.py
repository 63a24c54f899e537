"""A message as Postmark's API takes it: its members, what is refused, and the mail it becomes.

The rules are the vendor's (developer documentation: Email API, Error codes, Metadata), written
again here rather than shared with `digest.providers`, so that the adapter is judged by somebody
else. Stricter in three places: an unknown member is refused, To holds one mailbox, and there
are no copies and no attachments, because a digest has none.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from datetime import datetime
from email.header import Header as EncodedHeader
from email.utils import format_datetime, formataddr, getaddresses
from functools import lru_cache
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

from digest.sandbox.mailbox import HOST

INACTIVE = re.compile(r"reject\+[^@]*@", re.IGNORECASE)
"""Addresses that the sandbox takes to be inactive, for a demonstration: `reject+anything@anywhere`."""

METADATA_MEMBERS = 10
METADATA_NAME = 20
METADATA_VALUE = 80
"""Postmark's limits of Metadata: members, and characters of a name and of a value."""

SUBJECT = 2000
TAG = 1000
"""Postmark's limits of Subject and Tag, in characters."""

LINE = 998
"""Octets of a header line without CRLF, RFC 5322 2.1.1."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""dot-atom@domain, RFC 5321 4.1.2; Postmark takes no quoted local parts and no literals."""

_NAME = re.compile(r"[!-9;-~]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
_OWN_HEADERS = frozenset({"from", "to", "cc", "bcc", "subject", "reply-to", "mime-version", "received", "return-path"})
"""Members of the message or the server's own; refused among Headers, as is every Content- field."""


class Fault(NamedTuple):
    """Why a message is refused: Postmark's ErrorCode and words."""

    code: int
    message: str


class PostedHeader(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """A member of Headers."""

    name: str
    value: str


class Posted(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """A message as posted to /email, or one element of what is posted to /email/batch."""

    sender: str = msgspec.field(name="From", default="")
    to: str = ""
    reply_to: str = ""
    subject: str = ""
    html_body: str = ""
    text_body: str = ""
    headers: list[PostedHeader] = []
    metadata: dict[str, str] = {}
    message_stream: str = "outbound"
    tag: str = ""
    track_opens: bool = False
    track_links: Literal["None", "HtmlAndText", "HtmlOnly", "TextOnly"] = "None"

    def fault(self, inactive: frozenset[str]) -> Fault | None:
        """Why Postmark would refuse it, or None; `inactive` holds bare addresses in lower case."""
        complaint = self._complaint()
        if complaint is not None:
            return Fault(300, complaint)
        address = _mailbox(self.to)[1]
        if address.lower() in inactive or INACTIVE.match(address):
            return Fault(
                406,
                "You tried to send to recipient(s) that have been marked as inactive. "
                f"Found inactive addresses: {address}. Inactive recipients are ones that have generated "
                "a hard bounce, a spam complaint, or a manual suppression.",
            )
        return None

    def _complaint(self) -> str | None:
        for member, value in (("From", self.sender), ("To", self.to), ("ReplyTo", self.reply_to)):
            if (value or member != "ReplyTo") and not _mailbox(value)[1]:
                return f"Invalid '{member}' address: expected one mailbox, not '{value}'."
        if not self.html_body and not self.text_body:
            return "Provide either email TextBody or HtmlBody or both."
        if len(self.subject) > SUBJECT or len(self.tag) > TAG:
            return f"Subject must be at most {SUBJECT} characters and Tag at most {TAG}."
        if len(self.metadata) > METADATA_MEMBERS:
            return f"Metadata must have at most {METADATA_MEMBERS} members."
        for name, value in self.metadata.items():
            if not _NAME.fullmatch(name) or len(name) > METADATA_NAME or len(value) > METADATA_VALUE:
                return (
                    f"Metadata member '{name}': expected at most {METADATA_NAME} printable ASCII characters "
                    f"in the name and {METADATA_VALUE} characters in the value."
                )
        for header in self.headers:
            lowered = header.name.lower()
            if not _NAME.fullmatch(lowered) or lowered in _OWN_HEADERS or lowered.startswith("content-"):
                return f"Header '{header.name}' is not allowed in Headers."
        for name, value in self._fields():
            if _CONTROL.search(value):
                return f"'{name}' holds a line break or another control character."
            if value.isascii() and len(name) + 2 + len(value) > LINE:
                return f"'{name}' is longer than a line of an e-mail may be ({LINE} octets)."
        return None

    def _fields(self) -> list[tuple[str, str]]:
        """Everything that becomes a header field, apart from addresses."""
        return [
            ("Subject", self.subject),
            ("X-PM-Message-Stream", self.message_stream),
            *([("X-PM-Tag", self.tag)] if self.tag else []),
            *((f"X-PM-Metadata-{name}", value) for name, value in self.metadata.items()),
            *((header.name, header.value) for header in self.headers),
        ]

    def mail(self, message_id: UUID, now: datetime) -> bytes:
        """The message as Postmark would hand it on, RFC 5322 with CRLF.

        As there, a Message-ID among Headers is replaced unless X-PM-KeepID says true, and a
        missing Date is `now`.
        """
        given = {header.name.lower(): header.value for header in self.headers}
        keeps_id = given.get("x-pm-keepid", "").lower() == "true"
        lines = [f"From: {_encoded_mailbox('From', self.sender)}", f"To: {_encoded_mailbox('To', self.to)}"]
        if self.reply_to:
            lines.append(f"Reply-To: {_encoded_mailbox('Reply-To', self.reply_to)}")
        for name, value in self._fields():
            lowered = name.lower()
            if lowered == "x-pm-keepid" or (lowered == "message-id" and not keeps_id):
                continue
            lines.append(f"{name}: {_encoded(name, value)}")
        if "date" not in given:
            lines.append(f"Date: {format_datetime(now)}")
        if not (keeps_id and "message-id" in given):
            lines.append(f"Message-ID: <{message_id}@{HOST}>")
        lines += [f"X-PM-Message-Id: {message_id}", "MIME-Version: 1.0"]
        parts = [_part("plain", self.text_body)] if self.text_body else []
        parts += [_part("html", self.html_body)] if self.html_body else []
        head = "\r\n".join(lines).encode() + b"\r\n"
        if len(parts) == 1:
            return head + parts[0]
        edge = b"--=_" + message_id.hex.encode()  # random, and made after the bodies
        return b"".join(
            (
                head,
                b'Content-Type: multipart/alternative; boundary="' + edge[2:] + b'"\r\n',
                *(b"\r\n" + edge + b"\r\n" + part for part in parts),
                b"\r\n" + edge + b"--\r\n",
            )
        )


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
def _mailbox(value: str) -> tuple[str, str]:
    """Display name and address of the one mailbox in `value`; two empty strings when it is not that."""
    found = getaddresses([value]) if not _CONTROL.search(value) else []
    if len(found) == 1 and len(found[0][1]) <= 254 and _ADDRESS.fullmatch(found[0][1]):
        return found[0]
    return "", ""


def _encoded_mailbox(field: str, value: str) -> str:
    name, address = _mailbox(value)
    if not name:
        return address
    return formataddr((name, address)) if name.isascii() else f"{_encoded(field, name)} <{address}>"


def _encoded(field: str, value: str) -> str:
    """A header value in ASCII: as it is, or in RFC 2047 words folded to 76 columns."""
    if value.isascii():
        return value
    return EncodedHeader(value, "utf-8", header_name=field).encode(linesep="\r\n")
