"""Quotation marks of all kinds, and where quoted words begin and end."""

from __future__ import annotations

import pytest

from digest.model import Span
from digest.writing.language import language_of
from digest.writing.quotes import find_quotations


def quoted(text: str) -> list[str]:
    """The quotations of a text whose lines are its paragraphs."""
    spans, start = [], 0
    for line in text.split("\n"):
        spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    elisions = language_of("en").elisions
    return [text[q.start : q.end] for q in find_quotations(text, spans, elisions)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“We sail at dawn,” said Lind.", ["We sail at dawn,"]),
        ('"We sail at dawn," said Lind.', ["We sail at dawn,"]),
        ("„Wir fahren früh“, sagte Lind.", ["Wir fahren früh"]),
        ("»Wir fahren früh«, sagte Lind.", ["Wir fahren früh"]),
        ("« On part tôt », dit Lind.", ["On part tôt"]),
        ("``We sail at dawn,'' said Lind.", ["We sail at dawn,"]),
        ("‘We sail at dawn,’ said Lind.", ["We sail at dawn,"]),
        ("'We sail at dawn,' said Lind.", ["We sail at dawn,"]),
        ('“We sail at dawn," said Lind.', ["We sail at dawn,"]),
    ],
)
def test_marks(text: str, expected: list[str]) -> None:
    """Curly, straight, low, angle, doubled and single marks all open and close."""
    assert quoted(text) == expected


def test_nested() -> None:
    """Marks inside a quotation belong to the outer one."""
    assert quoted("“He told me ‘never again’ and left,” she said.") == ["He told me ‘never again’ and left,"]
    assert quoted("‘He told me “never again” and left,’ she said.") == ["He told me “never again” and left,"]
    assert quoted('"He told me “never again” and left," she said.') == ["He told me “never again” and left,"]


def test_nested_alike() -> None:
    """Marks of the same kind nest where as many close as open; where one is missing, the second mark starts anew."""
    assert quoted("“He told me “never again” and left,” she said.") == ["He told me “never again” and left,"]
    assert quoted("“The hull is old. Lind added, “It leaks.” Then “it sank.”") == ["It leaks.", "it sank."]
    assert quoted("“The hull is “old” now.\n“The engine is older,” said Lind.") == [
        "The hull is “old” now.",
        "The engine is older,",
    ]


def test_apostrophes() -> None:
    """An apostrophe neither opens nor closes a quotation in single marks."""
    text = "‘The dockers’ rights aren’t for sale,’ said Lind. ’Tis the sailors’ creed."
    assert quoted(text) == ["The dockers’ rights aren’t for sale,"]
    assert quoted("The sailors' union isn't the dockers' union.") == []


def test_several_paragraphs() -> None:
    """A quotation that a paragraph leaves open is continued by the next one that opens with a mark."""
    text = "“The hull is old.\n“The engine is older,” said Lind."
    assert quoted(text) == ["The hull is old.", "The engine is older,"]
    spans = [Span(0, 17), Span(18, len(text))]
    first, second = find_quotations(text, spans)
    assert (first.continued, second.continued) == (False, True)


def test_missing_close() -> None:
    """A mark that opens again before it closed starts anew."""
    assert quoted('"The hull is old. Lind added, "It leaks."') == ["It leaks."]


def test_straight_within_straight() -> None:
    """Straight marks nest where as many close later: words that a speaker plays through are not the speaker's own."""
    text = '"It leaks," said Lind. "If a buyer says, "I will take her as she is," well, I sell."'
    assert quoted(text) == ["It leaks,", 'If a buyer says, "I will take her as she is," well, I sell.']


def test_frame() -> None:
    """A straight mark right before a curly one frames an excerpt, and the curly ones quote."""
    assert quoted('"“It leaks,” Lind answered before he left the pier."') == ["It leaks,"]


def test_slip() -> None:
    """Where “ opens, a ” that stands before a word is a slip, and what follows may be anybody's words."""
    assert quoted("“It leaks,” said Lind. The ”old hull of the ferry” was sold.") == ["It leaks,"]
    assert quoted("”It leaks,” said Lind.") == ["It leaks,"]


def test_inches() -> None:
    """A mark after a figure is a measure, not a quotation."""
    assert quoted('The hull has a 12" crack and a 3" hole.') == []
