"""Time words: this, next and last must agree, and need a date to count from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import compress, count

from digest.model import Finding, Place, Severity, Span
from digest.writing.checks.proof import Proof, finding, listed, words_of
from digest.writing.language import Language

_BEFORE = 12
"""Characters in which the word before a time stands."""
_NEAR = 40
"""Characters around a time in which its place stands: farther off, it is another event's."""
_SHOWN = 4
"""Expressions that one message lists."""


@cache
def _relative(tag: str, relative: tuple[str, ...], units: tuple[str, ...]) -> re.Pattern[str]:
    if not relative or not units:
        return re.compile(r"(?!)")
    return re.compile(rf"\b({'|'.join(relative)})\s+({'|'.join(units)})\b", re.IGNORECASE)


@cache
def _anchors(tag: str, anchors: tuple[str, ...]) -> re.Pattern[str]:
    if not anchors:
        return re.compile(r"(?!)")
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, anchors))})\b", re.IGNORECASE)


def _relative_of(language: Language) -> re.Pattern[str]:
    return _relative(language.tag, language.relative, language.units)


def _matches(
    pattern: re.Pattern[str], text: str, language: Language, span: Span | None = None
) -> Iterator[re.Match[str]]:
    """The times of a stretch of text: last week, but not the last week of August."""
    start, end = span or (0, len(text))
    for match in pattern.finditer(text, start, end):
        before = text[max(start, match.start() - _BEFORE) : match.start()].casefold().split()
        if not before or before[-1] not in language.ordinals:
            yield match


def check_conflicts(proof: Proof) -> Iterator[Finding]:
    """`relative-time-conflict`: a take says London next week, the body says London this week."""
    pattern = _relative_of(proof.language)
    language = proof.language
    claims = [(part, match) for part in proof.claims for match in _matches(pattern, part.text, language)]
    if not claims:
        return
    text = proof.article.text
    quoted = [(quotation.outer_start, quotation.outer_end) for quotation in proof.tokens.quotations.values()]
    evidence = [
        (match, _near(match, _named(proof, text[span.start : span.end])))
        for span in proof.sentences
        for match in _matches(pattern, text, language, span)
        if not any(start < match.start() < end for start, end in quoted)
    ]
    for part, claim in claims:
        said, unit = claim.group(1).casefold(), claim.group(2).casefold()
        for place in sorted(_near(claim, _named(proof, part.text))):
            alike = [match for match, named in evidence if place in named and match.group(2).casefold() == unit]
            if not alike or any(match.group(1).casefold() == said for match in alike):
                continue
            other = alike[0]
            yield finding(
                "relative-time-conflict",
                Severity.ERROR,
                f"{part.subject} says “{claim.group()}” of {place}, but the body says “{other.group()}”.",
                "Find out which is right; better still, write the date.",
                part.place(claim.start(), claim.end()),
                proof.body_place(other.start(), other.end()),
                suggestion=other.group(),
            )
            break


def check_undated(proof: Proof) -> Iterator[Finding]:
    """`undated-relative-time`: words such as “this week” while nobody knows the day of publication."""
    if proof.dated:
        return
    found: dict[str, Place] = {}
    for part in proof.claims:
        for pattern in (_relative_of(proof.language), _anchors(proof.language.tag, proof.language.anchors)):
            for match in _matches(pattern, part.text, proof.language):
                found.setdefault(match.group().casefold(), part.place(match.start(), match.end()))
    for first, last in _in_body(proof):
        span = proof.tokens.span(first, last)
        words = proof.article.text[span.start : span.end]
        found.setdefault(" ".join(words.casefold().split()), Place("body", span, words))
    if found:
        shown = [f"“{words}”" for words in list(found)[:_SHOWN]]
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        phrase = ", ".join(shown) + more if more else listed(shown)
        yield finding(
            "undated-relative-time",
            Severity.WARNING,
            f"The article has no publication date, so readers cannot place {phrase}.",
            "Give the article its publication date, or replace the words by dates.",
            *list(found.values())[:_SHOWN],
        )


def _in_body(proof: Proof) -> Iterator[tuple[int, int]]:
    """Time words of the body outside of its quotations, as tokens: a speaker's “today” is the speaker's."""
    lower, language = proof.tokens.lower, proof.language
    anchors = _by_head(language.anchors)
    heads = anchors.keys() | set(language.relative)
    for index in compress(count(), map(heads.__contains__, lower)):
        word = lower[index]
        if index and lower[index - 1] in language.ordinals:
            continue
        if word in language.relative and index + 1 < len(lower) and lower[index + 1] in language.units:
            yield index, index + 2
        for words in anchors.get(word, ()):
            if lower[index : index + len(words)] == words:
                yield index, index + len(words)
                break


@cache
def _by_head(anchors: tuple[str, ...]) -> Mapping[str, Sequence[list[str]]]:
    """First word → the words of each phrase."""
    found: dict[str, list[list[str]]] = {}
    for phrase in anchors:
        words = phrase.split()
        found.setdefault(words[0], []).append(words)
    return found


def _near(match: re.Match[str], names: frozenset[str]) -> frozenset[str]:
    """Those of the names that stand right around a time."""
    around = match.string[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    return frozenset(name for name in names if name in around)


def _named(proof: Proof, text: str) -> frozenset[str]:
    """Places and events of a sentence: its capitalised words that are no person and no weekday."""
    language = proof.language
    people = {
        word for person in proof.cast.people if not person.group and len(person.words) > 1 for word in person.words
    }
    found = set()
    for match in words_of(text):
        word = match.group()
        lower = word.casefold()
        if not word[0].isupper() or match.start() == 0 or lower in people:
            continue
        if lower not in language.starters and lower not in language.calendar:
            found.add(word.removesuffix("’s").removesuffix("'s"))
    return frozenset(found)
