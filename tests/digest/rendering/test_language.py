"""Directions, quotation marks and dates of languages."""

from __future__ import annotations

from datetime import date

import pytest

from digest.rendering.language import direction, long_date, marks, tag


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("fa", "rtl"),
        ("ur-PK", "rtl"),
        ("az-Arab", "rtl"),
        ("ur-Latn", "ltr"),
        ("xx-unknown", "ltr"),
    ],
)
def test_direction(language: str, expected: str) -> None:
    """By script if there is one, else by language; left to right for what nobody knows."""
    assert direction(language) == expected


@pytest.mark.parametrize(
    ("language", "quotation", "expected"),
    [
        ("en", "Trust takes a year.", ("“", "”")),
        ("en", "He said “no” to me.", ("‘", "’")),
        ("en", 'He said "no" to me.', ("‘", "’")),
        ("de-CH", "Nein.", ("„", "“")),
        ("fr", "Non.", ("«\u202f", "\u202f»")),
        ("fr", "Il dit «\u202fnon\u202f».", ("“", "”")),
        ("he", "לא", ("”", "”")),
        ("xx", "No.", ("“", "”")),
    ],
)
def test_marks(language: str, quotation: str, expected: tuple[str, str]) -> None:
    """The outer marks of the language, and the inner ones when the quotation holds outer marks."""
    assert marks(language, quotation) == expected


def test_dates_and_tags() -> None:
    """A date is written as its language writes it; a malformed tag gives way."""
    day = date(2027, 3, 16)
    assert long_date(day, "en-GB") == "Tuesday, 16 March 2027"
    assert long_date(day, "de") == "Dienstag, 16. März 2027"
    assert long_date(day, "xx") == "Tuesday, March 16, 2027"
    assert tag("pt-BR", "en") == "pt-BR"
    for broken in ('en" onload="x', "", "e", "en_GB", "en-" + "a" * 40):
        assert tag(broken, "en") == "en"
