"""The proof: one message as its checks read it, in plain strings, with what it is held against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from lxml import html as lxml_html
from lxml.etree import ParserError, _Comment
from lxml.html import HtmlElement

from digest.model import Finding, Place, Severity
from digest.rendering.checks.css import Sheet, sheet

EXCERPT = 120
"""Code points of an excerpt."""

_SPACE = re.compile(r"\s+")
_CONDITIONAL = re.compile(r"<!--\[if\b.*?<!\[endif\]-->", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A message with sample values in its slots. What is None is not known or not asked for, and is not missed."""

    subject: str
    preheader: str
    html: str
    """Inlined: a complete document."""
    text: str
    longest_html: str = ""
    """The same HTML with the longest values in its slots; empty: `html` has them."""
    heaviest: int = 0
    """Bytes of HTML that no selection of the stories passes; 0 where there is no other than this one."""
    headers: Mapping[str, str] | None = None
    """The header fields that it is sent with, To and Date included; None while they are not known."""
    unsubscribe_url: str | None = None
    """What leads out of the newsletter, as it stands in `html` and `text`; None for mail that nobody subscribed to."""
    view_url: str | None = None
    postal_address: str | None = None
    from_articles: frozenset[str] = frozenset()
    """What articles say that may be all of a link, on one line and case folded: headlines, and what pictures show."""
    story_urls: tuple[str, ...] = ()
    """Where the stories that it tells can be read."""

    @cached_property
    def document(self) -> HtmlElement:
        """The parsed HTML, empty where there is none; what stands in conditional comments is not part of it."""
        try:
            return lxml_html.document_fromstring(self.html)
        except (ParserError, ValueError):
            return lxml_html.document_fromstring("<html></html>")

    @cached_property
    def elements(self) -> tuple[HtmlElement, ...]:
        """Every element in the order of the document."""
        return tuple(element for element in self.document.iter() if isinstance(element.tag, str))

    @cached_property
    def sheets(self) -> tuple[tuple[str, Sheet], ...]:
        """The style blocks that were not inlined: as written, and parsed."""
        blocks = (element.text or "" for element in self.elements if element.tag == "style")
        return tuple((css, sheet(css)) for css in blocks)

    @cached_property
    def conditionals(self) -> tuple[str, ...]:
        """The conditional comments for Outlook, whole."""
        return tuple(_CONDITIONAL.findall(self.html))

    @cached_property
    def body(self) -> HtmlElement | None:
        return next((element for element in self.elements if element.tag == "body"), None)

    @cached_property
    def shown(self) -> tuple[HtmlElement, ...]:
        """The elements of the body that somebody sees: those that `display:none` hides are left out."""
        return tuple(_shown(self.body)) if self.body is not None else ()

    @cached_property
    def words(self) -> str:
        """Everything that somebody reads in the HTML, on one line."""
        return flat(" ".join(text for element in self.shown for text in own_text(element)))

    @cached_property
    def flat_text(self) -> str:
        """The text part on one line."""
        return flat(self.text)


def finding(
    code: str, severity: Severity, message: str, advice: str, *places: Place, suggestion: str | None = None
) -> Finding:
    """A finding about the message. Without a place it is about the whole of it."""
    return Finding(
        code=code,
        severity=severity,
        message=message,
        advice=advice,
        places=places or (Place("message"),),
        suggestion=suggestion,
    )


def at(element: HtmlElement, excerpt: str = "") -> Place:
    """Where an element stands: the line of the inlined HTML, and its start tag unless an excerpt is given."""
    return Place(f"HTML line {element.sourceline}", None, (excerpt or start_tag(element))[:EXCERPT])


def start_tag(element: HtmlElement) -> str:
    """The start tag without its style, which the inliner wrote."""
    attributes = "".join(f' {name}="{value}"' for name, value in element.attrib.items() if name != "style")
    return f"<{tag(element)}{attributes}>"


def tag(element: HtmlElement) -> str:
    """The name of an element."""
    return str(element.tag)


def host(address: str) -> str:
    """The host of an address in lower case; empty when it has none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def suffix(address: str) -> str:
    """What the file of an address ends in, such as `jpg`, in lower case; empty when it does not say."""
    try:
        return PurePosixPath(urlsplit(address).path).suffix.lstrip(".").lower()
    except ValueError:
        return ""


def own_text(element: HtmlElement) -> Iterator[str]:
    """The pieces of text that stand in the element itself, not in an element within it."""
    if element.text:
        yield element.text
    for child in element:
        if child.tail:
            yield child.tail


def flat(text: str) -> str:
    """The text on one line, white space and invisible fillers collapsed."""
    return _SPACE.sub(" ", text.replace("\u034f", "").replace("\u200c", "").replace("\xa0", " ")).strip()


def hidden(element: HtmlElement) -> bool:
    """Whether the element takes itself out of sight."""
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and "display:none" in style.replace(" ", "").lower())


def _shown(element: HtmlElement) -> Iterator[HtmlElement]:
    if isinstance(element, _Comment) or not isinstance(element.tag, str) or hidden(element):
        return
    yield element
    for child in element:
        yield from _shown(child)
