"""A server listens when start() returns, is gone when stop() returns, and keeps to this machine."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from digest.errors import AlreadyRunning, ConfigError, DigestError
from digest.pages.server import Server, is_loopback


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def test_it_answers_between_start_and_stop() -> None:
    """The first request right after start() is answered; after stop() the port is free again."""
    server = Server(Starlette(routes=[Route("/", hello)]))
    with server:
        assert httpx.get(server.url).text == "hello"
        port = int(server.url.rpartition(":")[2])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}")
    with Server(Starlette(routes=[Route("/", hello)]), port=port) as again:
        assert httpx.get(again.url).text == "hello"
    again.stop()


def test_a_taken_port_says_so() -> None:
    """A port that another program holds is AlreadyRunning, with the way out in the message."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AlreadyRunning, match=f"port {port} on 127.0.0.1 is taken.*choose another port"):
            Server(Starlette(), port=port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "digest.example.com", ""])  # noqa: S104
def test_it_keeps_to_this_machine_unless_public(host: str) -> None:
    """Any host but loopback is refused before anything listens."""
    with pytest.raises(ConfigError, match="not this machine alone"):
        Server(Starlette(), host=host)


def test_an_address_of_another_machine_is_refused() -> None:
    """A public host that is not an address of this machine is a configuration error."""
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1"):
        Server(Starlette(), host="192.0.2.1", public=True).start()


def test_loopback_names() -> None:
    """localhost, all of 127/8 and ::1 are this machine; nothing else is."""
    assert all(map(is_loopback, ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"]))
    assert not any(map(is_loopback, ["", "127.0.0.1.example.com", "example.com", "0.0.0.0", "10.0.0.1"]))  # noqa: S104


def test_an_app_that_cannot_start_is_an_error() -> None:
    """A failure in the app's lifespan ends start() with an error instead of a hang."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    with pytest.raises(DigestError, match="did not start"):
        Server(Starlette(lifespan=lifespan)).start()


def test_stop_ends_endless_answers() -> None:
    """An event stream that waits for `app.state.stopping` ends cleanly, with its last words, when the server stops."""

    async def stream(request: Request) -> StreamingResponse:
        async def words() -> AsyncIterator[str]:
            yield "first\n"
            await request.app.state.stopping.wait()
            yield "last\n"

        return StreamingResponse(words())

    app = Starlette(routes=[Route("/", stream)])
    app.state.stopping = asyncio.Event()
    server = Server(app).start()
    with httpx.stream("GET", server.url) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "first"
        server.stop()
        assert list(lines) == ["last"]
