"""Colours as an element ends up with them, and the contrast that WCAG asks of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken import SOUND

from digest.rendering.checks.cascade import Look, seen
from digest.rendering.checks.contrast import check_contrast
from digest.rendering.checks.proof import Proof


def message(body: str, head: str = "") -> Proof:
    return replace(SOUND, html=f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>')


def looks(body: str, head: str = "", *, dark: bool = False) -> Look:
    """The look of the element with the id x."""
    return next(look for element, look in seen(message(body, head), dark=dark) if element.get("id") == "x")


@pytest.mark.parametrize(
    ("body", "colour", "ground"),
    [
        ('<p id="x">a</p>', "#000000", "#FFFFFF"),
        ('<div style="color:#111111; background:#EEEEEE"><p id="x">a</p></div>', "#111111", "#EEEEEE"),
        ('<table bgcolor="#222222"><tr><td id="x">a</td></tr></table>', "#000000", "#222222"),
        ('<p style="color:red"><a id="x" href="https://a.example">a</a></p>', "#0000EE", "#FFFFFF"),
        (
            '<p style="color:red"><a id="x" style="color:inherit" href="https://a.example">a</a></p>',
            "#FF0000",
            "#FFFFFF",
        ),
        ('<p style="background:url(a.png) navy no-repeat"><b id="x">a</b></p>', "#000000", "#000080"),
        (
            '<div style="background-color:#000000"><p id="x" style="color:rgba(255,255,255,0.5)">a</p></div>',
            "#808080",
            "#000000",
        ),
        (
            '<div style="background-color:#000000"><p id="x" style="background-color:transparent">a</p></div>',
            "#000000",
            "#000000",
        ),
        ('<p id="x" style="color:#111111 !important; color:#222222">a</p>', "#111111", "#FFFFFF"),
        ('<p id="x" style="color:no-colour">a</p>', "#000000", "#FFFFFF"),
    ],
)
def test_colours_come_down_the_tree(body: str, colour: str, ground: str) -> None:
    """Inherited, painted over, see-through or a browser's own: text has one colour and one ground."""
    look = looks(body)
    assert (look.colour, look.ground) == (colour, ground)


def test_the_dark_block_wins_by_specificity_and_order() -> None:
    """An important rule beats the inlined value; of two, the more specific one, then the later one."""
    head = (
        "<style>@media (prefers-color-scheme:dark){p.a{color:#010101 !important}.a{color:#020202 !important}"
        ".b{color:#030303 !important}.b{color:#040404 !important}.c{color:#050505}}</style>"
    )
    for name, colour in (("a", "#010101"), ("b", "#040404"), ("c", "#999999")):
        body = f'<p id="x" class="{name}" style="color:#999999">a</p>'
        assert looks(body, head, dark=True).colour == colour
        assert looks(body, head).colour == "#999999"


def test_other_media_change_no_colour() -> None:
    """What a phone, a printer or Outlook's own dark mode is told is not the dark scheme."""
    head = (
        "<style>@media (max-width:599px){.a{color:red !important}}[data-ogsc] .a{color:red !important}</style>"
        "<style>@media (prefers-color-scheme:light){.a{color:red !important}}</style>"
    )
    assert looks('<p id="x" class="a">a</p>', head, dark=True).colour == "#000000"


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("font-size:16px; color:#757575", False),  # 4.60
        ("font-size:16px; color:#777777", True),  # 4.47
        ("font-size:24px; color:#777777", False),
        ("font-size:18px; font-weight:bold; color:#777777", True),
        ("font-size:19px; font-weight:bold; color:#777777", False),
        ("font-size:24px; color:#969696", True),  # 2.95
        ("display:none; color:#FFFFFF", False),
    ],
)
def test_large_text_needs_less(style: str, found: bool) -> None:
    """4.5 for text; 3 from 24 pixels, or from 18.67 if it is bold (14 point, WCAG 2.2 1.4.3)."""
    assert bool(list(check_contrast(message(f'<p style="{style}">words</p>')))) is found


def test_each_pair_is_told_once_with_its_words() -> None:
    """A pair of colours on a hundred lines is one finding for each scheme, at the first of them."""
    found, dark = check_contrast(message('<p style="color:#999999">first words</p>' * 100))
    assert found.places[0].excerpt == "<p>first words"
    assert dark.message.startswith("In the dark scheme")
    assert "#999999 on #FFFFFF has a contrast of 2.84" in found.message


def test_what_holds_no_letter_needs_no_contrast() -> None:
    """Rules, arrows and fillers may be faint."""
    assert list(check_contrast(message('<p style="color:#EEEEEE">— · \u200c</p>'))) == []
