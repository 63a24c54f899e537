"""What a screen reader needs: the list of the Email Markup Consortium's yearly report, and sizes for fingers and eyes.

https://emailmarkup.org/en/reports/accessibility/2025: of 443,585 mails, 99.89 % had serious or critical faults.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml.html import HtmlElement

from digest.model import Finding, Severity
from digest.rendering.checks.cascade import seen
from digest.rendering.checks.css import declarations, pixels
from digest.rendering.checks.proof import Proof, at, finding, flat, own_text, start_tag, tag

SMALLEST_TEXT = 13
"""Pixels; below it iOS and Android enlarge text by themselves and break the layout."""
SMALLEST_TARGET = 44
"""Pixels of a button's height: Apple's guideline; WCAG 2.2 2.5.8 asks for 24."""

NORMAL_LINE = 1.2
"""Of the size of its type: how high a line is whose height is not declared."""

_EMPTY_WORDS = frozenset(
    [
        "here",
        "click here",
        "click",
        "read more",
        "more",
        "learn more",
        "link",
        "this link",
        "read on",
        "continue",
        "details",
        "weiterlesen",
        "mehr",
        "hier",
        "mehr lesen",
        "ici",
        "lire la suite",
        "en savoir plus",
        "suite",
        "aquí",
        "leer más",
        "más",
        "هنا",
        "اقرأ المزيد",
        "المزيد",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def check_language(proof: Proof) -> Iterator[Finding]:
    """`language`: lang and dir on html and on each child of body, since webmail drops the html element."""
    root = proof.document
    children = [] if proof.body is None else [child for child in proof.body if isinstance(child.tag, str)]
    for element in (root, *children):
        missing = [name for name in ("lang", "dir") if not (element.get(name) or "").strip()]
        if missing and element.tag not in ("style", "script"):
            yield finding(
                "language",
                Severity.ERROR,
                f"The element {tag(element)} lacks {' and '.join(missing)}; a screen reader guesses the language.",
                'Write lang="{{ lang }}" dir="{{ dir }}" on html and on each element directly in body.',
                at(element),
            )


def check_title(proof: Proof) -> Iterator[Finding]:
    """`title`: what a window and a screen reader announce first."""
    title = next((element for element in proof.elements if element.tag == "title"), None)
    if title is None or not (title.text or "").strip():
        yield finding(
            "title",
            Severity.ERROR,
            "The message has no title; the edition online is announced by its address.",
            "Write <title>{{ title }}: {{ subject }}</title>.",
        )


def check_tables(proof: Proof) -> Iterator[Finding]:
    """`table-role`: a layout table without role=presentation is read as rows and columns."""
    for element in proof.elements:
        layout = element.tag == "table" and element.find(".//th") is None
        if layout and element.get("role") not in ("presentation", "none"):
            yield finding(
                "table-role",
                Severity.ERROR,
                "A layout table is announced as a table of data, cell by cell.",
                'Write role="presentation" on it.',
                at(element),
            )


def check_headings(proof: Proof) -> Iterator[Finding]:
    """`headings`, `heading-level`: one h1, and no level left out on the way down."""
    headings = [element for element in proof.shown if element.tag in _HEADINGS]
    ones = [element for element in headings if element.tag == "h1"]
    if len(ones) != 1:
        yield finding(
            "headings",
            Severity.ERROR,
            f"The message has {len(ones) or 'no'} h1; expected exactly one.",
            "Make the lead's headline the h1, and no other.",
            *(at(element) for element in ones[1:2]),
        )
    before = 0
    for element in headings:
        level = _HEADINGS[tag(element)]
        if level > before + 1:
            yield finding(
                "heading-level",
                Severity.ERROR,
                f"An h{level} follows {f'an h{before}' if before else 'nothing'}; a level is skipped.",
                f"Make it an h{before + 1}.",
                at(element),
            )
        before = level
        if not flat(element.text_content()) and not _alternative(element):
            yield finding("heading-level", Severity.ERROR, f"An {tag(element)} is empty.", "Leave it out.", at(element))


def check_link_text(proof: Proof) -> Iterator[Finding]:
    """`link-text`, `link-ambiguous`: links are read out of context, as a list.

    A story that is called “More”, or a picture that shows it, is no fault of the template and holds no edition.
    """
    targets: defaultdict[str, dict[str, HtmlElement]] = defaultdict(dict)
    for link in proof.shown:
        if link.tag != "a" or not link.get("href"):
            continue
        words = _name(link)
        if not words or words.casefold().strip(" .…»›→>←!") in _EMPTY_WORDS:
            yield finding(
                "link-text",
                Severity.WARNING if words.casefold() in proof.from_articles else Severity.ERROR,
                f"A link says only “{words}”; a list of links tells nobody where it leads."
                if words
                else "A link has no text; a screen reader spells its address.",
                "Say what is there: the headline, or “Read the full story at” and the publisher.",
                at(link),
            )
        else:
            targets[words.casefold()].setdefault(link.get("href", ""), link)
    for links in targets.values():
        if len(links) > 1:
            first, second, *_ = links.values()
            yield finding(
                "link-ambiguous",
                Severity.WARNING,
                f"{len(links)} links say “{_name(first)}” and lead to different places.",
                "Add what tells them apart, at least as aria-label.",
                at(first),
                at(second),
            )


def check_type_size(proof: Proof) -> Iterator[Finding]:
    """`text-small`: text under 13 pixels; fillers and rules, which hold no letter, may be."""
    sizes: set[float] = set()
    for element, look in seen(proof):
        words = flat(" ".join(own_text(element))) if look.pixels < SMALLEST_TEXT else ""
        if look.pixels not in sizes and any(char.isalnum() for char in words):
            sizes.add(look.pixels)
            yield finding(
                "text-small",
                Severity.ERROR,
                f"Text is set in {look.pixels:g} pixels; below {SMALLEST_TEXT} it cannot be read on a phone.",
                f"Set it in {SMALLEST_TEXT} pixels or more.",
                at(element, start_tag(element) + words),
            )


def check_targets(proof: Proof) -> Iterator[Finding]:
    """`target-small`: a button, which is a link with `display:inline-block` or `block`, needs room for a finger."""
    for link, look in seen(proof):
        if link.tag != "a" or not _button(link):
            continue
        line = pixels(_declared(link, "line-height")) or NORMAL_LINE * look.pixels
        height = line + sum(_padding(link))
        if height < SMALLEST_TARGET:
            yield finding(
                "target-small",
                Severity.WARNING,
                f"A button is {height:g} pixels high; a finger needs {SMALLEST_TARGET}.",
                "Raise its padding or line-height.",
                at(link),
            )


def _button(link: HtmlElement) -> bool:
    displayed = _declared(link, "display") in ("inline-block", "block")
    return displayed and bool(flat(link.text_content())) and link.find(".//img") is None


def _name(link: HtmlElement) -> str:
    """What a screen reader says for a link: its label, else its text and the alt of its images."""
    label = flat(link.get("aria-label") or "")
    if label:
        return label
    spoken = [
        flat(link.text_content()),
        *(flat(image.get("alt") or "") for image in link.iter("img")),
    ]
    return " ".join(part for part in spoken if part)


def _alternative(element: HtmlElement) -> bool:
    return any((image.get("alt") or "").strip() for image in element.iter("img"))


def _declared(element: HtmlElement, name: str) -> str:
    """The value of a property in the element's own style; empty if it has none."""
    values = [each.value.lower() for each in declarations(element.get("style", ""))[0] if each.name == name]
    return values[-1] if values else ""


def _padding(element: HtmlElement) -> tuple[float, float]:
    """Pixels above and below."""
    top = bottom = 0.0
    for declared in declarations(element.get("style", ""))[0]:
        values = [float(token.value) for token in declared.tokens if token.type in ("dimension", "number")]
        if not values:
            continue
        if declared.name == "padding":
            top, bottom = values[0], values[2] if len(values) > 2 else values[0]
        elif declared.name == "padding-top":
            top = values[0]
        elif declared.name == "padding-bottom":
            bottom = values[0]
    return top, bottom
