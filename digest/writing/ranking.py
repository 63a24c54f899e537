"""Key quotes: which quotations deserve a reader's minute, and why each was chosen or not.

The weights are editorial judgement. What is never judgement: a key quote has a speaker, is a
whole thought of at least six words, and is more likely than not to be given to the right person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.model import Attribution, Quote, Span

MOST = 3
"""Key quotes of one story."""
SHORTEST, LONGEST = 6, 60
"""Words of a key quote; of a longer one the first full sentence is taken."""
LEAST_CONFIDENCE = 0.75
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_SENTENCE = re.compile(r"[^.!?]*(?:[.!?](?!\s|$)[^.!?]*)*[.!?…]+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A quotation with what ranking must know beside the quote itself."""

    quote: Quote
    person: bool
    """The speaker is named in the article, not “a spokesman”."""


def rank(
    candidates: Sequence[Candidate], text: str, body: Span, prominent: str, echoes: Sequence[str]
) -> tuple[Quote, ...]:
    """All quotes in the order of the text, the best with a rank, each with its reason.

    `prominent` is the headline and dek; `echoes` are the words that the quick takes quote.
    """
    prominent_words = frozenset(_normal(prominent).split())
    normal_echoes = [echo for echo in map(_normal, echoes) if echo]
    quotes = [candidate.quote for candidate in candidates]
    scored: list[tuple[float, int]] = []
    seen: dict[str, int] = {}
    for index, candidate in enumerate(candidates):
        quote = _shortened(candidate.quote, text)
        refusal = _refusal(quote, candidate.person)
        normal = _normal(quote.text)
        if refusal is None and normal in seen:
            refusal = "not key: said above in the same words"
        if refusal is not None:
            quotes[index] = replace(candidate.quote, why=refusal)
            continue
        seen[normal] = index
        quotes[index] = quote
        scored.append((_score(quote, body, prominent_words, normal_echoes, normal), index))
    chosen: Counter[str] = Counter()
    for place in range(1, MOST + 1):
        if not scored:
            break
        best = max(scored, key=lambda pair: (pair[0] - chosen[quotes[pair[1]].speaker or ""], -pair[1]))
        scored.remove(best)
        quote = quotes[best[1]]
        chosen[quote.speaker or ""] += 1
        quotes[best[1]] = replace(quote, rank=place, why=f"key: {_reason(quote, prominent_words)}")
    for _, index in scored:
        quotes[index] = replace(candidates[index].quote, why="not key: others say more")
    return tuple(quotes)


def _refusal(quote: Quote, person: bool) -> str | None:
    words = len(_WORD.findall(quote.text))
    if quote.speaker is None:
        return "not key: nobody is known to have said it"
    if words < SHORTEST:
        return "not key: a fragment"
    if words > LONGEST:
        return "not key: too long, and its first sentence is too"
    if not person:
        return "not key: the speaker has no name"
    if quote.confidence < LEAST_CONFIDENCE:
        return "not key: the speaker is not certain enough"
    if quote.attribution is Attribution.NARRATIVE:
        return "not key: the speaker is only guessed"
    return None


def _shortened(quote: Quote, text: str) -> Quote:
    """The first full sentence of a quotation that is too long."""
    if len(_WORD.findall(quote.text)) <= LONGEST:
        return quote
    match = _SENTENCE.match(text, quote.span.start, quote.span.end)
    if match is None or len(_WORD.findall(match.group())) < SHORTEST:
        return quote
    return replace(quote, text=match.group(), span=Span(match.start(), match.end()))


def _score(quote: Quote, body: Span, prominent: frozenset[str], echoes: Sequence[str], normal: str) -> float:
    words = min(len(_WORD.findall(quote.text)), 30)
    score = 2.0 + words / 10 + 1.5 * quote.confidence
    if quote.span.start < body.start + (body.end - body.start) / 3:
        score += 0.8
    surname = _normal(quote.speaker or "").split()[-1:]
    if surname and surname[0] in prominent:
        score += 0.6
    if any(echo in normal for echo in echoes):
        score += 0.5
    if not quote.text.rstrip().endswith((".", "!", "?", ",", "…")):
        score -= 1.0
    if quote.text[:1].islower():
        score -= 1.5
    return score


def _reason(quote: Quote, prominent: frozenset[str]) -> str:
    surname = _normal(quote.speaker or "").split()[-1:]
    if surname and surname[0] in prominent:
        return "a whole thought by somebody of the headline"
    return "a whole thought with a certain speaker"


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold().replace("’", "'")))
