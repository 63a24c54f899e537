"""Quick takes: the author's own list, verbatim, else three sentences of the body."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, filterfalse
from typing import NamedTuple

from digest.model import QuickTake, Span, TakeOrigin
from digest.writing.blocks import Block, BlockKind
from digest.writing.tokens import QUOTE, Tokens

COUNT = 3
"""Sentences taken when the author gave no list."""
_MARKS = frozenset(".,;:!?()[]—–-…/&“”\"'’‘") | {QUOTE, "'s", "--"}
_SHORT, _LONG = 8, 36
"""Words below and above which a sentence makes a poor take."""
_LEANING = re.compile(
    r"(?:He|She|It|They|His|Her|Its|Their|But|And|Or|So|Yet|Then|That|This|These|Those|Such|Both|Also|Still|However|Meanwhile|Instead|"
    r"Another|Others?|Neither|Nor|There|Since then|At first|After that)\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"\((?:pictured|left|right|centre|center|above|below)\b|\bscroll down\b|\bclick here\b")
_CAPTIONED = ("(", "scroll down", "click here")
"""One of these is in whatever `_CAPTION` finds."""
_INVITING = ("your email", "your e-mail", "your inbox")
"""What a publisher's line to its readers asks for, or promises to fill."""
_LIMIT = 30
"""Sentences of the body that are weighed; later ones never win."""


@dataclass(frozen=True, slots=True)
class _Weights:
    """What speaks for a sentence; chosen on development data, in round figures."""

    place: float = 0.8  # first of all, falling with the distance from the top
    fall: float = 0.35
    central: float = 1.3  # shares the words that the whole article is about
    lead: float = 0.2  # shares words with the first sentence
    leaning: float = 0.6  # lost for opening with a word that leans on the sentence before: He, But, Then
    novelty: float = 1.0  # lost for repeating a chosen sentence


_W = _Weights()


class _Weighed(NamedTuple):
    span: Span
    words: frozenset[str]
    score: float
    position: int


def author_takes(text: str, blocks: Sequence[Block]) -> tuple[QuickTake, ...]:
    """The items of the article's own list."""
    return tuple(
        QuickTake(text=text[block.span.start : block.span.end], span=block.span, origin=TakeOrigin.AUTHOR)
        for block in blocks
        if block.kind is BlockKind.TAKE
    )


def extract_takes(text: str, tokens: Tokens, stopwords: frozenset[str]) -> tuple[QuickTake, ...]:
    """Three sentences in the order of the text: early, central to the article, and unlike each other."""
    left = sorted(_weigh(text, tokens, stopwords), key=lambda s: -s.score)
    chosen: list[_Weighed] = []
    while left and len(chosen) < COUNT:
        best, most = left[0], -math.inf
        for sentence in left:
            if sentence.score < most:
                break  # repeating only takes from a score
            score = sentence.score - _W.novelty * max((_overlap(sentence, other) for other in chosen), default=0.0)
            if (score, -sentence.position) > (most, -best.position):
                best, most = sentence, score
        chosen.append(best)
        left.remove(best)
    chosen.sort(key=lambda s: s.position)
    return tuple(
        QuickTake(text=text[s.span.start : s.span.end], span=s.span, origin=TakeOrigin.EXTRACTED) for s in chosen
    )


@cache
def _dull(stopwords: frozenset[str]) -> frozenset[str]:
    return stopwords | _MARKS


def _weigh(text: str, tokens: Tokens, stopwords: frozenset[str]) -> list[_Weighed]:
    spans, bags = [], []
    dull = _dull(stopwords)
    for first, last, _ in tokens.sentences[:_LIMIT]:
        bag = frozenset(filterfalse(dull.__contains__, tokens.lower[first:last]))
        spans.append(tokens.span(first, last))
        bags.append(bag)
    everywhere = Counter(chain.from_iterable(bags))
    weight = {word: math.log1p(count) for word, count in everywhere.items() if count > 1}
    shared = frozenset(weight)
    # Sets have another order in each process; only an exact sum is the same in all.
    norm = math.sqrt(math.fsum(value * value for value in weight.values())) or 1.0
    lead: frozenset[str] = frozenset()
    found: list[_Weighed] = []
    place = 0
    for position, (span, bag) in enumerate(zip(spans, bags, strict=True)):
        sentence = text[span.start : span.end]
        size = sentence.count(" ") + 1
        count = len(bag) or 1
        penalty = _penalty(sentence, size)
        lead = lead or (bag if not penalty else lead)
        central = math.fsum(map(weight.__getitem__, bag & shared)) / (norm * math.sqrt(count))
        score = _W.place / (1 + _W.fall * place) + _W.central * central + _W.lead * len(bag & lead) / count - penalty
        score -= _W.leaning * bool(position and _LEANING.match(sentence))
        found.append(_Weighed(span, bag, score, position))
        place += size >= _SHORT  # a dateline or a byline does not push the first sentence down
    return found


def _penalty(sentence: str, size: int) -> float:
    """What is lost for being long, short, a question, a quotation, a picture's caption or an invitation to readers."""
    penalty = 0.0
    if size > _LONG:
        penalty += 0.1 + 0.01 * (size - _LONG)
    if size < _SHORT:
        penalty += 0.6
    if sentence.endswith("?"):
        penalty += 0.4
    if sentence[:1] in "“\"‘'„«":
        penalty += 0.15
    if sentence.count('"') % 2 or sentence.count("“") != sentence.count("”"):
        penalty += 0.5  # cut out of a longer quotation
    lower = sentence.lower()
    if any(map(lower.__contains__, _CAPTIONED)) and _CAPTION.search(lower):
        penalty += 0.3
    if any(map(lower.__contains__, _INVITING)):
        penalty += 1.0
    return penalty


def _overlap(sentence: _Weighed, other: _Weighed) -> float:
    """Share of the smaller sentence that the other says too."""
    return len(sentence.words & other.words) / (min(len(sentence.words), len(other.words)) or 1)
