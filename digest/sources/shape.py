"""The one plain shape of an article's text: headline first, blocks parted by blank lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from digest.errors import SourceError
from digest.model import Article
from digest.sources.known import Known

LONGEST = 300_000
"""Characters of the longest article that is taken; the longest of news have 200,000, and writing a story takes
time in proportion."""
_WORD = re.compile(r"\w+")
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")
_UNSOUND = re.compile("[\\x00\ud800-\udfff]")
_TOP = 5
"""Blocks at the top of a body in which a headline, caption or dek may be repeated."""


def article(body: str, known: Known, *, ref: str, source: str) -> Article:
    """The article of a body in plain blocks; headline, caption and dek are put on top where the body lacks them.

    So everything that a digest shows is part of the text, by which the article is identified. A headline
    without a letter or digit counts for none.
    Raises SourceError when there is no body, one longer than `LONGEST`, or one that cannot be stored as UTF-8.
    """
    if len(body) > LONGEST:
        raise SourceError(f"the text has more than {LONGEST:,} characters; an article has far fewer")
    if not _WORD.search(body):
        raise SourceError("there is no text in it; write the article, or remove the file")
    if known.headline and not _WORD.search(known.headline):
        known = replace(known, headline=None)
    text = _topped(body, known) if known.headline or known.caption or known.dek else body
    if _UNSOUND.search(text):
        raise SourceError("the text holds NUL or half characters; save it as UTF-8")
    return Article(
        text=text,
        source=source,
        ref=ref,
        headline=known.headline,
        dek=known.dek,
        caption=known.caption,
        byline=known.byline,
        published_at=known.published_at,
        url=known.url,
        publisher=known.publisher,
        topic=known.topic,
        image=known.image,
        language=known.language,
    )


def same(one: str, other: str) -> bool:
    """Whether two lines have the same words, whatever their case, marks and spaces."""
    return _bare(one) == _bare(other)


def bullets(label: str, items: Sequence[str]) -> str:
    """A list as one block: the label, then a line for each item."""
    return "\n".join([label, *(f"• {item}" for item in items)] if label else [f"• {item}" for item in items])


def _topped(body: str, known: Known) -> str:
    blocks = _BLANK.split(body.strip("\n"))
    top = blocks[:_TOP]
    if known.headline is None:
        head = blocks.pop(0)
    else:
        head = known.headline
        if same(top[0], head):
            head = blocks.pop(0)
    missing = [field for field in (known.caption, known.dek) if field and not any(same(field, block) for block in top)]
    return "\n\n".join([head, *missing, *blocks])


def _bare(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
