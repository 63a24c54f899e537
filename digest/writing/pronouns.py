"""Who “he”, “she” and “they” are: the person of the article that fits best before the pronoun."""

from __future__ import annotations

from bisect import bisect_left

from digest.writing.language import Language
from digest.writing.names import Cast, Person
from digest.writing.tokens import Sentence, Tokens

_WINDOW = 24
"""Mentions that are weighed for one pronoun, counted back from it."""


class Antecedents:
    """Resolves the pronouns of one body; told who spoke, because speakers stay in the reader's mind."""

    def __init__(self, tokens: Tokens, cast: Cast, language: Language) -> None:
        self._tokens = tokens
        self._language = language
        self._mentions = [m for m in cast.mentions if m.person is not None]
        self._firsts = [m.first for m in self._mentions]
        self._begins = [s.first for s in tokens.sentences]
        self._last_speaker: Person | None = None

    def spoke(self, person: Person | None) -> None:
        """Remember who spoke last; a quotation by nobody in the cast changes nothing."""
        if person is not None:
            self._last_speaker = person

    def resolve(self, pronoun: int, speaker: Person | None = None) -> tuple[Person, float] | None:
        """The person meant by the pronoun at this token, and how sure that is; None when nobody fits."""
        word = self._tokens.lower[pronoun]
        if word in self._language.male:
            gender = "m"
        elif word in self._language.female:
            gender = "f"
        else:
            return None
        number = bisect_left(self._begins, pronoun + 1) - 1
        scores: dict[int, tuple[float, Person]] = {}
        stop = bisect_left(self._firsts, pronoun)
        for index in range(stop - 1, max(-1, stop - 1 - _WINDOW), -1):
            mention = self._mentions[index]
            person = mention.person
            if person is None or person.group or person.gender not in ("", gender):
                continue
            if not person.gender and len(person.words) < 2 and not mention.titled:
                continue
            at = bisect_left(self._begins, mention.first + 1) - 1
            score = self._weigh(mention.lead, mention.last, at, number)
            if person.gender == gender:
                score += 1.0
            if person is self._last_speaker:
                score += 1.5
            key = id(person)
            if key not in scores or scores[key][0] < score:
                scores[key] = (score, person)
        if self._last_speaker is not None and self._last_speaker.gender in ("", gender):
            scores.setdefault(id(self._last_speaker), (0.0, self._last_speaker))
        if not scores:
            return None
        ranked = sorted(scores.values(), key=lambda pair: -pair[0])
        margin = ranked[0][0] - ranked[1][0] if len(ranked) > 1 else 3.0
        return ranked[0][1], 0.98 if margin >= 1.0 else 0.9

    def _weigh(self, first: int, last: int, at: int, number: int) -> float:
        lower = self._tokens.lower
        sentence: Sentence = self._tokens.sentences[at]
        here = self._tokens.sentences[number]
        score = -0.6 * min(number - at, 8) - 0.4 * min(here.paragraph - sentence.paragraph, 4)
        if at == number:
            score += 4.0
        before = lower[first - 1] if first > sentence.first else ""
        after = lower[last] if last < len(lower) else ""
        if after == "'s":
            score -= 0.5
        if before in self._language.prepositions:
            score -= 0.8
        if first <= sentence.first + 3:
            score += 0.8
        return score
