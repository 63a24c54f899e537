"""The certificates that webhooks name, fetched from where `digest.providers.webhooks.sns` allows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from types import TracebackType
from typing import Self

import httpx

from digest.errors import ProviderError, SourceError
from digest.hosts import guarded
from digest.http import fetching_client

SECONDS = 5.0
"""SNS waits 15 seconds for our answer."""
LARGEST = 100_000
"""Bytes of a chain of certificates; one has about 2,000."""
KEPT = 32


class Certificates:
    """Fetched once for each address, which vendors change with the certificate; close it after use."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        """`client` is made for public hosts, without redirects, if there is none."""
        self._client = client or fetching_client(guarded(), timeout=SECONDS)
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def kept(self, url: str) -> bytes | None:
        """The certificate at that address, if it was fetched before."""
        return self._kept.get(url)

    def get(self, url: str) -> bytes:
        """The certificate at that address, PEM. Raises ProviderError."""
        with self._lock:
            found = self._kept.get(url)
            if found is None:
                found = self._kept[url] = self._fetch(url)
                if len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return found

    def confirm(self, url: str) -> None:
        """Open an address by which a subscription is confirmed. Raises ProviderError."""
        with self._lock:
            self._fetch(url)

    def _fetch(self, url: str) -> bytes:
        try:
            with self._client.stream("GET", url) as response:
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST:
                        raise ProviderError(f"{httpx.URL(url).host} answered with more than {LARGEST:,} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, SourceError) as error:
            raise ProviderError(f"{httpx.URL(url).host} cannot be asked: {error}") from None
        if response.status_code != httpx.codes.OK:
            raise ProviderError(f"{httpx.URL(url).host} answered {response.status_code}")
        return body
