"""The office or trade of a speaker, from right before or after the name; never across a line."""

from __future__ import annotations

from digest.writing.language import Language
from digest.writing.names import Cast, Mention, Person
from digest.writing.tokens import Tokens

_LONGEST = 9
"""Words of a role."""
_LONGEST_TEXT = 100


def role_of(person: Person, text: str, tokens: Tokens, cast: Cast, language: Language) -> str | None:
    """The first role that the body gives this person with the full name, else with the surname."""
    ordered = sorted(person.mentions[:40], key=lambda m: (m.last - m.first < 2, m.first))
    for mention in ordered:
        role = _before(mention, text, tokens, cast, language) or _after(mention, text, tokens, language)
        if role is not None:
            return role
    return None


def _before(mention: Mention, text: str, tokens: Tokens, cast: Cast, language: Language) -> str | None:
    """Kremlin spokesman | Dmitry Peskov; Secretary of State | Marco Rubio."""
    lower = tokens.lower
    offices = language.titles | language.roles
    first = mention.lead
    while first < mention.first and (lower[first] in language.courtesy or lower[first] == "."):
        first += 1
    if any(word in offices for word in lower[first : mention.first]):
        while _adjoins(first, text, tokens) and lower[first - 1] in language.qualifiers:
            first -= 1
    else:
        first = mention.first
        while _adjoins(first, text, tokens) and lower[first - 1] in offices:
            first -= 1
        if first == mention.first:
            return None
        while mention.first - first < _LONGEST and _adjoins(first, text, tokens):
            if not _modifies(first - 1, tokens, cast, language):
                break
            first -= 1
        while first < mention.first and lower[first] == "'s":
            first += 1
    role = " ".join(text[tokens.starts[first] : tokens.ends[mention.first - 1]].split())
    return role if 0 < len(role) <= _LONGEST_TEXT else None


def _adjoins(first: int, text: str, tokens: Tokens) -> bool:
    """Whether a token stands before `first` in the same line."""
    return first > 0 and "\n" not in text[tokens.ends[first - 1] : tokens.starts[first]]


def _modifies(index: int, tokens: Tokens, cast: Cast, language: Language) -> bool:
    """Whether a word may belong to an office that it stands before: Kremlin | spokesman, veteran city | councillor."""
    word = tokens.lower[index]
    if index in cast.at or word in language.qualifiers:
        return True
    if not word[0].isalpha() or word in language.starters or word in language.closed or word in language.cues:
        return False
    return not word.endswith(("ed", "ing", "ly")) and (
        not word.endswith("s") or word.endswith(("ions", "ics", "ss", "rs"))
    )


def _after(mention: Mention, text: str, tokens: Tokens, language: Language) -> str | None:
    """Jane Roe, | the mayor of Northport,"""
    lower = tokens.lower
    index = mention.last
    if index >= len(tokens) or lower[index] != ",":
        return None
    first = index + 1
    if first < len(tokens) and lower[first].isdigit() and first + 1 < len(tokens) and lower[first + 1] == ",":
        first += 2
    if first < len(tokens) and lower[first] in language.determiners:
        first += 1
    last = first
    named = False
    while last < len(tokens) and last - first <= _LONGEST:
        word = lower[last]
        if not (tokens.words[last][0].isalnum() or word == "'s") or word in language.relatives or word in language.cues:
            break
        if "\n" in text[tokens.ends[last - 1] : tokens.starts[last]]:
            return None
        if word in language.auxiliaries or word in language.pronouns or word in language.conjunctions - {"and"}:
            break
        named = named or word in language.roles or word in language.titles
        last += 1
    if not named or last == first or last - first > _LONGEST:
        return None
    if last < len(tokens) and lower[last] not in (",", ".", ";", "—", "–", ")"):
        return None
    return " ".join(text[tokens.starts[first] : tokens.ends[last - 1]].split())
