"""What ties a quotation to a speaker within its own sentence, strongest first."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from digest.model import Span
from digest.writing.cast import Cast
from digest.writing.language import Language
from digest.writing.quotes import last_sign
from digest.writing.subjects import Grammar, Phrase, PhraseKind
from digest.writing.tokens import QUOTE, Sentence, Tokens
from digest.writing.verbs import NONE, STRONG, Verbs

_DASHES = frozenset(("—", "–", "--", "-"))
_COMMAS = frozenset(",،")
_OPENING = 4
"""Words that may stand before the conjunction of an opening clause: But even | after …"""
_LABEL = re.compile(r"([^\W\d_a-z][^\W\d_a-z.’'-]*(?: [^\W\d_a-z][^\W\d_a-z.’'-]*){0,3}):\s")


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
    PARAGRAPH = "paragraph"  # another quotation of the same paragraph, before
    AHEAD = "ahead"  # another quotation of the same paragraph, behind
    NEIGHBOUR = "neighbour"  # the paragraph before ended with this person's quotation
    SUBJECT = "subject"  # only the subject of the sentence or paragraph before
    __hash__ = str.__hash__  # Enum's own is in Python, and slow


class Found(NamedTuple):
    """The words that name a speaker, what ties them to the quotation, and the token of the verb."""

    phrase: Phrase
    evidence: Evidence
    cue: int | None = None


class Finder:
    """Looks through the sentence around a quotation."""

    def __init__(
        self, text: str, tokens: Tokens, cast: Cast, language: Language, grammar: Grammar, verbs: Verbs
    ) -> None:
        self._text = text
        self._tokens = tokens
        self._cast = cast
        self._language = language
        self._grammar = grammar
        self._verbs = verbs
        self._sources: dict[int, Found | None] = {}

    def find(self, token: int, sentence: Sentence) -> Found | None:
        """The strongest evidence of the quotation's own sentence."""
        if sentence.last - sentence.first == 1:
            return None  # nothing but the quotation
        label = self._label(token, sentence)
        if label is not None:
            return label
        before = self._before(token, sentence)
        after = self._attached_after(token, sentence)
        if after is not None and (
            before is None or not (self._closer(before, after, token) or self._subordinate(before, token, sentence))
        ):
            return after
        if before is not None and before.evidence is Evidence.LOOSE:
            before = self._later(token, sentence) or before
        if before is not None and before.evidence in (Evidence.BEFORE, Evidence.SENTENCE):
            return before  # what a dash adds is the reporter's name
        return (
            self._dash(token, sentence)
            or before
            or self.according(sentence)
            or self._later(token, sentence)
            or self._colon(token, sentence)
        )

    def transcript(self, token: int) -> Span | None:
        """The label of a line of a transcript, before its words or within its marks: “WALLACE: Let us begin.”"""
        quotation = self._tokens.quotations[token]
        if quotation.label is not None:
            return quotation.label
        match = _LABEL.match(self._text, quotation.start, min(quotation.end, quotation.start + 60))
        return Span(*match.span(1)) if match is not None else None

    def _closer(self, before: Found, after: Found, token: int) -> bool:
        """Whether the verb right before the quotation beats a weak one behind it: that Rubio called “…,” he went on."""
        if before.cue is None or after.cue is None:
            return False
        return token - before.cue <= 2 and self._verbs.strength(after.cue) < STRONG

    def _subordinate(self, before: Found, token: int, sentence: Sentence) -> bool:
        """Whether the quotation belongs to an opening clause: After Rubio said that it is “…,” the crowd applauded."""
        lower, language = self._tokens.lower, self._language
        first = low = self._verbs.start(sentence)
        while low < min(token, first + _OPENING) and (lower[low] in language.adverbs or lower[low] in language.joining):
            low += 1
        if lower[low] not in language.subordinators or before.cue is None or before.cue < low:
            return False
        return "," not in lower[before.cue : token - 1]

    def _attached_after(self, token: int, sentence: Sentence) -> Found | None:
        tokens, language = self._tokens, self._language
        index = token + 1
        mark = last_sign(self._text, tokens.quotations[token])
        comma = mark in ",،?؟!—–…-"
        while index < sentence.last and (tokens.lower[index] in _COMMAS or tokens.lower[index] in _DASHES):
            comma = True
            index += 1
        if comma and index < sentence.last and tokens.lower[index] in language.likeness:
            index += 1  # “…,” as Rubio said
        if index >= sentence.last or tokens.lower[index] == QUOTE:
            return None
        start = index
        while index < sentence.last and (
            tokens.lower[index] in language.adverbs or tokens.lower[index] in language.auxiliaries
        ):
            index += 1
        if index < sentence.last and tokens.lower[index] in language.strong:
            if tokens.lower[index].endswith("ing"):
                return None
            phrase = self._grammar.after(index, sentence.last)
            if phrase is not None:
                return Found(phrase, Evidence.AFTER, index)
        elif comma and index + 1 < sentence.last and self._verbs.past(index):
            phrase = self._grammar.after(index, sentence.last)
            if phrase is not None and phrase.kind is PhraseKind.NAME:
                return Found(phrase, Evidence.AFTER, index)  # “…!” beamed Jane Roe
        comma = comma or self._unparted(token, start, sentence)
        if not comma or (tokens.lower[start].endswith("ing") and start not in self._cast.at):
            return None
        for cue in range(start + 1, min(sentence.last, start + 40)):
            word = tokens.lower[cue]
            if word == QUOTE or word in (";", ":"):
                break
            strength = self._verbs.strength(cue)
            if not strength and not (cue <= start + 6 and self._verbs.past(cue)):
                continue
            phrase = self._grammar.before(cue, start)
            if phrase is not None and self._only_modifiers(start, phrase):
                if not strength and phrase.kind is PhraseKind.NOUN:
                    return None  # “…” — the balloons fell
                return Found(phrase, Evidence.AFTER, cue)
            if strength == STRONG or (strength and phrase is None):
                break
        return self._named_like_a_word(start, sentence) if tokens.capital(start) else None

    def _named_like_a_word(self, start: int, sentence: Sentence) -> Found | None:
        """“…,” Will said: a capital that no sentence asks for."""
        word, cue = self._tokens.lower[start], start + 1
        if start in self._cast.at or word in self._language.pronouns or word in self._language.determiners:
            return None
        said = cue < sentence.last and self._verbs.strength(cue) == STRONG and self._ends(cue + 1, sentence)
        return Found(Phrase(PhraseKind.NOUN, start, cue), Evidence.AFTER, cue) if said else None

    def _ends(self, index: int, sentence: Sentence) -> bool:
        return index >= sentence.last or self._tokens.lower[index] in ".,;"

    def _unparted(self, token: int, start: int, sentence: Sentence) -> bool:
        """Whether a sentence that a quotation opens lacks only its comma: “The talks are over” Rubio said."""
        mention = self._cast.at.get(start)
        after = mention.last if mention is not None else start + 1
        named = mention is not None or self._tokens.lower[start] in self._language.subjects
        if token > sentence.first or not named or after >= sentence.last:
            return False
        return self._verbs.strength(after) == STRONG and self._ends(after + 1, sentence)

    def _only_modifiers(self, start: int, phrase: Phrase) -> bool:
        """Whether nothing but nouns of office and adverbs stands between here and the phrase."""
        begins = phrase.mention.lead if phrase.mention is not None else phrase.first
        language, lower = self._language, self._tokens.lower
        for index in range(start, begins):
            word = lower[index]
            if index in self._cast.at or word in language.adverbs or word in language.determiners or word == "'s":
                continue
            if word in language.closed or word in language.cues or not word[0].isalnum():
                return False
        return begins - start <= 10

    def _dash(self, token: int, sentence: Sentence) -> Found | None:
        """“…” — Marco Rubio"""
        index = token + 1
        if index + 1 < sentence.last and self._tokens.lower[index] in _DASHES:
            mention = self._cast.at.get(index + 1)
            if mention is not None and (
                mention.last >= sentence.last or self._tokens.lower[mention.last] in (",", ".", "(")
            ):
                return Found(Phrase(PhraseKind.NAME, mention.first, mention.last, mention), Evidence.DASH)
        return None

    def _before(self, token: int, sentence: Sentence) -> Found | None:
        """The verb before the quotation; a weak one yields to an earlier verb of saying in the same clause."""
        nearest: Found | None = None
        low = self._verbs.start(sentence)
        for index in range(token - 1, max(low, token - 80) - 1, -1):
            strength = self._verbs.strength(index)
            if strength == NONE or (nearest is not None and strength < STRONG):
                continue
            phrase = self._verbs.subject(index, sentence)
            if phrase is None:
                continue
            near = token - index <= 3 or self._leads(token)
            if nearest is None:
                if strength == STRONG and (near or phrase.kind is not PhraseKind.NOUN):
                    return Found(phrase, Evidence.BEFORE if near else Evidence.SENTENCE, index)
                evidence = Evidence.WEAK if token - index <= 8 else Evidence.LOOSE
                nearest = Found(phrase, Evidence.SENTENCE if strength == STRONG else evidence, index)
            elif self._parted(nearest, index):
                break
            else:
                return Found(phrase, Evidence.SENTENCE, index)
        return nearest

    def _parted(self, inner: Found, outer: int) -> bool:
        """Whether a new main clause begins between an outer verb and an inner one."""
        lower, language = self._tokens.lower, self._language
        cue = inner.cue if inner.cue is not None else outer
        for index in range(outer + 1, cue):
            word = lower[index]
            if word in language.clausal and not (word == "and" and index - 1 in self._cast.at):
                return True
        return False

    def _leads(self, token: int) -> bool:
        """Whether a comma, a colon or “that” leads to the quotation."""
        before = self._tokens.lower[token - 1]
        return before in (",", ":") or before in self._language.that

    def according(self, sentence: Sentence) -> Found | None:
        """The source that a sentence names."""
        if sentence.first not in self._sources:
            self._sources[sentence.first] = self._seek_source(sentence)
        return self._sources[sentence.first]

    def _seek_source(self, sentence: Sentence) -> Found | None:
        """The source that a sentence names: according to Rubio, …"""
        lower = self._tokens.lower
        words = set(lower[sentence.first : sentence.last])
        for phrase in self._language.according:
            for index in range(sentence.first, sentence.last - len(phrase)) if words.issuperset(phrase) else ():
                if lower[index] == phrase[0] and tuple(lower[index : index + len(phrase)]) == phrase:
                    source = self._grammar.source(index + len(phrase), sentence.last)
                    if source is not None:
                        return Found(source, Evidence.ACCORDING, index)
        return None

    def _later(self, token: int, sentence: Sentence) -> Found | None:
        """A verb of saying that closes the sentence: The “system” is broken, Smith said."""
        lower = self._tokens.lower
        for cue in range(sentence.last - 1, max(token, sentence.last - 25), -1):
            if lower[cue] == QUOTE:
                break
            if self._verbs.strength(cue) < STRONG:
                continue
            phrase = self._grammar.before(cue, token + 1)
            if phrase is None:
                phrase = self._grammar.after(cue, sentence.last) if lower[cue - 1] == "," else None
                if phrase is not None:
                    return Found(phrase, Evidence.SENTENCE, cue)
                continue
            begins = phrase.mention.lead if phrase.mention is not None else phrase.first
            while begins > token + 1 and (begins - 1 in self._cast.at or lower[begins - 1] in self._language.roles):
                begins -= 1
            if begins > token + 1 and lower[begins - 1] == ",":
                return Found(phrase, Evidence.SENTENCE, cue)
        return None

    def _label(self, token: int, sentence: Sentence) -> Found | None:
        """Jane Roe: “…”, at the head of a line or after a dash."""
        if token - 2 < sentence.first or self._tokens.lower[token - 1] != ":":
            return None
        mention = self._cast.at.get(token - 2)
        if mention is None or mention.person is None:
            return None
        phrase, lead = Phrase(PhraseKind.NAME, mention.first, mention.last, mention), mention.lead
        other = self._cast.at.get(lead - 2) if self._tokens.lower[lead - 1] in self._language.conjunctions else None
        if other is not None and other.lead >= sentence.first:
            phrase, lead = Phrase(PhraseKind.NOUN, other.first, mention.last), other.lead  # Jane Roe and Ada Lind: “…”
        if lead == sentence.first or self._tokens.lower[lead - 1] in _DASHES:
            return Found(phrase, Evidence.COLON)
        return None

    def _colon(self, token: int, sentence: Sentence) -> Found | None:
        """Rubio was blunt: “…”"""
        if token <= sentence.first or self._tokens.lower[token - 1] != ":":
            return None
        phrase = self._grammar.main(self._verbs.start(sentence), token)
        return Found(phrase, Evidence.COLON) if phrase is not None else None
