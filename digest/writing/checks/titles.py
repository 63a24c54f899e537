"""Offices: the headline, dek and takes must give a person the office that the body gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity, Span
from digest.writing.cast import Person
from digest.writing.checks.proof import Part, Proof, finding

_OFFICES = {
    "president": "president",
    "senator": "senator",
    "sen": "senator",
    "representative": "representative",
    "rep": "representative",
    "congressman": "representative",
    "congresswoman": "representative",
    "governor": "governor",
    "gov": "governor",
    "mayor": "mayor",
    "secretary": "secretary",
    "minister": "minister",
    "chancellor": "chancellor",
    "premier": "premier",
    "judge": "judge",
    "justice": "justice",
    "ambassador": "ambassador",
    "councillor": "councillor",
    "commissioner": "commissioner",
}
"""Offices that one person does not hold two of, by the word that names them."""
_FORMER = re.compile(
    r"(?:former|then|ex|late|retired|outgoing|incoming|acting|deputy|vice|assistant|one-?time)[\s-]+$", re.IGNORECASE
)
_TITLED = re.compile(
    rf"\b((?:Prime |Vice |Attorney |Secretary of )?(?:{'|'.join(word.capitalize() for word in _OFFICES)})\b\.?"
    r"(?: of [A-Z][\w’'-]+)?)((?:\s+[A-Z][\w’'-]*\.?){1,4})"
)
"""An office and the capitalised words after it, among which the name is."""


def check_titles(proof: Proof) -> Iterator[Finding]:
    """`office-title-conflict`: Senator Rubio in the headline, Secretary of State Marco Rubio below."""
    if proof.language.tag != "en":
        return
    claims = [(part, match) for part in proof.claims for match in _TITLED.finditer(part.text)]
    if not claims:
        return
    people: dict[str, list[Person]] = {}
    for person in proof.cast.people:
        if not person.group:
            people.setdefault(person.name.split()[-1], []).append(person)
    for part, match in claims:
        for word in match.group(2).split():
            surname = word.removesuffix("’s").removesuffix("'s")
            bearers = people.get(surname, ())
            if len(bearers) == 1:
                yield from _conflicts(proof, part, match, bearers[0], surname)
            if bearers or (word.endswith(".") and len(word) > 2) or not _given(word, people):
                break


def _given(word: str, people: dict[str, list[Person]]) -> bool:
    """Whether a word between office and surname is somebody's given name or an initial."""
    lower = word.strip(".").casefold()
    return len(lower) == 1 or any(lower in person.words[:-1] for bearers in people.values() for person in bearers)


def _held(proof: Proof, surname: str) -> dict[str, tuple[str, bool, Place]]:
    """Offices that the body gives this surname: office → as written, whether now held, where."""
    held: dict[str, tuple[str, bool, Place]] = {}
    text = proof.article.text
    for span in proof.paragraphs:
        for match in _TITLED.finditer(text, span.start, span.end):
            at = re.search(rf"\b{re.escape(surname)}\b", match.group(2))
            if at is None:
                continue
            office = _office(match.group(1))
            now = not _FORMER.search(text[max(span.start, match.start() - 14) : match.start()])
            if office not in held or (now and not held[office][1]):
                end = match.start(2) + at.end()
                held[office] = (match.group(1), now, Place("body", Span(match.start(), end), text[match.start() : end]))
    return held


def _conflicts(proof: Proof, part: Part, match: re.Match[str], person: Person, surname: str) -> Iterator[Finding]:
    office = _office(match.group(1))
    held = _held(proof, surname)
    if office in held or not any(now for _, now, _ in held.values()):
        return
    if _FORMER.search(part.text[max(0, match.start() - 14) : match.start()]) or _says_otherwise(
        proof, person, match.group(1)
    ):
        return
    written, _, place = next(entry for entry in held.values() if entry[1])
    end = match.start(2) + match.group(2).index(surname) + len(surname)
    said = part.text[match.start() : end]
    yield finding(
        "office-title-conflict",
        Severity.ERROR,
        f"{part.subject} says “{said}”, but the body says “{place.excerpt}”.",
        f"Use the office that the body gives, “{written}”, or correct the body.",
        part.place(match.start(), end),
        place,
        suggestion=said.replace(match.group(1), written, 1),
    )


def _office(title: str) -> str:
    words = [word.strip(".").casefold() for word in title.split()]
    return next((_OFFICES[word] for word in words if word in _OFFICES), words[-1])


def _says_otherwise(proof: Proof, person: Person, title: str) -> bool:
    """Whether the body calls the person by this office after the name: Jane Roe, the senator from Northport."""
    name = re.escape(person.name.split()[-1])
    office = re.escape(title.split()[-1].strip("."))
    return re.search(rf"\b{name},?[^.\n]{{0,60}}\b{office}", proof.body, re.IGNORECASE) is not None
