"""One request over a real socket, against servers that do what servers should not."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from digest.delivery import transport
from digest.delivery.transport import Account, Silence
from digest.errors import ConfigError
from digest.http import provider_client
from digest.providers.base import Answer, Call
from digest.providers.postmark import Postmark

CALL = Call("POST", "/email/batch", (("Content-Type", "application/json"),), (b'[{"To":"a@example.org"}]',))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"

Behaviour = Callable[[socket.socket, threading.Event], None]


class Server:
    """Listens on loopback and does one thing with every request that it has read to its end."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                data = b""
                while not data.endswith(CALL.body):
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    data += piece
                self.requests.append(data)
                try:
                    self._behaviour(connection, self.over)
                except OSError:
                    continue

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)


@contextmanager
def account(url: str, *, timeout: float = 20.0) -> Iterator[Account]:
    with provider_client(url, timeout=timeout) as client:
        yield Account("main", Postmark(), client, "secret-token")


def reply(*pieces: bytes) -> Behaviour:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return behave


def reset(*pieces: bytes) -> Behaviour:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def hang(*pieces: bytes) -> Behaviour:
    def behave(connection: socket.socket, over: threading.Event) -> None:
        for piece in pieces:
            connection.sendall(piece)
        over.wait(20)

    return behave


def trickle(connection: socket.socket, over: threading.Event) -> None:
    """A byte at a time, each well within any limit for one read, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b" ")


def endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def test_an_answer_is_status_headers_and_body() -> None:
    """As they came; the token travels in its header and the body byte for byte, once."""
    with Server(reply(b"HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}")) as server:
        with account(server.url) as sender:
            answer = sender.post(CALL)
        assert isinstance(answer, Answer)
        assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"{}")
        (request,) = server.requests
        assert request.startswith(b"POST /email/batch HTTP/1.1\r\n")
        assert b"x-postmark-server-token: secret-token\r\n" in request.lower()
        assert request.endswith(b"\r\n\r\n" + CALL.body)


def test_a_compressed_answer_is_read() -> None:
    """gzip, as some proxies add it."""
    body = gzip.compress(b"[]")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    with Server(reply(head, body)) as server, account(server.url) as sender:
        answer = sender.post(CALL)
    assert isinstance(answer, Answer)
    assert answer.body == b"[]"


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (reset(), "no answer: Re"),
        (reply(), "no answer: RemoteProtocolError"),
        (reply(b"SMTP ready\r\n\r\n"), "no answer: RemoteProtocolError"),
        (reply(b"\x00\xff" * 5000), "no answer: RemoteProtocolError"),
        (reply(b"HTTP/1.1 200 OK\r\nX: " + b"h" * 2_000_000), "no answer: RemoteProtocolError"),
        (reply(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]"), "HTTP 200, then RemoteProtocolError"),
        (reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnope\r\n"), "HTTP 200, then RemoteProtocolError"),
        (
            reply(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
            "HTTP 200, then DecodingError",
        ),
        (reset(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]"), "HTTP 200, then Re"),
    ],
    ids=["reset", "closed", "not http", "binary", "huge header", "short", "bad chunks", "bad gzip", "reset half-way"],
)
def test_nonsense_proves_nothing(behaviour: Behaviour, detail: str) -> None:
    """The request has left and no usable answer came: never an error, never "not sent", never a second request."""
    with Server(behaviour) as server:
        with account(server.url) as sender:
            silence = sender.post(CALL)
        assert isinstance(silence, Silence)
        assert not silence.not_sent
        assert silence.detail.startswith(detail)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        (hang(), "no answer: ReadTimeout"),
        (hang(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n["), "HTTP 200, then ReadTimeout"),
        (trickle, "HTTP 200, then ReadTimeout"),
    ],
    ids=["silent", "half an answer", "trickle"],
)
def test_time_runs_out(behaviour: Behaviour, detail: str) -> None:
    """Whatever is slow about it, the whole request ends within its time and proves nothing."""
    with Server(behaviour) as server:
        with account(server.url, timeout=0.3) as sender:
            assert sender.post(CALL) == Silence(False, detail)
        assert len(server.requests) == 1


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a provider could have to say is not kept in memory."""
    monkeypatch.setattr(transport, "LONGEST_ANSWER", 300_000)
    with Server(endless) as server, account(server.url) as sender:
        assert sender.post(CALL) == Silence(False, "HTTP 200, the answer did not end")


def test_no_redirect_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redirect is an answer, and the environment's proxies are not asked: one request, to our address."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    head = b"HTTP/1.1 307 Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
    with Server(reply(head)) as server:
        with account(server.url) as sender:
            answer = sender.post(CALL)
        assert isinstance(answer, Answer)
        assert answer.status == 307
        assert len(server.requests) == 1


def test_nobody_listening_means_not_sent() -> None:
    """The one silence that proves something."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with account(f"http://127.0.0.1:{port}") as sender:
        assert sender.post(CALL) == Silence(True, "not sent: ConnectError")


@pytest.mark.parametrize("token", ["tokén", "two\nlines", " padded ", "nul\x00"])
def test_a_token_that_cannot_travel_is_told_before_anything_leaves(token: str) -> None:
    """Not after a flight is on record: the account is not opened at all, and the token is not in the message."""
    told = pytest.raises(ConfigError, match=r"token of provider\.main.*copy it again")
    with provider_client("http://127.0.0.1:9", timeout=1) as client, told as refusal:
        Account("main", Postmark(), client, token)
    assert token.strip() not in str(refusal.value)
