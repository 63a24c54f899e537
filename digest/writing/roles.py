"""The office or trade of a speaker, from right before or after the name; never across a line."""

from __future__ import annotations

from digest.writing.cast import Cast, Mention, Person
from digest.writing.language import Language
from digest.writing.tokens import QUOTE, Tokens

_LONGEST = 9
"""Words of a role."""
_LONGEST_TEXT = 100
_CLOSING = frozenset((",", "،", ".", ";", ":", "—", "–", ")", QUOTE))
_NOUN_WORDS = 5
"""Words of a description that holds no office: welder at the yard."""


def role_of(person: Person, text: str, tokens: Tokens, cast: Cast, language: Language) -> str | None:
    """The first role that the body gives this person with the full name, else with the surname."""
    ordered = sorted(person.mentions[:40], key=lambda m: (m.last - m.first < 2, m.first))
    for mention in ordered:
        role = (
            _before(mention, text, tokens, cast, language)
            or _after(mention, text, tokens, language)
            or _renamed(mention, text, tokens, language)
        )
        if role is not None:
            return role
    return None


def _before(mention: Mention, text: str, tokens: Tokens, cast: Cast, language: Language) -> str | None:
    """Kremlin spokesman | Dmitry Peskov; Secretary of State | Marco Rubio."""
    lower = tokens.lower
    first = mention.lead
    while first < mention.first and (lower[first] in language.courtesy or lower[first] == "."):
        first += 1
    if not language.offices.isdisjoint(lower[first : mention.first]):
        while _adjoins(first, text, tokens) and lower[first - 1] in language.qualifiers:
            first -= 1
    else:
        first = mention.first
        while _adjoins(first, text, tokens) and lower[first - 1] in language.offices:
            first -= 1
        if first == mention.first:
            return None
        while mention.first - first < _LONGEST and _adjoins(first, text, tokens):
            if not _modifies(first - 1, tokens, cast, language):
                break
            first -= 1
        while first < mention.first and lower[first] == "'s":
            first += 1
    role = " ".join(text[tokens.starts[first] : tokens.end(mention.first - 1)].split())
    return role if 0 < len(role) <= _LONGEST_TEXT else None


def _adjoins(first: int, text: str, tokens: Tokens) -> bool:
    """Whether a token stands before `first` in the same line."""
    return first > 0 and "\n" not in text[tokens.end(first - 1) : tokens.starts[first]]


def _modifies(index: int, tokens: Tokens, cast: Cast, language: Language) -> bool:
    """Whether a word may belong to an office that it stands before: Kremlin | spokesman, veteran city | councillor."""
    word = tokens.lower[index]
    if index in cast.at or word in language.qualifiers:
        return True
    if (
        not language.cased
        or not word[0].isalpha()
        or word in language.starters
        or word in language.closed
        or word in language.cues
    ):
        return False
    return not word.endswith(("ed", "ing", "ly")) and (
        not word.endswith("s") or word.endswith(("ions", "ics", "ss", "rs"))
    )


def _after(mention: Mention, text: str, tokens: Tokens, language: Language) -> str | None:
    """Jane Roe, 54, | the mayor of Northport, …; Jane Roe, a | welder at the yard | for years."""
    lower = tokens.lower
    first = mention.last
    if first >= len(tokens) or lower[first] not in (",", "،"):
        return None
    first += 1
    if lower[first : first + 1] and lower[first].isdigit() and lower[first + 1 : first + 2] == [","]:
        first += 2
    determined = first < len(tokens) and lower[first] in language.determiners
    first += determined
    last = end = _phrase_end(first, text, tokens, language)
    while last > first and (lower[last - 1] in language.closed or lower[last - 1] in language.articles):
        last -= 1  # host of | “Dawn”
    if (
        last == first
        or lower[first] in language.prepositions
        or last - first > _LONGEST
        or not _closes(end, tokens, language)
    ):
        return None
    if language.offices.isdisjoint(lower[first:last]):
        if not determined or (mention.lead and lower[mention.lead - 1] in language.prepositions):
            return None
        last = _noun_end(first, last, tokens, language)
    return " ".join(text[tokens.starts[first] : tokens.end(last - 1)].split()) if last > first else None


