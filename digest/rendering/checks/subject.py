"""The two lines that an inbox shows: the subject, and the preheader after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.message import PREHEADER_LENGTH, SUBJECT_LENGTH
from digest.model import Finding, Place, Severity
from digest.rendering.checks.proof import Proof, finding, flat

SHORTEST_PREHEADER = 40
"""Code points. After a shorter one an inbox goes on with whatever the message shows first."""
MOST_CAPITALS = 0.7
"""Of the letters of a subject; a subject of fewer than `FEW_LETTERS` may be an acronym."""
FEW_LETTERS = 10
_SHOUTING = re.compile(r"[!?¡¿]{2,}|(?:[!].*){2,}|\${2,}|\*{2,}")


def check_subject(proof: Proof) -> Iterator[Finding]:
    """`subject-length`, `subject-capitals`, `subject-marks`."""
    subject = proof.subject
    if not subject.strip() or len(subject) > SUBJECT_LENGTH:
        yield finding(
            "subject-length",
            Severity.WARNING if subject.strip() else Severity.ERROR,
            f"The subject has {len(subject)} characters; inboxes show up to {SUBJECT_LENGTH}.",
            "Use {{ subject }} in subject.txt: it is the headline, cut at a word.",
            Place("subject", None, subject[:120]),
        )
    letters = [char for char in subject if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    if len(letters) >= FEW_LETTERS and capitals > MOST_CAPITALS * len(letters):
        yield finding(
            "subject-capitals",
            Severity.WARNING,
            "The subject is written in capitals, which filters score as spam.",
            "Write it as a sentence.",
            Place("subject", None, subject[:120]),
        )
    if _SHOUTING.search(subject):
        yield finding(
            "subject-marks",
            Severity.WARNING,
            "The subject has several exclamation marks or a row of signs, which filters score as spam.",
            "Leave one at most.",
            Place("subject", None, subject[:120]),
        )


def check_preheader(proof: Proof) -> Iterator[Finding]:
    """`preheader`: what an inbox shows after the subject."""
    line, subject = flat(proof.preheader), flat(proof.subject)
    wrong = (
        "is empty, and inboxes show the first words of the message"
        if not line
        else "says the same as the subject"
        if line == subject
        else f"has {len(line)} characters; inboxes show {SHORTEST_PREHEADER} to {PREHEADER_LENGTH}"
        if not SHORTEST_PREHEADER <= len(line) <= PREHEADER_LENGTH
        else "does not stand first in the HTML"
        if not _stands_first(proof, line)
        else ""
    )
    if wrong:
        yield finding(
            "preheader",
            Severity.WARNING,
            f"The line after the subject {wrong}.",
            "Show slots.preheader first in the body; it is the other headlines, or the dek of an only story.",
            Place("preheader", None, line[:120]),
        )


def _stands_first(proof: Proof, line: str) -> bool:
    return proof.body is not None and flat(proof.body.text_content()).startswith(line)
