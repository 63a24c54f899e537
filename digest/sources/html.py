"""A web page as it was saved → its article. trafilatura finds the body; the page's markup says the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import lxml.html
from lxml.etree import LxmlError
from lxml.html import HtmlElement
from trafilatura import bare_extraction

from digest.errors import SourceError
from digest.model import Article
from digest.sources import shape
from digest.sources.known import Known
from digest.sources.metadata import main_part, page_metadata, words

_LABEL = re.compile(
    r"(?:(?:the|story|article) )?(?:"
    r"(?:key|main|quick|bullet|fast|summary)[ -](?:points?|facts?|takes?|takeaways?|"
    r"read|hits|summary|highlights|developments)|"
    r"takeaways|highlights|essentials|gist|short version|summary|at a glance|in brief|in short|tl;?dr|"
    r"need to know|(?:what|things) (?:we|you need to|to) know)",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"(?:^|[\s_-])(?:(?:key|main|quick|bullet)[_-]?(?:points?|takes?|takeaways?|facts?)|takeaways?|highlights?|"
    r"at-a-glance|tl-?dr|in-brief|article-summary|story-summary)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"(?:<br\s*/?>\s*){2,}", re.IGNORECASE)
_HEADINGS = ("h2", "h3", "h4", "h5", "h6", "strong", "b")
_LABEL_LENGTH = 60
_LEAST_WORDS = 20
"""Fewer words than this are a cookie notice or an empty page, not an article."""


def article_from_html(
    text: str, *, ref: str, source: str, sure: Mapping[str, Any] | None = None, base: str = ""
) -> Article:
    """The article of a page: headline, caption, dek, the page's own quick takes, then the body.

    `base` is the address that relative ones of images start at, where there is one; that of a folder if the
    page is a file. `sure` holds
    fields of `Known` that the source knows better than the page.
    Raises SourceError when there is no article in it.
    """
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
        known = replace(page_metadata(tree, base=base), **(sure or {}))
        takes = _cut_takes(tree)
        for caption in list(tree.iter("figcaption")):
            caption.drop_tree()
        document: Any = bare_extraction(tree, include_comments=False)
    except (LxmlError, ValueError, RecursionError):
        raise SourceError("the HTML cannot be read; save the page again, or its article as plain text") from None
    blocks = list(_blocks(document.body)) if document is not None and document.body is not None else []
    body = [block for block in blocks if not _repeats(block, known)]
    if sum(len(block.split()) for block in body) < _LEAST_WORDS:
        raise SourceError("no article was found in this page; save the article as plain text or Markdown")
    if takes:
        body.insert(0, takes)
    if known.headline is None:
        raise SourceError("the page has no headline: no title, no h1; add one")
    return shape.article("\n\n".join(body), known, ref=ref, source=source)


def article_from_fragment(fragment: str, *, ref: str, source: str, sure: Mapping[str, Any], base: str = "") -> Article:
    """The article whose body is a piece of HTML, as in a feed; two line breaks part paragraphs. Raises SourceError."""
    body = _BREAKS.sub("</p><p>", fragment)
    page = f"<!DOCTYPE html><html><body><article><div><p>{body}</p></div></article></body></html>"
    return article_from_html(page, ref=ref, source=source, sure=sure, base=base)


def _repeats(block: str, known: Known) -> bool:
    return any(field and shape.same(block, field) for field in (known.headline, known.dek, known.caption))


def _cut_takes(tree: HtmlElement) -> str:
    """The page's own list under a common label, taken out of the tree so that the body does not repeat it."""
    for found in list(main_part(tree).iter("ul", "ol")):
        heading = _heading(found)
        label = words(heading) if heading is not None else ""
        boxed = any(_BOX.search(f"{e.get('class', '')} {e.get('id', '')}") for e in _around(found))
        if not boxed and not _is_label(label):
            continue
        items = [text for text in map(words, found.iter("li")) if text]
        linked = sum(len(words(link)) for link in found.iter("a"))
        if heading is not None:
            heading.drop_tree()
        found.drop_tree()
        # A list of links is about other stories, whatever its label.
        if items and linked <= sum(map(len, items)) / 2:
            return shape.bullets(label, items)
    return ""


def _around(element: HtmlElement) -> Iterator[HtmlElement]:
    """The element and the two around it, short of the article itself."""
    for found in [element, *list(element.iterancestors())[:2]]:
        if found.tag in ("article", "main", "body"):
            return
        yield found


def _heading(element: HtmlElement) -> HtmlElement | None:
    """The short line that labels the list: right before it, or before the box in which it comes first."""
    for found in _around(element):
        before = found.getprevious()
        if before is not None:
            text = words(before)
            named = _is_label(text) or (before.tag in _HEADINGS and 0 < len(text) <= _LABEL_LENGTH)
            return before if named else None
    return None


def _is_label(text: str) -> bool:
    return _LABEL.fullmatch(text.strip(" :.")) is not None


def _blocks(body: Any) -> Iterator[str]:
    """The blocks of an extracted body, in trafilatura's own vocabulary."""
    for element in body:
        if element.tag == "list":
            items = [text for text in map(words, element.iter("item")) if text]
            if items:
                yield shape.bullets("", items)
        elif element.tag == "table":
            rows = (" | ".join(filter(None, map(words, row.iter("cell")))) for row in element.iter("row"))
            yield "\n".join(filter(None, rows))
        elif element.tag == "quote" and len(element):
            yield from _blocks(element)
        elif text := words(element):
            yield text
