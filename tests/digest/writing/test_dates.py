"""Dates that an article writes in a line of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.writing.dates import date_of
from digest.writing.language import language_of


@pytest.mark.parametrize(
    ("line", "language", "expected"),
    [
        ("4 May 2031", "en", datetime(2031, 5, 4, tzinfo=UTC)),
        ("Published: May 4, 2031", "en", datetime(2031, 5, 4, tzinfo=UTC)),
        ("Sept. 30, 2031, 10:15 a.m.", "en", datetime(2031, 9, 30, tzinfo=UTC)),
        ("10:15, 4 May 2031", "en", datetime(2031, 5, 4, tzinfo=UTC)),
        ("2031-05-04T10:15:00Z", "en", datetime(2031, 5, 4, 10, 15, tzinfo=UTC)),
        ("4. Mai 2031", "de", datetime(2031, 5, 4, tzinfo=UTC)),
        ("22 نوفمبر 2031", "ar", datetime(2031, 11, 22, tzinfo=UTC)),
        ("22 בנובמבר 2031", "he", datetime(2031, 11, 22, tzinfo=UTC)),
        ("31 February 2031", "en", None),
        ("May 2031", "en", None),
        ("in the spring", "en", None),
    ],
)
def test_date(line: str, language: str, expected: datetime | None) -> None:
    """The day is read when the line is clear, the minute only when it is in UTC, and nothing is guessed."""
    assert date_of(line, language_of(language)) == expected
