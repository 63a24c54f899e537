"""The HTTP client over real sockets: one request, within its time, to the address given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import httpx
import pytest

from digest import __version__
from digest.http import provider_client

PIECES = 600
"""A trickle that would last a minute; the clients below have less than a second."""


@contextmanager
def server(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[tuple[str, list[None]]]:
    """A loopback server that hands each connection to `answer`; yields its address and one entry per connection."""
    stop, accepted = threading.Event(), list[None]()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                accepted.append(None)
                with closing(connection), suppress(OSError):
                    connection.settimeout(10)
                    answer(connection, stop)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", accepted
        finally:
            stop.set()
            thread.join()


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65_536)
    return head


def trickle(connection: socket.socket, stop: threading.Event, start: bytes, piece: bytes) -> None:
    connection.sendall(start)
    for _ in range(PIECES):
        if stop.wait(0.1):
            return
        connection.sendall(piece)


def test_headers_that_trickle() -> None:
    """Each header line comes within the time for a step, but not all of them within the time for the request."""
    with (
        server(lambda c, stop: trickle(c, stop, b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n")) as (url, _),
        provider_client(url, timeout=0.6) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post("/", content=b"x")


def test_an_answer_that_trickles() -> None:
    """A body that never ends is cut off at the same time, when it is read in pieces too."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
    with (
        server(lambda c, stop: trickle(c, stop, head, b"x")) as (url, _),
        provider_client(url, timeout=0.6) as client,
        client.stream("POST", "/", content=b"x") as response,
        pytest.raises(httpx.ReadTimeout),
    ):
        list(response.iter_bytes())


def test_a_body_that_is_taken_slowly() -> None:
    """A server that reads a few bytes now and then does not keep a large request alive."""

    def sip(connection: socket.socket, stop: threading.Event) -> None:
        while not stop.wait(0.05) and connection.recv(100_000):
            pass

    with (
        server(sip) as (url, _),
        provider_client(url, timeout=0.6) as client,
        pytest.raises(httpx.WriteTimeout),
    ):
        client.post("/", content=bytes(60_000_000))


def test_silence() -> None:
    """A server that takes the request and never answers ends in a read time-out."""
    with (
        server(lambda c, stop: bool(read_head(c)) and stop.wait(10) and None) as (url, _),
        provider_client(url, timeout=0.3) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post("/", content=b"x")


def test_a_hang_up_is_not_tried_again() -> None:
    """When the server closes without an answer there was exactly one connection: the request is not repeated."""
    with server(lambda c, stop: read_head(c) and None) as (url, accepted), provider_client(url, timeout=5) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post("/", content=b"x")
        assert len(accepted) == 1


def test_nobody_listens() -> None:
    """A refused connection is told apart: nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with provider_client(f"http://127.0.0.1:{port}", timeout=5) as client, pytest.raises(httpx.ConnectError):
        client.post("/", content=b"x")


def test_redirects_are_answers() -> None:
    """A redirect is handed back: the token in the request must not travel to another place."""

    def redirect(connection: socket.socket, stop: threading.Event) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    with server(redirect) as (url, accepted), provider_client(url, timeout=5) as client:
        assert client.post("/", content=b"x").status_code == 307
        assert len(accepted) == 1


def test_proxy_variables_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment of the machine does not get to see requests; the user agent says who asks."""
    heads = []

    def answer(connection: socket.socket, stop: threading.Event) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with server(answer) as (url, _), provider_client(f"{url}/base", timeout=5) as client:
        assert client.post("/email", content=b"x").text == "ok"
    assert heads[0].startswith(b"POST /base/email HTTP/1.1\r\n")
    assert f"User-Agent: quicktakes/{__version__}\r\n".lower().encode() in heads[0].lower()


def test_connections_are_used_again() -> None:
    """Requests that follow each other share a connection, so that a large roll costs few handshakes."""

    def answer_all(connection: socket.socket, stop: threading.Event) -> None:
        for _ in range(3):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with server(answer_all) as (url, accepted), provider_client(url, timeout=5, connections=1) as client:
        assert [client.get("/").text for _ in range(3)] == ["ok"] * 3
        assert len(accepted) == 1
