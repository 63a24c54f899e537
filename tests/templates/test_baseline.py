"""The digests look as they did when somebody last looked at them."""

from __future__ import annotations

import json
import re

import pytest
from baseline import FOLDER, LOOKS, ORIGIN, changed, draw, origin, pictures, stored
from PIL import Image
from playwright.sync_api import Browser
from screen import Screen
from specimens import Specimen

LARGEST = 1_500_000
"""Bytes of all pictures together."""


@pytest.mark.matrix
@pytest.mark.browser
def test_every_digest_looks_as_it_did(browser: Browser, screen: Screen) -> None:
    """Pixel for pixel, but for what 64 colours lose; where browser and fonts are those of the baseline."""
    assert {path.name for path, *_ in pictures()} == {path.name for path in FOLDER.glob("*.png")}, "make baseline"
    made, here = json.loads(ORIGIN.read_text("utf-8")), origin(browser)
    if made != here:
        other = ", ".join(f"{name} {made.get(name)} → {here[name]}" for name in here if made.get(name) != here[name])
        pytest.skip(f"nothing is compared with the baseline: it was made with another browser or other fonts: {other}")
    found = {
        path.name: changed(Image.open(path), draw(screen, specimen.html, width, scheme))
        for path, specimen, width, scheme in pictures()
    }
    assert {name: what for name, what in found.items() if what} == {}, "look at it, then: make baseline"


def test_the_baseline_is_small() -> None:
    """All pictures together take at most 1.5 MB of the repository."""
    assert sum(path.stat().st_size for path in FOLDER.glob("*.png")) <= LARGEST


CHANGES = {
    "another letter": (r"(<p\b[^>]*>\w)\w", r"\1x"),
    "one pixel more": (r'(<p\b[^>]*style="[^"]*)', r"\1;padding-top:1px"),
    "another colour": (r'(<p\b[^>]*style="[^"]*)', r"\1;color:#5A5D66"),
}
"""What is found first, and what it becomes."""


@pytest.mark.browser
@pytest.mark.parametrize("how", sorted(CHANGES))
def test_it_sees_a_small_change(screen: Screen, everyday: Specimen, how: str) -> None:
    """The same e-mail gives the same picture, and each of these another one."""
    kept = stored(draw(screen, everyday.html, *LOOKS[0]))
    assert changed(kept, draw(screen, everyday.html, *LOOKS[0])) is None
    broken = re.sub(*CHANGES[how], everyday.html, count=1)
    assert broken != everyday.html
    assert changed(kept, draw(screen, broken, *LOOKS[0])) is not None
