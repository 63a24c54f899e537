"""Key quotes: which quotations deserve a reader's minute, and why each was chosen or not.

The weights are editorial judgement. What is never judgement: a key quote has a speaker, is a
whole thought of at least six words, and is more likely than not to be given to the right person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.model import Attribution, Quote, Span
from digest.writing.language import Language
from digest.writing.tokens import first_sentence

MOST = 3
"""Key quotes of one story."""
SHORTEST, LONGEST = 6, 60
"""Words of a key quote; of a longer one the first full sentence is taken."""
LEAST_CONFIDENCE = 0.8
_SHORTLIST = 60
"""Candidates that are compared with each other."""
_SURE = 20.0
"""Weight of confidence in choosing; the order of the chosen is the editor's."""
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A quotation with what ranking must know beside the quote itself."""

    quote: Quote
    person: bool
    """The speaker is named in the article, not “a spokesman”."""


def rank(
    candidates: Sequence[Candidate],
    text: str,
    body: Span,
    language: Language,
    prominent: str,
    echoes: Sequence[str],
) -> tuple[Quote, ...]:
    """All quotes in the order of the text, the best with a rank, each with its reason.

    A quote too long to be a key quote stands as it is; when its first sentence is chosen, that
    follows it as a quote of its own. `prominent` is the headline and dek; `echoes` are the words
    that the quick takes quote.
    """
    prominence = frozenset(_normal(prominent).split())
    normal_echoes = [echo for echo in map(_normal, echoes) if echo]
    reasons: dict[int, str] = {}
    scored: list[tuple[float, int, Quote]] = []
    for index, candidate in enumerate(candidates):
        quote = _shortened(candidate.quote, text, language)
        refusal = _refusal(quote, candidate.person)
        if refusal is not None:
            reasons[index] = refusal
            continue
        score = _score(quote, body, prominence, normal_echoes, language)
        scored.append((score, index, quote))
    scored.sort(key=lambda entry: (-entry[0] - _SURE * entry[2].confidence, entry[1]))
    chosen: list[tuple[float, int, Quote]] = []
    for entry in _greedy(scored[:_SHORTLIST], _SURE):
        _, index, quote = entry
        if len(chosen) == MOST:
            break
        if any(_same_words(quote, other) for _, _, other in chosen):
            reasons[index] = "not key: a key quote has the same words"
        else:
            chosen.append(entry)
    keys = {
        index: replace(quote, rank=place, why=f"key: {_reason(quote, prominence)}")
        for place, (_, index, quote) in enumerate(_greedy(chosen, 0.0), 1)
    }
    return tuple(_told(candidates, keys, reasons))


def _greedy(entries: Sequence[tuple[float, int, Quote]], sure: float) -> Iterator[tuple[float, int, Quote]]:
    """Best first; a speaker who had a turn already loses a point for each. `sure` weighs confidence once more."""
    left = list(entries)
    turns: Counter[str] = Counter()
    while left:
        best = max(left, key=lambda e: (e[0] + sure * e[2].confidence - turns[e[2].speaker or ""], -e[1]))
        left.remove(best)
        turns[best[2].speaker or ""] += 1
        yield best


def _told(candidates: Sequence[Candidate], keys: Mapping[int, Quote], reasons: Mapping[int, str]) -> Iterator[Quote]:
    for index, candidate in enumerate(candidates):
        key = keys.get(index)
        if key is None:
            yield replace(candidate.quote, why=reasons.get(index, "not key: others say more"))
            continue
        if key.span != candidate.quote.span:
            yield replace(candidate.quote, why="not key: too long; its first sentence is one")
        yield key


def _same_words(quote: Quote, other: Quote) -> bool:
    first, second = _normal(quote.text), _normal(other.text)
    return first in second or second in first


def _refusal(quote: Quote, person: bool) -> str | None:
    words = len(quote.text.split())
    if quote.speaker is None:
        return "not key: nobody is known to have said it"
    if words < SHORTEST:
        return "not key: a fragment"
    if words > LONGEST:
        return "not key: too long, and its first sentence is no whole thought"
    if not person:
        return "not key: the speaker has no name"
    if quote.confidence < LEAST_CONFIDENCE:
        return "not key: the speaker is not certain enough"
    if quote.attribution is Attribution.NARRATIVE:
        return "not key: the speaker is only guessed"
    return None


def _shortened(quote: Quote, text: str, language: Language) -> Quote:
    """The first full sentence of a quotation that is too long."""
    if len(quote.text.split()) <= LONGEST:
        return quote
    span = first_sentence(text, quote.span, language)
    if span == quote.span or not SHORTEST <= len(text[span.start : span.end].split()) <= LONGEST:
        return quote
    return replace(quote, text=text[span.start : span.end], span=span)


def _score(quote: Quote, body: Span, prominence: frozenset[str], echoes: Sequence[str], language: Language) -> float:
    words = min(len(quote.text.split()), 30)
    score = words / 10 + 3.0 * quote.confidence
    if quote.span.start < body.start + (body.end - body.start) / 3:
        score += 0.8
    surname = _normal(quote.speaker or "").split()[-1:]
    if surname and surname[0] in prominence:
        score += 0.6
    normal = _normal(quote.text) if echoes else ""
    if any(echo in normal for echo in echoes):
        score += 0.5
    if not quote.text.rstrip().endswith((".", "!", "?", ",", "…")):
        score -= 1.0
    if quote.text[:1].islower():
        score -= 1.5
    if quote.text.split(None, 1)[0].casefold() in language.joining:
        score -= 1.0  # it answers words that stand elsewhere
    if quote.text.endswith("?"):
        score -= 1.0  # what was answered says more
    return score


def _reason(quote: Quote, prominence: frozenset[str]) -> str:
    surname = _normal(quote.speaker or "").split()[-1:]
    if surname and surname[0] in prominence:
        return "a whole thought by somebody of the headline"
    return "a whole thought with a certain speaker"


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold().replace("’", "'")))
