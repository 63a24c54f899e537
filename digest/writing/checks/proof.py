"""The story under check, and what its article bears out.

A *part* is a text that readers of the digest see: headline, dek, caption, quick takes. The
*body* is the article's paragraphs: the only evidence. A part that is a sentence of the body
itself (an extracted take) proves nothing and is not checked against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from digest.model import Article, Finding, Place, QuickTake, Quote, Severity, Span
from digest.writing.cast import Cast
from digest.writing.language import Language
from digest.writing.quotes import Quotation, find_quotations
from digest.writing.tokens import Tokens

_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+(?:['’.&]\w+)*")
_EXCERPT = 80
_TAKES = 30
"""Takes that are checked; a list as long as that is no list of quick takes."""


@dataclass(frozen=True, slots=True)
class Part:
    """One text that readers see, and where it stands in the article if it does."""

    name: str
    text: str
    span: Span | None

    @property
    def subject(self) -> str:
        """The part at the head of a sentence: “The dek”, “Take 3”."""
        return self.name.capitalize() if self.name.startswith("take") else f"The {self.name}"

    def place(self, start: int = 0, end: int | None = None) -> Place:
        """The place of `text[start:end]`."""
        end = len(self.text) if end is None else end
        span = None if self.span is None else Span(self.span.start + start, self.span.start + end)
        return Place(part=self.name, span=span, excerpt=shorten(self.text[start:end]))


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Everything that a check may look at."""

    article: Article
    language: Language
    headline: Part | None
    dek: Part | None
    caption: Part | None
    takes: tuple[QuickTake, ...]
    author: bool
    """The takes are the author's own list."""
    label: Span | None
    """A label that announces quick takes, wherever it stands."""
    paragraphs: tuple[Span, ...]
    tokens: Tokens
    cast: Cast
    quotes: tuple[Quote, ...]
    byline: str | None
    dated: bool
    addressed: bool

    @cached_property
    def take_parts(self) -> tuple[Part, ...]:
        return tuple(Part(f"take {n}", take.text, take.span) for n, take in enumerate(self.takes, 1))

    @cached_property
    def claims(self) -> tuple[Part, ...]:
        """The parts that somebody wrote beside the body, and that it must bear out."""
        own = self.take_parts[:_TAKES] if self.author else ()
        return tuple(part for part in (self.headline, self.dek, *own) if part is not None)

    @cached_property
    def written(self) -> tuple[Part, ...]:
        """The claims and the caption: every part that is not cut from the body."""
        return (*self.claims, self.caption) if self.caption is not None else self.claims

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """The sentences of the body."""
        return tuple(self.tokens.span(s.first, s.last) for s in self.tokens.sentences)

    @cached_property
    def bags(self) -> tuple[frozenset[str], ...]:
        """The stems of the words that matter, of every sentence of the body."""
        text = self.article.text
        return tuple(self.bag(text[span.start : span.end]) for span in self.sentences)

    def bag(self, text: str) -> frozenset[str]:
        """The stems of the words of a text that matter."""
        return frozenset(
            stem(match.group())
            for match in words_of(text)
            if len(match.group()) > 2 and match.group().casefold() not in self.language.starters
        )

    @cached_property
    def body(self) -> str:
        """The paragraphs, one to a line."""
        return "\n".join(self.article.text[span.start : span.end] for span in self.paragraphs)

    @cached_property
    def words(self) -> int:
        """Length of the body."""
        return len(self.body.split())

    @cached_property
    def normal_body(self) -> str:
        """The words of the body, lower-cased and parted by one blank, with a blank at both ends."""
        return f" {normal(self.body)} "

    @cached_property
    def body_words(self) -> frozenset[str]:
        return frozenset(self.normal_body.split())

    def quotations(self, part: Part) -> Sequence[Quotation]:
        return find_quotations(part.text, [Span(0, len(part.text))], self.language.elisions)

    def body_place(self, start: int, end: int) -> Place:
        return Place(part="body", span=Span(start, end), excerpt=shorten(self.article.text[start:end]))


def finding(
    code: str, severity: Severity, message: str, advice: str, *places: Place, suggestion: str | None = None
) -> Finding:
    """A finding with its places in order: what readers would see first, then the evidence."""
    return Finding(
        code=code, severity=severity, message=message, advice=advice, places=tuple(places), suggestion=suggestion
    )


def normal(text: str) -> str:
    """The words of a text, lower-cased, without marks, parted by one blank."""
    return " ".join(_WORD.findall(text.casefold().replace("’", "'").replace("‘", "'")))


def words_of(text: str) -> Iterator[re.Match[str]]:
    return _WORD.finditer(text)


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A crude English stem, enough to match negotiation to negotiations and continue to continued."""
    word = word.casefold().removesuffix("'s").removesuffix("’s")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for suffix in ("ations", "ation", "ings", "ing", "ed", "es", "s", "ly", "e"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def shorten(text: str) -> str:
    """One line of at most 80 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1].rstrip() + "…"


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """a, b and c"""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {conjunction} {items[-1]}"
