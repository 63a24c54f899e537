"""One HTTP request to a mail API: no retry, no redirect, and an honest word on what came back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from digest.errors import ConfigError
from digest.http import PIECE_BYTES
from digest.providers.base import Adapter, Answer, Call

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


def _pieces(body: bytes) -> Iterator[bytes]:
    """The body a piece at a time, so that nobody holds it once it is sent.

    httpx's request and response refer to each other; given whole, ten megabytes would stay until
    the garbage collector finds them.
    """
    yield from (body[start : start + PIECE_BYTES] for start in range(0, len(body), PIECE_BYTES))


class Account:
    """A configured account at a provider: its adapter, its token, and its client, which bounds the time.

    Raises ConfigError for a token that no request can carry, before any delivery depends on it.
    """

    def __init__(self, name: str, adapter: Adapter, client: httpx.Client, token: str) -> None:
        if not (token.isascii() and token.isprintable() and token == token.strip()):
            raise ConfigError(
                f"the token of provider.{name} holds a line break or a character that no HTTP header can carry; "
                "copy it again from the provider's pages, one line and nothing else"
            )
        self.name = name
        self.adapter = adapter
        self._client = client
        self._token = token

    def post(self, call: Call) -> Answer | Silence:
        """Make the call once. Never raises for what the network or the provider does."""
        request = self._client.build_request(
            call.method,
            call.path,
            headers=[
                *call.headers,
                *self.adapter.credentials(self._token),
                ("Content-Length", str(len(call.body))),
            ],
            content=_pieces(call.body),
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
