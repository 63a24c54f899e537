"""Finds the people and bodies that an article names.

A name is a run of capitalised words; "Rubio" and "Mr. Rubio" are linked to "Marco Rubio"
when the article gives the full name anywhere in its body. Scripts without capitals have a
module of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import compress, count
from operator import ne

from digest.writing.cast import Cast, Mention, Person
from digest.writing.language import Language, given_names
from digest.writing.tokens import Tokens
from digest.writing.uncased import find_uncased

_JOINERS = frozenset(".,&") | {"of"}
"""What may stand between the capitals of one name, besides particles."""


def find_names(tokens: Tokens, language: Language) -> Cast:
    """The cast of the body, in order of appearance."""
    if not language.cased:
        return find_uncased(tokens, language)
    cast = Cast()
    given = given_names()
    words = tokens.words
    written = frozenset(words)
    capitals = [
        i
        for i in compress(count(), map(ne, words, tokens.lower))
        if tokens.lower[i] not in language.starters and words[i][0].isupper()
    ]
    heads = {sentence.first for sentence in tokens.sentences}
    proper = frozenset(words[i] for i in capitals if i not in heads)
    bounds = iter(tokens.sentences)
    sentence = next(bounds, None)
    end = 0
    for index in capitals:
        while sentence is not None and index >= sentence.last:
            sentence = next(bounds, None)
        if sentence is None:
            break
        if index >= end and _begins(tokens, index, sentence.first, language, written, proper, given):
            end = _run_end(tokens, index, sentence.last, language)
            mention = _mention(tokens, index, end, language, given)
            if mention is not None:
                cast.mentions.append(mention)
                for token in range(mention.lead, mention.last):
                    cast.at[token] = mention
    _link(tokens, cast, language, given)
    return cast


def _begins(
    tokens: Tokens,
    index: int,
    first: int,
    language: Language,
    written: frozenset[str],
    proper: frozenset[str],
    given: Mapping[str, str],
) -> bool:
    """Whether a capital that no starter has begins a name."""
    word, lower = tokens.words[index], tokens.lower[index]
    if lower in language.calendar:
        return lower in language.named_months and index + 1 < len(tokens) and tokens.capital(index + 1)
    opens = index == first or tokens.words[index - 1] in (":", "—", "–", "(", "…")
    if not opens and lower not in language.qualifiers:
        return True
    follows = index + 1 < len(tokens) and tokens.capital(index + 1) and tokens.lower[index + 1] not in language.starters
    if not follows and lower in language.qualifiers:
        return False
    if opens and not follows and lower not in language.titles and lower not in language.courtesy:
        # The capital of a sentence's first word proves nothing by itself.
        if lower in written or lower in language.roles or lower.endswith(("ing", "ly")):
            return False
        next_words = tokens.lower[index + 1 : index + 3]
        behind = next((word for word in next_words if not word.endswith("ly")), "")
        known = word in proper or lower in given or word.isupper() or not word[-1].isalpha()
        return known or behind in language.cues or behind in language.auxiliaries or behind in (",", "'s", ":")
    return True


def _run_end(tokens: Tokens, index: int, last: int, language: Language) -> int:
    words, lower = tokens.words, tokens.lower
    end = index + 1
    while end < last:
        word = words[end]
        if word[0].isupper():
            if lower[end] in language.calendar and lower[end] not in language.named_months:
                break
            if lower[end] in language.starters and not (len(word) == 1 and words[end + 1 : end + 2] == ["."]):
                break
            end += 1
        elif word not in _JOINERS and lower[end] not in language.particles:
            break
        elif word == "." and _abbreviates(words[end - 1], lower[end - 1], language) and _capital(tokens, end + 1, last):
            end += 1
        elif (word == "," and lower[end + 1 : end + 2] and lower[end + 1] in language.suffixes) or (
            lower[end] in language.particles and _capital(tokens, end + 1, last)
        ):
            end += 2
        elif lower[end] == "of" and end + 1 < last and _capital(tokens, end + 1, last):
            if lower[end - 1] not in language.roles and lower[end - 1] not in language.groups:
                break
            end += 2
        elif word == "&" and _capital(tokens, end + 1, last):
            end += 2
        else:
            break
    return end


def _capital(tokens: Tokens, index: int, last: int) -> bool:
    return index < last and tokens.words[index][0].isupper()


def _abbreviates(word: str, lower: str, language: Language) -> bool:
    return (len(word) == 1 and word != "I") or lower in language.abbreviations or (len(word) == 2 and word.isupper())


def _mention(tokens: Tokens, first: int, last: int, language: Language, given: Mapping[str, str]) -> Mention | None:
    """The name within a run of capitals: what stands after its last title."""
    lower = tokens.lower
    if last == first + 1:
        return Mention(first, first, last, "", False) if lower[first] not in language.offices else None
    if tokens.words[last - 1] == ".":
        last -= 1
    begin = first
    courtesy, titled = "", False
    while begin < last - 1 and lower[begin] in language.qualifiers:
        begin += 1
    index = begin
    while index < last - 1:
        word = lower[index]
        if word in language.courtesy or word in language.titles:
            if word in language.courtesy:
                courtesy = language.courtesy[word]
            titled = True
            begin = index + 1
            if begin < last and lower[begin] == ".":
                begin += 1
            if begin < last and lower[begin] == "of":
                # Secretary of State Marco Rubio: one word of office, then the name.
                rest = last - begin - 1
                begin = last - 2 if rest >= 3 else last
        index += 1
    if begin >= last:
        return None
    if not titled and last - begin >= 3 and lower[last - 1] not in language.groups:
        for index in range(begin, last - 1):
            if lower[index] in given:
                titled = index > begin
                begin = index
                break
    if begin == last - 1 and lower[begin] in language.offices and not courtesy:
        return None
    return Mention(first, begin, last, courtesy, titled)


def _core(tokens: Tokens, mention: Mention, language: Language) -> tuple[str, ...]:
    """The words of a name that tell people apart."""
    words = tokens.lower[mention.first : mention.last]
    return tuple([word for word in words if len(word) > 1 and word not in language.suffixes] or words)


def _link(tokens: Tokens, cast: Cast, language: Language, given: Mapping[str, str]) -> None:
    full: dict[tuple[str, ...], Person] = {}
    short: list[tuple[Mention, str]] = []
    by_ends: dict[tuple[str, str], Person] = {}  # John Smith and John Quincy Smith are one
    by_surname: defaultdict[str, list[Person]] = defaultdict(list)
    by_given: defaultdict[str, list[Person]] = defaultdict(list)
    lower = tokens.lower
    for mention in cast.mentions:
        if mention.last - mention.first == 1:
            short.append((mention, lower[mention.first]))
            continue
        core = _core(tokens, mention, language)
        if len(core) < 2:
            short.append((mention, core[0]))
            continue
        person = full.get(core) or by_ends.get((core[0], core[-1]))
        if person is None:
            person = Person(_written(tokens, mention), core, given.get(core[0], ""), _is_group(core, language))
            by_ends[core[0], core[-1]] = person
            by_surname[core[-1]].append(person)
            by_given[core[0]].append(person)
            cast.people.append(person)
        full[core] = person
        person.full_mentions += 1
        _join(mention, person)
    known: dict[str, Person] = {}
    for mention, word in short:
        person = known.get(word)
        if person is None or mention.courtesy:
            person = _choose(by_surname.get(word) or by_given.get(word) or (), mention) or person
            if person is None:
                written = _written(tokens, mention)
                group = word in language.groups or (written.isupper() and 2 <= len(written) <= 5)
                person = Person(written, (word,), given.get(word, ""), group)
                cast.people.append(person)
            if not mention.courtesy or not person.full_mentions:
                known[word] = person
        _join(mention, person)


def _join(mention: Mention, person: Person) -> None:
    mention.person = person
    person.mentions.append(mention)
    if mention.courtesy:
        person.gender = mention.courtesy
    if mention.titled:
        person.group = False


def _choose(candidates: Sequence[Person], mention: Mention) -> Person | None:
    if not candidates:
        return None
    if mention.courtesy:
        fitting = [person for person in candidates if person.gender in ("", mention.courtesy)]
        if len(candidates) > 1 and fitting:
            candidates = fitting
    return max(candidates[:8], key=lambda person: person.full_mentions)


def _written(tokens: Tokens, mention: Mention) -> str:
    written = tokens.words[mention.first]
    for index in range(mention.first + 1, mention.last):
        glued = tokens.starts[index] == tokens.end(index - 1)
        written += tokens.words[index] if glued else " " + tokens.words[index]
    return written


def _is_group(core: tuple[str, ...], language: Language) -> bool:
    return core[-1] in language.groups or core[0] in language.groups or "of" in core or "&" in core
