"""Certificates: fetched once, from public hosts, without redirects, and never more than one can be."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from digest.errors import ProviderError
from digest.web.certificates import KEPT, LARGEST, Certificates

URL = "https://sns.eu-west-1.amazonaws.com/x.pem"


def certificates(answer: Callable[[httpx.Request], httpx.Response]) -> Certificates:
    return Certificates(httpx.Client(transport=httpx.MockTransport(answer)))


def test_fetched_once() -> None:
    """Again it is there without a request; of many addresses the oldest are forgotten."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=b"pem")

    with certificates(answer) as kept:
        assert kept.kept(URL) is None
        assert [kept.get(URL), kept.get(URL), kept.kept(URL)] == [b"pem"] * 3
        for number in range(KEPT):
            kept.get(f"{URL}?{number}")
        assert kept.kept(URL) is None
    assert len(asked) == KEPT + 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"Location": "https://evil.example/"}),
        httpx.Response(404),
        httpx.Response(500),
        httpx.Response(200, content=b"x" * (LARGEST + 1)),
    ],
)
def test_what_is_no_answer(answer: httpx.Response) -> None:
    """A redirect is not followed, an error is no certificate, and nothing is read without end."""
    with certificates(lambda _: answer) as kept, pytest.raises(ProviderError, match="answered"):
        kept.get(URL)


@pytest.mark.parametrize("url", ["https://127.0.0.1:9/x.pem", "https://localhost/x.pem", "https://[::1]/x.pem"])
def test_this_machine_is_never_asked(url: str) -> None:
    """Should a name of the vendor lead here one day: hosts that are not public are refused before a connection."""
    with Certificates() as kept:
        with pytest.raises(ProviderError, match="not an address of the public internet"):
            kept.get(url)
        with pytest.raises(ProviderError):
            kept.confirm(url)
