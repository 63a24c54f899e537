"""What every vendor's webhook speaks: a posted request in, proof of its sender, and the events in it.

Pure functions of bytes. The address of a hook holds a secret that `digest.web.hooks` has compared before
anything here runs; what a vendor signs is checked on top of that, over the bytes as they came.
"""

from __future__ import annotations

import base64
import hmac
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple, Protocol

import msgspec

from digest.errors import Forged
from digest.model import Event, EventKind
from digest.providers.base import UNREADABLE

LONGEST = 500
"""Characters that are kept of any text of a report."""
MOST_REPORTS = 20_000
"""In one request: as many as the largest body holds of the shortest report that any vendor documents."""
AHEAD = timedelta(minutes=5)
"""How far a vendor's clock may be ahead of ours."""

YEARS = range(2000, 2100)
"""Of which an event can be."""


class Posted(NamedTuple):
    """A request to a hook."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What opens an account's hook, beside the secret in its address."""

    keys: tuple[str, ...] = ()
    """The vendor's keys, newest first, or `user:password` and bearer tokens where a vendor signs nothing."""
    topics: frozenset[str] = frozenset()
    """The SNS topics that may speak for the account."""
    certificate: bytes = b""
    """What the request says it is signed with, PEM; see `digest.providers.webhooks.sns`."""


class Hook(Protocol):
    """A vendor's webhook."""

    needs: ClassVar[frozenset[str]]
    """The members of `Lock` without which no request can be believed: the hook stays closed."""

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """The id by which the vendor tells this request from every other, or "" where it gives none.

        Raises Forged.
        """

    def events(self, body: bytes) -> list[Event]:
        """What a verified request reports. What cannot be read or is not known is an event of the kind other."""


def authorised(posted: Posted, lock: Lock) -> str:
    """The proof of vendors that sign nothing: the account's user and password, or a bearer token, if it has any.

    Raises Forged.
    """
    if lock.keys:
        given = posted.headers.get("authorization", "").encode("utf-8", "replace")
        wanted = [_authorisation(key) for key in lock.keys]
        if True not in [hmac.compare_digest(given, each) for each in wanted]:
            raise Forged("the request has not the user and password of the account's webhook")
    return ""


def _authorisation(key: str) -> bytes:
    if ":" in key:
        return b"Basic " + base64.b64encode(key.encode())
    return f"Bearer {key}".encode()


def fresh(at: datetime | None, now: datetime, longest: timedelta) -> None:
    """Raises Forged for what was signed more than `longest` ago, in the future, or nobody knows when."""
    if at is None or not now - longest <= at <= now + AHEAD:
        raise Forged("the request was signed too long ago, or for a time to come")


def decoded(body: bytes) -> Any:
    """The JSON of the body; None for anything else."""
    try:
        return msgspec.json.decode(body)
    except UNREADABLE:
        return None


def reports(body: bytes, read: Callable[[Mapping[str, Any]], Sequence[Event]]) -> list[Event]:
    """The events of a body that is one report or an array of them; what is no report is kept as it is."""
    found = decoded(body)
    if found is None:
        return [Event(kind=EventKind.OTHER, name="unreadable", detail=text(body.decode("utf-8", "replace")))]
    if isinstance(found, list) and len(found) > MOST_REPORTS:
        return [Event(kind=EventKind.OTHER, name="unreadable", detail=f"{len(found)} reports in one request")]
    events: list[Event] = []
    for item in found if isinstance(found, list) else [found]:
        events += read(item) if isinstance(item, dict) else [unknown("unreadable", item)]
    return events


def unknown(name: str, item: object, **known: Any) -> Event:
    """A report that nothing follows from, kept in its own words."""
    try:
        words = msgspec.json.encode(item).decode()
    except RecursionError:  # as deep as can just be read
        words = ""
    return Event(kind=EventKind.OTHER, name=text(name), detail=text(words), **known)


def text(value: object) -> str:
    """A string or number of a report as text without NUL (which PostgreSQL cannot keep), clipped; "" for the rest."""
    if type(value) is str and len(value) <= LONGEST and "\0" not in value:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST]


def members(value: object) -> Mapping[str, Any]:
    """An object of a report; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """An array of a report; an empty one for anything else."""
    return value if isinstance(value, list) else []


def named(value: object, name: str) -> str:
    """The value of that name where a vendor writes names and values as an object or as an array of pairs."""
    if isinstance(value, dict):
        found = value.get(name)
        return text(found[0] if isinstance(found, list) and found else found)
    for pair in items(value):
        if text(members(pair).get("name")).lower() == name.lower():
            return text(pair.get("value"))
    return ""


def message_id(value: object) -> str:
    """An id of a message without its angle brackets, which vendors write here and leave out there."""
    return text(value).strip().strip("<>")


def instant(value: object) -> datetime | None:
    """ISO 8601 as an instant; UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found and _plausible(found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def epoch(value: object, *, ticks: int = 1) -> datetime | None:
    """Seconds since 1970, as a number or as its digits, as an instant; `ticks` are as many as make a second."""
    try:
        seconds = float(value) / ticks if isinstance(value, str | int | float) else math.nan
        return _plausible(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _plausible(at: datetime) -> datetime | None:
    """The instant, if mail of ours can be about it: far ends of the calendar cannot even be counted with."""
    return at if at.year in YEARS else None
