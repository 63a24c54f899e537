"""Form: what is missing, broken or in the wrong place, whatever the article says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity, Span
from digest.writing.checks.proof import Proof, finding, listed, normal

_LEAST_WORDS = 20
"""Words that a body must have."""
_MOJIBAKE = re.compile(
    r"â€[™œ“”˜¦\x9d\x80-\x9f]?|Ã[\x80-\xbf©¨¤¶¼Ÿ±§]|Â[\xa0£©®°»«]|ï¿½|\ufffd|&(?:amp|quot|nbsp|lt|gt|#\d{2,5}|#x[0-9a-f]{2,5});"
)
_SPOILT = "âÃÂï\ufffd&"
"""What each of them begins with."""
_PAIRS = (("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"))


def check_body(proof: Proof) -> Iterator[Finding]:
    """`no-body`, `no-headline`."""
    words = proof.words
    if words < _LEAST_WORDS:
        yield finding(
            "no-body",
            Severity.ERROR,
            f"The article has {f'only {words} words' if words else 'no words'} of body; a story needs at least "
            f"{_LEAST_WORDS}.",
            "Look at the source: the text may have been cut, or the page may hold no article.",
            Place("body", proof.paragraphs[0] if proof.paragraphs else None),
        )
    if proof.headline is None:
        yield finding(
            "no-headline",
            Severity.ERROR,
            "The article has no headline.",
            "Give it one in the source, or in the front matter of its file.",
            Place("headline"),
        )


def check_metadata(proof: Proof) -> Iterator[Finding]:
    """`missing-metadata`: byline, publication date or source address."""
    missing = []
    if not proof.byline:
        missing.append("byline")
    if not proof.dated:
        missing.append("publication date")
    if not proof.addressed:
        missing.append("source address")
    if missing:
        yield finding(
            "missing-metadata",
            Severity.WARNING,
            f"The article has no {listed(missing, 'and no')}.".replace(", ", ", no "),
            "Give them in the source, so that readers know who wrote this, when, and where to read it whole.",
            Place("metadata"),
        )


def check_caption(proof: Proof) -> Iterator[Finding]:
    """`caption-as-dek`: the words of a picture where the summary should be."""
    if proof.dek is None:
        return
    credited = re.search(r"\((?:photo|image|picture|credit)[:\s/]|/(?:AP|AFP|Reuters|Getty)\b", proof.dek.text, re.I)
    same = proof.caption is not None and normal(proof.caption.text) == normal(proof.dek.text)
    if credited or same:
        yield finding(
            "caption-as-dek",
            Severity.WARNING,
            "The dek is the caption of a picture, not a summary of the article.",
            "Write a dek of one sentence, or leave it out.",
            proof.dek.place(),
        )


def check_takes(proof: Proof) -> Iterator[Finding]:
    """`label-without-takes`, `takes-repeated`."""
    if proof.label is not None and not proof.author:
        text = proof.article.text[proof.label.start : proof.label.end]
        yield finding(
            "label-without-takes",
            Severity.WARNING,
            f"The label “{text}” has no list below it, so the takes were chosen from the body.",
            "Put each take on a line of its own under the label, with a bullet before it.",
            Place("body", proof.label, text),
        )
    seen: dict[str, Place] = {}
    for part in proof.take_parts if proof.author else ():
        words = normal(part.text)
        if words in seen:
            yield finding(
                "takes-repeated",
                Severity.WARNING,
                f"{part.subject} repeats {seen[words].part}.",
                "Take one of them out.",
                part.place(),
                seen[words],
            )
        seen.setdefault(words, part.place())


def check_characters(proof: Proof) -> Iterator[Finding]:
    """`mojibake`, `unbalanced-marks`."""
    text = proof.article.text
    spoilt = _MOJIBAKE.search(text) if any(map(text.__contains__, _SPOILT)) else None
    if spoilt is not None:
        span = Span(spoilt.start(), spoilt.end())
        around = text[max(0, span.start - 20) : span.end + 20]
        yield finding(
            "mojibake",
            Severity.ERROR,
            f"The text near “{' '.join(around.split())}” holds “{spoilt.group()}”, a sign of a wrong encoding.",
            "Read the source again with its right encoding, or mend these characters there.",
            Place("body", span, spoilt.group()),
        )
    for part in proof.written:
        for opening, closing in _PAIRS:
            opened, closed = part.text.count(opening), part.text.count(closing)
            if opened != closed:
                yield finding(
                    "unbalanced-marks",
                    Severity.WARNING,
                    f"{part.subject} opens {opened} “{opening}” and closes {closed} “{closing}”.",
                    "Add the mark that is missing, or take the stray one away.",
                    part.place(),
                )
                break
        else:
            if part.text.count('"') % 2:
                yield finding(
                    "unbalanced-marks",
                    Severity.WARNING,
                    f"{part.subject} has a quotation mark without its partner.",
                    "Add the mark that is missing, or take the stray one away.",
                    part.place(),
                )
