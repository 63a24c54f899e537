"""What the writing room knows about a language: its words, read once from `lexicon/<tag>.toml`.

A translator adds a language by adding one file of that folder; a table that it lacks is empty.
English is complete. The others hold marks, labels and the main cue verbs, and say by
`confidence` how far what rests on them may be trusted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_FALLBACK = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The tables of one language, lower-cased; `confidence` is a factor between 0 and 1."""

    tag: str
    confidence: float
    cased: bool
    """Whether names can be told by their capitals."""
    labels: frozenset[str]
    byline: tuple[str, ...]
    dated: tuple[str, ...]
    credits: frozenset[str]
    strong: frozenset[str]
    weak: frozenset[str]
    nouns: frozenset[str]
    auxiliaries: frozenset[str]
    passive: frozenset[str]
    agents: frozenset[str]
    according: tuple[tuple[str, ...], ...]
    that: frozenset[str]
    likeness: frozenset[str]
    """Words that make a clause of saying an aside: “…,” | as Rubio said."""
    determiners: frozenset[str]
    articles: frozenset[str]
    """Determiners that cannot stand for somebody by themselves, as “another” can."""
    possessives: frozenset[str]
    prepositions: frozenset[str]
    adverbs: frozenset[str]
    openers: frozenset[str]
    """Words that open an adverbial at the head of a sentence: early in the day, …"""
    spans: frozenset[str]
    """Nouns of time, which are nobody: week, month, day."""
    conjunctions: frozenset[str]
    clausal: frozenset[str]
    joining: frozenset[str]
    """Words at the head of a sentence that tie it to the one before: and, so, then."""
    subordinators: frozenset[str]
    relatives: frozenset[str]
    starters: frozenset[str]
    nonverbs: frozenset[str]
    male: frozenset[str]
    female: frozenset[str]
    neutral: frozenset[str]
    plural: frozenset[str]
    subjects: frozenset[str]
    courtesy: Mapping[str, str]
    """Courtesy title → "m" or "f"."""
    given: Mapping[str, str]
    """Given name → "m" or "f", in scripts without capitals; `given_names` has those with capitals."""
    titles: frozenset[str]
    roles: frozenset[str]
    groups: frozenset[str]
    suffixes: frozenset[str]
    particles: frozenset[str]
    abbreviations: frozenset[str]
    months: tuple[str, ...]
    named_months: frozenset[str]
    """Months that are also given names."""
    weekdays: frozenset[str]
    relative: tuple[str, ...]
    units: tuple[str, ...]
    ordinals: frozenset[str]
    """Words before a relative time that make another time of it: the | last week of August."""
    anchors: tuple[str, ...]
    hedges: frozenset[str]
    kept: frozenset[str]
    negations: tuple[str, ...]
    idle: frozenset[str]
    """Words behind a negation that deny nothing: no | matter."""
    naming: frozenset[str]
    works: frozenset[str]
    terms: frozenset[str]
    stages: frozenset[str]
    """Words before a title in capitals that make it a programme or a work: told CBS's | “Face the Nation”."""
    invitations: frozenset[str]
    """Words that open a publisher's line to readers: follow, subscribe."""
    channels: frozenset[str]
    """Where such a line leads: newsletter, Twitter."""
    tongues: frozenset[str]
    """Languages, before the meaning of a word of theirs: Latin for | “if you wish peace”."""
    notes: tuple[str, ...]
    """How a publisher's word about the article itself begins: correction:"""
    elisions: frozenset[str]
    qualifiers: frozenset[str]
    cues: frozenset[str]
    """`strong` and `weak`."""
    pronouns: frozenset[str]
    """All four kinds."""
    offices: frozenset[str]
    """`titles` and `roles`."""
    calendar: frozenset[str]
    """`months` and `weekdays`."""
    closed: frozenset[str]
    """Words that are neither nouns nor verbs of meaning: prepositions, conjunctions, auxiliaries, pronouns, adverbs."""


def language_of(tag: str) -> Language:
    """The tables for a BCP 47 tag; its primary subtag decides, and English stands in for what has no file."""
    primary = tag.replace("_", "-").split("-", 1)[0].casefold()
    return _load(primary if primary in _tags() else _FALLBACK)


@cache
def given_names() -> Mapping[str, str]:
    """Lower-cased given name → "m" or "f"."""
    table = tomllib.loads(_file("names.toml"))
    female = dict.fromkeys(table["female"].split(), "f")
    return {**dict.fromkeys(table["male"].split(), "m"), **female}


