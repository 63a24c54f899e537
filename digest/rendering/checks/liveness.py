"""Whether the stories' addresses still answer. It reaches the network, so it is asked for by `--check-links` only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from digest.errors import SourceError
from digest.fetching import Fetcher
from digest.model import Finding, Place, Severity
from digest.rendering.checks.proof import EXCERPT, finding

TOGETHER = 8
"""Addresses asked at once."""
MOST = 100
"""Addresses asked for one edition."""
SECONDS = 10.0
"""For one address with its redirects."""
_GONE = frozenset({404, 410})


def check_liveness(
    urls: Iterable[str], fetcher: Callable[[], Fetcher] = lambda: Fetcher(seconds=SECONDS)
) -> tuple[Finding, ...]:
    """`link-dead` for an address that is gone or cannot be reached, `link-unchecked` for one that refuses programs.

    Each address is asked once, through a fetcher of its own: from public hosts only, no body read.
    """
    asked = list(dict.fromkeys(urls))[:MOST]

    def look(url: str) -> Finding | None:
        with fetcher() as fetching:
            return _look(url, fetching)

    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="links") as pool:
        return tuple(found for found in pool.map(look, asked) if found is not None)


def _look(url: str, fetching: Fetcher) -> Finding | None:
    place = Place("link", None, url[:EXCERPT])
    try:
        status = fetching.status(url)
    except SourceError as error:
        why = str(error).partition("; ")[0]
        return finding(
            "link-dead", Severity.WARNING, f"A story cannot be reached: {why}.", "Correct its address.", place
        )
    if status in _GONE:
        return finding(
            "link-dead",
            Severity.WARNING,
            f"A story is gone: its address answered {status}.",
            "Correct its address, or leave the story out.",
            place,
        )
    if status >= 400:
        return finding(
            "link-unchecked",
            Severity.INFO,
            f"A story's address answered {status}, as many do to programs.",
            "Open it in a browser.",
            place,
        )
    return None
