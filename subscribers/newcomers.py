"""Somebody who is about to be put on the roll, with every detail checked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from subscribers.addresses import Address, normalise
from subscribers.errors import DetailError

NAME_LENGTH = 200
"""Longest name; longer ones are mistakes or attacks, and end up in a mail header."""

TOPICS_LENGTH = 1_000

_UNPRINTABLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators, direction overrides and lone surrogates."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A reader to be added: made by `newcomer`, which checks."""

    address: Address
    name: str
    language: str
    zone: str
    topics: str
    """Of the newsletter, as `topics` writes them; empty for all."""
    since: datetime | None
    ended_at: datetime | None
    """Set for somebody who had already left when the record was made: kept, never mailed."""
    detail: str
    """What the consent log keeps as proof: file and line, or who did it."""


def newcomer(
    address: str,
    *,
    name: str = "",
    language: str = "",
    zone: str = "",
    wanted: str = "",
    since: datetime | None = None,
    ended_at: datetime | None = None,
    detail: str = "",
) -> Newcomer:
    """The checked record. `wanted`: topics. `since` and `ended_at` are aware. Raises AddressError or DetailError."""
    return Newcomer(
        address=normalise(address),
        name=_name(name) if name else "",
        language=_language(language) if language else "",
        zone=_zone(zone) if zone else "",
        topics=topics(wanted) if wanted else "",
        since=since,
        ended_at=ended_at,
        detail=detail,
    )


def topics(raw: str) -> str:
    """Topics as they are kept: parted by commas, each once whatever its capitals. Semicolons part them too.

    Raises DetailError.
    """
    if _UNPRINTABLE.search(raw) or len(raw) > TOPICS_LENGTH:
        raise DetailError(f"expected topics such as World,Science in one line of at most {TOPICS_LENGTH} characters")
    found: dict[str, str] = {}
    for topic in raw.replace(";", ",").split(","):
        shown = " ".join(topic.split())
        found.setdefault(shown.casefold(), shown)
    return ",".join(filter(None, found.values()))


def _name(raw: str) -> str:
    if _UNPRINTABLE.search(raw):
        raise DetailError("the name contains a line break, a control character or a direction override; remove it")
    name = raw if raw.isascii() else unicodedata.normalize("NFC", raw)
    name = " ".join(name.split())
    if len(name) > NAME_LENGTH:
        raise DetailError(f"the name has {len(name)} characters; at most {NAME_LENGTH} are kept")
    return name


def _language(raw: str) -> str:
    tag = raw.strip().replace("_", "-")
    if tag and not _LANGUAGE.fullmatch(tag):
        raise DetailError(f"{raw[:40]!r} is not a language; expected a tag such as en, pt-BR or zh-Hant")
    return tag


def _zone(raw: str) -> str:
    zone = raw.strip()
    if zone and zone not in _zones():
        raise DetailError(f"{raw[:40]!r} is not a time zone; expected a name such as Europe/Madrid")
    return zone


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
