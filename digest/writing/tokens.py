"""Words and sentences of the body, with each quotation folded into one token.

Folding keeps what is inside a quotation from confusing who is outside of it. Offsets stay
code points into the article's text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress
from typing import NamedTuple

from digest.model import Span
from digest.writing.language import Language
from digest.writing.quotes import Quotation, last_sign

QUOTE = " quotation "
"""The word of a folded quotation; its blanks keep any text from holding such a token."""
_COMBINING = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
)
"""Accents and vowel signs that stand in words as characters of their own."""
_TOKEN = re.compile(
    r"(?:[a-zA-Z]++(?= )"  # most words: no further rule can apply to them
    r"|\d+(?:[.,:]\d+)*\w*(?:-\w+)*"
    rf"|\w[\w{_COMBINING}]*(?:[-.&/·]\w+|['’](?!(?:s|d|m|ve|ll|re)\b)\w+)*"
    r"|['’](?:s|d|m|ve|ll|re)\b|--+|\S)\s*+"
)
"""A word or sign with the blanks behind it, so that the lengths of all add up to their places."""
_SIGNS = re.compile(rf"(?<=\w)[{_COMBINING}]+")
_SAMPLE = 2000
"""Characters that show whether a text has capitals at all."""
_STOPS = frozenset(".?!…。؟")
_ENDING = _STOPS | {QUOTE}
"""Where a sentence may end."""
_CLOSING = frozenset(")]}”’\"'»")


class Sentence(NamedTuple):
    """Tokens `first:last` of one paragraph."""

    first: int
    last: int
    paragraph: int


@dataclass(slots=True)
class Tokens:
    """Parallel lists: the words as written, the same lower-cased or without vowel signs, and where each begins."""

    words: list[str] = field(default_factory=list)
    lower: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    quotations: dict[int, Quotation] = field(default_factory=dict)
    """Token → the quotation folded into it."""
    sentences: list[Sentence] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def end(self, index: int) -> int:
        """Where a token ends."""
        if self.words[index] == QUOTE:
            return self.quotations[index].outer_end
        return self.starts[index] + len(self.words[index])

    def span(self, first: int, last: int) -> Span:
        return Span(self.starts[first], self.end(last - 1))

    def capital(self, index: int) -> bool:
        return self.words[index][0].isupper()


def tokenize(text: str, paragraphs: Sequence[Span], quotations: Sequence[Quotation], language: Language) -> Tokens:
    """The tokens and sentences of these paragraphs."""
    tokens = Tokens()
    cased = language.cased and any(
        map(str.isupper, text[paragraphs[0].start : paragraphs[0].start + _SAMPLE] if paragraphs else "")
    )
    queue = iter(quotations)
    quotation = next(queue, None)
    for number, (start, end) in enumerate(paragraphs):
        first = len(tokens.words)
        position = start
        while quotation is not None and quotation.paragraph == number:
            _words(text, position, quotation.outer_start, language, tokens)
            tokens.quotations[len(tokens.words)] = quotation
            tokens.words.append(QUOTE)
            tokens.lower.append(QUOTE)
            tokens.starts.append(quotation.outer_start)
            position = quotation.outer_end
            quotation = next(queue, None)
        _words(text, position, end, language, tokens)
        _split(text, tokens, first, len(tokens.words), number, language, cased)
    return tokens


def first_sentence(text: str, span: Span, language: Language) -> Span:
    """The first sentence of a stretch of text without quotations."""
    tokens = tokenize(text, [span], [], language)
    if not tokens.sentences:
        return span
    sentence = tokens.sentences[0]
    return tokens.span(sentence.first, sentence.last)


def _words(text: str, start: int, end: int, language: Language, tokens: Tokens) -> None:
    while start < end and text[start].isspace():
        start += 1
    if start >= end:
        return
    pieces = _TOKEN.findall(text, start, end)
    words = list(map(str.rstrip, pieces))
    lower = list(map(str.lower, words))
    if text.find("’", start, end) >= 0:
        lower = [word.replace("’", "'") if "’" in word else word for word in lower]
    if not language.cased:
        lower = [_SIGNS.sub("", word) for word in lower]
    tokens.words += words
    tokens.lower += lower
    tokens.starts += accumulate(map(len, pieces), initial=start)
    tokens.starts.pop()


def _split(text: str, tokens: Tokens, first: int, last: int, number: int, language: Language, cased: bool) -> None:
    begin = first
    words = tokens.words
    for index in compress(range(first, last), map(_ENDING.__contains__, words[first:last])):
        if words[index] == QUOTE:
            ends = _quotation_ends(text, tokens, index, last, language, cased)
        else:
            ends = _stop_ends(tokens, index, last, language, cased)
        if ends:
            while index + 1 < last and words[index + 1] in _CLOSING:
                index += 1
            if index >= begin:
                tokens.sentences.append(Sentence(begin, index + 1, number))
                begin = index + 1
    if begin < last:
        tokens.sentences.append(Sentence(begin, last, number))


def _quotation_ends(text: str, tokens: Tokens, index: int, last: int, language: Language, cased: bool) -> bool:
    """Whether a sentence ends with the stop inside this quotation."""
    following = index + 1
    if following >= last:
        return False
    mark = last_sign(text, tokens.quotations[index])
    word = tokens.words[following]
    starts = word[0].isupper() or word == QUOTE or not cased
    if mark == ".":
        return starts
    if mark in "?!…":
        return starts and not _reported(tokens, following, last, language)
    return False


def _reported(tokens: Tokens, following: int, last: int, language: Language) -> bool:
    """Whether a verb of saying follows closely: “Why?” Rubio asked."""
    apposed = "," in tokens.lower[following : following + 4]  # “Why?” Jane Roe, the mayor of Selby, asked
    for index in range(following, min(following + (16 if apposed else 5), last)):
        word = tokens.lower[index]
        if word in language.strong or (word.endswith("ed") and index <= following + 2):
            return True
    return False


def _stop_ends(tokens: Tokens, index: int, last: int, language: Language, cased: bool) -> bool:
    following = index + 1
    while following < last and tokens.words[following] in _CLOSING:
        following += 1
    if following >= last:
        return True
    word = tokens.words[following]
    if (cased and word[0].islower()) or word in ",;:":
        return False
    if tokens.words[index] != "." or index == 0:
        return True
    before, lower = tokens.words[index - 1], tokens.lower[index - 1]
    if tokens.end(index - 1) != tokens.starts[index]:
        return True
    if len(before) == 1 and before.isalpha():
        return before == "I" or not before.isupper()
    if lower in language.abbreviations or "." in before:
        return "." in before and tokens.lower[following] in language.starters
    return True
