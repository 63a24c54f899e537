"""One HTTP request to a mail API: no retry, no redirect, and an honest word on what came back.

What is reached by SMTP is in `digest.delivery.submission`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

import httpx

from digest import clock
from digest.clock import Clock
from digest.errors import ConfigError
from digest.http import PIECE_BYTES
from digest.providers.base import Adapter, Answer, Call, Opening, Signing

LONGEST_ANSWER = 16_000_000
"""Bytes; 500 results are about 100 kB. More than this is not an answer."""

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""What httpx raises before the first byte of a request has left."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No usable answer. Only when `not_sent` is it proved that nothing was taken."""

    not_sent: bool
    detail: str


class Carrier(Protocol):
    """A configured account at a provider, however it is reached."""

    @property
    def name(self) -> str:
        """Of its table in config.toml."""

    @property
    def adapter(self) -> Adapter:
        """What its provider speaks."""

    def post(self, call: Call) -> Answer | Silence:
        """Make the call once. Never raises for what the network or the provider does."""


def _pieces(parts: Sequence[bytes], ends: Sequence[int]) -> Iterator[bytes]:
    """The body in pieces of about `PIECE_BYTES`, each joined when it is its turn. `ends`: where each part ends."""
    start = sent = 0
    while start < len(parts):
        end = max(bisect_right(ends, sent + PIECE_BYTES), start + 1)
        yield b"".join(parts[start:end])
        start, sent = end, ends[end - 1]


class Account:
    """A configured account at a provider: its adapter, its token, and its client, which bounds the time.

    Raises ConfigError for a token that no request can carry or be signed with, before any delivery depends on it.
    """

    def __init__(
        self,
        name: str,
        adapter: Adapter,
        client: httpx.Client,
        token: str,
        *,
        region: str = "",
        clock: Clock = clock.now,
    ) -> None:
        """`region` and `clock` are for vendors that want each request signed."""
        if not (token.isascii() and token.isprintable() and token == token.strip()):
            raise ConfigError(
                f"the token of provider.{name} holds a line break or a character that no HTTP header can carry; "
                "copy it again from the provider's pages, one line and nothing else"
            )
        self.name = name
        self.adapter = adapter
        self._client = client
        self._token = token
        self._region = region
        self._clock = clock
        self._opening(Call("GET", "/", (), ()))

    def post(self, call: Call) -> Answer | Silence:
        """Make the call once. Never raises for what the network or the provider does."""
        ends = list(accumulate(map(len, call.parts)))
        request = self._client.build_request(
            call.method,
            call.path,
            headers=[
                *call.headers,
                *self._opening(call),
                ("Content-Length", str(ends[-1] if ends else 0)),
            ],
            content=_pieces(call.parts, ends),
        )
        try:
            response = self._client.send(request, stream=True)
        except NOT_SENT as error:
            return Silence(True, f"not sent: {type(error).__name__}")
        except httpx.HTTPError as error:
            return Silence(False, f"no answer: {type(error).__name__}")
        try:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LONGEST_ANSWER:
                    return Silence(False, f"HTTP {response.status_code}, the answer did not end")
        except httpx.HTTPError as error:
            return Silence(False, f"HTTP {response.status_code}, then {type(error).__name__}")
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, body)

    def _opening(self, call: Call) -> tuple[tuple[str, str], ...]:
        """The header fields that open the account for this call."""
        if not isinstance(self.adapter, Signing):
            return self.adapter.credentials(self._token)
        address = str(self._client.base_url).rstrip("/")
        return self.adapter.sign(call, Opening(self._token, address, self._region, self._clock()))
