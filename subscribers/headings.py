"""What the columns of an imported file mean, by the names that other services give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from subscribers.cells import restore
from subscribers.errors import DetailError, ImportRefused
from subscribers.model import SuppressionReason
from subscribers.newcomers import Newcomer, newcomer

_NAMES = {
    "email": ("email", "emailaddress", "subscriberemail", "mail", "address"),
    "name": ("name", "fullname", "displayname"),
    "first": ("firstname", "givenname", "forename", "fname"),
    "last": ("lastname", "surname", "familyname", "lname"),
    "language": ("language", "lang", "locale"),
    "zone": ("zone", "timezone", "tz"),
    "topics": ("topics", "interests"),
    "since": ("since", "subscribedat", "joinedat", "optintime", "confirmtime", "createdat"),
    "status": ("status", "subscriptionstatus"),
    "ended": ("endedat", "unsubscribedat", "unsubtime"),
    "suppressed": ("suppressed",),
}
"""Meaning → headings in lower case without marks and spaces, the surest first."""

_WANTED = frozenset({"", "active", "subscribed", "enabled", "confirmed"})
_LEFT = "unsubscribed"


class Row(NamedTuple):
    """What one row asks for."""

    newcomer: Newcomer
    suppressed: SuppressionReason | None
    """Set when the row says that the address is never to be mailed."""


class Headings:
    """The columns of one file. Raises ImportRefused when one heading stands there twice."""

    def __init__(self, header: Sequence[str]) -> None:
        self._width = len(header)
        self._at: dict[str, int] = {}
        plain = [_plain(cell) for cell in header]
        for meaning, names in _NAMES.items():
            name = next((name for name in names if name in plain), None)
            if name is None:
                continue
            if plain.count(name) > 1:
                raise ImportRefused(f"two columns are named {name!r}; rename one of them and import again")
            self._at[meaning] = plain.index(name)
        self.unused = [cell.strip() for n, cell in enumerate(header) if n not in self._at.values() and cell.strip()]
        """Headings of columns that are not read."""

    def row(self, cells: list[str], *, at: datetime, detail: str) -> Row:
        """What the cells say. `at` dates a leaving whose time is not given.

        Raises AddressError or DetailError.
        """
        if any(cell.strip() for cell in cells[self._width :]):
            raise DetailError(
                f"the row has {len(cells)} cells under {self._width} headings; "
                "put quotes around a cell that holds the delimiter"
            )
        said = {meaning: restore(cells[n].strip(" ")) for meaning, n in self._at.items() if n < len(cells)}
        status = said.get("status", "").lower()
        if status not in _WANTED and status != _LEFT:
            raise DetailError(f"the status {status[:40]!r} is neither active nor unsubscribed; write one of them")
        ended_at = _instant(said.get("ended", "")) or (at if status == _LEFT else None)
        person = newcomer(
            said.get("email", ""),
            name=said.get("name") or f"{said.get('first', '')} {said.get('last', '')}",
            language=said.get("language", ""),
            zone=said.get("zone", ""),
            wanted=said.get("topics", ""),
            since=_instant(said.get("since", "")),
            ended_at=ended_at,
            detail=detail,
        )
        return Row(person, _reason(said.get("suppressed", "")))


def names_an_address(header: Sequence[str]) -> bool:
    """Whether a row can be the heading row: one of its cells names an e-mail column."""
    return any(_plain(cell) in _NAMES["email"] for cell in header)


def _plain(heading: str) -> str:
    return "".join(c for c in heading.lower() if c.isalnum())


def _instant(raw: str) -> datetime | None:
    """ISO 8601; a date is its midnight, and a time without a zone is UTC."""
    if not raw:
        return None
    try:
        instant = datetime.fromisoformat(raw)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DetailError(f"{raw[:40]!r} is not a date; expected one such as 2026-11-23 or 2026-11-23T07:00Z") from None
    return instant


def _reason(raw: str) -> SuppressionReason | None:
    try:
        return SuppressionReason(raw.lower()) if raw else None
    except ValueError:
        expected = ", ".join(SuppressionReason)
        raise DetailError(
            f"{raw[:40]!r} is no reason for a suppression; expected nothing or one of {expected}"
        ) from None
