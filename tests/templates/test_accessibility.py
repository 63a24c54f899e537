"""The e-mail reads well to everybody: WCAG 2.2 AA by axe, and what axe does not look at."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any, Literal

import lxml.html
import pytest
from playwright.sync_api import Browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}


def violations(browser: Browser, html: str, scheme: Literal["light", "dark"]) -> list[str]:
    page = browser.new_page(viewport={"width": 600, "height": 800}, color_scheme=scheme)
    page.set_content(html)
    page.evaluate(AXE)
    result: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", RULES)
    page.close()
    assert len(result["passes"]) >= 8, "axe did not look"
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_violation_of_wcag(browser: Browser, html: str, scheme: Literal["light", "dark"]) -> None:
    """axe finds no violation of WCAG 2.2 A and AA in either colour scheme."""
    assert violations(browser, html, scheme) == []


@pytest.mark.browser
@pytest.mark.parametrize("case", ["everyday"], indirect=True)
def test_axe_sees_a_weak_contrast(browser: Browser, html: str) -> None:
    """The check above fails on grey of 4.4 : 1."""
    assert any(
        line.startswith("color-contrast") for line in violations(browser, html.replace("#5A5D66", "#7A7A7A"), "light")
    )


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("case", ["everyday"], indirect=True)
def test_every_pair_of_colours_has_contrast(source: str) -> None:
    """Each text colour has 4.5 : 1 on each ground in light, in dark and in Outlook's own dark mode."""
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    blocks = re.findall(r"<style\b[^>]*>(.*?)</style>", re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL), re.DOTALL)
    schemes = [block for block in blocks if ".ink" in block]
    assert len(schemes) == 3
    for block in schemes:
        colours = dict(re.findall(r"\.([\w-]+)\{(?:color|background-color):(#[0-9A-F]{6})", block))
        for ground in ("page", "card", "tint"):
            for ink in ("ink", "soft", "muted", "accent"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["on-button"], colours["button"]) >= 4.5


def test_structure_for_screen_readers(html: str) -> None:
    """Language and direction on html and on each child of body, one h1, presentation tables, a name, no empty link."""
    document = lxml.html.document_fromstring(html)
    body = document.find("body")
    assert body is not None
    for element in (document, *body):
        assert element.get("lang"), element.tag
        assert element.get("dir") in ("ltr", "rtl"), element.tag
    article = body.find("div[@role='article']")
    assert article is not None
    assert article.get("aria-roledescription") == "email"
    assert article.get("aria-label") == document.findtext("head/title")
    assert len(document.findall(".//h1")) == 1
    assert {table.get("role") for table in document.iter("table")} == {"presentation"}
    links = list(document.iter("a"))
    assert links
    assert all(link.text_content().strip() for link in links)
    assert all(image.get("alt") is not None for image in document.iter("img"))


def test_links_in_running_text_are_underlined(html: str) -> None:
    """Only headlines and the button are links without an underline."""
    for link in lxml.html.document_fromstring(html).iter("a"):
        plain = {"h-link", "press-link"} & set((link.get("class") or "").split())
        assert plain or "text-decoration:underline" in (link.get("style") or "")
