"""Markdown → the plain shape: the words of the text, verbatim, without its marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.sources.known import Known
from digest.sources.shape import bullets

if TYPE_CHECKING:
    from markdown_it.token import Token

_LABEL = 60
"""Longest line that can be the label of the list below it."""


def plain(text: str, known: Known) -> tuple[str, Known]:
    """The body in plain blocks, and `known` with what the Markdown itself says.

    A heading of the first level on top is the headline; the description of the first image
    with a title is the caption; other images and HTML are dropped. Raises SourceError.
    """
    # Heavy, and most folders have texts of one kind only.
    from markdown_it import MarkdownIt

    try:
        tokens = MarkdownIt("commonmark").parse(text)
    except RecursionError:
        raise SourceError("the Markdown is nested too deep; make its lists and quotes flatter") from None
    blocks = list(_blocks(tokens))
    if known.headline is None and blocks and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        known = replace(known, headline=blocks[0])
    if known.caption is None:
        known = replace(known, caption=_caption(tokens))
    return "\n\n".join(blocks), known


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """Headings, paragraphs, code and lists; a list stands right under the line that labels it."""
    waiting = ""
    items: list[str] = []
    depth = 0
    fresh = False
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            if depth == 0 and items:
                labelled = bool(waiting) and len(waiting) <= _LABEL and waiting[-1] not in ".!?" and "\n" not in waiting
                if waiting and not labelled:
                    yield waiting
                yield bullets(waiting if labelled else "", items)
                waiting, items = "", []
        elif token.type == "list_item_open":
            fresh = True
        elif token.type in ("inline", "fence", "code_block"):
            words = _words(token) if token.type == "inline" else token.content.rstrip("\n")
            if not words.strip():
                continue
            if depth:
                line = " ".join(words.split())
                if fresh or not items:
                    items.append(line)
                else:
                    items[-1] += f" {line}"
                fresh = False
                continue
            if waiting:
                yield waiting
            waiting = words
    if waiting:
        yield waiting


def _words(inline: Token) -> str:
    """The words of a line of text: of links and emphasis too, but not of images or HTML tags."""
    parts = []
    for token in inline.children or ():
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
    return "".join(parts).strip()


def _caption(tokens: Sequence[Token]) -> str | None:
    for inline in tokens:
        for token in inline.children or ():
            if token.type == "image" and token.attrGet("title") and token.content.strip():
                return " ".join(token.content.split())
    return None
