"""Quick takes: the author's own list, verbatim, else three sentences of the body."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import QuickTake, Span, TakeOrigin
from digest.writing.blocks import Block, BlockKind

COUNT = 3
"""Sentences taken when the author gave no list."""
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LIMIT = 60
"""Sentences of the body that are weighed; later ones never win."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    span: Span
    words: Counter[str]
    score: float
    position: int


def author_takes(text: str, blocks: Sequence[Block]) -> tuple[QuickTake, ...]:
    """The items of the article's own list."""
    return tuple(
        QuickTake(text=text[block.span.start : block.span.end], span=block.span, origin=TakeOrigin.AUTHOR)
        for block in blocks
        if block.kind is BlockKind.TAKE
    )


def extract_takes(text: str, sentences: Sequence[Span], stopwords: frozenset[str]) -> tuple[QuickTake, ...]:
    """Three sentences in the order of the text: early, central to the article, and unlike each other."""
    weighed = _weigh(text, sentences[:_LIMIT], stopwords)
    chosen: list[_Weighed] = []
    while weighed and len(chosen) < COUNT:
        best = max(weighed, key=lambda s: (0.55 * s.score - 0.45 * _overlap(s, chosen), -s.position))
        weighed.remove(best)
        chosen.append(best)
    chosen.sort(key=lambda s: s.position)
    return tuple(
        QuickTake(text=text[s.span.start : s.span.end], span=s.span, origin=TakeOrigin.EXTRACTED) for s in chosen
    )


def _weigh(text: str, sentences: Sequence[Span], stopwords: frozenset[str]) -> list[_Weighed]:
    bags = [
        Counter(word for word in _WORD.findall(text[s.start : s.end].casefold()) if word not in stopwords)
        for s in sentences
    ]
    everywhere = Counter(word for bag in bags for word in bag)
    weight = {word: math.log1p(count) for word, count in everywhere.items() if count > 1}
    lead = bags[0] if bags else Counter[str]()
    norm = math.sqrt(sum(value * value for value in weight.values())) or 1.0
    found = []
    for position, (span, bag) in enumerate(zip(sentences, bags, strict=True)):
        size = len(_WORD.findall(text[span.start : span.end]))
        length = math.sqrt(sum(count * count for count in bag.values())) or 1.0
        central = sum(weight.get(word, 0.0) * count for word, count in bag.items()) / (norm * length)
        shared = sum(1 for word in bag if word in lead) / (len(bag) or 1)
        score = 0.5 / (1 + 0.35 * position) + 1.3 * central + 0.2 * shared
        score -= _penalty(text[span.start : span.end], size)
        found.append(_Weighed(span, bag, score, position))
    return found


def _penalty(sentence: str, size: int) -> float:
    penalty = 0.0
    if size > 36:
        penalty += 0.1 + 0.01 * (size - 36)
    if size < 8:
        penalty += 0.4
    if sentence.endswith("?"):
        penalty += 0.4
    if sentence[:1] in "“\"‘'„«":
        penalty += 0.15
    return penalty


def _overlap(sentence: _Weighed, chosen: Sequence[_Weighed]) -> float:
    best = 0.0
    for other in chosen:
        shared = sum((sentence.words & other.words).values())
        size = min(sum(sentence.words.values()), sum(other.words.values())) or 1
        best = max(best, shared / size)
    return best
