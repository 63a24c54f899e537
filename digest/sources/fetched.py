"""What a source hands over: the articles it could read, and what it could not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from digest.model import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One article that was left out; the others go on."""

    ref: str
    """Where it is: a file path or an address."""
    message: str
    """What was expected, and what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The answer of one look at a source."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]


class Source(Protocol):
    """Where articles come from. Each kind is one file of this package."""

    name: str
    """Its key in config.toml."""

    def fetch(self) -> Fetched:
        """Everything that is there now. Raises SourceError when the source as a whole cannot be read."""
