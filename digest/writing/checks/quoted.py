"""Quoted words: what a headline, dek or take quotes must stand in the body, by the same person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from digest.model import Finding, Place, Quote, Severity, Span
from digest.writing.checks.proof import Part, Proof, finding, normal, shorten
from digest.writing.genuine import title_case
from digest.writing.names import find_names
from digest.writing.speakers import Speakers
from digest.writing.tokens import tokenize

_ALTERED = re.compile(r"\s*(?:…|\.\s?\.\s?\.|\w*\[[^\]]*\]\w*)\s*")
"""What an editor left out or changed openly: three dots, and a word with brackets: know[ing]."""
_MARKS = "“”\"„«»'‘"
_SURE = 0.9
"""Confidence from which on a speaker counts as known."""
_SPEECH = 4
"""Marked words from which on they are somebody's speech, not a term or a scare quote."""
_ALIKE = 6
"""Words that two people hardly say alike by chance."""
_ECHO = 4
"""Words of a take that are enough to know a quotation again."""


def check_quoted(proof: Proof) -> Iterator[Finding]:
    """`quote-not-in-body`, `term-not-in-body`, `quote-case-differs`."""
    for part in proof.claims:
        for quotation in proof.quotations(part) if any(mark in part.text for mark in _MARKS) else ():
            words = part.text[quotation.start : quotation.end]
            pieces = [normal(piece) for piece in _ALTERED.split(words) if normal(piece)]
            if not pieces:
                continue
            place = part.place(quotation.start, quotation.end)
            missing = not all(f" {piece} " in proof.normal_body for piece in pieces)
            named = part.name != "headline" and title_case(words.split(), proof.language)
            if missing and (named or sum(map(len, map(str.split, pieces))) < _SPEECH):
                yield finding(
                    "term-not-in-body",
                    Severity.WARNING,
                    f"{part.subject} puts “{shorten(words)}” in quotation marks, but the body has no such words.",
                    "Say whose word it is, in the body too, or take the marks away.",
                    place,
                )
            elif missing:
                yield finding(
                    "quote-not-in-body",
                    Severity.ERROR,
                    f"{part.subject} quotes “{shorten(words)}”, but the body has no such words.",
                    "Quote the body word for word, or take the marks away.",
                    place,
                )
            elif part.name != "headline" and (found := _differs(proof, words)) is not None:
                yield finding(
                    "quote-case-differs",
                    Severity.INFO,
                    f"{part.subject} quotes “{shorten(words)}”; the body’s words are “{found.excerpt}”.",
                    "Nothing to do if the change is meant; the words are the same.",
                    place,
                    found,
                    suggestion=found.excerpt,
                )


def _differs(proof: Proof, words: str) -> Place | None:
    """Where the body has these words with other capitals, if it nowhere has them just so."""
    bare = words.rstrip(".,!?… ")
    if bare in proof.body or bare.replace("’", "'") in proof.body.replace("’", "'"):
        return None
    pattern = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", bare))
    for span in proof.paragraphs:
        match = re.compile(pattern, re.IGNORECASE).search(proof.article.text, span.start, span.end)
        if match is not None:
            return Place("body", Span(match.start(), match.end()), match.group())
    return None


def check_speakers(proof: Proof) -> Iterator[Finding]:
    """`quote-two-speakers`: the same words given to different people."""
    known: dict[str, Quote] = {}
    people = {person.name for person in proof.cast.people if len(person.words) > 1 and not person.group}
    for quote in proof.quotes:
        words = quote.text.strip(" ,.").casefold()
        if quote.speaker not in people or quote.confidence < _SURE or words.count(" ") < _ALIKE - 1:
            continue  # “the Briton” and “a statement” may be anybody's
        first = known.setdefault(words, quote)
        if _surname(first.speaker) != _surname(quote.speaker):
            yield _two(first.speaker, quote.speaker, _place(quote), _place(first))
    for part in proof.claims:
        if part.name != "headline" and any(mark in part.text for mark in _MARKS) and proof.quotations(part):
            yield from _part_speakers(proof, part, known.values(), frozenset(map(_surname, people)))


def _part_speakers(proof: Proof, part: Part, known: Iterable[Quote], surnames: frozenset[str]) -> Iterator[Finding]:
    spans = [Span(0, len(part.text))]
    tokens = tokenize(part.text, spans, proof.quotations(part), proof.language)
    cast = find_names(tokens, proof.language)
    for token, speaker in Speakers(part.text, tokens, cast, proof.language).attribute().items():
        quotation = tokens.quotations[token]
        words = normal(part.text[quotation.start : quotation.end])
        if _surname(speaker.name) not in surnames or speaker.confidence < _SURE or words.count(" ") < _ECHO - 1:
            continue
        for quote in known:
            if f" {words} " in f" {normal(quote.text)} " and _surname(quote.speaker) != _surname(speaker.name):
                yield _two(speaker.name, quote.speaker, part.place(quotation.start, quotation.end), _place(quote))
                break


def _place(quote: Quote) -> Place:
    return Place("body", quote.span, shorten(quote.text))


def _two(first: str | None, second: str | None, place: Place, other: Place) -> Finding:
    return finding(
        "quote-two-speakers",
        Severity.ERROR,
        f"The same words are given to {first} and to {second}.",
        "Find out who said them, and correct the other place.",
        place,
        other,
    )


def _surname(name: str | None) -> str:
    return (name or "").split()[-1].casefold() if name else ""
