"""The only place where an HTTP client is made."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from digest import __version__
from digest.hosts import Resolve

USER_AGENT = f"quicktakes/{__version__}"
CONNECT_SECONDS = 10.0
"""A connection that takes longer than this is not going to be made."""
IDLE_SECONDS = 4.0
"""A connection is not used again after this: servers close idle ones (many after 5 s or more), and a
request on one that is just being closed would end as unknown."""
PIECE_BYTES = 256 * 1024
"""Of a body that is sent; between two pieces the time is looked at."""


def provider_client(base_url: str, *, timeout: float, connections: int = 2) -> httpx.Client:
    """A client for one account at a mail API; close it after use.

    `timeout` is the total time, in seconds, for one request: connecting, sending the body, waiting, and
    reading the whole answer, however slowly it trickles. When it is over the next step raises an
    `httpx.TimeoutException`. Only the look-up of the host's name is outside of it, since the system's
    resolver cannot be interrupted.

    One request is one request: no retry, no redirect, nothing taken from proxy variables or `.netrc`.
    `connections` is the most that are open at once; a request that finds none free waits within its time.
    """
    return _client(base_url, timeout, _DeadlineTransport(timeout, connections, None))


def fetching_client(resolve: Resolve, *, timeout: float) -> httpx.Client:
    """A client for addresses that strangers gave; like `provider_client` in everything else.

    It connects to the addresses that `resolve` returns and asks no resolver itself, so what was
    checked is what is reached; the Host header and the name in TLS stay those of the address.
    Whatever `resolve` raises comes out of the request. A request may be given less than `timeout`
    by `extensions={"seconds": …}`. No cookie is ever kept.
    """
    return _client("", timeout, _DeadlineTransport(timeout, 1, resolve))


def _client(base_url: str, timeout: float, transport: httpx.HTTPTransport) -> httpx.Client:
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        transport=transport,
    )


class _DeadlineTransport(httpx.HTTPTransport):
    """httpx limits each step of a request; this limits all of them together."""

    def __init__(self, seconds: float, connections: int, resolve: Resolve | None) -> None:
        # Not super().__init__: all it does is make a pool, to which it cannot hand a backend.
        self._deadline = _Deadline(seconds)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=IDLE_SECONDS,
            retries=0,
            network_backend=_Backend(self._deadline, resolve),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._deadline.begin(request.extensions.get("seconds"))
        return super().handle_request(request)


class _Deadline:
    """When the request that this thread makes has to be over. One thread makes one request at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread = threading.local()

    def begin(self, seconds: float | None = None) -> None:
        self._thread.ends = time.monotonic() + (self._seconds if seconds is None else seconds)

    def left(self, step: float | None, late: type[Exception]) -> float:
        """Seconds for the next step; raises `late` when none are left."""
        left: float = self._thread.ends - time.monotonic()
        if left <= 0:
            raise late("the total time of the request is over")
        return left if step is None else min(left, step)


class _Backend(httpcore.SyncBackend):
    def __init__(self, deadline: _Deadline, resolve: Resolve | None) -> None:
        self._deadline = deadline
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        refused: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._resolve(host, port) if self._resolve else (host,):
            seconds = self._deadline.left(timeout, httpcore.ConnectTimeout)
            try:
                stream = super().connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
            else:
                return _Stream(stream, self._deadline)
        raise refused


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE_BYTES):
            seconds = self._deadline.left(timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + PIECE_BYTES], seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
