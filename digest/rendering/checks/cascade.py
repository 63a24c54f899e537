"""What colours and type an element ends up with: inlined styles, and the dark block over them.

Enough of the cascade for an inlined message: `style` attributes, and `!important` rules of kept blocks by
specificity and order. Not a browser: no layout, no background images, no inherited keyword but `inherit`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from cssselect import SelectorError, parse
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement
from tinycss2.color3 import RGBA, parse_color

from digest.rendering.checks.css import Declaration, declarations
from digest.rendering.checks.proof import Proof, hidden

LINK_COLOUR = "#0000EE"
"""Of a link without a colour of its own, in every browser."""
_BOLD = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_EMS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67, "small": 0.83}
_READ = frozenset({"color", "background-color", "background", "font-size", "font-weight", "opacity", "display"})

Override = tuple[tuple[int, int, int], int, Declaration]
"""Specificity, order, and what is declared."""


@dataclass(frozen=True, slots=True)
class Look:
    """How text in an element looks."""

    colour: str = "#000000"
    ground: str = "#FFFFFF"
    """The background that is seen behind it, `#RRGGBB`."""
    pixels: float = 16.0
    bold: bool = False


class Seen(NamedTuple):
    """An element that somebody sees, and how its own text looks."""

    element: HtmlElement
    look: Look


def seen(proof: Proof, *, dark: bool = False) -> Iterator[Seen]:
    """Every visible element of the body in the order of the document, in the light or the dark scheme."""
    if proof.body is not None:
        yield from _seen(proof.body, Look(), _overrides(proof) if dark else {})


def _seen(element: HtmlElement, inherited: Look, overrides: dict[HtmlElement, list[Override]]) -> Iterator[Seen]:
    if not isinstance(element.tag, str) or element.tag in ("style", "script", "head"):
        return
    if hidden(element) and element not in overrides:
        return
    look = _applied(element, inherited, overrides.get(element, []))
    if look is None:
        return
    yield Seen(element, look)
    for child in element:
        yield from _seen(child, look, overrides)


def _applied(element: HtmlElement, inherited: Look, overrides: list[Override]) -> Look | None:
    """The look of an element inside one of the look `inherited`; None when it is not displayed."""
    tag = str(element.tag)
    look = inherited
    if tag in _BOLD:
        look = replace(look, bold=True)
    if tag in _EMS:
        look = replace(look, pixels=inherited.pixels * _EMS[tag])
    if tag == "a" and element.get("href"):
        look = replace(look, colour=LINK_COLOUR)
    if element.get("bgcolor"):
        look = replace(look, ground=_over(element.get("bgcolor", ""), inherited.ground))
    inlined = [declared for declared in declarations(element.get("style", ""))[0] if declared.name in _READ]
    stronger = [declared for _, _, declared in sorted(overrides, key=lambda each: each[:2])]
    for declared in (*sorted(inlined, key=lambda each: each.important), *stronger):
        if declared.name == "display":
            if declared.value.lower() == "none":
                return None
        elif declared.name == "opacity" and declared.value in ("0", "0.0"):
            return None
        else:
            look = _with(look, declared, inherited)
    return look


def _with(look: Look, declared: Declaration, inherited: Look) -> Look:
    value = declared.value.lower()
    if declared.name == "color":
        return replace(look, colour=inherited.colour if value == "inherit" else _over(value, look.ground, look.colour))
    if declared.name in ("background-color", "background"):
        return replace(look, ground=_over(_ground_of(declared), inherited.ground))
    if declared.name == "font-size":
        return replace(look, pixels=_pixels(value, inherited.pixels))
    if declared.name == "font-weight":
        bold = value in ("bold", "bolder") or (value.isdecimal() and int(value) >= 700)
        return replace(look, bold=inherited.bold if value == "inherit" else bold)
    return look


def _ground_of(declared: Declaration) -> str:
    """The colour in a `background`; what has none is see-through."""
    for token in declared.tokens:
        if token.type in ("hash", "ident", "function") and isinstance(parse_color(token), RGBA):
            return str(token.serialize())
    return "transparent"


@lru_cache(maxsize=512)
def _over(colour: str, ground: str, otherwise: str | None = None) -> str:
    """A colour as it looks over an opaque ground, `#RRGGBB`; `otherwise` for what is no colour."""
    parsed = parse_color(colour)
    if not isinstance(parsed, RGBA):
        return otherwise or ground
    under = (int(ground[at : at + 2], 16) / 255 for at in (1, 3, 5))
    mixed = (
        round(255 * (parsed.alpha * min(max(top, 0.0), 1.0) + (1 - parsed.alpha) * below))
        for top, below in zip(parsed[:3], under, strict=True)
    )
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _pixels(value: str, inherited: float) -> float:
    for unit, factor in (("px", 1.0), ("pt", 4 / 3), ("rem", 16.0), ("em", inherited), ("%", inherited / 100)):
        if value.endswith(unit):
            try:
                return float(value.removesuffix(unit)) * factor
            except ValueError:
                return inherited
    return inherited


def _overrides(proof: Proof) -> dict[HtmlElement, list[Override]]:
    """The `!important` declarations of the dark blocks, by the element that they reach."""
    found: defaultdict[HtmlElement, list[Override]] = defaultdict(list)
    order = 0
    for _, sheet in proof.sheets:
        for rule in sheet.rules:
            if not any("prefers-color-scheme" in path and "dark" in path for path in rule.inside):
                continue
            wanted = [each for each in rule.declarations if each.important and each.name in _READ]
            for selector in rule.selectors if wanted else ():
                compiled = _compiled(selector)
                if compiled is None:
                    continue
                match, specificity = compiled
                for element in match(proof.document):
                    for declared in wanted:
                        order += 1
                        found[element].append((specificity, order, declared))
    return found


@lru_cache(maxsize=512)
def _compiled(selector: str) -> tuple[Callable[[HtmlElement], list[HtmlElement]], tuple[int, int, int]] | None:
    """What finds the elements of a selector, and its specificity; None for one that no document can match."""
    try:
        return CSSSelector(selector, translator="html"), parse(selector)[0].specificity()
    except SelectorError:
        return None
