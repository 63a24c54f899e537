"""The e-mail fits every screen and reads in its own direction, with and without style sheet and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

import pytest
from screen import Screen, without_styles
from specimens import UNBROKEN, Specimen

WIDTHS = (320, 375, 600, 800)

OUTSIDE = """() => {
  const width = document.documentElement.clientWidth
  const outside = box => box.right > width + 0.5 || box.left < -0.5
  const found = Array.from(document.body.querySelectorAll("*"))
    .filter(element => outside(element.getBoundingClientRect()))
    .map(element => element.tagName + "." + element.className)
  return document.documentElement.scrollWidth > width ? ["the page scrolls sideways", ...found] : found
}"""

SMALL = """() => {
  const seen = node => node.nodeType === 3 && node.textContent.replace(/[\\s\\u00a0]/g, "")
  return Array.from(document.querySelectorAll("[role=article] *"))
    .filter(element => Array.from(element.childNodes).some(seen))
    .map(element => [parseFloat(getComputedStyle(element).fontSize), element.textContent.trim()])
    .filter(([size]) => size < 13)
}"""

ASTRAY = """() => Array.from(document.querySelectorAll("h1, h2, h3, p, li, ul, ol, td"), element => {
  const style = getComputedStyle(element), way = element.closest("[dir]").dir
  const [start, end] = way === "rtl" ? ["Right", "Left"] : ["Left", "Right"]
  const px = name => parseFloat(style[name]), wrong = []
  if (style.direction !== way) wrong.push("runs " + style.direction)
  if (element.matches("h1, h2, h3, li, blockquote p")) {
    const around = element.parentElement.closest("[dir]").dir
    if (around === way && style.textAlign.endsWith(end.toLowerCase())) wrong.push("aligned at the end")
  }
  if (element.matches("ul, ol") && px("padding" + end) > px("padding" + start)) wrong.push("bullets at the end")
  if (px("border" + end + "Width") > 1.5 && !px("border" + start + "Width")) wrong.push("bar at the end")
  return wrong.length ? way + " " + element.tagName + "." + element.className + " " + wrong.join(", ") : ""
}).filter(Boolean)"""


def overflow(screen: Screen, html: str, *, pictures: bool = True) -> list[str]:
    """What is wider than the screen, at each width."""
    screen.show(html, pictures=pictures)
    found = []
    for width in WIDTHS:
        screen.resize(width)
        found += [f"{width}: {element}" for element in screen.ask(OUTSIDE)]
    return found


@pytest.mark.browser
def test_nothing_is_wider_than_the_screen(screen: Screen, specimen: Specimen) -> None:
    """No element leaves the screen at 320, 375, 600 or 800 px; nor without style blocks, nor without pictures."""
    shown = (specimen.html, without_styles(specimen.html))
    assert "<style" in shown[0]
    assert "<style" not in shown[1]
    for html, pictures in product(shown, (True, False) if "<img" in specimen.html else (True,)):
        assert overflow(screen, html, pictures=pictures) == []


@pytest.mark.browser
def test_everything_begins_where_its_language_begins(screen: Screen, specimen: Specimen) -> None:
    """Blocks run, align, indent and carry their bar in the direction of the language that they are marked with."""
    for width in (375, 600):
        screen.show(specimen.html, width=width)
        assert screen.ask(ASTRAY) == []


@pytest.mark.browser
def test_type_is_never_smaller_than_13_pixels(screen: Screen, specimen: Specimen) -> None:
    """Every text that a reader sees is set in 13 px or more, on a desktop and on a phone."""
    for width in (375, 800):
        screen.show(specimen.html, width=width)
        assert screen.ask(SMALL) == []


@pytest.mark.browser
def test_nothing_but_pictures_is_loaded(screen: Screen, specimen: Specimen) -> None:
    """No font, script, frame or sheet is asked for: clients refuse them, and they would tell who reads."""
    screen.show(specimen.html)
    assert screen.asked == []


WIDE: dict[str, Callable[[str], str]] = {
    "a table of 900 px": lambda html: html.replace("<h1", '<table width="900"><tr><td>wide</td></tr></table><h1', 1),
    "a picture without max-width": lambda html: html.replace(
        "<h1", '<img src="https://media.example.com/a.png" alt="" width="1200" height="600"><h1', 1
    ),
    "a long word that may not break": lambda html: html.replace(
        "<h1", f'<p style="word-break:normal;font-size:20px">{UNBROKEN}</p><h1', 1
    ),
    "a fixed sheet": lambda html: re.sub(r"width:\s?100%;\s?max-width:\s?600px", "width:600px", html),
}


@pytest.mark.browser
@pytest.mark.parametrize("how", sorted(WIDE))
@pytest.mark.parametrize("styles", ["with", "without"])
def test_it_sees_what_is_too_wide(screen: Screen, everyday: Specimen, how: str, styles: str) -> None:
    """Each of these leaves the screen at 320 px, and is seen."""
    broken = WIDE[how](everyday.html)
    assert broken != everyday.html
    shown = broken if styles == "with" else without_styles(broken)
    assert any(line.startswith("320") for line in overflow(screen, shown))


@pytest.mark.browser
@pytest.mark.parametrize("style", ["direction:ltr", "text-align:left", "border-left:4px solid"])
def test_it_sees_what_is_not_mirrored(screen: Screen, everyday: Specimen, style: str) -> None:
    """A quotation in a right-to-left story that runs, aligns or has its bar from left to right is seen."""
    block = f'<div lang="ar" dir="rtl"><blockquote><p style="{style}">خبر</p></blockquote></div>'
    screen.show(everyday.html.replace("<h1", f"{block}<h1", 1))
    assert screen.ask(ASTRAY) != []


@pytest.mark.browser
def test_it_sees_small_type_and_what_is_loaded(screen: Screen, everyday: Specimen) -> None:
    """12 pixels are too small, and a web font and a frame are asked for."""
    screen.show(everyday.html.replace("<h1", '<p style="font-size:12px">small</p><h1', 1))
    assert [size for size, _ in screen.ask(SMALL)] == [12]
    font = "<style>@font-face{font-family:x;src:url(https://fonts.example.com/x.woff2)}</style>"
    frame = '<iframe src="https://ads.example.com/"></iframe><p style="font-family:x">x</p>'
    screen.show(everyday.html.replace("</head>", f"{font}</head>").replace("<h1", f"{frame}<h1", 1))
    screen.page.wait_for_load_state("networkidle")
    assert {"https://ads.example.com/", "https://fonts.example.com/x.woff2"} <= set(screen.asked)
