"""How long a provider asks us to wait."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 3600.0
"""Seconds; a longer or unreadable wish is cut to what an operator would still notice."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After` (RFC 9110 10.2.3), between 0 and an hour.

    None when it is absent, is a date, or makes no sense: the caller backs off by its own rule,
    since a date would have to be compared with a clock that adapters do not have.
    """
    value = headers.get("retry-after", "").strip()
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        return None
    return min(float(value), LONGEST)
