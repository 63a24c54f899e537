"""Pages and feeds of strangers, fetched: bounded in size and time, and from public hosts only."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import TypeVar

import httpx

from digest.errors import SourceError
from digest.hosts import Resolve, guarded, resolve
from digest.http import fetching_client

LARGEST = 5_000_000
"""Bytes of a page or feed, as sent and as unpacked; the longest of news have a tenth of that."""
SECONDS = 20.0
"""For one address with all its redirects, from the look-up of the name to the last byte."""
ALL_SECONDS = 120.0
"""For everything that one `Fetcher` fetches."""
REDIRECTS = 5
LONGEST_TAG = 1_000
"""Characters of an ETag."""
_MOVED = frozenset({301, 302, 303, 307, 308})

Taken = TypeVar("Taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answered, after its redirects."""

    url: str
    """The last address."""
    status: int
    body: bytes
    """Unpacked."""
    media_type: str
    """`text/html`, in lower case; empty when the server did not say."""
    charset: str | None
    """As the server declared it."""
    etag: str | None
    last_modified: str | None


class Fetcher:
    """Fetches for one source; close it after use.

    Takes http and https without a user name, asks for every address of the host, refuses a host with
    one that is not public and connects to no other than those it checked, for each redirect anew.
    `near`, an address that an operator wrote, may be a private one; what it redirects to or links to
    may be so at its own host and port only. No cookies, no proxy variables.
    """

    def __init__(
        self,
        *,
        near: str | None = None,
        ask: Resolve = resolve,
        seconds: float = SECONDS,
        all_seconds: float = ALL_SECONDS,
    ) -> None:
        own = _origin(_checked(near)) if near else None
        self._client = fetching_client(guarded(ask, near=own), timeout=seconds)
        self._seconds = seconds
        self._ends = time.monotonic() + all_seconds

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        *,
        accept: str,
        etag: str | None = None,
        last_modified: str | None = None,
        largest: int = LARGEST,
    ) -> Answer:
        """What the address answers: 200, or with `etag` or `last_modified` perhaps 304 and nothing in it.

        `largest` counts the bytes of the body, as sent and as unpacked. Raises SourceError for an address
        that may not or cannot be fetched, for any other status, and for an answer that is too large, too slow
        or packed in a way that cannot be undone.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified

        def take(response: httpx.Response) -> Answer:
            _require(response, conditional=bool(etag or last_modified))
            return _answer(response, largest)

        return self._follow(url, headers, take)

    def status(self, url: str) -> int:
        """The status that the address answers with after its redirects; its body is not read.

        Raises SourceError for an address that may not or cannot be reached.
        """
        return self._follow(url, {"Accept": "*/*"}, lambda response: response.status_code)

    def _follow(self, url: str, headers: Mapping[str, str], take: Callable[[httpx.Response], Taken]) -> Taken:
        """What `take` makes of the last answer, while its body can still be read."""
        ends = min(self._ends, time.monotonic() + self._seconds)
        target = _checked(url)
        for _ in range(REDIRECTS + 1):
            try:
                request = self._client.build_request(
                    "GET", target, headers=headers, extensions={"seconds": ends - time.monotonic()}
                )
                response = self._client.send(request, stream=True)
                try:
                    if response.status_code not in _MOVED or "location" not in response.headers:
                        return take(response)
                finally:
                    response.close()
            except httpx.TimeoutException:
                raise SourceError(f"{target} took too long; it is tried again with the next edition") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise SourceError(f"{target} cannot be fetched ({error}); check the address") from None
            target = _redirected(target, response.headers["location"])
        raise SourceError(f"{url} redirects more than {REDIRECTS} times; check the address")


def _checked(url: str) -> httpx.URL:
    """The address without its fragment. Raises SourceError for one that may not be fetched."""
    try:
        found = httpx.URL(url.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError):
        raise SourceError(f"{url[:200]!r} is not an address; expected https://…") from None
    if found.port is not None and found.port > 65535:
        raise SourceError(f"{url[:200]!r} is not an address; expected a port of at most 65535")
    if found.scheme not in ("http", "https") or not found.host:
        raise SourceError(f"{url[:200]!r} cannot be fetched; expected an address that begins with https://")
    if found.userinfo:
        raise SourceError(f"the address at {found.host} holds a user name or password; expected one without")
    return found


def _redirected(target: httpx.URL, location: str) -> httpx.URL:
    try:
        joined = str(target.join(location))
    except (httpx.InvalidURL, ValueError):
        raise SourceError(f"{target} redirects to {location[:200]!r}, which is not an address") from None
    found = _checked(joined)
    if target.scheme == "https" and found.scheme == "http":
        raise SourceError(f"{target} redirects to {found}, which is not encrypted; expected https://")
    return found


def _origin(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii").lower(), url.port or (443 if url.scheme == "https" else 80)


def _require(response: httpx.Response, *, conditional: bool) -> None:
    """Raise SourceError for a status that brings nothing."""
    status = response.status_code
    if status == httpx.codes.OK or (conditional and status == httpx.codes.NOT_MODIFIED):
        return
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise SourceError(f"{response.url} is gone ({status}); correct the address, or remove it")
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.PAYMENT_REQUIRED, httpx.codes.FORBIDDEN):
        raise SourceError(f"{response.url} refuses to be read by a program ({status}); ask its publisher")
    raise SourceError(f"{response.url} answered {status}; it is tried again with the next edition")


def _answer(response: httpx.Response, largest: int) -> Answer:
    kind = Message()
    kind["Content-Type"] = "".join(response.headers.get("content-type", "").splitlines())
    return Answer(
        url=str(response.url),
        status=response.status_code,
        body=b"".join(_unpacked(response, largest)),
        media_type=kind.get_content_type() if "/" in str(kind["Content-Type"]) else "",
        charset=kind.get_content_charset(),
        etag=_returnable(response.headers.get("etag")),
        last_modified=_returnable(response.headers.get("last-modified")),
    )


def _returnable(value: str | None) -> str | None:
    """A header's value if it can be sent back; else the next look could not even ask."""
    return value if value and value.isascii() and value.isprintable() and len(value) <= LONGEST_TAG else None


def _unpacked(response: httpx.Response, largest: int) -> Iterator[bytes]:
    """The body, never more than `largest` bytes of it in memory however small it was packed."""
    packing = response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "", "gzip", "x-gzip"):
        raise SourceError(f"{response.url} is packed as {packing[:40]!r}, which was not asked for; expected gzip")
    gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS) if "gzip" in packing else None
    sent = size = 0
    for chunk in response.iter_raw():
        sent += len(chunk)
        try:
            piece = gzip.decompress(chunk, largest - size + 1) if gzip else chunk
        except zlib.error:
            raise SourceError(f"{response.url} is not the gzip that it says it is; tell its publisher") from None
        size += len(piece)
        if max(size, sent) > largest:
            raise SourceError(f"{response.url} has more than {largest:,} bytes, which is too large")
        yield piece
    if gzip and sent and (not gzip.eof or gzip.unused_data.strip(b"\0")):
        raise SourceError(f"{response.url} is not one whole gzip; it is tried again with the next edition")
