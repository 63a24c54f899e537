"""Every word that a digest says of itself, in one place, so that it can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """What a digest says, and the language that it says it in."""

    language: str
    say: Mapping[str, str]


_ENGLISH: Mapping[str, str] = {
    "summary": "In 30 seconds",
    "lead": "Top story",
    "takes": "Quick takes",
    "brief": "In brief",
    "minutes": "{minutes} min read",
    "number": "No. {number}",
    "also": "Also:",
    "more_at": "Read the full story at {publisher}",
    "more": "Read the full story",
    "source": "Source: {publisher}",
    "also_by": "Also reported by {publishers}",
    "online": "Read this edition online",
    "why": "You get this because you signed up for {title}.",
    "sent_to": "It was sent to {address}, a subscriber{since}.",
    "unsubscribe": "Unsubscribe",
    "browser": "View in browser",
}


def words(language: str) -> Words:
    """The words in this language, or in English where there is no translation: `language` of the result tells."""
    return Words(language if language.split("-")[0] == "en" else "en", _ENGLISH)
