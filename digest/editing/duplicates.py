"""Which articles tell the same story: by their address on the web, or by having nearly the same words.

The words are compared by shingles, runs of five words, of which each article keeps the 256 with
the lowest hashes (a bottom-k sketch: Broder, On the resemblance and containment of documents,
1997). So the work grows with the length of the texts and not with the number of pairs.
"""

from __future__ import annotations

import heapq
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from digest.model import Article

SHINGLE = 5
"""Words."""
KEPT = 256
"""Shingles of a sketch; half of two texts in common is then seen as 0.5 ± 0.03."""
FEWEST = 30
"""Shingles below which a text is too short to be compared."""
ALIKE = 0.5
"""Share of the shingles of both texts together: an agency's text, edited by two desks."""
CONTAINED = 0.8
"""Share of the shorter text's shingles that the longer one has: the same text, cut."""

_WORD = re.compile(r"\w+")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|mc_[ce]id|_ga|_gl|"
    r"mkt_tok|vero_id|oly_(?:anon|enc)_id|at_(?:medium|campaign|custom\d)|cmpid|ocid|smid|ns_\w+|amp|outputtype",
    re.IGNORECASE,
)
_AMP_PATH = re.compile(r"(?:/amp|\.amp)(?=/?$|\.html?$)|^/amp(?=/.)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:c|v|i)/(?:s/)?([^/]+)(/.*)?")


class _Sketch(NamedTuple):
    size: int
    """Different shingles of the whole text."""
    lowest: frozenset[int]


def first_seen(articles: Sequence[Article]) -> dict[str, str]:
    """Digest of each article → digest of the first article with the same story, which may be itself."""
    leaders: dict[str, str] = {}
    addresses: dict[str, str] = {}
    sketches: dict[str, _Sketch] = {}
    holders: dict[int, list[str]] = {}
    for article in articles:
        if article.digest in leaders:
            continue
        address = canonical(article.url) if article.url else None
        sketch = _sketch(article.text)
        same = addresses.get(address) if address else None
        same = same or _nearly(sketch, sketches, holders)
        leaders[article.digest] = leaders[same] if same else article.digest
        if address:
            addresses.setdefault(address, article.digest)
        sketches[article.digest] = sketch
        for shingle in sketch.lowest:
            holders.setdefault(shingle, []).append(article.digest)
    return leaders


def canonical(url: str) -> str | None:
    """One spelling for all addresses of a page; None for one that names no page, such as a home page.

    Not to be fetched or shown: scheme, `www.`, the order of a query's fields, what tracks readers,
    and the marks of AMP copies are left out.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    path = parts.path
    cached = _AMP_CACHE.fullmatch(path) if host.endswith(".cdn.ampproject.org") else None
    if cached:
        host, path = cached[1].lower(), cached[2] or "/"
    for prefix in ("www.", "amp.", "m.", "mobile."):
        host = host.removeprefix(prefix) if host.count(".") > 1 else host
    path = quote(unquote(_AMP_PATH.sub("", path)), safe="/~!$&'()*+,;=:@-._", errors="replace").rstrip("/")
    fields = sorted(field for field in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(field[0]))
    if not host or not (path or fields):
        return None
    at = f":{port}" if port not in (None, 80, 443) else ""
    return f"{host}{at}{path}" + (f"?{urlencode(fields, errors='replace')}" if fields else "")


def _tracks(name: str) -> bool:
    return _TRACKING.fullmatch(name) is not None


def _sketch(text: str) -> _Sketch:
    words = _WORD.findall(text.casefold())
    shingles = {zlib.crc32(" ".join(words[i : i + SHINGLE]).encode()) for i in range(len(words) - SHINGLE + 1)}
    return _Sketch(len(shingles), frozenset(heapq.nsmallest(KEPT, shingles)))


def _nearly(sketch: _Sketch, sketches: Mapping[str, _Sketch], holders: Mapping[int, Iterable[str]]) -> str | None:
    """The earliest article with nearly these words."""
    if sketch.size < FEWEST:
        return None
    shared = Counter(digest for shingle in sketch.lowest for digest in holders.get(shingle, ()))
    return next((digest for digest, other in sketches.items() if digest in shared and _alike(sketch, other)), None)


def _alike(one: _Sketch, other: _Sketch) -> bool:
    if other.size < FEWEST:
        return False
    lowest = heapq.nsmallest(KEPT, one.lowest | other.lowest)
    resemblance = sum(shingle in one.lowest and shingle in other.lowest for shingle in lowest) / len(lowest)
    common = resemblance / (1 + resemblance) * (one.size + other.size)
    return resemblance >= ALIKE or common / min(one.size, other.size) >= CONTAINED
