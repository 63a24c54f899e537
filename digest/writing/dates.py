"""The publication date that an article's own date line gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from digest.writing.language import Language

_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::\d\d)?\s*(?:Z|UTC|GMT)\b)?")
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?!\d)")
_WORD = re.compile(r"\w+")


def date_of(line: str, language: Language) -> datetime | None:
    """The day that a date line names: midnight UTC, or the minute when it says one in UTC; None when unclear."""
    iso = _ISO.search(line)
    if iso is not None:
        year, month, day, hour, minute = (int(part or 0) for part in iso.groups())
        return _moment(year, month, day, hour, minute)
    words = _WORD.findall(_CLOCK.sub(" ", line.casefold()))
    names = [word for word in words if word in language.months]
    numbers = [int(word) for word in words if word.isdecimal() and len(word) <= 4]
    years = [number for number in numbers if number >= 1000]
    days = [number for number in numbers if 1 <= number <= 31]
    if len(names) != 1 or len(years) != 1 or not days:
        return None
    month = language.months.index(names[0]) % 12 + 1 if names[0] != "sept" else 9
    return _moment(years[0], month, days[0])


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
