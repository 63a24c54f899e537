"""The e-mail as bytes: small enough for Gmail, in lines that every server passes on, read by a second parser."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest
from specimens import Specimen

BUDGET = 90_000
"""Bytes of HTML: below the 102,400 where Gmail clips, with room for a provider's rewritten links and its pixel."""
CLIPPED = 102_400
LONGEST_LINE = 998
"""Bytes between two CRLF, RFC 5322 2.1.1."""


def too_much(html: str) -> list[str]:
    """What of an HTML part a client clips, or a server that gets it in 8bit breaks."""
    found = [f"{len(html.encode()):,} bytes"] * (len(html.encode()) > BUDGET)
    return found + [
        f"a line of {len(line.encode())} bytes" for line in html.split("\n") if len(line.encode()) > LONGEST_LINE
    ]


def test_it_is_small_and_its_lines_are_short(specimen: Specimen) -> None:
    """At most 90,000 bytes of HTML and 102,400 encoded; no line over 998 bytes, neither encoded nor in 8bit."""
    if specimen.variation in ("plain", "alone", "bare"):
        assert too_much(specimen.html) == []
    assert specimen.message.html.longest <= CLIPPED
    assert len(specimen.mime.partition(b"text/html")[2]) <= CLIPPED
    assert max(map(len, specimen.mime.split(b"\r\n"))) <= LONGEST_LINE


def test_a_second_parser_reads_what_was_meant(specimen: Specimen) -> None:
    """The standard library finds text before HTML, both as they went in, and the subject; without a defect."""
    parsed = email.message_from_bytes(specimen.mime, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Subject"] == specimen.subject
    parts = list(parsed.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part, text in zip(parts, (specimen.text, specimen.html), strict=True):
        assert part.defects == []
        assert part.get_content_charset() == "utf-8"
        assert part.get_content().replace("\r\n", "\n").strip() == text.strip()


@pytest.mark.parametrize(("inserted", "says"), [("x" * 999, "a line of"), ("<p>padding</p>\n" * 6_900, "1")])
def test_it_sees_a_long_line_and_a_large_message(everyday: Specimen, inserted: str, says: str) -> None:
    """A line of 999 characters is seen, and 103 kB of HTML."""
    found = too_much(everyday.html.replace("<h1", f"\n{inserted}\n<h1", 1))
    assert len(found) == 1
    assert found[0].startswith(says)
