"""The message on the wire: its header fields, the order of its parts, and the length of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import SMTP

from digest.errors import RenderError
from digest.message.mime import MAX_LINE, compose
from digest.model import Finding, Place, Severity
from digest.rendering.checks.proof import EXCERPT, Proof, finding

REQUIRED = ("From", "To", "Subject", "Date", "Message-ID")
"""RFC 5322 3.6 and RFC 2076; `Message-ID` is a provider's to set where ours is missing."""
FOR_LISTS = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")
"""RFC 2369 3.2, RFC 8058 3.1, RFC 2919 2: what Gmail and Yahoo ask of bulk senders."""


def check_headers(proof: Proof) -> Iterator[Finding]:
    """`header-missing`, `header-unsubscribe`: only where the fields are known."""
    if proof.headers is None:
        return
    fields = {name.lower(): value for name, value in proof.headers.items()}
    wanted = REQUIRED + (FOR_LISTS if proof.unsubscribe_url else ())
    missing = [name for name in wanted if not fields.get(name.lower(), "").strip()]
    if missing:
        yield finding(
            "header-missing",
            Severity.ERROR,
            f"The message lacks {', '.join(missing)}.",
            "Set from_address and list_id of the newsletter.",
        )
    one_click = fields.get("list-unsubscribe-post", "")
    links = re.findall("<([^<>]*)>", fields.get("list-unsubscribe", ""))
    follows = one_click == "List-Unsubscribe=One-Click" and any(re.match("https?://", link) for link in links)
    if proof.unsubscribe_url and not missing and not follows:
        yield finding(
            "header-unsubscribe",
            Severity.ERROR,
            "The fields for one-click unsubscribe are not those of RFC 8058.",
            "List-Unsubscribe holds a web address in angle brackets, and List-Unsubscribe-Post says "
            "List-Unsubscribe=One-Click.",
            Place("headers", None, f"{one_click} {links}"[:EXCERPT]),
        )


def check_wire(proof: Proof) -> Iterator[Finding]:
    """`html-lines`, `mime-compose`, and those of `check_raw`: the message as `digest.message.mime` puts it together.

    A long line of HTML is encoded there and by most providers, so it is only recorded.
    """
    for number, line in enumerate(proof.html.split("\n"), start=1):
        if len(line.encode()) > MAX_LINE:
            yield finding(
                "html-lines",
                Severity.INFO,
                f"A line of the HTML has {len(line.encode()):,} bytes; sent unencoded, servers break it at {MAX_LINE}.",
                "Break the line in the template, between two tags.",
                Place(f"HTML line {number}", None, line[:EXCERPT]),
            )
            break
    try:
        wire = compose(proof.headers or {"Subject": proof.subject}, html=proof.html, text=proof.text)
    except RenderError as error:
        yield finding(
            "mime-compose", Severity.ERROR, f"The message cannot be put together: {error}.", "Mend that value first."
        )
        return
    yield from check_raw(wire, proof.subject)


def check_raw(wire: bytes, subject: str) -> Iterator[Finding]:
    """`mime-lines`, `mime-parts`, `subject-encoding` of any complete message; `subject` is what it means to say."""
    longest = max(map(len, wire.split(b"\r\n")))
    if longest > MAX_LINE or b"\n" in wire.replace(b"\r\n", b""):
        yield finding(
            "mime-lines",
            Severity.ERROR,
            f"A line of the message has {longest:,} bytes, or does not end in CR LF; {MAX_LINE} are allowed.",
            "Send it in quoted-printable, as digest.message.mime does.",
        )
    message = message_from_bytes(wire, policy=SMTP)
    kinds = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    if message.get_content_type() != "multipart/alternative" or kinds != ["text/plain", "text/html"]:
        yield finding(
            "mime-parts",
            Severity.ERROR,
            f"The parts are {', '.join(kinds)}; a client shows the last one that it can.",
            "Put text/plain first and text/html last, in one multipart/alternative.",
        )
    head = wire.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    raw = re.search(r"^Subject:[ \t]*([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.MULTILINE | re.IGNORECASE)
    words = re.findall(r"=\?[^?\s]+\?[bqBQ]\?[^?\s]*\?=", raw[1]) if raw else []
    if raw is None or not _decodes(raw[1], words, subject):
        yield finding(
            "subject-encoding",
            Severity.ERROR,
            "The subject does not decode to what it says, each encoded word by itself (RFC 2047 5).",
            "Leave the encoding to digest.message.mime.",
            Place("subject", None, (raw[1] if raw else "")[:EXCERPT]),
        )


def _decodes(raw: str, words: list[str], subject: str) -> bool:
    try:
        for word in words:
            ((encoded, charset),) = decode_header(word)
            encoded.decode(charset or "ascii")
        return str(make_header(decode_header(raw.replace("\r\n", "")))) == subject
    except (ValueError, LookupError):
        return False
