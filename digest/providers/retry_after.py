"""How long a provider asks us to wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""Seconds; a longer or unreadable wish is cut to what an operator would still notice."""
EPOCH_LIKE = 1e9
"""A reset later than this is Unix time, not a number of seconds to wait."""
_SECONDS = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `Retry-After` (RFC 9110 10.2.3), between 0 and an hour.

    A date in it is compared with the `Date` of the same answer, since adapters have no clock. None when it
    is absent or makes no sense: the caller backs off by its own rule.
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), LONGEST)
    return _between(_instant(headers.get("date", "")), _instant(value))


def until_reset(headers: Mapping[str, str], name: str) -> float | None:
    """Seconds from a field that counts them until a window of requests opens again, bounded in the same way."""
    value = headers.get(name, "").strip()
    return min(float(value), LONGEST) if _SECONDS.fullmatch(value) else None


def until_instant(headers: Mapping[str, str], name: str) -> float | None:
    """The same from a field with Unix time."""
    value = headers.get(name, "").strip()
    return _between(_instant(headers.get("date", "")), float(value) if _SECONDS.fullmatch(value) else None)


def until_refilled(headers: Mapping[str, str]) -> float | None:
    """The same where the allowance of requests is used up: `RateLimit-Remaining: 0` and when it is full again.

    Source: draft-ietf-httpapi-ratelimit-headers-07 2.1 and, with the older `X-RateLimit-` names and
    with seconds or Unix time, SendGrid's and Resend's documents. None where requests are left or nothing is said.
    """
    for prefix in ("ratelimit", "x-ratelimit"):
        if headers.get(f"{prefix}-remaining", "").strip() == "0":
            seconds = headers.get(f"{prefix}-reset", "").strip()
            if _SECONDS.fullmatch(seconds) and float(seconds) > EPOCH_LIKE:
                return until_instant(headers, f"{prefix}-reset")
            return until_reset(headers, f"{prefix}-reset")
    return None


def _between(now: float | None, then: float | None) -> float | None:
    return None if now is None or then is None else min(max(0.0, then - now), LONGEST)


def _instant(date: str) -> float | None:
    """Unix time of an HTTP date, which is always GMT; None for what is none."""
    if not date.isascii() or not date.endswith("GMT") or len(date) > 40:
        return None
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
