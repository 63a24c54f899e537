"""The plain-text part: it says what the HTML says, and it is plain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity
from digest.rendering.checks.proof import EXCERPT, Proof, finding, flat

LONGEST_LINE = 78
"""Characters, but for an address that stands alone; RFC 5322 2.1.1."""
LEAST, MOST = 0.6, 1.4
"""Words of the text part for each word of the HTML."""

_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|zwnj|[a-z]{2,8}|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_MARKUP = re.compile(
    r"</?(?:a|b|i|p|br|div|span|table|tr|td|h[1-6]|strong|em|ul|ol|li|img|style)\b[^<>]*>", re.IGNORECASE
)
_ADDRESS = re.compile(r"https?://\S+")
_MARKS = re.compile("[“”„‟\"«»‹›‘’‚‛'\\s\u200e\u200f]+")


def check_text(proof: Proof) -> Iterator[Finding]:
    """`text-missing`, `text-links`, `text-quotes`, `text-headlines`, `text-markup`, `text-lines`, `text-ratio`."""
    if not proof.text.strip():
        yield finding(
            "text-missing",
            Severity.ERROR,
            "The message has no text part; filters distrust that, and some readers see nothing.",
            "Write body.txt beside body.html.",
        )
        return
    yield from _told(proof)
    yield from _plain(proof)


def _told(proof: Proof) -> Iterator[Finding]:
    linked = {link.get("href") for link in proof.elements if link.tag == "a"}
    stand = set(_ADDRESS.findall(proof.text))
    silent = [url for url in proof.story_urls if url in linked and url not in stand]
    if silent:
        yield finding(
            "text-links",
            Severity.ERROR,
            f"The text part lacks the address of {len(silent)} of the stories.",
            "Write story.url in body.txt, with a space or a line's end after it.",
            Place("text part", None, silent[0][:EXCERPT]),
        )
    said = _bare(proof.text)
    for code, what, tags, severity in (
        ("text-quotes", "quotations", ("blockquote",), Severity.ERROR),
        ("text-headlines", "headings", ("h1", "h2", "h3"), Severity.WARNING),
    ):
        pieces = [flat(element.text_content()) for element in proof.shown if element.tag in tags]
        lost = [piece for piece in pieces if _bare(piece) not in said]
        if lost:
            yield finding(
                code,
                severity,
                f"The text part lacks {len(lost)} of the {len(pieces)} {what} of the HTML.",
                "Write them in body.txt as body.html has them.",
                Place("text part", None, lost[0][:EXCERPT]),
            )


def _plain(proof: Proof) -> Iterator[Finding]:
    # What the HTML shows as text may well look like markup: an article about it is no fault of the template.
    # Either part may set it in capitals.
    shown = proof.words.casefold()
    for found in (*_ENTITY.finditer(proof.text), *_MARKUP.finditer(proof.text)):
        if found[0].casefold() not in shown:
            yield finding(
                "text-markup",
                Severity.ERROR,
                "The text part holds HTML.",
                "Write body.txt without markup; nothing is escaped there.",
                Place(f"text line {_line(proof.text, found.start())}", None, _around(proof.text, found)),
            )
            break
    for number, line in enumerate(proof.text.splitlines(), start=1):
        if len(line) > LONGEST_LINE and " " in line.strip(" *—-–>\t") and not _ADDRESS.search(line):
            yield finding(
                "text-lines",
                Severity.WARNING,
                f"A line of the text part has {len(line)} characters; more than {LONGEST_LINE} break badly in replies.",
                "Fold it with the filter fold.",
                Place(f"text line {number}", None, line[:EXCERPT]),
            )
            break
    html_words, text_words = len(proof.words.split()), len(_ADDRESS.sub("", proof.text).split())
    if html_words and not LEAST <= text_words / html_words <= MOST:
        yield finding(
            "text-ratio",
            Severity.WARNING,
            f"The text part has {text_words:,} words and the HTML {html_words:,}; filters expect about the same.",
            "Say the same in body.txt as in body.html.",
        )


def _bare(text: str) -> str:
    """Letters and signs without quotation marks, line breaks and case, which the two parts may set differently."""
    return _MARKS.sub("", flat(text)).casefold()


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _around(text: str, found: re.Match[str]) -> str:
    return flat(text[max(0, found.start() - 40) : found.end() + 40])