def _file(name: str) -> str:
    return resources.files("digest.writing").joinpath("lexicon", name).read_text("utf-8")


@cache
def _tags() -> frozenset[str]:
    folder = resources.files("digest.writing").joinpath("lexicon")
    names = (entry.name for entry in folder.iterdir())
    return frozenset(name.removesuffix(".toml") for name in names if name.endswith(".toml")) - {"names"}


@cache
def _load(tag: str) -> Language:
    data = tomllib.loads(_file(f"{tag}.toml"))

    def words(table: str, key: str) -> frozenset[str]:
        section: dict[str, Any] = data.get(table, {})
        return frozenset(str(section.get(key, "")).split())

    def phrases(key: str, table: str = "") -> tuple[str, ...]:
        section: dict[str, Any] = data.get(table, {}) if table else data
        return tuple(str(phrase) for phrase in section.get(key, ()))

    courtesy = dict.fromkeys(words("people", "courtesy_male"), "m")
    courtesy |= dict.fromkeys(words("people", "courtesy_female"), "f")
    given = dict.fromkeys(words("people", "given_male"), "m") | dict.fromkeys(words("people", "given_female"), "f")
    pronouns = frozenset().union(*(words("pronouns", kind) for kind in ("male", "female", "neutral", "plural")))
    function = ("prepositions", "conjunctions", "auxiliaries", "relatives", "that", "adverbs")
    return Language(
        tag=tag,
        confidence=float(data["confidence"]),
        cased=bool(data["cased"]),
        labels=frozenset(phrases("labels")),
        byline=phrases("byline"),
        dated=phrases("dated"),
        credits=frozenset(phrases("credits")),
        strong=words("verbs", "strong"),
        weak=words("verbs", "weak"),
        nouns=words("verbs", "nouns"),
        auxiliaries=words("verbs", "auxiliaries"),
        passive=words("verbs", "passive"),
        agents=words("verbs", "agents"),
        according=tuple(tuple(phrase.split()) for phrase in phrases("according", "words")),
        that=words("words", "that"),
        likeness=words("words", "likeness"),
        determiners=words("words", "determiners"),
        articles=words("words", "articles"),
        possessives=words("words", "possessives"),
        prepositions=words("words", "prepositions"),
        adverbs=words("words", "adverbs"),
        openers=words("words", "openers"),
        spans=words("time", "spans"),
        conjunctions=words("words", "conjunctions"),
        clausal=words("words", "clausal"),
        joining=words("words", "joining"),
        subordinators=words("words", "subordinators"),
        relatives=words("words", "relatives"),
        starters=words("words", "starters"),
        nonverbs=words("words", "nonverbs"),
        male=words("pronouns", "male"),
        female=words("pronouns", "female"),
        neutral=words("pronouns", "neutral"),
        plural=words("pronouns", "plural"),
        subjects=words("pronouns", "subject"),
        courtesy=courtesy,
        given=given,
        titles=words("people", "titles"),
        roles=words("people", "roles"),
        groups=words("people", "groups"),
        suffixes=words("people", "suffixes"),
        particles=words("people", "particles"),
        abbreviations=words("people", "abbreviations"),
        months=tuple(str(data.get("time", {}).get("months", "")).split()),
        named_months=words("time", "named_months"),
        weekdays=words("time", "weekdays"),
        relative=tuple(str(data.get("time", {}).get("relative", "")).split()),
        units=tuple(str(data.get("time", {}).get("units", "")).split()),
        ordinals=words("time", "ordinals"),
        anchors=phrases("anchors", "time"),
        hedges=words("claims", "hedges"),
        kept=words("claims", "kept"),
        negations=tuple(str(data.get("claims", {}).get("negations", "")).split()),
        idle=words("claims", "idle"),
        naming=words("quotes", "naming"),
        works=words("quotes", "works"),
        terms=words("quotes", "terms"),
        stages=words("quotes", "stages"),
        invitations=words("quotes", "invitations"),
        channels=words("quotes", "channels"),
        tongues=words("quotes", "tongues"),
        notes=phrases("notes", "quotes"),
        elisions=words("quotes", "elisions"),
        cues=words("verbs", "strong") | words("verbs", "weak"),
        pronouns=pronouns,
        offices=words("people", "titles") | words("people", "roles"),
        calendar=words("time", "months") | words("time", "weekdays"),
        closed=pronouns.union(words("verbs", "auxiliaries"), *(words("words", kind) for kind in function)),
        qualifiers=words("people", "qualifiers"),
    )
