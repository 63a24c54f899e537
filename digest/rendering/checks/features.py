"""Which features of HTML and CSS a message uses, by the names that caniemail.com gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from lxml.html import HtmlElement

from digest.model import Place
from digest.rendering.checks.css import Declaration, Rule, declarations, functions, pixels
from digest.rendering.checks.proof import EXCERPT, Proof, at, suffix
from digest.rendering.checks.vocabulary import (
    ATTRIBUTES,
    BY_PROPERTY,
    CONDITIONS,
    ELEMENTS,
    FUNCTIONS,
    IMAGES,
    INPUTS,
    LONGHAND,
    PSEUDO,
    SELECTORS,
    VALUES,
    WORDS,
)

_TEXT_BOXES = frozenset({"body", "span", "div", "p", "img"})
_LIMITS: Mapping[str, Callable[[str, str], bool]] = {
    "css-border": lambda tag, value: any((pixels(word) or 0) > 8 for word in value.split()),
    "css-font-size": lambda tag, value: not re.fullmatch(r"[\d.]+(?:px|pt|em)", value),
    "css-font-weight": lambda tag, value: value not in ("normal", "bold", "400", "700"),
    "css-important": lambda tag, value: tag != "",
    "css-line-height": lambda tag, value: value == "normal",
    "css-margin": lambda tag, value: re.search(r"-\d|auto", value) is not None or tag in ("span", "body"),
    "css-max-width": lambda tag, value: tag != "table",
    "css-padding": lambda tag, value: tag not in ("td", "th", "ul", "ol"),
    "css-text-decoration": lambda tag, value: " " in value or value == "overline",
    "css-text-indent": lambda tag, value: value.startswith("-"),
    "css-width": lambda tag, value: tag in _TEXT_BOXES,
    "html-dir": lambda tag, value: tag in ("table", "td", "a"),
    "html-lists": lambda tag, value: False,
    "html-role": lambda tag, value: tag != "table",
}
"""Whether a use, an element's tag and a value, meets what “partly supported” says of the feature in the table's notes:
margins are partly supported because negative ones are not. Of any other feature every use counts."""


class Use(NamedTuple):
    """A feature, and how the message uses it."""

    times: int
    """Elements that use it, and style blocks."""
    limited: int
    """Of these, the ones that partial support would not cover."""
    first: Place


def features(proof: Proof, known: frozenset[str]) -> dict[str, Use]:
    """Every feature of the table that the message uses."""
    times: Counter[str] = Counter()
    limited: Counter[str] = Counter()
    first: dict[str, Place] = {}

    def used(names: Mapping[str, bool], place: Place | HtmlElement) -> None:
        for name in names.keys() & known:
            times[name] += 1
            limited[name] += names[name]
            if name not in first:
                first[name] = place if isinstance(place, Place) else at(place, _shown(place, name))

    for element in proof.elements:
        tag = str(element.tag)
        used({**_of_element(element, tag), **_of_style(element.get("style") or "", tag)}, element)
    for css, sheet in proof.sheets:
        names = {name: (True, css.strip()) for path in sheet.at_rules for name in _of_at_rule(path[-1])}
        if "/*" in css:
            names["css-comments"] = True, css[css.index("/*") :]
        for rule in sheet.rules:
            selectors = ",".join(rule.selectors)
            for name, meets in _of_rule(rule).items():
                names[name] = names.get(name, (False, ""))[0] or meets, names.get(name, (meets, selectors))[1]
        for name, (meets, excerpt) in names.items():
            used({name: meets}, Place("style block", None, excerpt[:EXCERPT]))
    if proof.html.lstrip().lower().startswith("<!doctype html>"):
        used({"html-doctype": True}, Place("HTML line 1"))
    if "<!--" in proof.html:
        used({"html-comments": True}, Place("HTML"))
    return {name: Use(times[name], limited[name], first[name]) for name in sorted(times)}


def _of_rule(rule: Rule) -> dict[str, bool]:
    names = {name: True for selector in rule.selectors for name in _of_selector(selector)}
    if len(rule.selectors) > 1:
        names["css-selector-grouping"] = True
    return {**names, **_of_declarations(rule.declarations, "")}


@lru_cache(maxsize=2048)
def _of_style(style: str, tag: str) -> dict[str, bool]:
    return _of_declarations(declarations(style)[0], tag)


def _of_declarations(declared: tuple[Declaration, ...], tag: str) -> dict[str, bool]:
    """Feature → whether a use of it meets the limits of partial support."""
    found: dict[str, bool] = {}
    for each in declared:
        for name in _of_declaration(each):
            found[name] = found.get(name, False) or _meets(name, tag, each.value.lower())
    return found


def _meets(name: str, tag: str, value: str) -> bool:
    return name not in _LIMITS or _LIMITS[name](tag, value)


def _of_declaration(declared: Declaration) -> Iterator[str]:
    name, value = declared.name, declared.value.lower()
    if name.startswith("--"):
        yield "css-variables"
        return
    yield f"css-{name.partition('-')[0] if LONGHAND.fullmatch(name) else BY_PROPERTY.get(name, name)}"
    if declared.important:
        yield "css-important"
    if (name, value) in VALUES:
        yield VALUES[name, value]
    for call in functions(declared.tokens):
        yield FUNCTIONS.get(call.lower_name.removeprefix("-webkit-").removeprefix("repeating-"), "")
    for token in declared.tokens:
        if token.type == "dimension":
            yield f"css-unit-{token.lower_unit}"
        elif token.type == "percentage":
            yield "css-unit-percent"
        elif token.type == "ident" and token.lower_value in WORDS:
            yield WORDS[token.lower_value]


def _of_at_rule(path: str) -> Iterator[str]:
    word, _, condition = path.partition(" ")
    yield f"css-at-{word.removeprefix('-webkit-')}"
    if word == "media":
        for part, feature in CONDITIONS.items():
            if part in condition:
                yield feature


@lru_cache(maxsize=1024)
def _of_selector(selector: str) -> frozenset[str]:
    bare = re.sub(r"\[[^\]]*\]", "[]", selector)
    found = {name for name, pattern in SELECTORS.items() if pattern.search(bare)}
    for colons, name in PSEUDO.findall(bare):
        element = len(colons) == 2 or name in ("before", "after", "first-letter", "first-line")
        found.add(f"css-pseudo-{'element' if element else 'class'}-{name}")
    return frozenset(found)


def _of_element(element: HtmlElement, tag: str) -> dict[str, bool]:
    return {name: _meets(name, tag, "") for name in _in_element(element, tag)}


def _in_element(element: HtmlElement, tag: str) -> Iterator[str]:
    if tag in INPUTS:
        kind = element.get("type", "")
        yield f"html-{tag}-{kind}" if kind else INPUTS[tag]
    else:
        yield ELEMENTS.get(tag, f"html-{tag}")
    for name, value in element.attrib.items():
        if name in ATTRIBUTES:
            yield f"html-{name}"
        elif name == "loading":
            yield "html-loading-attribute"
        elif name == "href" and tag == "a":
            if value.startswith("#"):
                yield "html-anchor-links"
            elif value.startswith("mailto:"):
                yield "html-mailto-links"
        elif name == "src" and tag == "img":
            yield from _of_image(value)
    if tag == "meta" and element.get("name") == "color-scheme":
        yield "html-meta-color-scheme"


def _of_image(source: str) -> Iterator[str]:
    if source.startswith("data:"):
        yield "image-base64"
        return
    kind = suffix(source)
    yield IMAGES.get(kind, f"image-{kind}")


def _shown(element: HtmlElement, feature: str) -> str:
    """The declaration that uses a CSS feature; nothing (the start tag, then) for HTML."""
    if not feature.startswith("css-"):
        return ""
    return next(
        (
            f"{each.name}:{each.value}"
            for each in declarations(element.get("style") or "")[0]
            if feature in _of_declaration(each)
        ),
        "",
    )
