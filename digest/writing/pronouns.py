"""Who “he”, “she” and “they” are: the person of the article that fits best before the pronoun."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, count

from digest.writing.cast import Cast, Mention, Person
from digest.writing.language import Language
from digest.writing.tokens import Tokens

_WINDOW = 24
"""Mentions that are weighed for one pronoun, counted back from it."""
_UNSURE = 0.78
"""How much less sure a pronoun is when somebody else may be meant: measured, then rounded."""
_CHAIN = 3
"""Pronouns that are followed back to a name."""


@dataclass(frozen=True, slots=True)
class _Weights:
    """What speaks for a mention; measured on development data, with round figures on purpose."""

    sentence: float = 0.6  # lost for each sentence between
    paragraph: float = 0.6  # lost for each paragraph between
    same: float = 3.5  # the same sentence
    subject: float = 1.0  # near the head of its sentence
    speaking: float = 1.5  # beside a verb of saying, at most a sentence ago
    possessive: float = -0.5
    object: float = -0.8  # after a preposition
    gender: float = 1.0  # known to fit
    doubtful: float = -2.0  # nothing tells that this is a person
    last: float = 1.0  # the last speaker
    chain: float = 1.0  # whom the pronoun before this one meant


_W = _Weights()


class Antecedents:
    """Resolves the pronouns of one body; told who spoke, because speakers stay in the reader's mind."""

    def __init__(self, tokens: Tokens, cast: Cast, language: Language) -> None:
        self._tokens = tokens
        self._language = language
        self._mentions = [m for m in cast.mentions if m.person is not None]
        self._firsts = [m.first for m in self._mentions]
        self._begins = [s.first for s in tokens.sentences]
        self._places: dict[str, list[int]] = {}
        surnames = Counter(person.words[-1] for person in cast.people if len(person.words) > 1)
        self._shared = frozenset(surname for surname, people in surnames.items() if people > 1)
        self._last_speaker: Person | None = None
        self._known: dict[int, Person | None] = {}
        self._humans: dict[Person, bool] = {}

    @cached_property
    def _sentences(self) -> list[int]:
        """Number of the sentence of each mention."""
        return [bisect_left(self._begins, first + 1) - 1 for first in self._firsts]

    def _human(self, person: Person) -> bool:
        """Whether somebody is surely a person: has a title, speaks, or goes by the surname alone."""
        if person not in self._humans:
            alone = len(person.words) > 1
            self._humans[person] = any(
                m.titled or (alone and m.last - m.first == 1) or self._speaks(m) for m in person.mentions
            )
        return self._humans[person]

    def spoke(self, person: Person | None) -> None:
        """Remember who spoke last; a quotation by nobody in the cast changes nothing."""
        if person is not None:
            self._last_speaker = person

    def resolve(self, pronoun: int, depth: int = 0) -> tuple[Person, float] | None:
        """The person meant by the pronoun at this token, and how sure that is; None when nobody fits."""
        word = self._tokens.lower[pronoun]
        if word in self._language.male:
            gender = "m"
        elif word in self._language.female:
            gender = "f"
        else:
            return None
        scores = self._scores(pronoun, gender)
        before = self._before(pronoun, gender, depth)
        if before is not None and before.gender in ("", gender):
            score, _ = scores.get(id(before), (0.0, before))
            scores[id(before)] = (score + _W.chain, before)
        if self._last_speaker is not None and self._last_speaker.gender in ("", gender):
            score, person = scores.get(id(self._last_speaker), (-1.0, self._last_speaker))
            scores[id(person)] = (score + _W.last, person)
        if not scores:
            return None
        ranked = sorted(scores.values(), key=lambda pair: -pair[0])
        margin = ranked[0][0] - ranked[1][0] if len(ranked) > 1 else 3.0
        person = self._known[pronoun] = ranked[0][1]
        human = person.gender == gender or self._human(person)
        return person, 1.0 if human and margin >= 1.0 and self._unrivalled(person, pronoun, gender) else _UNSURE

    def _unrivalled(self, person: Person, pronoun: int, gender: str) -> bool:
        """Whether the paragraph of the pronoun names this person and nobody else whom it fits, or, where it
        names nobody, the paragraph before. Whoever shares a surname is never alone."""
        if person.words[-1] in self._shared:
            return False
        tokens, prepositions = self._tokens, self._language.prepositions
        number = bisect_left(self._begins, pronoun + 1) - 1
        here = tokens.sentences[number].paragraph
        named: dict[int, set[int]] = {here: set(), here - 1: set()}
        for index in range(bisect_left(self._firsts, pronoun) - 1, -1, -1):
            mention = self._mentions[index]
            at = self._sentences[index]
            if tokens.sentences[at].paragraph not in named:
                break
            other = mention.person
            if other is None or other.group or other.gender not in ("", gender):
                continue
            place = not other.gender and mention.lead > 0 and tokens.lower[mention.lead - 1] in prepositions
            heads = mention.lead == self._begins[at]
            if other is person or other.gender or heads or (not place and self._human(other)):
                named[tokens.sentences[at].paragraph].add(id(other))
        return (named[here] or named[here - 1]) == {id(person)}

    def _scores(self, pronoun: int, gender: str) -> dict[int, tuple[float, Person]]:
        number = bisect_left(self._begins, pronoun + 1) - 1
        scores: dict[int, tuple[float, Person]] = {}
        stop = bisect_left(self._firsts, pronoun)
        for index in range(stop - 1, max(-1, stop - 1 - _WINDOW), -1):
            mention = self._mentions[index]
            person = mention.person
            if person is None or person.group or person.gender not in ("", gender):
                continue
            score = self._weigh(mention, self._sentences[index], number)
            if person.gender == gender:
                score += _W.gender
            elif not self._human(person):
                score += _W.doubtful
            key = id(person)
            if key not in scores or scores[key][0] < score:
                scores[key] = (score, person)
        return scores

    def _weigh(self, mention: Mention, at: int, number: int) -> float:
        lower = self._tokens.lower
        there, here = self._tokens.sentences[at], self._tokens.sentences[number]
        score = -_W.sentence * min(number - at, 8) - _W.paragraph * min(here.paragraph - there.paragraph, 4)
        if at == number:
            score += _W.same
        if mention.last < len(lower) and lower[mention.last] == "'s":
            score += _W.possessive
        if mention.lead > there.first and lower[mention.lead - 1] in self._language.prepositions:
            score += _W.object
        if mention.lead <= there.first + 3 or self._resumes(mention, there.first):
            score += _W.subject
        if number - at <= 1 and self._speaks(mention):
            score += _W.speaking
        return score

    def _resumes(self, mention: Mention, first: int) -> bool:
        """Whether the name is the subject behind an opening phrase: Since the storm, Lind has mended every boat."""
        lower, language = self._tokens.lower, self._language
        opens = lower[first] in language.prepositions or lower[first] in language.conjunctions
        return opens and lower[mention.lead - 1] == "," and "," not in lower[first : mention.lead - 1]

    def _speaks(self, mention: Mention) -> bool:
        """Whether a verb of saying stands right beside the name."""
        lower, strong = self._tokens.lower, self._language.strong
        after = mention.last
        while after < min(len(lower), mention.last + 3) and (
            lower[after] in self._language.closed or lower[after].endswith("ly")
        ):
            after += 1
        if after < len(lower) and lower[after] in strong:
            return True
        return mention.lead > 0 and lower[mention.lead - 1] in strong

    def _pronouns(self, gender: str) -> list[int]:
        """Tokens that are “he”, or “she”."""
        if gender not in self._places:
            words = (self._language.male if gender == "m" else self._language.female) & self._language.subjects
            self._places[gender] = list(compress(count(), map(words.__contains__, self._tokens.lower)))
        return self._places[gender]

    def _before(self, pronoun: int, gender: str, depth: int) -> Person | None:
        """Whom the pronoun before this one meant, if it stands near."""
        places = self._pronouns(gender)
        index = bisect_left(places, pronoun) - 1
        if index < 0:
            return None
        earlier = places[index]
        number = bisect_left(self._begins, pronoun + 1) - 1
        at = bisect_left(self._begins, earlier + 1) - 1
        nearest = bisect_left(self._firsts, pronoun) - 1
        if number - at > 2 or (at < number and nearest >= 0 and self._firsts[nearest] > self._begins[number]):
            return None  # too far, or somebody is named in between
        if earlier not in self._known and depth < _CHAIN:
            answer = self.resolve(earlier, depth + 1)
            self._known[earlier] = answer[0] if answer is not None else None
        return self._known.get(earlier)
