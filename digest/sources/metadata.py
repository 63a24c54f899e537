"""What a web page says about its article in its own markup: meta elements, JSON-LD, `time`, headings.

A value that cannot be used (a relative address, a date that is none) is passed over for the
next place where the page may say it; a page is never refused for its metadata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urljoin

from lxml.etree import iterwalk
from lxml.html import HtmlElement

from digest.model import Image
from digest.sources.known import Known, instant, language_tag, lead_image, line, web_address
from digest.sources.shape import same

_T = TypeVar("_T")
_LONGEST = 1_000
"""Characters of one value; a longer one is no headline, name or address."""
_ARTICLE = re.compile(r"\w*Article|(?:Live)?BlogPosting")
"""The types of schema.org that are articles."""
_DEK = re.compile(r"(?:^|[\s_-])(?:standfirst|dek|subtitle|subheadline|sub-headline)(?:$|[\s_-])", re.IGNORECASE)
_PARTING = frozenset(
    ["blockquote", "br", "cell", "dd", "div", "dt", "item", "lb", "li", "list", "ol", "p", "quote", "section", "td"]
)
"""Elements of HTML, and of trafilatura's own tree, that part words even where no space stands."""
_PARTED = re.compile(r"\s+[|·–—-]\s+")


def page_metadata(tree: HtmlElement, *, base: str = "") -> Known:
    """Everything that the page is sure of; the surest place first in each list.

    Relative addresses of images start at `base`; without it they cannot be used. Only where that is a
    folder (`file:`) may an image be a file.
    """
    meta = _meta(tree)
    ld = next(_linked_data(tree), {})
    main = main_part(tree)
    publisher = _first(line, [meta.get("og:site_name"), _name(ld.get("publisher"))])
    return Known(
        headline=_first(
            line,
            [
                meta.get("og:title"),
                _string(ld.get("headline")),
                *(words(h1) for h1 in main.iter("h1")),
                *(_without(words(title), publisher) for title in tree.iter("title")),
            ],
        ),
        dek=_first(
            _whole,
            [
                *(words(found) for found in main.iter("p", "h2", "div") if _DEK.search(found.get("class", ""))),
                meta.get("og:description"),
                meta.get("description"),
                _string(ld.get("description")),
            ],
        ),
        caption=_first(line, [words(found) for found in main.iter("figcaption")]),
        byline=_first(_person, [_name(ld.get("author")), meta.get("author"), meta.get("article:author")]),
        published_at=_first(
            instant,
            [
                meta.get("article:published_time"),
                _string(ld.get("datePublished")),
                *(found.get("datetime") for found in main.iter("time")),
            ],
        ),
        url=_first(
            web_address,
            [
                *(found.get("href") for found in tree.iter("link") if found.get("rel") == "canonical"),
                meta.get("og:url"),
            ],
        ),
        publisher=publisher,
        topic=_first(line, [meta.get("article:section"), _string(ld.get("articleSection"))]),
        image=_image(meta, main, base),
        language=_first(language_tag, [tree.get("lang"), _string(ld.get("inLanguage")), meta.get("og:locale")]) or "en",
    )


def main_part(tree: HtmlElement) -> HtmlElement:
    """The element that holds the article: the only `article`, else `main`, else the whole page."""
    articles = list(tree.iter("article"))
    if len(articles) == 1:
        return articles[0]
    return next(tree.iter("main"), tree)


def words(element: HtmlElement) -> str:
    """The text of an element in one line."""
    parts: list[str] = []
    for event, found in iterwalk(element, events=("start", "end")):
        if found.tag in _PARTING:
            parts.append(" ")
        if event == "start":
            parts.append(found.text or "")
        elif found is not element:
            parts.append(found.tail or "")
    return " ".join("".join(parts).split())


def _first(read: Callable[[str], _T], values: Iterable[str | None]) -> _T | None:
    """The first value that is there and can be read."""
    for value in values:
        text = " ".join((value or "").split())
        if text and len(text) <= _LONGEST:
            try:
                return read(text)
            except ValueError:
                continue
    return None


def _image(meta: Mapping[str, str], main: HtmlElement, base: str) -> Image | None:
    """The image by which the page wants to be known, else the first one of a figure in the article."""
    alt = meta.get("og:image:alt") or meta.get("twitter:image:alt") or ""
    figures = (image for figure in main.iter("figure") for image in figure.iter("img"))
    stated = [(meta.get("og:image", ""), alt), *((image.get("src", ""), image.get("alt", "")) for image in figures)]
    for address, shown in stated:
        with suppress(ValueError):
            if address.strip():
                return lead_image(urljoin(base, address.strip()), alt=shown, local=base.startswith("file:"))
    return None


def _meta(tree: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        key = element.get("property") or element.get("name")
        if key:
            found.setdefault(key.strip().lower(), element.get("content") or "")
    return found


def _linked_data(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """The JSON-LD objects of the page that describe an article."""
    for script in tree.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        roots = data if isinstance(data, list) else [data]
        for root in roots:
            graph = root.get("@graph") if isinstance(root, dict) else None
            for thing in graph if isinstance(graph, list) else [root]:
                if isinstance(thing, dict) and any(_ARTICLE.fullmatch(kind) for kind in _strings(thing.get("@type"))):
                    yield thing


def _strings(value: object) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _string(value: object) -> str | None:
    return next(iter(_strings(value)), None)


def _name(value: object) -> str | None:
    """The name of a person or organisation, or of several."""
    people = value if isinstance(value, list) else [value]
    names = [person.get("name") if isinstance(person, dict) else person for person in people]
    return ", ".join(_strings(names)) or None


def _person(text: str) -> str:
    if text.lower().startswith(("http:", "https:", "@")):
        raise ValueError("a profile, not a name")
    return line(text)


def _whole(text: str) -> str:
    if text.endswith(("…", "...", "[…]")):
        raise ValueError("cut off by the page")
    return line(text)


def _without(title: str, publisher: str | None) -> str:
    """A page title without the name of the publication behind it."""
    parts = _PARTED.split(title)
    if publisher and len(parts) > 1 and same(parts[-1], publisher):
        return title[: title.rindex(parts[-1])].rstrip(" |·–—-")
    return title
