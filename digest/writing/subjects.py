"""Who is the subject of a verb: the noun phrase before it, after it, or at the head of its clause.

No parser: word classes come from the lexicon, and whatever it does not know is taken for a
noun. Every walk is bounded, so that the time stays linear.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from digest.writing.cast import Cast, Mention
from digest.writing.language import Language
from digest.writing.tokens import QUOTE, Tokens

_REACH = 30
"""Tokens that one walk may cross."""
_DASHES = frozenset(("—", "–", "--", "-"))
_JOINTS = frozenset((",", ":", ";", "and", "but", "or"))
_OWNERS = frozenset(("'s", "'"))
_OBJECTS = frozenset(["him", "them", "me", "us", "himself", "herself", "itself", "themselves"])


class PhraseKind(StrEnum):
    NAME = "name"
    PRONOUN = "pronoun"
    NOUN = "noun"


class Phrase(NamedTuple):
    """A noun phrase: tokens `first:last`, and whom it names if it does."""

    kind: PhraseKind
    first: int
    last: int
    mention: Mention | None = None


class Grammar:
    """Subjects of verbs in one tokenized body."""

    def __init__(self, tokens: Tokens, cast: Cast, language: Language) -> None:
        self.tokens = tokens
        self.cast = cast
        self.language = language
        self._insertions: dict[tuple[int, int, int], Phrase | None] = {}
        self._mains: dict[tuple[int, int], Phrase | None] = {}
        self._closed = language.closed

    def before(self, cue: int, low: int) -> Phrase | None:
        """The subject that stands before the verb at `cue`, not before token `low`; None when it is elsewhere."""
        index = self._skip_back(cue - 1, low)
        return self._ending(index, low) if index >= low else None

    def after(self, cue: int, high: int) -> Phrase | None:
        """The subject that follows an inverted verb: “…,” said the mayor, Jane Roe."""
        lower, language = self.tokens.lower, self.language
        index = cue + 1
        while index < high and (lower[index] in language.adverbs or lower[index].endswith("ly")):
            index += 1
        if index >= high:
            return None
        if lower[index] in language.subjects and lower[index] not in language.relatives:
            return Phrase(PhraseKind.PRONOUN, index, index + 1)
        if lower[index] in self._closed and lower[index] not in language.possessives:
            return None
        return self._starting(index, high)

    def main(self, low: int, high: int) -> Phrase | None:
        """The first subject of the clause `low:high`, past introductory phrases."""
        clause = low, min(high, low + 80)
        if clause not in self._mains:
            self._mains[clause] = self._seek_main(*clause)
        return self._mains[clause]

    def _seek_main(self, low: int, high: int) -> Phrase | None:
        lower, language, index = self.tokens.lower, self.language, low
        while index < high:
            word = lower[index]
            if word in language.subjects and word not in language.relatives:
                return Phrase(PhraseKind.PRONOUN, index, index + 1)
            if word == QUOTE or word in _JOINTS or word in _DASHES or word in language.adverbs:
                index += 1
                continue
            opening = index == low and word in language.openers
            if opening or word in language.prepositions or word in language.conjunctions or word.endswith("ing"):
                comma = next((i for i in range(index, min(high, index + 25)) if lower[i] == ","), -1)
                if comma < 0:
                    index += 1
                    while index < high and index not in self.cast.at and lower[index] not in language.subjects:
                        index += 1
                    index += index in self.cast.at and lower[low] in language.prepositions
                    continue
                index = comma + 1
                continue
            phrase = self._starting(index, high)
            if phrase is not None and not self._times(phrase):
                return phrase
            index = phrase.last if phrase is not None else index + 1
        return None

    def source(self, index: int, high: int) -> Phrase | None:
        """The phrase after “according to”."""
        return self._starting(index, high) if index < high else None

    def _skip_back(self, index: int, low: int) -> int:
        lower, words, language = self.tokens.lower, self.tokens.words, self.language
        stop = max(low, index - _REACH)
        while index >= stop:
            word = lower[index]
            if word in language.weekdays or (word.isdigit() and index > stop and lower[index - 1] in language.months):
                index -= 1 if word in language.weekdays else 2
                if index >= stop and lower[index] in ("on", "late", "early"):
                    index -= 1
            elif word == ")" and (opening := next((i for i in range(index, stop - 1, -1) if lower[i] == "("), -1)) >= 0:
                index = opening - 1
            elif (
                word in language.auxiliaries
                or word in language.adverbs
                or (word.endswith("ly") and words[index].islower() and index not in self.cast.at and len(word) > 4)
            ):
                index -= 1
            else:
                return index
        return index

    def _ending(self, index: int, low: int, depth: int = 0) -> Phrase | None:
        """The phrase whose last token is `index`."""
        lower, language = self.tokens.lower, self.language
        word = lower[index]
        if word in language.relatives:
            index -= 2 if index - 1 >= low and lower[index - 1] == "," else 1
            return self._ending(index, low, depth + 1) if index >= low and depth < 3 else None
        if word in language.pronouns:
            return None if word in _OBJECTS else Phrase(PhraseKind.PRONOUN, index, index + 1)
        if word in (",", ")") or word in _DASHES:
            key = (index, low, depth)
            if key not in self._insertions:
                self._insertions[key] = self._past_insertion(index, low, depth)
            return self._insertions[key]
        mention = self.cast.at.get(index)
        if mention is not None:
            return self._name_ending(mention, low, depth)
        if not self._nounlike(index):
            return None
        return self._noun_ending(index, low, depth)

    def _name_ending(self, mention: Mention, low: int, depth: int) -> Phrase:
        """A name, unless it only completes another phrase: a spokesman for Lind; Roe of Selby."""
        lower = self.tokens.lower
        name, left = Phrase(PhraseKind.NAME, mention.first, mention.last, mention), mention.lead - 1
        while left > low and (lower[left] in self.language.determiners or lower[left] in self.language.roles):
            left -= 1
        if left - 1 > low and lower[left] in self.language.agents and lower[left - 1].endswith("ed") and depth < 3:
            return self._ending(left - 2, low, depth + 1) or name  # a letter obtained by Lind
        if left > low and lower[left] in ("of", "for", "from", "at", "with", "in", "to") and depth < 3:
            head = left - 1
            outer = self.cast.at.get(head)
            if outer is not None and lower[left] != "with":
                return self._name_ending(outer, low, depth + 1)
            if lower[head].endswith("ing") and head > low:  # a source speaking to Lind
                return self._ending(head - 1, low, depth + 1) or name
            if outer is None and self._nounlike(head) and lower[head] not in self.language.cues:
                noun = self._noun_ending(head, low, depth + 1)
                if noun is not None:
                    return Phrase(noun.kind, noun.first, mention.last, noun.mention)
        return name

    def _noun_ending(self, index: int, low: int, depth: int) -> Phrase | None:
        lower, language = self.tokens.lower, self.language
        first = index
        stop = max(low, index - 12)
        while first - 1 >= stop:
            word = lower[first - 1]
            if word in language.determiners or word in language.possessives:
                first -= 1
                if first - 1 < stop or lower[first - 1] not in language.determiners:
                    break
            elif word in language.strong and first - 1 not in self.cast.at and word not in language.nouns:
                break
            elif word in _OWNERS or self._nounlike(first - 1) or first - 1 in self.cast.at:
                first -= 1
            else:
                break
        left = first - 1
        if left > low and lower[left] in ("of", "for", "from", "at", "with", "in", "on") and depth < 3:
            head = left - 1
            outer = self.cast.at.get(head)
            if outer is not None:
                return self._name_ending(outer, low, depth + 1)
            if self._nounlike(head) and lower[head] not in language.cues:
                noun = self._noun_ending(head, low, depth + 1)
                if noun is not None:
                    return Phrase(PhraseKind.NOUN, noun.first, index + 1) if noun.mention is None else noun
        if not any(self._names_something(token) for token in range(first, index + 1)):
            return None
        return Phrase(PhraseKind.NOUN, first, index + 1)

    def _past_insertion(self, index: int, low: int, depth: int) -> Phrase | None:
        """What an insertion belongs to: Jane Roe, the mayor, | said."""
        lower = self.tokens.lower
        inserted = self.cast.at.get(index - 1)
        if inserted is not None and lower[index] == "," and self._renames(inserted, low):
            return Phrase(PhraseKind.NAME, inserted.first, inserted.last, inserted)  # the captain, Jane Roe, | said
        mark = "(" if lower[index] == ")" else lower[index]
        stop = max(low, index - _REACH)
        nearest, position = None, index - 1
        while depth < 3 and position > stop:
            if lower[position] == mark or (mark == "," and lower[position] in _DASHES):
                phrase = self._ending(position - 1, low, depth + 1)
                if phrase is not None and phrase.kind is not PhraseKind.PRONOUN and not self._times(phrase):
                    if self._clause_starts(phrase, low) or (phrase.mention and self._renames(phrase.mention, low)):
                        return phrase
                    nearest = nearest or phrase
            elif lower[position] == QUOTE or lower[position] in (":", ";"):
                break
            position -= 1
        return nearest

    def _times(self, phrase: Phrase) -> bool:
        """Whether a phrase is a time, not somebody: the next morning."""
        return phrase.mention is None and self.tokens.lower[phrase.last - 1] in self.language.spans

    def _renames(self, mention: Mention, low: int) -> bool:
        """Whether a name between commas says who the noun before it is: the pilots' captain, | Jane Roe, | said."""
        comma = mention.lead - 1
        if comma - 1 < low or self.tokens.lower[comma] != "," or comma - 1 in self.cast.at:
            return False
        human = self.tokens.lower[comma - 1] in self.language.roles or (mention.person and mention.person.gender)
        noun = self._noun_ending(comma - 1, low, 3) if human and mention.last - mention.first > 1 else None
        return noun is not None and self._clause_starts(noun, low)

    def _clause_starts(self, phrase: Phrase, low: int) -> bool:
        first, determiners = phrase.mention.lead if phrase.mention else phrase.first, self.language.determiners
        while first > low and (self._nounlike(first - 1) or self.tokens.lower[first - 1] in determiners):
            first -= 1
        if first <= low:
            return True
        word = self.tokens.lower[first - 1]
        return word in (QUOTE, ":", ";") or word in self.language.conjunctions or word in self.language.that

    def _starting(self, index: int, high: int) -> Phrase | None:
        """The phrase whose first token is `index`: Kremlin spokesman Dmitry Peskov; the mayor, Jane Roe, …"""
        lower, words, language = self.tokens.lower, self.tokens.words, self.language
        high = min(high, index + 16)
        mention: Mention | None = None
        position = index
        while position < high:
            here = self.cast.at.get(position)
            word = lower[position]
            if here is not None:
                mention = here
                position = here.last
                continue
            if word in _OWNERS or word in language.determiners or word in language.possessives:
                if mention is not None and word not in _OWNERS:
                    break
                mention = None
            elif not self._nounlike(position) or word in language.cues or words[position] in _DASHES:
                break
            elif mention is not None and not self._leads_to_name(position, high):
                if word not in language.roles and word not in language.groups:
                    break
                mention = None
            position += 1
        if mention is not None and mention.last == position:
            return Phrase(PhraseKind.NAME, mention.first, mention.last, mention)
        if not any(self._names_something(token) for token in range(index, position)):
            return None
        if position + 1 < high and lower[position] == ",":
            apposed = self.cast.at.get(position + 1)
            if apposed is not None and apposed.person and not apposed.person.group:
                return Phrase(PhraseKind.NAME, apposed.first, apposed.last, apposed)
        if position < high and lower[position] in ("of", "for", "from", "with", "at", "to"):
            inner = self._starting(position + 1, high) if position + 1 < high else None
            if inner is not None:
                position = inner.last
        return Phrase(PhraseKind.NOUN, index, position)

    def _leads_to_name(self, index: int, high: int) -> bool:
        """Whether only nouns stand between here and the name that they belong to: harbour | campaign manager | Roe."""
        for position in range(index, min(high, index + 5)):
            mention = self.cast.at.get(position)
            if mention is not None:  # Kelm | neighbour | Jane Roe
                return self.tokens.lower[position - 1] in self.language.roles or mention.last - mention.first > 1
            if not self._nounlike(position) or self.tokens.lower[position] in self.language.cues:
                return False
        return False

    def _names_something(self, index: int) -> bool:
        """Whether a word can carry a noun phrase, as the 46-year-old can: not a, early, 2005."""
        word, language = self.tokens.lower[index], self.language
        return (word[0].isalpha() or word[-1].isalpha()) and not (word in language.articles or word in language.openers)

    def _nounlike(self, index: int) -> bool:
        word = self.tokens.words[index]
        return word[0].isalnum() and self.tokens.lower[index] not in self._closed
