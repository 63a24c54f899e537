"""Pages for this machine are refused to everybody else, and bodies have a limit."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from digest.pages.guard import OwnMachine, SafeHeaders, bounded_body
from digest.pages.server import Server


async def count(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await bounded_body(request, 1000))), headers={"Referrer-Policy": "no-referrer"})


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """A server whose one page counts the bytes it was sent, up to 1,000."""
    app = Starlette(
        routes=[Route("/", count, methods=["GET", "POST"])],
        middleware=[Middleware(SafeHeaders), Middleware(OwnMachine)],
    )
    with Server(app) as server, httpx.Client(base_url=server.url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8025", 200),
        ("LOCALHOST:8025", 200),
        ("[::1]:8025", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1@evil.example", 403),
        ("192.168.0.7:8025", 403),
        ("0.0.0.0", 403),  # noqa: S104
        ("[::1", 403),
        ("", 403),
    ],
)
def test_only_loopback_hosts_are_answered(client: httpx.Client, host: str, status: int) -> None:
    """A page of another name that resolves to this machine learns nothing."""
    assert client.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [(None, 200), ("http://127.0.0.1:7", 403), ("https://evil.example", 403), ("null", 403), ("own", 200)],
)
def test_only_own_forms_may_post(client: httpx.Client, origin: str | None, status: int) -> None:
    """A form or script of another origin cannot change anything; reading is not concerned."""
    sent = str(client.base_url).rstrip("/") if origin == "own" else origin
    headers = {"Origin": sent} if sent else {}
    assert client.post("/", headers=headers).status_code == status
    assert client.get("/", headers=headers).status_code == 200


def test_a_body_is_read_up_to_its_limit(client: httpx.Client) -> None:
    """1,000 bytes pass; one more is 413, whether announced or in chunks."""
    assert client.post("/", content=b"x" * 1000).text == "1000"
    assert client.post("/", content=b"x" * 1001).status_code == 413
    assert client.post("/", content=iter([b"x" * 600, b"x" * 600])).status_code == 413


def test_safe_headers_yield_to_the_page(client: httpx.Client) -> None:
    """Each answer has the defaults, except those that the page sets itself."""
    headers = client.get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers.get_list("referrer-policy") == ["no-referrer"]