def _phrase_end(first: int, text: str, tokens: Tokens, language: Language) -> int:
    """Where a phrase that begins at `first` meets a stop, a verb, a clause or the end of its line."""
    lower = tokens.lower
    last = first
    while last < len(tokens) and last - first <= _LONGEST:
        word = lower[last]
        owns = word == "'s" or (word == "'" and lower[last - 1].endswith("s"))
        if not (owns or word[0].isalnum()) or "\n" in text[tokens.end(last - 1) : tokens.starts[last]]:
            break
        if word in language.relatives or word in language.cues or word in language.pronouns:
            break
        if word in language.conjunctions and word != "and" and word not in language.prepositions:
            break
        if word in language.auxiliaries and not owns:
            break
        if last > first and _participle(last, tokens, language):
            break
        last += 1
    return last


def _participle(index: int, tokens: Tokens, language: Language) -> bool:
    """Whether a word opens a clause behind a noun: a welder | standing by the gate, a student | named after her."""
    lower = tokens.lower
    word, before = lower[index], lower[index - 1]
    if not word.endswith(("ing", "ed")) or index + 1 >= len(tokens):
        return False
    if lower[index + 1] not in language.closed and lower[index + 1] not in language.determiners:
        return False
    if word.endswith("ing"):
        return before in language.roles
    return not before.endswith("ly") and before not in language.closed


def _closes(last: int, tokens: Tokens, language: Language) -> bool:
    """Whether the phrase that ends before `last` is over there, and no verb makes a clause of it."""
    if last >= len(tokens) or last == 0:
        return True
    return (
        tokens.lower[last] in _CLOSING
        or tokens.lower[last] in language.relatives
        or _participle(last, tokens, language)
    )


def _noun_end(first: int, last: int, tokens: Tokens, language: Language) -> int:
    """The end of “welder at the yard” in a phrase without an office, `first` when it is a time or no common noun."""
    lower, words = tokens.lower, tokens.words
    ends = [i for i in range(first, last) if lower[i] in language.prepositions] + [last]
    head = ends[0] - 1
    if head < first or not words[head].islower() or lower[head].endswith(("s", "ed")) or lower[head] in language.groups:
        return first
    for index in range(first, ends[0]):
        if lower[index] in language.spans or lower[index] in language.closed or lower[index].endswith("ly"):
            return first
        if lower[index] in language.starters or lower[index] == "and" or lower[index][0].isdigit():
            return first
    if head > first and lower[head].endswith("ing") and ends[0] < last:
        return head  # a welder | standing by the gate
    end = ends[1] if len(ends) > 1 else last
    return end if end - first <= _NOUN_WORDS else ends[0]


def _renamed(mention: Mention, text: str, tokens: Tokens, language: Language) -> str | None:
    """The | kit man, | Stig Olverson, …: what the name behind a comma explains."""
    lower = tokens.lower
    comma = mention.lead - 1
    if comma < 1 or lower[comma] != "," or not _closes(mention.last, tokens, language):
        return None
    if mention.last - mention.first < 2:
        return None
    first = comma
    while comma - first < _NOUN_WORDS and _adjoins(first, text, tokens) and tokens.words[first - 1].isalpha():
        if lower[first - 1] in language.closed or lower[first - 1] in language.determiners:
            break
        first -= 1
    if first == comma or lower[first - 1] not in language.articles or not _adjoins(first, text, tokens):
        return None
    office = lower[comma - 1] in language.roles
    opens = first < 2 or lower[first - 2] in (".", QUOTE) or lower[first - 2] in language.strong
    if not office and (not opens or _noun_end(first, comma, tokens, language) != comma):
        return None
    return " ".join(text[tokens.starts[first] : tokens.end(comma - 1)].split())
