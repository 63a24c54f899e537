"""What a language asks of a page: its direction, its quotation marks, its way to write a date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

Direction = Literal["ltr", "rtl"]

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_RIGHT_TO_LEFT_SCRIPTS = {"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg"}


class Marks(NamedTuple):
    """Quotation marks, with the narrow no-break space where the language sets one."""

    opening: str
    closing: str


_ENGLISH = (Marks("“", "”"), Marks("‘", "’"))

# First the marks of a quotation, then those of a quotation inside one. Unicode CLDR 46, `delimiters`;
# French spacing after the Imprimerie nationale.
_MARKS: dict[str, tuple[Marks, Marks]] = {
    "ar": (Marks("”", "“"), Marks("’", "‘")),
    "bg": (Marks("„", "“"), Marks("‚", "‘")),
    "cs": (Marks("„", "“"), Marks("‚", "‘")),
    "de": (Marks("„", "“"), Marks("‚", "‘")),
    "el": (Marks("«", "»"), Marks("“", "”")),
    "es": (Marks("«", "»"), Marks("“", "”")),
    "et": (Marks("„", "“"), Marks("‚", "‘")),
    "fa": (Marks("«", "»"), Marks("‹", "›")),
    "fi": (Marks("”", "”"), Marks("’", "’")),
    "fr": (Marks("«\u202f", "\u202f»"), Marks("“", "”")),
    "he": (Marks("”", "”"), Marks("’", "’")),
    "hr": (Marks("„", "“"), Marks("‚", "‘")),
    "hu": (Marks("„", "”"), Marks("»", "«")),
    "it": (Marks("«", "»"), Marks("“", "”")),
    "ja": (Marks("「", "」"), Marks("『", "』")),
    "lt": (Marks("„", "“"), Marks("‚", "‘")),
    "nb": (Marks("«", "»"), Marks("‘", "’")),
    "nn": (Marks("«", "»"), Marks("‘", "’")),
    "no": (Marks("«", "»"), Marks("‘", "’")),
    "pl": (Marks("„", "”"), Marks("«", "»")),
    "ro": (Marks("„", "”"), Marks("«", "»")),
    "ru": (Marks("«", "»"), Marks("„", "“")),
    "sk": (Marks("„", "“"), Marks("‚", "‘")),
    "sl": (Marks("„", "“"), Marks("‚", "‘")),
    "sr": (Marks("„", "“"), Marks("‚", "‘")),
    "sv": (Marks("”", "”"), Marks("’", "’")),
    "uk": (Marks("«", "»"), Marks("„", "“")),
    "ur": (Marks("”", "“"), Marks("’", "‘")),
}


def tag(language: str, otherwise: str) -> str:
    """The BCP 47 tag if it has the form of one, else the other: a tag may come from an article."""
    return language if _TAG.fullmatch(language) and len(language) <= 35 else otherwise


@lru_cache(maxsize=256)
def locale(language: str) -> Locale:
    """The nearest locale that babel knows; English for a language that it does not know."""
    subtags = language.split("-")
    while subtags:
        try:
            return Locale.parse("-".join(subtags), sep="-")
        except (UnknownLocaleError, ValueError):
            subtags.pop()
    return Locale("en")


def direction(language: str) -> Direction:
    """Which way lines run, by the script subtag if there is one, else by the language."""
    scripts = [subtag.title() for subtag in language.split("-")[1:] if len(subtag) == 4 and subtag.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if locale(language).text_direction == "rtl" else "ltr"


def sides(language: str) -> dict[str, str]:
    """What a template is told of a language: `lang`, `dir`, and which side lines start, end and go on at."""
    way = direction(language)
    left = way == "ltr"
    return {
        "lang": language,
        "dir": way,
        "start": "left" if left else "right",
        "end": "right" if left else "left",
        "onward": "→" if left else "←",
    }


def marks(language: str, quotation: str) -> Marks:
    """The marks to set around a quotation; the inner pair when it holds outer marks itself."""
    outer, inner = _MARKS.get(language.split("-")[0].lower(), _ENGLISH)
    return inner if any(mark.strip() in quotation for mark in outer) or '"' in quotation else outer


def long_date(day: date, language: str) -> str:
    """The date in full, with its weekday."""
    return _dated(day, "full", language)


def plain_date(day: date, language: str) -> str:
    """The date in words without its weekday, to stand in a sentence."""
    return _dated(day, "long", language)


def _dated(day: date, style: Literal["full", "long"], language: str) -> str:
    written = format_date(day, style, locale(language))
    # French counts the first day of a month, and no other; CLDR's pattern cannot say so.
    return re.sub(r"\b1\b", "1er", written, count=1) if day.day == 1 and language.startswith("fr") else written


def number(value: int, language: str) -> str:
    """The number with the separators of the language; digits are 0 to 9 in every one, as in its dates."""
    return format_decimal(value, locale=locale(language))


def listing(items: Sequence[str], language: str) -> str:
    """The items as a sentence names them: A, B and C."""
    return format_list(items, locale=locale(language))
