"""The inlined e-mail computes, in a browser, to the same styles as its source: at every width and in every scheme.

Media queries that lost their `!important`, tables that an attribute floats, shorthands in the wrong order and rules
that fell out all show as differences here, without a line of code that knows of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import css_inline
import pytest
from premailer import Premailer
from screen import Scheme, Screen
from specimens import Specimen

from digest.rendering.inline import CONDITIONAL, KEPT_BLOCK, inline

SIDES = ("top", "right", "bottom", "left")
PROPERTIES = (
    # Colours: all that dark mode changes.
    "color", "background-color", *(f"border-{side}-color" for side in SIDES),
    # The box: where shorthands and longhands meet, and what the phone's rules change.
    *(f"border-{side}-{part}" for part in ("style", "width") for side in SIDES),
    *(f"{box}-{side}" for box in ("margin", "padding") for side in SIDES),
    "border-top-left-radius", "width", "max-width",
    # Layout: `align` floats a table, and `display` hides the preheader.
    "display", "float", "vertical-align",
    # Type: what is inherited, and so is wrong in whole columns when one rule is lost.
    "font-family", "font-size", "font-style", "font-weight", "line-height", "text-align", "text-decoration-line",
    "text-transform", "letter-spacing",
)  # fmt: skip
"""The 37 that are always compared; whatever else the sheets of an e-mail set is compared as well."""

STATES: tuple[tuple[int, Scheme], ...] = ((800, "light"), (375, "light"), (375, "dark"))

READ = """properties => Array.from(document.querySelectorAll("html, body, body *"), element => {
  const style = getComputedStyle(element)
  return [element.tagName + "." + element.className, ...properties.map(name => style.getPropertyValue(name))]
})"""

SET = """() => {
  const names = new Set()
  const read = rules => Array.from(rules, rule => {
    if (rule.style) Array.from(rule.style, name => names.add(name))
    if (rule.cssRules) read(rule.cssRules)
  })
  Array.from(document.styleSheets, sheet => read(sheet.cssRules))
  Array.from(document.querySelectorAll("[style]"), element => Array.from(element.style, name => names.add(name)))
  return Array.from(names)
}"""

Computed = list[list[list[str]]]
"""State, element, then its name and its values."""


def computed(screen: Screen, html: str, properties: Sequence[str]) -> Computed:
    states = []
    screen.show(html)
    for width, scheme in STATES:
        screen.resize(width, scheme)
        states.append(screen.ask(READ, list(properties)))
    return states


def differences(screen: Screen, source: str, *inlined: str) -> list[str]:
    """What computes to another value in an inlined form than in the source, in words."""
    screen.show(source)
    properties = sorted({*PROPERTIES, *screen.ask(SET)})
    expected = computed(screen, source, properties)
    assert len(expected[0]) > 15, "there is nothing to compare"
    assert expected[0] != expected[1] != expected[2], "the states must differ, or the comparison proves nothing"
    found = []
    for html in inlined:
        for state, left, right in zip(STATES, expected, computed(screen, html, properties), strict=True):
            if [element[0] for element in left] != [element[0] for element in right]:
                found.append(f"{state}: other elements")
                continue
            found += [
                f"{state} {before[0]} {name}: {was} → {now}"
                for before, after in zip(left, right, strict=True)
                for name, was, now in zip(properties, before[1:], after[1:], strict=True)
                if was != now
            ]
    return found


def by_css_inline(source: str) -> str:
    """The second opinion: another inliner, with another parser. It writes "<" into attributes as it is."""
    inlined = css_inline.inline(source.replace('data-premailer="ignore"', 'data-css-inline="keep"'))
    return re.sub(r' (?:aria-label|alt)="[^"]*"', lambda found: found[0].replace("<", "&lt;"), inlined)


def by_premailer(source: str, **options: object) -> str:
    """Premailer with its defaults, which are not ours, but for the network."""
    return str(Premailer(source, allow_network=False, cssutils_logging_level="CRITICAL", **options).transform())


def bytes_changed(source: str, inlined: str) -> list[str]:
    """Conditional comments and kept style blocks that are not byte for byte what they were, or are not closed."""
    comments = CONDITIONAL.findall(source)
    found = [f"unclosed: {source.count('<!--[if')} are opened, {len(comments)} closed"] * (
        not source.count("<!--[if") == source.count("<![endif]-->") == len(comments)
    )
    tags = re.findall(r"<(/?)(table|tr|td)\b", "".join(comments))
    if any(tags.count(("", name)) != tags.count(("/", name)) for name in ("table", "tr", "td")):
        found.append("the ghost tables of all comments together are not closed")
    if comments != CONDITIONAL.findall(inlined):
        found.append("a conditional comment changed")
    kept = KEPT_BLOCK.findall(source)
    left = re.findall(r"<style\b[^>]*>(.*?)</style>", CONDITIONAL.sub("", inlined), re.DOTALL)
    if kept != left:
        found.append(f"kept style blocks: {len(kept)} before, {len(left)} after, or their text changed")
    return found


@pytest.mark.browser
def test_inlined_equals_source_and_oracle(screen: Screen, specimen: Specimen) -> None:
    """No property of any element differs after premailer, nor after css-inline as a second opinion."""
    assert differences(screen, specimen.source, specimen.html, by_css_inline(specimen.source)) == []


def test_what_clients_need_is_kept_byte_for_byte(specimen: Specimen) -> None:
    """Conditional comments and kept style blocks leave premailer and css-inline as they went in."""
    assert specimen.source.count("<!--[if mso]>") >= 3
    assert len(KEPT_BLOCK.findall(specimen.source)) >= 3
    assert bytes_changed(specimen.source, specimen.html) == []
    assert bytes_changed(specimen.source, by_css_inline(specimen.source)) == []


@pytest.mark.browser
def test_premailers_defaults_would_fail(screen: Screen, everyday: Specimen) -> None:
    """The comparison sees what premailer does when it is not told better: narrow and dark rules lose."""
    inlined = by_premailer(everyday.source.replace(' data-premailer="ignore"', ""))
    found = differences(screen, everyday.source, inlined)
    assert any(line.startswith("(375, 'light')") for line in found)
    assert any(line.startswith("(375, 'dark')") for line in found)
    assert bytes_changed(everyday.source, inlined) != []


@pytest.mark.browser
def test_it_sees_a_media_query_that_loses(screen: Screen, everyday: Specimen) -> None:
    """Rules for phones without !important are beaten by the inlined values, and that is seen, on the phone only."""
    weak = re.sub(r"@media[^{]*max-width:[^<]*", lambda block: block[0].replace(" !important", ""), everyday.source)
    assert weak != everyday.source
    found = differences(screen, weak, inline(weak))
    assert found
    assert all(line.startswith("(375") for line in found)


@pytest.mark.browser
def test_it_sees_a_floated_table(screen: Screen, everyday: Specimen) -> None:
    """An inliner that turns text-align into the attribute align floats the table, and is seen."""
    source = everyday.source.replace("<table class=", '<table style="text-align:left" class=')
    found = differences(screen, source, by_premailer(source))
    assert [line for line in found if "TABLE" in line and "float: none → left" in line]


BROKEN: dict[str, Callable[[str], str]] = {
    "a style attribute dropped": lambda html: re.sub(r'(<h1\b[^>]*?) style="[^"]*"', r"\1", html, count=1),
    "one value lost": lambda html: re.sub(r"font-weight:\s?(?:bold|[67]00)", "", html, count=1),
    "a colour changed": lambda html: re.sub(r'([;"]\s?color:)#[0-9A-Fa-f]{6}', r"\1#123456", html, count=1),
    "a kept block dropped": lambda html: re.sub(r"<style>\s*@media.*?</style>", "", html, count=1, flags=re.DOTALL),
    "an element lost": lambda html: re.sub(r"<h1\b.*?</h1>", "", html, count=1, flags=re.DOTALL),
}


@pytest.mark.browser
@pytest.mark.parametrize("how", sorted(BROKEN))
def test_it_sees_what_an_inliner_breaks(screen: Screen, everyday: Specimen, how: str) -> None:
    """Each of these, done to the inlined e-mail, is a difference."""
    broken = BROKEN[how](everyday.html)
    assert broken != everyday.html
    assert differences(screen, everyday.source, broken) != []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("<![endif]-->", ""),
        ("<!--[if mso]><table", "<!--[if mso]> <table"),
        ("<!--[if mso]></td>", "<!--[if mso]>"),
        ("@media ", "@media  "),
    ],
    ids=["an unclosed comment", "a blank in a comment", "an open ghost table", "a blank in a kept block"],
)
def test_it_sees_changed_bytes(everyday: Specimen, was: str, now: str) -> None:
    """An unclosed or changed comment and a changed block are seen, in the template or after an inliner."""
    assert was in everyday.html
    broken = everyday.html.replace(was, now, 1)
    assert bytes_changed(everyday.source, broken) or bytes_changed(everyday.source.replace(was, now, 1), broken)
