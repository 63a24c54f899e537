"""Claims: what a headline, dek or take asserts and the body does not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import compress, count

from digest.model import Finding, Place, Severity
from digest.writing.checks.proof import Part, Proof, finding, listed, stem, words_of

_SHARE = 0.4
"""Share of a take's words that a sentence must have to be its source."""


@cache
def _negated(negations: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(negations)})\s+([^\W\d_][\w’'-]*)", re.IGNORECASE)


@cache
def _denies(negations: tuple[str, ...]) -> re.Pattern[str]:
    """Finds something in whatever sentence may deny anything, and in few others."""
    return re.compile(rf"\b(?:{'|'.join(negations)})\b|n['’]t\b", re.IGNORECASE)


def check_negations(proof: Proof) -> Iterator[Finding]:
    """`negation-not-in-body`: a take says “no progress”, which the body never does."""
    if not proof.language.negations:
        return
    pattern = _negated(proof.language.negations)
    denied: set[str] | None = None
    for part in proof.claims:
        missing = []
        for match in pattern.finditer(part.text):
            word = match.group(2).casefold()
            if word in proof.language.idle or word in proof.language.starters:
                continue
            if denied is None:
                denied = _denied(proof)
            if stem(word) not in denied:
                missing.append(match)
        if missing:
            phrases = listed([f"“{match.group()}”" for match in missing])
            yield finding(
                "negation-not-in-body",
                Severity.WARNING,
                f"{part.subject} says {phrases}, which the body never does.",
                "Check it against the reporting; a denial that only a summary makes is easily wrong.",
                *(part.place(match.start(), match.end()) for match in missing),
            )


def _denied(proof: Proof) -> set[str]:
    """Stems of all words in sentences of the body that deny anything."""
    negations = set(proof.language.negations)
    denies = _denies(proof.language.negations)
    found: set[str] = set()
    for span in proof.sentences:
        if denies.search(proof.article.text, span.start, span.end) is None:
            continue
        words = [match.group().casefold() for match in words_of(proof.article.text[span.start : span.end])]
        if any(word in negations or word.endswith(("n't", "n’t")) for word in words):
            found.update(map(stem, words))
    return found


def check_hedges(proof: Proof) -> Iterator[Finding]:
    """`hedge-lost`: a take states as a fact what the body only reports."""
    places = list(compress(count(), map(proof.language.hedges.__contains__, proof.tokens.lower)))
    if not places:
        return
    text = proof.article.text
    begins = [sentence.first for sentence in proof.tokens.sentences]
    hedged = {bisect_right(begins, index) - 1: index for index in reversed(places)}
    for part in proof.claims:
        words = {match.group().casefold() for match in words_of(part.text)}
        if words & proof.language.kept:
            continue
        bag = proof.bag(part.text)
        if len(bag) < 4:
            continue
        sentences = proof.tokens.sentences
        near = {n: len(bag & proof.bag(text[slice(*proof.tokens.span(*sentences[n][:2]))])) for n in hedged}
        best = max(near, key=lambda number: (near[number], -number))
        if near[best] < max(3, _SHARE * len(bag)) or any(len(bag & other) > near[best] for other in proof.bags):
            continue  # not its source, or another sentence is closer and says it outright
        span = proof.tokens.span(hedged[best], hedged[best] + 1)
        hedge = Place("body", span, text[span.start : span.end])
        yield finding(
            "hedge-lost",
            Severity.WARNING,
            f"{part.subject} states as a fact what the body hedges with “{hedge.excerpt}”.",
            f"Say “{hedge.excerpt}” here too, or show that it is certain.",
            part.place(),
            hedge,
        )


_NUMBER = re.compile(r"(?<![\w.,])[$€£]?\d+(?:[.,]\d+)*(?:\s?%|(?![\w-]))")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER_WORDS = {
    "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
    "10": "ten", "11": "eleven", "12": "twelve", "20": "twenty", "30": "thirty", "40": "forty", "50": "fifty",
    "100": "hundred", "1000": "thousand",
}  # fmt: skip


def check_numbers(proof: Proof) -> Iterator[Finding]:
    """`number-not-in-body`: a figure that the body does not have."""
    known: set[str] | None = None
    for part in proof.claims:
        missing = []
        for match in _NUMBER.finditer(part.text):
            if known is None:
                known = {_figure(found.group()) for found in _NUMBER.finditer(proof.body)}
            figure = _figure(match.group())
            if part.name == "headline" and _YEAR.fullmatch(figure):
                continue
            if figure not in known and _NUMBER_WORDS.get(figure, "\n") not in proof.body_words:
                missing.append(match)
        if missing:
            figures = listed([f"“{match.group().strip()}”" for match in missing])
            yield finding(
                "number-not-in-body",
                Severity.WARNING,
                f"{part.subject} gives {figures}, which the body does not.",
                "Take the figure from the body, or add its source to the body.",
                *(part.place(match.start(), match.end()) for match in missing),
            )


def _figure(number: str) -> str:
    bare = number.strip("$€£% \u00a0").replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


def check_names(proof: Proof) -> Iterator[Finding]:
    """`name-not-in-body`: somebody or some place in the dek or a take whom the body does not mention."""
    if not proof.language.cased:
        return
    for part in proof.claims:
        if part.name == "headline":
            continue  # every word of a headline may have a capital
        missing = list(_unknown(proof, part))
        if missing:
            names = listed([f"“{part.text[start:end]}”" for start, end in missing])
            yield finding(
                "name-not-in-body",
                Severity.WARNING,
                f"{part.subject} names {names}, which the body does not mention.",
                "Check the spelling against the body, or add who or what this is to the body.",
                *(part.place(start, end) for start, end in missing),
            )


def _unknown(proof: Proof, part: Part) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words that the body lacks."""
    run: tuple[int, int] | None = None
    for match in words_of(part.text):
        word = match.group().removesuffix("’s").removesuffix("'s")
        end = match.start() + len(word)
        if not _lacks(proof, match.start(), word):
            continue
        if run is not None and part.text[run[1] : match.start()] in (" ", "-"):
            run = (run[0], end)
            continue
        if run is not None:
            yield run
        run = (match.start(), end)
    if run is not None:
        yield run


def _lacks(proof: Proof, start: int, word: str) -> bool:
    lower = word.casefold().replace("’", "'")
    if start == 0 or not word[0].isupper() or len(word) < 3 or lower in proof.language.starters:
        return False
    return (
        not {lower, lower + "'s", lower.rstrip("s"), lower.replace(".", "")} & proof.body_words
        and f" {lower}" not in proof.normal_body
    )
