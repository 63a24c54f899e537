"""The e-mail fits every screen, with and without its style sheet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser

WIDTHS = (320, 375, 600, 800)

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth
  const outside = box => box.right > width + 0.5 || box.left < -0.5
  return Array.from(document.body.querySelectorAll("*"))
    .filter(element => outside(element.getBoundingClientRect()))
    .map(element => element.tagName + "." + element.className)
}"""


def overflow(browser: Browser, html: str) -> list[str]:
    """What is wider than the screen, at each width."""
    found = []
    page = browser.new_page()
    page.set_content(html)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{width}: {element}" for element in page.evaluate(OVERFLOWING)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{width}: the page scrolls sideways")
    page.close()
    return found


@pytest.mark.browser
@pytest.mark.parametrize("styles", ["with", "without"])
def test_nothing_is_wider_than_the_screen(browser: Browser, html: str, styles: str) -> None:
    """No element leaves the screen at 320, 375, 600 or 800 px, also where a client strips every style block."""
    shown = html if styles == "with" else re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL)
    assert ("<style" in shown) == (styles == "with")
    assert overflow(browser, shown) == []


@pytest.mark.browser
@pytest.mark.parametrize("case", ["everyday"], indirect=True)
def test_an_overflow_is_seen(browser: Browser, html: str) -> None:
    """The check above fails when a cell is wider than the screen."""
    wide = re.sub(r"<p\b[^>]*>The Harbour", '<p style="width:900px">The Harbour', html, count=1)
    assert "320: P." in overflow(browser, wide)


@pytest.mark.browser
@pytest.mark.parametrize("case", ["everyday", "right_to_left"], indirect=True)
def test_right_to_left_stories_are_mirrored(browser: Browser, html: str) -> None:
    """Headline, bullets, bar and hanging mark of a right-to-left story stand at the right, wherever it appears."""
    page = browser.new_page(viewport={"width": 600, "height": 800})
    page.set_content(html)
    story = page.locator("td > div[dir=rtl]").first
    assert story.locator("h1, h2").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
    bullets = story.locator("ul").first
    assert bullets.evaluate("e => getComputedStyle(e).paddingRight") == "20px"
    assert bullets.evaluate("e => getComputedStyle(e).paddingLeft") == "0px"
    right = story.locator("h1, h2, .take, .said, .said-large, .who").evaluate_all(
        """blocks => { const gaps = blocks.map(block => {
             const text = document.createRange(); text.selectNodeContents(block)
             const [outer, inner] = [document.body.getBoundingClientRect(), text.getBoundingClientRect()]
             return outer.right - inner.right })
           return Math.max(...gaps) }"""
    )
    assert right <= 60, "each block begins at the right"
    for bar in story.locator(".side, .side-rtl").all():
        assert bar.evaluate("e => getComputedStyle(e).borderRightWidth") == "3px"
        assert bar.evaluate("e => getComputedStyle(e).borderLeftWidth") == "0px"
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("case", ["everyday"], indirect=True)
def test_type_is_never_smaller_than_13_pixels(browser: Browser, html: str) -> None:
    """Every text that a reader sees is set in 13 px or more, on a desktop and on a phone."""
    for width in (375, 800):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.set_content(html)
        sizes = page.evaluate(
            """() => {
              const shown = node => node.nodeType === 3 && node.textContent.replace(/[\\s\\u00a0]/g, "")
              return Array.from(document.querySelectorAll("[role=article] *"))
                .filter(element => Array.from(element.childNodes).some(shown))
                .map(element => parseFloat(getComputedStyle(element).fontSize))
            }"""
        )
        page.close()
        assert len(sizes) > 40
        assert min(sizes) >= 13
