"""Lines of an article that are no part of its story: the byline, the date line, the address."""

from __future__ import annotations

import re

from digest.writing.language import Language

LONGEST = 120
"""Characters of such a line."""
_NAMES = 14
"""Words of a byline, with all its authors."""
_TAIL = 8
"""Characters at the end of a line that show how it ends."""
_SENTENCE = 8
"""Words from which on a line that ends with a full stop is a sentence."""
_ADDRESS = re.compile(r"^(?:[\w ]{1,20}:\s*)?(https?://\S+)$")
_ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_DIGIT = re.compile(r"\d")
_DATE_WORDS = frozenset(("at", "on", "of", "utc", "gmt", "est", "edt", "am", "pm"))
_FULL_STOP = re.compile(r"[.!?…؟。][\s\"”“’‘»«›‹)\]*_]*$")
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")


def is_address(line: str) -> bool:
    """https://ledger.example/b, alone or behind a label such as “Source:”."""
    return len(line) <= LONGEST and "://" in line and _ADDRESS.match(line) is not None


def is_byline(line: str, language: Language) -> bool:
    """By Ida Holm and Per Vik"""
    lower = line.casefold()
    if len(line) > LONGEST or not lower.startswith(language.byline):
        return False
    names = [line[len(prefix) :].strip() for prefix in language.byline if lower.startswith(prefix + " ")]
    if not any(name[:1].isupper() or (name and not language.cased) for name in names):
        return False
    return len(_WORD.findall(lower)) <= _NAMES and _FULL_STOP.search(line[-_TAIL:]) is None


def is_date(line: str, language: Language) -> bool:
    """Published: 4 May 2031, 10:15 UTC"""
    if len(line) > LONGEST or _DIGIT.search(line) is None:
        return False
    words = _WORD.findall(line.casefold())
    if len(words) > _SENTENCE and _FULL_STOP.search(line[-_TAIL:]):
        return False
    if not _ISO_DATE.search(line) and not any(word in language.months for word in words):
        return False
    known = _DATE_WORDS.union(language.months, language.weekdays, *(phrase.split() for phrase in language.dated))
    numbers = [word for word in words if any(map(str.isdigit, word))]
    return bool(numbers) and all(word in known or word in numbers for word in words)


def byline_of(line: str, language: Language) -> str | None:
    """The names of a byline, without the word before them; None for an empty line."""
    for prefix in sorted(language.byline, key=len, reverse=True):
        if line.casefold().startswith(prefix + " "):
            return line[len(prefix) :].strip()
    return line or None


def address_of(line: str) -> str | None:
    """The address of such a line, without the label before it."""
    match = _ADDRESS.match(line)
    return match.group(1) if match is not None else None
