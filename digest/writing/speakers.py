"""Who says each quotation, how that is known, and how sure it is.

The evidence is asked for in a fixed order, strongest first: a clause attached to the
quotation (“…,” Rubio said), the verb before it (Rubio said: “…”), a source (according to
Rubio), a verb elsewhere in the sentence, and only then the sentences and quotations around it.
`docs/attribution.md` explains the order and the confidence of each kind of evidence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from digest.model import Attribution, Span
from digest.writing.cast import Cast, Mention, Person
from digest.writing.evidence import Evidence, Finder, Found
from digest.writing.language import Language
from digest.writing.pronouns import Antecedents
from digest.writing.signatures import signature_of
from digest.writing.subjects import Grammar, Phrase, PhraseKind
from digest.writing.tokens import Sentence, Tokens
from digest.writing.verbs import STRONG, Verbs

_CONFIDENCE: Mapping[Evidence, tuple[float, float, float]] = {
    Evidence.AFTER: (0.97, 0.88, 0.92),
    Evidence.BEFORE: (0.95, 0.87, 0.7),
    Evidence.ACCORDING: (0.92, 0.8, 0.65),
    Evidence.SENTENCE: (0.93, 0.85, 0.75),
    Evidence.WEAK: (0.87, 0.78, 0.6),
    Evidence.LOOSE: (0.8, 0.7, 0.5),
    Evidence.COLON: (0.92, 0.8, 0.5),
    Evidence.DASH: (0.9, 0.8, 0.7),
    Evidence.TRANSCRIPT: (0.92, 0.9, 0.9),
    Evidence.CONTINUED: (0.9, 0.9, 0.9),
    Evidence.PARAGRAPH: (0.95, 0.95, 0.95),
    Evidence.AHEAD: (0.8, 0.8, 0.8),
    Evidence.NEIGHBOUR: (0.75, 0.75, 0.75),
    Evidence.SUBJECT: (0.6, 0.5, 0.25),
}
"""How often each evidence gave the right person, for a name, a pronoun and a noun: measured, then rounded down."""
_FAR = 0.78
"""Confidence of what is carried over more than one paragraph: too little for a key quote."""
_HEARSAY = 0.8
"""How much less sure a speaker is whose words a source passes on: “…,” Rubio said, according to two diplomats."""
_KINDS: Mapping[Evidence, Attribution] = {
    Evidence.ACCORDING: Attribution.ACCORDING,
    Evidence.COLON: Attribution.COLON,
    Evidence.DASH: Attribution.DASH,
    Evidence.TRANSCRIPT: Attribution.TRANSCRIPT,
    Evidence.CONTINUED: Attribution.CARRIED,
    Evidence.PARAGRAPH: Attribution.CARRIED,
    Evidence.AHEAD: Attribution.CARRIED,
    Evidence.NEIGHBOUR: Attribution.CARRIED,
    Evidence.SUBJECT: Attribution.NARRATIVE,
}


class Speaker(NamedTuple):
    """The answer for one quotation."""

    name: str | None
    person: Person | None
    attribution: Attribution
    confidence: float
    span: Span | None
    """Where the words stand that name the speaker."""
    evidence: Evidence | None = None


NOBODY = Speaker(None, None, Attribution.NONE, 0.0, None)
"""Nothing tells who speaks."""


@cache
def _confidence(factor: float) -> dict[Evidence, tuple[float, ...]]:
    """`_CONFIDENCE` in a language that is known less well."""
    return {kind: tuple(round(sure * factor, 3) for sure in all_sure) for kind, all_sure in _CONFIDENCE.items()}


class Speakers:
    """Attributes the quotations of one body, in the order of the text."""

    def __init__(self, text: str, tokens: Tokens, cast: Cast, language: Language) -> None:
        self._text = text
        self._tokens = tokens
        self._cast = cast
        self._language = language
        self._grammar = Grammar(tokens, cast, language)
        self._verbs = Verbs(tokens, cast, language, self._grammar)
        self._finder = Finder(text, tokens, cast, language, self._grammar, self._verbs)
        self._antecedents = Antecedents(tokens, cast, language)
        self._people: dict[str, Person] = {}
        self._places = list(tokens.quotations)

    def attribute(self) -> dict[int, Speaker]:
        """Token of each quotation → its speaker."""
        answers: dict[int, Speaker] = {}
        last: Speaker | None = None
        waiting: list[int] = []
        paragraph, before = -1, NOBODY
        ends = [sentence.last for sentence in self._tokens.sentences]
        for token in self._tokens.quotations:
            number = bisect_right(ends, token)
            sentence = self._tokens.sentences[number]
            if sentence.paragraph != paragraph:
                paragraph, before, waiting = sentence.paragraph, NOBODY, []
            answer = self._own(token, number, sentence, last)
            if answer is not None:
                for earlier in waiting:
                    answers[earlier] = self._carry(answer, Evidence.AHEAD)
                waiting = []
            elif before.name is not None and not waiting:
                answer = self._carry(before, Evidence.PARAGRAPH)
            else:
                guessed = answers[waiting[-1]] if waiting else last
                answer = self._guess(token, number, sentence, guessed if guessed is not None and guessed.name else None)
                waiting.append(token)
            answers[token] = answer
            if answer.name is not None:
                before = last = answer
                self._antecedents.spoke(last.person)
        return answers

    def _own(self, token: int, number: int, sentence: Sentence, last: Speaker | None) -> Speaker | None:
        """What the quotation's own sentence says, or the mark that continues another."""
        label = self._finder.transcript(token)
        if label is not None:
            return self._labelled(label)
        found = self._finder.find(token, sentence) or self._signed(token, number)
        attached = found is not None and found.evidence in (Evidence.AFTER, Evidence.BEFORE, Evidence.DASH)
        if self._tokens.quotations[token].continued and last is not None and not attached:
            carried = self._carry(last, Evidence.CONTINUED)
            far = last.evidence is Evidence.CONTINUED
            return carried._replace(confidence=min(carried.confidence, _FAR)) if far else carried
        if found is None:
            found = self._announced(token, number, sentence)
        if found is None:
            return None
        answer = self._resolve(found)
        if found.evidence is not Evidence.ACCORDING and self._finder.according(sentence) is not None:
            return answer._replace(confidence=round(answer.confidence * _HEARSAY, 3))
        return answer

    def _signed(self, token: int, number: int) -> Found | None:
        """A line below the quotation that names the speaker."""
        phrase = signature_of(token, number, self._text, self._tokens, self._cast, self._language)
        return Found(phrase, Evidence.DASH) if phrase is not None else None

    def _announced(self, token: int, number: int, sentence: Sentence) -> Found | None:
        """A colon that ends the sentence before: He was blunt:"""
        if number == 0 or token != sentence.first:
            return None
        before = self._tokens.sentences[number - 1]
        if before.paragraph < sentence.paragraph - 1 or self._tokens.lower[before.last - 1] != ":":
            return None
        phrase = self._introducing(before)
        return Found(phrase, Evidence.COLON) if phrase is not None else None

    def _labelled(self, span: Span) -> Speaker:
        """The person whom a transcript's label names."""
        label = self._text[span.start : span.end]
        surname = label.split()[-1].casefold()
        person = next((p for p in self._cast.people if p.words[-1] == surname and not p.group), None)
        name = person.name if person is not None else label
        confidence = round(_CONFIDENCE[Evidence.TRANSCRIPT][0] * self._language.confidence, 3)
        name = name.title() if name.isupper() else name
        return Speaker(name, person, Attribution.TRANSCRIPT, confidence, span, Evidence.TRANSCRIPT)

    def _guess(self, token: int, number: int, sentence: Sentence, last: Speaker | None) -> Speaker:
        """No verb of its own: the subject of what stands before, or the last speaker."""
        before = self._tokens.sentences[number - 1] if number else None
        opens = token == sentence.first
        phrase: Phrase | None = None
        if before is not None and before.paragraph == sentence.paragraph:
            phrase = self._introducing(before)
        if phrase is None and not opens:
            phrase = self._grammar.main(self._verbs.start(sentence), token)
        if phrase is None and before is not None:
            quoted = bisect_right(self._places, before.last - 1) > bisect_right(self._places, before.first - 1)
            if quoted and last is not None:
                return self._carry(last, Evidence.NEIGHBOUR)
            phrase = self._introducing(before)
        if phrase is not None and self._shouted(phrase):
            return NOBODY._replace(evidence=Evidence.SUBJECT)
        if phrase is not None:
            return self._resolve(Found(phrase, Evidence.SUBJECT))
        return self._carry(last, Evidence.SUBJECT) if last is not None else NOBODY

    def _shouted(self, phrase: Phrase) -> bool:
        """Whether a phrase is part of a headline in capitals."""
        words = self._tokens.words[max(0, phrase.first - 1) : phrase.last + 1]
        return len(words) > 2 and all(word.isupper() for word in words if word[0].isalpha())

    def _introducing(self, sentence: Sentence) -> Phrase | None:
        """Who the sentence before a quotation is about: the subject of its last verb of saying, else of itself."""
        for index in range(sentence.last - 1, max(sentence.first, sentence.last - 40) - 1, -1):
            if self._verbs.strength(index) == STRONG:
                phrase = self._verbs.subject(index, sentence)
                if phrase is not None:
                    return phrase
        return self._grammar.main(self._verbs.start(sentence), sentence.last)

    def _carry(self, speaker: Speaker, evidence: Evidence) -> Speaker:
        if speaker.name is None:
            return NOBODY
        confidence = round(min(speaker.confidence, _CONFIDENCE[evidence][0]), 3)
        return Speaker(speaker.name, speaker.person, _KINDS[evidence], confidence, speaker.span, evidence)

    def _met(self, phrase: Phrase, cue: int | None) -> tuple[Person, Span] | None:
        """Somebody whom only the place beside the verb shows to be one, in a script without capitals: two words
        that are no office, the second of which stands in the body again."""
        lower = self._tokens.lower
        named = [index for index in range(phrase.first, phrase.last) if lower[index] not in self._language.roles]
        if cue is not None and cue < phrase.first:
            named = named[:2]
        if len(named) < 2 or lower.count(lower[named[-1]]) < 2:
            return None
        first, last = named[-2:]
        span = self._tokens.span(first, last + 1)
        person = self._people.get(lower[last])
        if person is None:
            name = " ".join(self._text[span.start : span.end].split())
            person = self._people[lower[last]] = Person(name, (lower[first], lower[last]))
        person.mentions.append(Mention(first, first, last + 1, "", False, person))
        return person, span

    def _resolve(self, found: Found) -> Speaker:
        phrase = found.phrase
        attribution = _KINDS.get(found.evidence)
        span = self._tokens.span(phrase.first, phrase.last)
        for_name, for_pronoun, for_noun = _confidence(self._language.confidence)[found.evidence]
        if phrase.mention is not None and phrase.kind is PhraseKind.NAME and phrase.mention.person is not None:
            person = phrase.mention.person
            return Speaker(person.name, person, attribution or Attribution.NAMED, for_name, span, found.evidence)
        if phrase.kind is PhraseKind.PRONOUN:
            answer = self._antecedents.resolve(phrase.first)
            if answer is None:
                return Speaker(None, None, Attribution.PRONOUN, 0.0, span, found.evidence)
            person, sure = answer
            confidence = round(for_pronoun * sure, 3)
            return Speaker(person.name, person, attribution or Attribution.PRONOUN, confidence, span, found.evidence)
        if not self._language.cased and phrase.kind is PhraseKind.NOUN:
            met = self._met(phrase, found.cue)
            if met is not None:
                person, span = met
                return Speaker(person.name, person, attribution or Attribution.NAMED, for_name, span, found.evidence)
            lower = self._tokens.lower
            if phrase.last - phrase.first == 1 and lower.count(lower[phrase.first]) == 1:
                return Speaker(None, None, Attribution.PRONOUN, 0.0, span, found.evidence)  # she said, laughing
        name = " ".join(self._text[span.start : span.end].split())
        return Speaker(name, None, attribution or Attribution.NOUN, for_noun, span, found.evidence)
