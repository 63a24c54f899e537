"""Headers, HTML and text → a complete RFC 5322 message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import EmailPolicy

from digest.errors import RenderError

_NAME = re.compile(r"[!-9;-~]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MADE_HERE = {"mime-version", "content-type", "content-transfer-encoding"}
MAX_LINE = 998
"""Characters of a header line, RFC 5322 2.1.1."""


class _Wire(EmailPolicy):
    """The SMTP policy, but ASCII in fields that hold addresses of pages is never folded.

    CPython folds a word longer than 76 characters as an encoded word; a mail client cannot follow a
    List-Unsubscribe that was encoded.
    """

    def fold(self, name: str, value: str) -> str:
        line = f"{name}: {value}\r\n"
        if name.lower().startswith("list-") and line.isascii() and len(line) <= MAX_LINE:
            return line
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


_WIRE = _Wire(linesep="\r\n", cte_type="7bit")


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


def compose(headers: Mapping[str, str], *, html: str, text: str) -> bytes:
    """A multipart/alternative message: text first, then HTML, both UTF-8 in quoted-printable, lines ended by CRLF.

    Equal arguments give equal bytes: the boundary is made from the content. Header values are plain
    text; what is not ASCII is encoded after RFC 2047. Raises RenderError for a header that cannot be sent.
    """
    message = EmailMessage(policy=_WIRE)
    for name, value in headers.items():
        check_header(name, value)
        if name.lower() in _MADE_HERE:
            raise RenderError(f"the header {name} is made from the message itself; leave it out")
        try:
            message[name] = value
        except (ValueError, IndexError) as error:
            raise RenderError(f"the header {name} cannot hold {value[:80]!r}: {error}") from None
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # "=_" cannot occur in quoted-printable (RFC 2045 6.7), so the boundary cannot occur in a part.
    content = hashlib.sha256(text.encode() + b"\0" + html.encode()).hexdigest()
    message.set_boundary(f"=_{content[:32]}")
    return message.as_bytes()
