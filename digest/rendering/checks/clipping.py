"""Size, before and after encoding, and control characters: what makes Gmail clip a message."""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterator

from digest.model import Finding, Place, Severity
from digest.rendering.checks.proof import Proof, finding

CLIPPED = 102_400
"""Bytes of HTML beyond which Gmail shows "[Message clipped]" and hides the unsubscribe link."""
BUDGET = 90_000
"""Bytes: what is left for a provider's tracking pixel and rewritten links."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def check_size(proof: Proof) -> Iterator[Finding]:
    """`message-size` and `encoded-size`, with the longest value in every personal slot.

    Reports differ on whether Gmail counts the HTML or its encoded part (hteumeuleu/email-bugs #41), and a
    provider chooses the encoding; so the encoded size, as quoted-printable, is no more than a warning.
    """
    html = (proof.longest_html or proof.html).encode()
    size = max(len(html), proof.heaviest)
    if size > BUDGET:
        yield finding(
            "message-size",
            Severity.ERROR if size > CLIPPED else Severity.WARNING,
            f"The HTML takes up to {size:,} bytes; the budget is {BUDGET:,}, and Gmail clips at {CLIPPED:,}.",
            "Lower max_stories of the newsletter, or leave a story out.",
        )
    encoded = len(b2a_qp(html)) + html.count(b"\n")
    if encoded > CLIPPED:
        yield finding(
            "encoded-size",
            Severity.WARNING,
            f"Encoded as quoted-printable the HTML takes up to {encoded:,} bytes; Gmail may clip at {CLIPPED:,}.",
            "Lower max_stories of the newsletter, or leave a story out.",
        )


def check_characters(proof: Proof) -> Iterator[Finding]:
    """`control-character`: one raw C1 control is enough for Gmail to clip (hteumeuleu/email-bugs #41)."""
    for part, text in (("HTML", proof.html), ("text", proof.text), ("subject", proof.subject)):
        control = _CONTROL.search(text)
        if control:
            line = text.count("\n", 0, control.start()) + 1
            around = text[max(0, control.start() - 30) : control.end() + 30].replace(control[0], "�")
            yield finding(
                "control-character",
                Severity.ERROR,
                f"The {part} holds the control character U+{ord(control[0]):04X}; Gmail clips a message at it.",
                "Remove it from the template.",
                Place(f"{part} line {line}", None, around),
            )
