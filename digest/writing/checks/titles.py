"""Offices: the headline, dek and takes must give a person the office that the body gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Finding, Place, Severity, Span
from digest.writing.checks.proof import Part, Proof, finding
from digest.writing.names import Person

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
_PATTERN = (
    rf"\b((?:Prime |Vice |Attorney |Secretary of )?(?:{'|'.join(word.capitalize() for word in _OFFICES)})\b\.?"
    r"(?: of [A-Z][\w’'-]+)?)\s+(?:[A-Z][\w.’'-]*\s+){0,2}?"
)


def check_titles(proof: Proof) -> Iterator[Finding]:
    """`office-title-conflict`: Senator Rubio in the headline, Secretary of State Marco Rubio below."""
    if proof.language.tag != "en":
        return
    surnames: dict[str, list[Person]] = {}
    for person in proof.cast.people:
        if not person.group and person.mentions:
            surnames.setdefault(person.words[-1], []).append(person)
    evidence = "\n".join(part.text for part in proof.claims) if proof.claims else ""
    present = {word.casefold() for word in re.findall(r"[\w’'-]+", evidence)}
    for surname, people in surnames.items():
        if surname not in present or len(people) != 1:
            continue
        written = people[0].name.split()[-1]
        held = _held(proof, written)
        if not any(current for _, current, _ in held.values()):
            continue
        for part in proof.claims:
            yield from _conflicts(proof, part, people[0], written, held)


def _held(proof: Proof, surname: str) -> dict[str, tuple[str, bool, Place]]:
    """Offices that the body gives this surname: office → as written, whether now held, where."""
    held: dict[str, tuple[str, bool, Place]] = {}
    pattern = re.compile(_PATTERN + re.escape(surname) + r"\b")
    for span in proof.paragraphs:
        if surname not in proof.article.text[span.start : span.end]:
            continue
        for match in pattern.finditer(proof.article.text, span.start, span.end):
            office = _office(match.group(1))
            now = not _FORMER.search(proof.article.text[max(span.start, match.start() - 14) : match.start()])
            if office not in held or (now and not held[office][1]):
                place = Place("body", Span(match.start(), match.end()), match.group())
                held[office] = (match.group(1), now, place)
    return held


def _conflicts(
    proof: Proof, part: Part, person: Person, surname: str, held: dict[str, tuple[str, bool, Place]]
) -> Iterator[Finding]:
    for match in re.finditer(_PATTERN + re.escape(surname) + r"\b", part.text):
        office = _office(match.group(1))
        if office in held or _FORMER.search(part.text[max(0, match.start() - 14) : match.start()]):
            continue
        written, _, place = next(entry for entry in held.values() if entry[1])
        if _says_otherwise(proof, person, match.group(1)):
            continue
        fixed = match.group().replace(match.group(1), written, 1)
        yield finding(
            "office-title-conflict",
            Severity.ERROR,
            f"{part.subject} says “{match.group()}”, but the body says “{place.excerpt}”.",
            f"Use the office that the body gives, “{written}”, or correct the body.",
            part.place(match.start(), match.end()),
            place,
            suggestion=fixed,
        )


def _office(title: str) -> str:
    words = [word.strip(".").casefold() for word in title.split()]
    return next((_OFFICES[word] for word in words if word in _OFFICES), words[-1])


def _says_otherwise(proof: Proof, person: Person, title: str) -> bool:
    """Whether the body calls the person by this office after the name: Jane Roe, the senator from Northport."""
    name = re.escape(person.name.split()[-1])
    office = re.escape(title.split()[-1].strip("."))
    return re.search(rf"\b{name},?[^.\n]{{0,60}}\b{office}", proof.body, re.IGNORECASE) is not None
