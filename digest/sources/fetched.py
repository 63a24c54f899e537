"""What a source hands over: the articles it could read, and what it could not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from digest.errors import SourceError
from digest.model import Article, SourceState


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
    state: SourceState | None = None
    """To be handed in at the next look; None for a source that needs none."""


def standing_in(state: SourceState, ref: str, error: SourceError) -> Fetched:
    """The answer when nothing new can be read: what was read before, and the reason."""
    before = f"; the articles read before ({len(state.articles)}) stand in" if state.articles else ""
    problem = Problem(ref=ref, message=f"{error}{before}")
    return Fetched(articles=state.articles, problems=(problem,), state=replace(state, error=str(error)))


class Source(Protocol):
    """Where articles come from. Each kind is one file of this package."""

    name: str
    """Its key in config.toml."""

    def fetch(self, state: SourceState) -> Fetched:
        """Everything that is there now; `state` is what the look before this one returned, or an empty one.

        Raises SourceError when the source as a whole cannot be read and nothing can stand in.
        """
