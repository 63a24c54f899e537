"""Interviews and hearings written as lines of speech without marks: `IDA HOLM: When will it open?`

A single such line may be anything (`WHERE: the town hall`), so lines count only where three in a
row come from at least two speakers, one of whom has the word again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from digest.model import Span
from digest.writing.language import Language
from digest.writing.quotes import Quotation

_LONGEST = 60
"""Characters of a label."""
_LEAST = 3
"""Lines in a row that make a transcript."""
_LABEL = re.compile(r"([^\W\d_][\w.’'-]*(?: [^\W\d_][\w.’'-]*){0,3}):[ \t\u00a0]+(?=[^\s“\"„«‘'])")


def find_turns(text: str, lines: Sequence[Span], language: Language) -> dict[int, Quotation]:
    """Number of each line that is somebody's turn → the words behind its label, which are the quotation."""
    turns = {}
    for run in _runs(text, lines, language):
        speakers = [label.group(1).split()[-1].casefold() for _, label in run]
        if len(run) >= _LEAST and 1 < len(set(speakers)) < len(speakers):
            for number, label in run:
                start, end = label.end(), lines[number].end
                turns[number] = Quotation(start, end, start, end, number, label=Span(*label.span(1)))
    return turns


def _runs(text: str, lines: Sequence[Span], language: Language) -> Iterator[list[tuple[int, re.Match[str]]]]:
    """Lines with a speaker's label that follow each other."""
    run: list[tuple[int, re.Match[str]]] = []
    for number, line in enumerate(lines):
        label = (
            _LABEL.match(text, line.start, line.end) if text.find(":", line.start, line.start + _LONGEST) > 0 else None
        )
        if label is not None and _names(label.group(1), language):
            run.append((number, label))
        elif run:
            yield run
            run = []
    yield run


def _names(label: str, language: Language) -> bool:
    """Whether a label may be a name: HOLM, Ida Holm; not Where, Q, or THE PRICE."""
    words = label.split()
    if any(not word[0].isupper() or word.casefold() in language.starters for word in words):
        return False
    return len(words) > 1 or (label.isupper() and len(label) > 2)
