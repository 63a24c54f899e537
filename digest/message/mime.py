"""Headers, HTML and text → a complete RFC 5322 message.

CPython lays out the parts. The header lines are written here: the email package decodes what looks
encoded when a header is set, drops spaces where it folds, encodes long addresses of pages so
that no client can follow them, and has let line breaks through in more than one release.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses

from digest.errors import RenderError

MAX_LINE = 998
"""Characters of a header line, RFC 5322 2.1.1."""
ENCODED_LINE = 76
"""Characters of a line that holds an encoded word, RFC 2047 2; also of a quoted-printable line, RFC 2045 6.7."""

_NAME = re.compile(r"[!-9;-~]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ANGLED = re.compile(r"(.*\S)\s*(<[^<>]+>)")
_ADDRESSES = {"from", "sender", "reply-to", "to", "cc"}
_MADE_HERE = {"mime-version", "content-type", "content-transfer-encoding"}


def check_header(name: str, value: str) -> None:
    """Raise RenderError unless this can be one header field, whatever a library thinks of it.

    Control characters, line separators and lone surrogates are refused, never repaired.
    """
    if not _NAME.fullmatch(name):
        raise RenderError(f"{name!r} is not a header name; expected printable ASCII without a colon")
    found = _CONTROL.search(value)
    if found is not None:
        raise RenderError(
            f"the header {name} holds the character U+{ord(found[0]):04X}; remove it where the value comes from"
        )
    if len(name) + 2 + len(value) > MAX_LINE:
        raise RenderError(f"the header {name} has {len(value)} characters; a line may have {MAX_LINE}")


def compose(headers: Mapping[str, str], *, html: str, text: str) -> bytes:
    """A multipart/alternative message: text first, then HTML, both UTF-8 in quoted-printable, lines ended by CRLF.

    Equal arguments give equal bytes: the boundary is made from the content. Header values are as for `fields`.
    """
    opening = fields(headers.items())
    message = EmailMessage(policy=SMTP.clone(max_line_length=ENCODED_LINE))
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # "=_" cannot occur in quoted-printable (RFC 2045 6.7), so the boundary cannot occur in a part.
    content = hashlib.sha256(text.encode() + b"\0" + html.encode()).hexdigest()
    message.set_boundary(f"=_{content[:32]}")
    return opening + message.as_bytes()


def fields(headers: Iterable[tuple[str, str]]) -> bytes:
    """The lines of header fields. Values are plain text; what is not ASCII is encoded after RFC 2047.

    Raises RenderError for a field that cannot be sent.
    """
    lines = {}
    for name, value in headers:
        check_header(name, value)
        if name.lower() in _MADE_HERE or name.lower() in lines:
            raise RenderError(f"the header {name} is given twice, or made from the message itself; leave it out")
        lines[name.lower()] = f"{name}: {_written(name, value)}\r\n"
    return "".join(lines.values()).encode("ascii")


def _written(name: str, value: str) -> str:
    """The value as it goes onto the wire: itself if it is ASCII, else its words encoded and its address plain."""
    if value.isascii() and "=?" not in value:
        return value
    if name.lower() in _ADDRESSES:
        mailboxes = [(words, f"<{address}>") for words, address in getaddresses([value])]
    elif name.lower() == "list-id" and (angled := _ANGLED.fullmatch(value)):
        mailboxes = [(angled[1], angled[2])]
    else:
        return "\r\n ".join(_encoded(value, len(name) + 2))
    for _, address in mailboxes:
        if not address.isascii() or address == "<>":
            raise RenderError(f"the header {name} needs addresses in ASCII, a domain as xn--…, not {value!r}")
    return ",\r\n ".join(_mailbox(words, address, len(name) + 2) for words, address in mailboxes)


def _mailbox(words: str, address: str, before: int) -> str:
    encoded = list(_encoded(words, before))
    if not encoded:
        return address
    fits = before + len(encoded[-1]) + 1 + len(address) <= ENCODED_LINE
    return "\r\n ".join(encoded) + (" " if fits else "\r\n ") + address


def _encoded(words: str, before: int) -> Iterator[str]:
    """RFC 2047 words that each decode alone and fit a line; `before` characters stand in front of the first.

    White space between two encoded words is not part of the text, so all of it is encoded.
    """
    room = max(12, (ENCODED_LINE - before - len("=?utf-8?b??=")) // 4 * 3)
    chunk = b""
    for char in words:
        if len(chunk) + len(char.encode()) > room:
            yield f"=?utf-8?b?{b64encode(chunk).decode()}?="
            chunk = b""
        chunk += char.encode()
    if chunk:
        yield f"=?utf-8?b?{b64encode(chunk).decode()}?="
