"""The inlined e-mail computes, in a browser, to the same styles as its source: at every width and in every scheme."""

from __future__ import annotations

from typing import Literal

import css_inline
import pytest
from playwright.sync_api import Browser
from premailer import Premailer

PROPERTIES = (
    "background-color", "border-bottom-color", "border-bottom-style", "border-bottom-width", "border-left-color",
    "border-left-style", "border-left-width", "border-right-color", "border-right-style", "border-right-width",
    "border-top-color", "border-top-style", "border-top-width", "border-top-left-radius", "color", "direction",
    "display", "float", "font-family", "font-size", "font-style", "font-weight", "letter-spacing", "line-height",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "opacity", "padding-bottom",
    "padding-left", "padding-right", "padding-top", "text-align", "text-decoration-line", "text-indent",
    "text-transform", "width", "word-break",
)  # fmt: skip

STATES: tuple[tuple[int, Literal["light", "dark"]], ...] = ((800, "light"), (375, "light"), (375, "dark"))

READ = """properties => Array.from(document.body.querySelectorAll("*"), element => {
  const style = getComputedStyle(element)
  return [element.tagName + "." + element.className, ...properties.map(name => style.getPropertyValue(name))]
})"""


def computed(browser: Browser, html: str) -> list[list[list[str]]]:
    """For each state: for each element below body, its name and its computed values."""
    states = []
    page = browser.new_page()
    page.set_content(html)
    for width, scheme in STATES:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        states.append(page.evaluate(READ, list(PROPERTIES)))
    page.close()
    return states


def differences(one: list[list[list[str]]], other: list[list[list[str]]]) -> list[str]:
    found = []
    for (width, scheme), left, right in zip(STATES, one, other, strict=True):
        assert [element[0] for element in left] == [element[0] for element in right], "other elements"
        found += [
            f"{width} {scheme} {before[0]} {name}: {was} → {now}"
            for before, after in zip(left, right, strict=True)
            for name, was, now in zip(PROPERTIES, before[1:], after[1:], strict=True)
            if was != now
        ]
    return found


@pytest.mark.browser
def test_inlined_equals_source_and_oracle(browser: Browser, source: str, html: str) -> None:
    """No property of any element differs after premailer, nor after css-inline as a second opinion."""
    expected = computed(browser, source)
    assert len(expected[0]) > 30
    assert expected[0] != expected[1] != expected[2], "the states must differ, or the comparison proves nothing"
    oracle = css_inline.inline(source.replace('data-premailer="ignore"', 'data-css-inline="keep"'))
    assert differences(expected, computed(browser, html)) == []
    assert differences(expected, computed(browser, oracle)) == []


@pytest.mark.browser
@pytest.mark.parametrize("case", ["everyday"], indirect=True)
def test_premailers_defaults_would_fail(browser: Browser, source: str) -> None:
    """The comparison sees what premailer does when it is not told better: dark and narrow rules lose."""
    kept = source.replace(' data-premailer="ignore"', "")
    defaults = Premailer(kept, allow_network=False, cssutils_logging_level="CRITICAL").transform()
    found = differences(computed(browser, source), computed(browser, defaults))
    assert any(line.startswith("375 dark") for line in found)
    assert any(line.startswith("375 light") for line in found)
