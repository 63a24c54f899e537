"""Names in scripts without capitals, such as Arabic and Hebrew.

A given name that the language's table lists and the word behind it are a full name; wherever that
word stands again, the same person is meant. People whose given name is not listed are met beside
a verb of saying, in `speakers`.
"""

from __future__ import annotations

from digest.writing.cast import Cast, Mention, Person
from digest.writing.language import Language
from digest.writing.tokens import Tokens


def find_uncased(tokens: Tokens, language: Language) -> Cast:
    """The cast of the body, in order of appearance."""
    cast = Cast()
    lower = tokens.lower
    people: dict[str, Person] = {}
    for index in [index for index, word in enumerate(lower) if word in language.given]:
        last = _full_name_end(index, tokens, language)
        if last > index + 1:
            name = " ".join(tokens.words[index:last])
            person = people.setdefault(
                lower[last - 1], Person(name, tuple(lower[index:last]), language.given[lower[index]])
            )
            _name(cast, index, last, person)
    for index, word in enumerate(lower):
        if word in people and index not in cast.at:
            _name(cast, index, index + 1, people[word])
    cast.mentions.sort(key=lambda mention: mention.first)
    cast.people.extend(people.values())
    return cast


def _full_name_end(first: int, tokens: Tokens, language: Language) -> int:
    """Where the name that begins with a given name ends: behind the next word, past a particle such as bin."""
    lower = tokens.lower
    last = first + 1
    if last < len(lower) and lower[last] in language.particles:
        last += 1
    if (
        last >= len(lower)
        or not lower[last][0].isalpha()
        or lower[last] in language.closed | language.cues | language.roles
    ):
        return first + 1
    return last + 1


def _name(cast: Cast, first: int, last: int, person: Person) -> None:
    mention = Mention(first, first, last, "", False, person)
    person.full_mentions += last - first > 1
    person.mentions.append(mention)
    cast.mentions.append(mention)
    for token in range(first, last):
        cast.at.setdefault(token, mention)
