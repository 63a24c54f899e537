"""Everybody whom an article names, and every place where it names them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Person:
    """Somebody, or some body, that the article names."""

    name: str
    """The fullest form without titles: "Marco Rubio"."""
    words: tuple[str, ...]
    """The same, lower-cased, without suffixes."""
    gender: str = ""
    """"m", "f", or "" when nothing tells."""
    group: bool = False
    """Looks like an organisation or a place rather than a person."""
    full_mentions: int = 0
    """How often the article writes more than the surname."""
    mentions: list[Mention] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mention:
    """One place where a person is named: tokens `first:last` are the name, `lead` where its titles begin."""

    lead: int
    first: int
    last: int
    courtesy: str
    """The gender that a Mr. or Mrs. before it tells."""
    titled: bool
    """A title or an office stands before the name, in the same run of capitals."""
    person: Person | None = None


@dataclass(slots=True)
class Cast:
    """Everybody named, and who is named at which token."""

    people: list[Person] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    at: dict[int, Mention] = field(default_factory=dict)
    """Token → the mention that it belongs to, titles included."""
