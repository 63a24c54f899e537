"""Key quotes: which quotations deserve a reader's minute, and why each was chosen or not.

The weights are editorial judgement. What is never judgement: a key quote has a speaker, is a
whole thought of at least six words, and is more likely than not to be given to the right person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

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
_Scored: TypeAlias = "tuple[float, int, Candidate]"
"""Score, number of the candidate, and the candidate as it would be shown."""


class Candidate(NamedTuple):
    """A quotation with its speaker, before anybody has said whether it is a key quote and why."""

    text: str
    span: Span
    speaker: str | None
    role: str | None
    attribution: Attribution
    confidence: float
    speaker_span: Span | None
    person: bool
    """The speaker is named in the article, not “a spokesman”."""

    def quote(self, why: str, rank: int | None = None) -> Quote:
        return Quote(
            text=self.text,
            span=self.span,
            speaker=self.speaker,
            role=self.role,
            attribution=self.attribution,
            confidence=self.confidence,
            speaker_span=self.speaker_span,
            rank=rank,
            why=why,
        )


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
    scored: list[_Scored] = []
    for index, candidate in enumerate(candidates):
        words = len(candidate.text.split())
        if words > LONGEST:
            candidate, words = _shortened(candidate, words, text, language)
        refusal = _refusal(candidate, words)
        if refusal is not None:
            reasons[index] = refusal
            continue
        score = _score(candidate, words, body, prominence, normal_echoes, language)
        scored.append((score, index, candidate))
    scored.sort(key=lambda entry: (-entry[0] - _SURE * entry[2].confidence, entry[1]))
    chosen: list[_Scored] = []
    for entry in _greedy(scored[:_SHORTLIST], _SURE):
        _, index, candidate = entry
        if len(chosen) == MOST:
            break
        if any(_same_words(candidate, other) for _, _, other in chosen):
            reasons[index] = "not key: a key quote has the same words"
        else:
            chosen.append(entry)
    keys = {
        index: candidate.quote(f"key: {_reason(candidate, prominence)}", rank=place)
        for place, (_, index, candidate) in enumerate(_greedy(chosen, 0.0), 1)
    }
    return tuple(_told(candidates, keys, reasons))


def _greedy(entries: Sequence[_Scored], sure: float) -> Iterator[_Scored]:
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
            yield candidate.quote(reasons.get(index, "not key: others say more"))
            continue
        if key.span != candidate.span:
            yield candidate.quote("not key: too long; its first sentence is one")
        yield key


def _same_words(one: Candidate, other: Candidate) -> bool:
    first, second = _normal(one.text), _normal(other.text)
    return first in second or second in first


def _refusal(candidate: Candidate, words: int) -> str | None:
    if candidate.speaker is None:
        return "not key: nobody is known to have said it"
    if words < SHORTEST:
        return "not key: a fragment"
    if words > LONGEST:
        return "not key: too long, and its first sentence is no whole thought"
    if not candidate.person:
        return "not key: the speaker has no name"
    if candidate.confidence < LEAST_CONFIDENCE:
        return "not key: the speaker is not certain enough"
    if candidate.attribution is Attribution.NARRATIVE:
        return "not key: the speaker is only guessed"
    return None


def _shortened(candidate: Candidate, words: int, text: str, language: Language) -> tuple[Candidate, int]:
    """The first full sentence of a quotation that is too long, if that can be a key quote, and its words."""
    span = first_sentence(text, candidate.span, language)
    sentence = text[span.start : span.end]
    size = len(sentence.split())
    if span == candidate.span or not SHORTEST <= size <= LONGEST:
        return candidate, words
    return candidate._replace(text=sentence, span=span), size


def _score(
    candidate: Candidate, words: int, body: Span, prominence: frozenset[str], echoes: Sequence[str], language: Language
) -> float:
    text = candidate.text
    score = min(words, 30) / 10 + 3.0 * candidate.confidence
    if candidate.span.start < body.start + (body.end - body.start) / 3:
        score += 0.8
    if _prominent(candidate, prominence):
        score += 0.6
    normal = _normal(text) if echoes else ""
    if any(echo in normal for echo in echoes):
        score += 0.5
    if not text.rstrip().endswith((".", "!", "?", ",", "…")):
        score -= 1.0
    if text[:1].islower():
        score -= 1.5
    if text.split(None, 1)[0].casefold() in language.joining:
        score -= 1.0  # it answers words that stand elsewhere
    if text.endswith("?"):
        score -= 1.0  # what was answered says more
    return score


def _prominent(candidate: Candidate, prominence: frozenset[str]) -> bool:
    """Whether the headline or dek has the speaker's surname."""
    return not prominence.isdisjoint(_normal(candidate.speaker or "").split()[-1:])


def _reason(candidate: Candidate, prominence: frozenset[str]) -> str:
    if _prominent(candidate, prominence):
        return "a whole thought by somebody of the headline"
    return "a whole thought with a certain speaker"


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold().replace("’", "'")))
