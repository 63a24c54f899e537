"""The e-mail reads well to everybody: WCAG 2.2 AA by axe, and the list of the Email Markup Consortium.

The list is what its yearly reports count, and axe does not look at: e-mail clients take a message out of its page,
so language and direction must stand on what is left of it, and every table is layout.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import pairwise
from typing import Any, Literal

import lxml.html
import pytest
from screen import Screen
from specimens import Specimen

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""All that a dark look can change: the document is the same."""

OUTLOOK = """() => document.querySelectorAll("html, body").forEach(element => {
  element.setAttribute("data-ogsc", ""); element.setAttribute("data-ogsb", "")
})"""
"""Outlook on the web in its own dark mode: it marks what it recoloured, and matches no prefers-color-scheme."""

Look = Literal["light", "dark", "outlook"]


def violations(screen: Screen, html: str, look: Look) -> list[str]:
    """What axe finds, each with the place."""
    screen.show(html, scheme="dark" if look == "dark" else "light")
    if look == "outlook":
        screen.ask(OUTLOOK)
    if screen.ask("typeof axe") == "undefined":
        screen.ask(AXE)
    rules = RULES if look == "light" else OF_COLOUR
    result: dict[str, Any] = screen.ask("rules => axe.run(document, {runOnly: rules})", rules)
    assert len(result["passes"]) >= (8 if look == "light" else 1), "axe did not look"
    return [f"{rule['id']}: {node['html'][:120]}" for rule in result["violations"] for node in rule["nodes"]]


def told(element: lxml.html.HtmlElement) -> str:
    """What a screen reader says of it: its text, and what stands for its images."""
    return " ".join([element.text_content(), *(image.get("alt", "") for image in element.iter("img"))]).strip()


def barriers(html: str) -> Iterator[str]:
    """What breaks the consortium's list, in words."""
    document = lxml.html.document_fromstring(html)
    body = document.find("body")
    assert body is not None
    for element in (document, *(child for child in body if isinstance(child.tag, str))):
        if not element.get("lang") or element.get("dir") not in ("ltr", "rtl"):
            yield f"{element.tag!s} has no lang or no dir"
    title = (document.findtext("head/title") or "").strip()
    articles = body.findall("div[@role='article']")
    if (
        not title
        or [one.get("aria-label") for one in articles] != [title]
        or not articles[0].get("aria-roledescription")
    ):
        yield "no title, or no article that is called by it and says that it is an e-mail"
    levels = [int(str(heading.tag)[1]) for heading in body.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1 or levels[0] != 1 or any(after - before > 1 for before, after in pairwise(levels)):
        yield f"headings have the levels {levels}; one h1 comes first, and no level is skipped"
    if not all(told(heading) for heading in body.iter("h1", "h2", "h3", "h4", "h5", "h6")):
        yield "a heading is empty"
    if any(table.get("role") not in ("presentation", "none") for table in body.iter("table")):
        yield "a table for layout has no role=presentation"
    for image in body.iter("img"):
        alt = image.get("alt")
        if alt is None or re.search(r"\.(?:jpe?g|png|gif|webp|svg)$", alt.strip(), re.IGNORECASE):
            yield "an image has no alt, or a file name for one"
    for link in body.iter("a"):
        said = link.text_content() + "".join(image.get("alt", "") for image in link.iter("img"))
        if not link.get("href") or not said.strip(" \n\t\u00a0→←"):
            yield "a link has no address or says nothing"
        elif re.fullmatch(r"\W*(?:(?:click |read )?(?:here|more)|link)\W*", said, re.IGNORECASE):
            yield f"a link says only {said!r}"
    viewport = document.find("head/meta[@name='viewport']")
    if viewport is None or re.search(r"user-scalable|maximum-scale", viewport.get("content", "")):
        yield "no viewport, or one that forbids to zoom"
    if re.search(r"text-align:\s*justify", html):
        yield "text is justified"


@pytest.mark.browser
def test_no_violation_of_wcag(screen: Screen, specimen: Specimen) -> None:
    """axe finds no violation of WCAG 2.2 A and AA: light, dark, nor in Outlook's own dark mode."""
    for look in ("light", "dark", "outlook"):
        assert (look, violations(screen, specimen.html, look)) == (look, [])


def test_no_barrier_of_the_consortiums_list(specimen: Specimen) -> None:
    """Language, direction, name, headings, roles, alternatives, links and zoom are as the list asks."""
    assert list(barriers(specimen.html)) == []


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "dark", "outlook"])
def test_dark_looks_are_dark(screen: Screen, everyday: Specimen, look: Look) -> None:
    """What axe looks at is what it says: only the dark looks have a dark ground."""
    violations(screen, everyday.html, look)
    red = int(screen.ask("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]"))
    assert (red < 64) == (look != "light")


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "dark", "outlook"])
def test_axe_sees_a_weak_contrast(screen: Screen, everyday: Specimen, look: Look) -> None:
    """Grey on white of 4.4 : 1 is seen in each look."""
    weak = '<p style="color:#787878;background-color:#FFFFFF;font-size:16px">weak</p>'
    found = violations(screen, everyday.html.replace("<h1", f"{weak}<h1", 1), look)
    assert [line.partition(":")[0] for line in found] == ["color-contrast"]


def replaced(was: str, now: str) -> Callable[[str], str]:
    return lambda html: html.replace(was, now, 1)


BARRIERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "language missing on the article": (
        "div has no lang",
        lambda html: re.sub(r'(role="article"[^>]*?) lang="[\w-]+"', r"\1", html),
    ),
    "direction missing on html": ("html has no lang", lambda html: re.sub(r'(<html [^>]*?) dir="\w+"', r"\1", html)),
    "title missing": ("no title", lambda html: re.sub("<title>.*?</title>", "", html, flags=re.DOTALL)),
    "heading skipped": ("headings have", replaced("<h2", "<h3")),
    "two of the first": ("headings have", replaced("<h2", "<h1>Again</h1><h2")),
    "empty heading": ("a heading is empty", replaced("<h2", "<h2> </h2><h2")),
    "role missing": ("a table for", replaced(' role="presentation"', "")),
    "alt missing": ("an image", replaced("<h1", '<img src="https://media.example.com/a.png" width="1"><h1')),
    "alt is a file name": (
        "an image",
        replaced("<h1", '<img src="https://media.example.com/a.png" alt="DSC_1.jpg"><h1'),
    ),
    "link without words": ("a link has", replaced("<h1", '<a href="https://example.com/">→</a><h1')),
    "link that says here": ("a link says", replaced("<h1", '<a href="https://example.com/">Click here</a><h1')),
    "zoom forbidden": ("no viewport", replaced("initial-scale=1", "initial-scale=1, user-scalable=no")),
    "justified": ("text is", replaced("<h1", '<p style="text-align:justify">x</p><h1')),
}


@pytest.mark.parametrize("how", sorted(BARRIERS))
def test_it_sees_each_barrier(everyday: Specimen, how: str) -> None:
    """Each point of the list, broken in a good e-mail, is named, and alone."""
    says, change = BARRIERS[how]
    found = list(barriers(change(everyday.html)))
    assert found
    assert all(line.startswith(says) for line in found), found
