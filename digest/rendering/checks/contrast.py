"""Contrast of every text with what is behind it, in the light and the dark scheme."""

from __future__ import annotations

from collections.abc import Iterator

from digest.colours import READABLE, contrast
from digest.model import Finding, Severity
from digest.rendering.checks.cascade import Look, seen
from digest.rendering.checks.proof import Proof, at, finding, flat, own_text, start_tag

READABLE_LARGE = 3.0
"""The least contrast of large text; WCAG 2.2, success criterion 1.4.3."""
LARGE, LARGE_BOLD = 24.0, 14 * 4 / 3
"""Pixels: WCAG calls 18 point large, and 14 point when it is bold."""


def check_contrast(proof: Proof) -> Iterator[Finding]:
    """`contrast`: one finding for each pair of colours in each scheme, where it stands first."""
    for scheme, dark in (("light", False), ("dark", True)):
        known: set[tuple[str, str, bool]] = set()
        for element, look in seen(proof, dark=dark):
            pair = look.colour, look.ground, _large(look)
            if pair in known:
                continue
            text = flat(" ".join(own_text(element)))
            if not any(char.isalnum() for char in text):
                continue
            known.add(pair)
            ratio, least = contrast(look.colour, look.ground), READABLE_LARGE if pair[2] else READABLE
            if ratio < least:
                yield finding(
                    "contrast",
                    Severity.ERROR,
                    f"In the {scheme} scheme {look.colour} on {look.ground} has a contrast of {_down(ratio)}; "
                    f"{'large text' if pair[2] else 'text'} needs {least}.",
                    "Change one of the two colours, in the palette of the template or the newsletter's brand.",
                    at(element, start_tag(element) + text),
                )


def _large(look: Look) -> bool:
    return look.pixels >= LARGE or (look.bold and look.pixels >= LARGE_BOLD)


def _down(ratio: float) -> str:
    """With two decimals, never rounded up to what is needed."""
    return f"{int(ratio * 100) / 100:.2f}"
