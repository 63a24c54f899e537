"""Who says each quotation, how that is known, and how sure it is.

The evidence is asked for in a fixed order, strongest first: a clause attached to the
quotation (“…,” Rubio said), the verb before it (Rubio said: “…”), a source (according to
Rubio), a verb elsewhere in the sentence, and only then the sentences and quotations around it.
`docs/attribution.md` explains the order and the confidence of each kind of evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from digest.model import Attribution, Span
from digest.writing.language import Language
from digest.writing.names import Cast, Person
from digest.writing.pronouns import Antecedents
from digest.writing.subjects import Grammar, Phrase, PhraseKind
from digest.writing.tokens import QUOTE, Sentence, Tokens


class Evidence(StrEnum):
    """What ties a quotation to its speaker."""

    AFTER = "after"  # “…,” Rubio said / said Rubio
    BEFORE = "before"  # Rubio said, “…”
    ACCORDING = "according"  # according to Rubio, “…”
    SENTENCE = "sentence"  # a verb of saying elsewhere in the sentence
    WEAK = "weak"  # a weak verb beside the quotation: Rubio called it “…”
    LOOSE = "loose"  # a weak verb elsewhere in the sentence
    COLON = "colon"  # Rubio was blunt: “…”
    DASH = "dash"  # “…” — Marco Rubio
    TRANSCRIPT = "transcript"  # RUBIO: …
    CONTINUED = "continued"  # the paragraph before was left open
    PARAGRAPH = "paragraph"  # another quotation of the same paragraph
    AHEAD = "ahead"  # the next quotation of the same paragraph
    NEIGHBOUR = "neighbour"  # the paragraph before ended with this person's quotation
    SUBJECT = "subject"  # only the subject of the sentence or paragraph before


_CONFIDENCE: Mapping[Evidence, float] = {
    Evidence.AFTER: 0.97,
    Evidence.BEFORE: 0.96,
    Evidence.ACCORDING: 0.93,
    Evidence.SENTENCE: 0.85,
    Evidence.WEAK: 0.85,
    Evidence.LOOSE: 0.6,
    Evidence.COLON: 0.85,
    Evidence.DASH: 0.9,
    Evidence.TRANSCRIPT: 0.95,
    Evidence.CONTINUED: 0.9,
    Evidence.PARAGRAPH: 0.93,
    Evidence.AHEAD: 0.8,
    Evidence.NEIGHBOUR: 0.7,
    Evidence.SUBJECT: 0.55,
}
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
_DASHES = frozenset(("—", "–", "--", "-"))
_PRONOUN_FACTOR = 0.97
_NOUN_FACTOR = 0.95


@dataclass(frozen=True, slots=True)
class Speaker:
    """The answer for one quotation."""

    name: str | None
    person: Person | None
    attribution: Attribution
    confidence: float
    span: Span | None
    """Where the words stand that name the speaker."""
    cue: str | None = None
    """The verb, as written."""


NOBODY = Speaker(None, None, Attribution.NONE, 0.0, None)


@dataclass(frozen=True, slots=True)
class _Found:
    phrase: Phrase
    evidence: Evidence
    cue: int | None = None


class Speakers:
    """Attributes the quotations of one body, in the order of the text."""

    def __init__(self, text: str, tokens: Tokens, cast: Cast, language: Language) -> None:
        self._text = text
        self._tokens = tokens
        self._cast = cast
        self._language = language
        self._grammar = Grammar(tokens, cast, language)
        self._antecedents = Antecedents(tokens, cast, language)
        self._subjects: dict[int, Phrase | None] = {}

    def attribute(self) -> dict[int, Speaker]:
        """Token of each quotation → its speaker."""
        answers: dict[int, Speaker] = {}
        waiting: list[int] = []
        last: Speaker | None = None
        previous = -1
        for number, sentence in enumerate(self._tokens.sentences):
            for token in range(sentence.first, sentence.last):
                quotation = self._tokens.quotations.get(token)
                if quotation is None:
                    continue
                same = previous >= 0 and self._tokens.quotations[previous].paragraph == quotation.paragraph
                if quotation.continued and last is not None:
                    answers[token] = self._carry(last, Evidence.CONTINUED)
                else:
                    found = self._find(token, number, sentence)
                    if found is not None:
                        answers[token] = self._resolve(found, token, last)
                        for earlier in waiting:
                            answers[earlier] = self._carry(answers[token], Evidence.AHEAD)
                        waiting = []
                    elif same and answers[previous].name is not None:
                        answers[token] = self._carry(answers[previous], Evidence.PARAGRAPH)
                    else:
                        answers[token] = self._guess(token, number, sentence, last)
                        if answers[token].confidence < 0.8:
                            waiting = [token] if not same else [*waiting, token]
                if not same and waiting and waiting[0] != token:
                    waiting = [earlier for earlier in waiting if earlier == token]
                if answers[token].name is not None:
                    last = answers[token]
                    self._antecedents.spoke(last.person)
                previous = token
        return answers

    def _find(self, token: int, number: int, sentence: Sentence) -> _Found | None:
        """The evidence within the quotation's own sentence, strongest first."""
        return (
            self._attached_after(token, sentence)
            or self._dash(token, sentence)
            or self._before(token, sentence)
            or self._according(token, sentence)
            or self._later(token, sentence)
        )

    def _attached_after(self, token: int, sentence: Sentence) -> _Found | None:
        tokens, language = self._tokens, self._language
        index = token + 1
        quotation = tokens.quotations[token]
        mark = self._text[quotation.end - 1]
        comma = mark in ",?!—–…-"
        while index < sentence.last and (tokens.lower[index] == "," or tokens.lower[index] in _DASHES):
            comma = True
            index += 1
        if index >= sentence.last or tokens.lower[index] == QUOTE:
            return None
        start = index
        while index < sentence.last and tokens.lower[index] in language.adverbs:
            index += 1
        if index < sentence.last and tokens.lower[index] in language.strong:
            phrase = self._grammar.after(index, sentence.last)
            if phrase is not None:
                return _Found(phrase, Evidence.AFTER, index)
        if not comma:
            return None
        for cue in range(start + 1, min(sentence.last, start + 40)):
            word = tokens.lower[cue]
            if word == QUOTE or word in (";", ":"):
                break
            strength = self._strength(cue)
            verb = strength > 0 or (cue <= start + 6 and self._past_verb(cue))
            if not verb:
                continue
            phrase = self._grammar.before(cue, start)
            if phrase is None:
                if strength:
                    break
                continue
            begins = phrase.mention.lead if phrase.mention is not None else phrase.first
            if self._only_modifiers(start, begins):
                return _Found(phrase, Evidence.AFTER, cue)
            if strength == 2:
                break
        return None

    def _only_modifiers(self, start: int, begins: int) -> bool:
        """Whether nothing but nouns of office and adverbs stands between here and the name."""
        language, lower = self._language, self._tokens.lower
        for index in range(start, begins):
            word = lower[index]
            if index in self._cast.at or word in language.adverbs or word in language.determiners or word == "'s":
                continue
            if word in language.prepositions or word in language.conjunctions or not word[0].isalnum():
                return False
        return begins - start <= 10

    def _past_verb(self, index: int) -> bool:
        word = self._tokens.lower[index]
        return (
            word.endswith("ed")
            and len(word) > 4
            and self._tokens.words[index].islower()
            and index not in self._cast.at
            and word not in self._language.nonverbs
        )

    def _dash(self, token: int, sentence: Sentence) -> _Found | None:
        """“…” — Marco Rubio"""
        index = token + 1
        if index + 1 < sentence.last and self._tokens.lower[index] in _DASHES:
            mention = self._cast.at.get(index + 1)
            ends = mention is not None and (
                mention.last >= sentence.last or self._tokens.lower[mention.last] in (",", ".", "(")
            )
            if mention is not None and ends:
                return _Found(Phrase(PhraseKind.NAME, mention.first, mention.last, mention), Evidence.DASH)
        return None

    def _before(self, token: int, sentence: Sentence) -> _Found | None:
        """The verb before the quotation; a weak one yields to an earlier strong one of the same clause."""
        lower, language = self._tokens.lower, self._language
        nearest: _Found | None = None
        broken = False
        low = sentence.first
        for index in range(token - 1, max(low, token - 80) - 1, -1):
            word = lower[index]
            if word in language.clausal:
                broken = True
            strength = self._strength(index)
            if not strength or (nearest is not None and (strength < 2 or broken)):
                continue
            phrase = self._subject(index, sentence)
            if phrase is None:
                continue
            near = token - index <= 3 or self._leads(index, token)
            if strength == 2:
                evidence = Evidence.BEFORE if near and nearest is None else Evidence.SENTENCE
                return _Found(phrase, evidence, index)
            nearest = _Found(phrase, Evidence.WEAK if token - index <= 8 else Evidence.LOOSE, index)
        return nearest

    def _leads(self, cue: int, token: int) -> bool:
        """Whether a comma, a colon or “that” leads from the verb to the quotation."""
        before = self._tokens.lower[token - 1]
        return before in (",", ":") or before in self._language.that

    def _according(self, token: int, sentence: Sentence) -> _Found | None:
        lower = self._tokens.lower
        for index in range(sentence.first, sentence.last):
            for phrase in self._language.according:
                if lower[index] == phrase[0] and tuple(lower[index : index + len(phrase)]) == phrase:
                    source = self._grammar.source(index + len(phrase), sentence.last)
                    if source is not None:
                        return _Found(source, Evidence.ACCORDING, index)
        return None

    def _later(self, token: int, sentence: Sentence) -> _Found | None:
        """A verb of saying that closes the sentence: The “system” is broken, Smith said."""
        lower = self._tokens.lower
        for cue in range(sentence.last - 1, max(token, sentence.last - 25), -1):
            if lower[cue] == QUOTE:
                break
            if self._strength(cue) < 2:
                continue
            phrase = self._grammar.before(cue, token + 1)
            if phrase is None and lower[cue - 1] == ",":
                phrase = self._grammar.after(cue, sentence.last)
                if phrase is not None:
                    return _Found(phrase, Evidence.SENTENCE, cue)
            if phrase is None:
                continue
            begins = phrase.mention.lead if phrase.mention is not None else phrase.first
            while begins > token + 1 and (begins - 1 in self._cast.at or lower[begins - 1] in self._language.roles):
                begins -= 1
            if begins > token + 1 and lower[begins - 1] == ",":
                return _Found(phrase, Evidence.SENTENCE, cue)
        return None

    def _strength(self, index: int) -> int:
        """2 for a verb of saying, 1 for one that may introduce quoted words, 0 for anything else."""
        lower, language = self._tokens.lower, self._language
        word = lower[index]
        if word not in language.cues or index in self._cast.at:
            return 0
        before = lower[index - 1] if index else ""
        if word in language.nouns and (
            before in language.determiners
            or before in language.possessives
            or before == "'s"
            or before in language.prepositions
        ):
            return 0
        if before in language.passive and word.endswith(("ed", "told", "called", "written", "said", "seen", "heard")):
            return 0
        if before == "to":
            return 1 if word in language.strong else 0
        return 2 if word in language.strong else 1

    def _subject(self, cue: int, sentence: Sentence) -> Phrase | None:
        """Who does what the verb says, be it beside it or inherited from an earlier verb."""
        if cue not in self._subjects:
            self._subjects[cue] = self._seek_subject(cue, sentence)
        return self._subjects[cue]

    def _seek_subject(self, cue: int, sentence: Sentence) -> Phrase | None:
        lower, language = self._tokens.lower, self._language
        low = sentence.first
        before = lower[cue - 1] if cue > low else ""
        if before == "to" and cue - 2 > low:
            phrase = self._grammar.before(cue - 2, low)
            if phrase is not None:
                return phrase
        participle = lower[cue].endswith("ing")
        inherits = before in language.conjunctions or (
            participle and (before == "," or before in language.prepositions)
        )
        if not inherits:
            phrase = self._grammar.before(cue, low)
            if phrase is not None:
                return phrase
        for earlier in range(cue - 1, max(low, cue - 40) - 1, -1):
            if self._strength(earlier) and earlier in self._subjects:
                inherited = self._subjects[earlier]
                if inherited is not None:
                    return inherited
            elif self._strength(earlier) == 2:
                phrase = self._subject(earlier, sentence) or self._grammar.after(earlier, cue)
                if phrase is not None:
                    return phrase
        return self._grammar.main(low, cue)

    def _guess(self, token: int, number: int, sentence: Sentence, last: Speaker | None) -> Speaker:
        """No verb of its own: a colon before it, the subject of what stands before, or the last speaker."""
        sentences = self._tokens.sentences
        before = sentences[number - 1] if number else None
        if self._tokens.lower[token - 1 : token] == [":"] and token > sentence.first:
            phrase = self._grammar.main(sentence.first, token)
            if phrase is not None:
                return self._resolve(_Found(phrase, Evidence.COLON), token, last)
        opens = token == sentence.first
        if before is not None and opens and before.paragraph >= sentence.paragraph - 1:
            ends = self._tokens.lower[before.last - 1]
            if ends == ":":
                phrase = self._introducing(before)
                if phrase is not None:
                    return self._resolve(_Found(phrase, Evidence.COLON), token, last)
        if before is not None and before.paragraph == sentence.paragraph:
            phrase = self._introducing(before)
            if phrase is not None:
                return self._resolve(_Found(phrase, Evidence.SUBJECT), token, last)
        if not opens:
            phrase = self._grammar.main(sentence.first, token)
            if phrase is not None:
                return self._resolve(_Found(phrase, Evidence.SUBJECT), token, last)
        if last is not None and before is not None and QUOTE in self._tokens.lower[before.first : before.last]:
            return self._carry(last, Evidence.NEIGHBOUR)
        if before is not None:
            phrase = self._introducing(before)
            if phrase is not None:
                return self._resolve(_Found(phrase, Evidence.SUBJECT), token, last)
        return self._carry(last, Evidence.SUBJECT) if last is not None else NOBODY

    def _introducing(self, sentence: Sentence) -> Phrase | None:
        """Who the sentence before a quotation is about: the subject of its last verb of saying, else of itself."""
        for index in range(sentence.last - 1, max(sentence.first, sentence.last - 40) - 1, -1):
            if self._strength(index) == 2:
                phrase = self._subject(index, sentence)
                if phrase is not None:
                    return phrase
        return self._grammar.main(sentence.first, sentence.last)

    def _carry(self, speaker: Speaker, evidence: Evidence) -> Speaker:
        if speaker.name is None:
            return NOBODY
        confidence = round(min(speaker.confidence, _CONFIDENCE[evidence]), 3)
        return Speaker(speaker.name, speaker.person, _KINDS[evidence], confidence, speaker.span, None)

    def _resolve(self, found: _Found, token: int, last: Speaker | None) -> Speaker:
        phrase = found.phrase
        confidence = _CONFIDENCE[found.evidence] * self._language.confidence
        attribution = _KINDS.get(found.evidence)
        cue = self._tokens.words[found.cue] if found.cue is not None else None
        span = self._tokens.span(phrase.first, phrase.last)
        if phrase.kind is PhraseKind.NAME and phrase.mention is not None and phrase.mention.person is not None:
            person = phrase.mention.person
            return Speaker(person.name, person, attribution or Attribution.NAMED, round(confidence, 3), span, cue)
        if phrase.kind is PhraseKind.PRONOUN:
            answer = self._antecedents.resolve(phrase.first, last.person if last is not None else None)
            if answer is None:
                return Speaker(None, None, Attribution.PRONOUN, 0.0, span, cue)
            person, sure = answer
            factor = _PRONOUN_FACTOR * sure
            return Speaker(
                person.name, person, attribution or Attribution.PRONOUN, round(confidence * factor, 3), span, cue
            )
        name = " ".join(self._text[span.start : span.end].split())
        return Speaker(name, None, attribution or Attribution.NOUN, round(confidence * _NOUN_FACTOR, 3), span, cue)
