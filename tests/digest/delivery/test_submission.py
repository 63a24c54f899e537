"""One SMTP transaction over a real socket: against a real server, and against ones that do what none should."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from letters import PLAIN, reader

from digest.delivery.submission import Server, Submission
from digest.delivery.transport import Silence
from digest.message import Form, Slot
from digest.model import OutcomeKind
from digest.providers.base import Answer, Call
from digest.providers.smtp import COMMAND, Smtp

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LETTER = replace(PLAIN, text=Form((".\n..dots at the beginning\n", Slot("sent_to", "text"))))


def call(number: int = 0, **values: str) -> Call:
    adapter = Smtp()
    return adapter.call([adapter.wire(LETTER).message(reader(number) | values)], key="k-1")


def certificate() -> bytes:
    """A key, and a certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + made.add_extension(here, critical=False).sign(key, SHA256()).public_bytes(Encoding.PEM)


def serving() -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        file.write(CERTIFICATE)
        file.flush()
        tls.load_cert_chain(file.name)
    return tls


CERTIFICATE = certificate()
TRUSTING = ssl.create_default_context(cadata=CERTIFICATE.decode())


@dataclass
class Post:
    """What a server with nothing to complain about was given."""

    taken: list[Envelope] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    logins: list[bytes] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        self.sessions.add(id(session))
        return f"250 2.0.0 Ok: queued as Q{len(self.taken)}"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right:horse", handled=False)


@contextmanager
def account(
    address: str, token: str = "", *, timeout: float = 20.0, tls: ssl.SSLContext | None = None, here: bool = True
) -> Iterator[Submission]:
    server = Server.of(address)._replace(here=here)
    with Submission("main", Smtp(), server, token, timeout=timeout, clock=lambda: NOW, tls=tls) as opened:
        yield opened


@contextmanager
def listening(post: Post, *, encrypted: bool = False, login: bool = False) -> Iterator[str]:
    """`encrypted`: at once; `login`: wanted, and STARTTLS before it."""
    tls = serving()
    options: dict[str, Any] = {"ssl_context": tls} if encrypted else {}
    if login:
        options = {"tls_context": tls, "require_starttls": True, "authenticator": post.login, "auth_required": True}
    with socket.create_server(("127.0.0.1", 0)) as free:  # the controller wants to know its port before it has one
        port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"{'smtps' if encrypted else 'smtp'}://127.0.0.1:{port}"
    finally:
        controller.stop()


def outcome(answer: Answer | Silence) -> tuple[OutcomeKind, str | None]:
    assert isinstance(answer, Answer)
    (found,) = Smtp().outcomes(["7-0-0f"], answer)
    return found.kind, found.provider_id or found.reason


def test_a_message_arrives_as_it_was_made() -> None:
    """The envelope names the sender and one reader; what the server reads is the letter, with the time that it left."""
    post = Post()
    with listening(post) as address, account(address) as opened:
        assert outcome(opened.post(call())) == (OutcomeKind.ACCEPTED, "Q1")
    (envelope,) = post.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("tide@news.example.org", ["reader+0@example.org"])
    content = envelope.original_content
    assert content is not None
    message = email.message_from_bytes(content, policy=email.policy.SMTP)
    assert not message.defects
    assert message["Date"] == "Mon, 23 Nov 2026 07:00:00 +0000"
    assert message["Message-ID"] == "<7-0-0f@news.example.org>"
    fields = [name for name in message if name.startswith("List-Unsubscribe")]
    assert fields == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    text, html = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    values = reader(0)
    assert text.strip() == LETTER.text.fill(values).strip()
    assert html.strip() == LETTER.html.fill(values)


def test_one_connection_carries_many_messages() -> None:
    """Each thread keeps its own; a refusal in between does not cost it."""
    post = Post(refusals={"reader+1@example.org": "550 5.1.1 no such user"})
    with listening(post) as address, account(address) as opened:
        kinds = [outcome(opened.post(call(number))) for number in range(4)]
        other = threading.Thread(target=opened.post, args=(call(4),))
        other.start()
        other.join(20)
    assert kinds == [
        (OutcomeKind.ACCEPTED, "Q1"),
        (OutcomeKind.REJECTED, "invalid"),
        (OutcomeKind.ACCEPTED, "Q2"),
        (OutcomeKind.ACCEPTED, "Q3"),
    ]
    assert len(post.taken) == 4
    assert len(post.sessions) == 2


def test_a_login_is_made_after_starttls_and_a_wrong_one_stops_the_account() -> None:
    """The password may hold colons; nobody is failed for a wrong one, and it is not repeated."""
    post = Post()
    with listening(post, login=True) as address:
        with account(address, "tide:right:horse", tls=TRUSTING, here=False) as opened:
            assert outcome(opened.post(call()))[0] is OutcomeKind.ACCEPTED
        with account(address, "tide:wrong", tls=TRUSTING, here=False) as opened:
            answer = opened.post(call())
            assert outcome(answer) == (OutcomeKind.PAUSE, "auth")
    assert set(post.logins) == {b"tide"}
    assert len(post.taken) == 1
    assert "wrong" not in repr(answer)


@pytest.mark.parametrize("encrypted", [True, False], ids=["at once", "after STARTTLS"])
def test_tls_is_spoken_only_with_whom_the_certificate_names(encrypted: bool) -> None:
    """A server whose certificate is trusted gets the message; the same one without that trust gets nothing."""
    post = Post()
    with listening(post, encrypted=encrypted, login=not encrypted) as address:
        token = "" if encrypted else "tide:right:horse"
        with account(address, token, tls=TRUSTING, here=False) as opened:
            assert outcome(opened.post(call()))[0] is OutcomeKind.ACCEPTED
        with account(address, token, here=False) as opened:
            silence = opened.post(call())
    assert isinstance(silence, Silence)
    assert silence.not_sent
    assert len(post.taken) == 1


def test_nothing_is_said_in_the_clear_to_another_machine() -> None:
    """A server that offers no STARTTLS, which somebody in between may have taken away, is not spoken to any further."""
    post = Post()
    with listening(post) as address, account(address, here=False) as opened:
        silence = opened.post(call())
    assert isinstance(silence, Silence)
    assert silence.not_sent
    assert post.taken == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 587, False, False)),
        ("smtps://mail.example.org", ("mail.example.org", 465, True, False)),
        ("smtps://mail.example.org:4650", ("mail.example.org", 4650, True, False)),
        ("smtp://127.0.0.1:25", ("127.0.0.1", 25, False, True)),
        ("smtp://[::1]:25", ("::1", 25, False, True)),
    ],
)
def test_where_a_server_is(address: str, expected: tuple[str, int, bool, bool]) -> None:
    """Without a port it is that of RFC 8314; only this machine is spoken to without encryption."""
    assert tuple(Server.of(address)) == expected


Behaviour = Callable[[socket.socket, "Scripted"], None]


class Scripted:
    """A server of one connection after the other, each of which does what it was told; `read` is what it read."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = behaviours
        self.read: list[bytes] = []
        self.over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"smtp://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        for behaviour in self._behaviours:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(20)
                try:
                    behaviour(connection, self)
                except OSError:
                    continue

    def until(self, connection: socket.socket, end: bytes) -> None:
        data = b""
        while not data.endswith(end):
            piece = connection.recv(65536)
            if not piece:
                raise OSError
            data += piece
        self.read.append(data)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(20)


def opening(connection: socket.socket, server: Scripted, *offers: str) -> None:
    connection.sendall(b"220 mx.example.org ESMTP\r\n")
    server.until(connection, b"\r\n")
    lines = ["mx.example.org", *offers]
    connection.sendall(
        b"".join(f"250{'-' if at < len(lines) - 1 else ' '}{line}\r\n".encode() for at, line in enumerate(lines))
    )


def pipelined(*steps: bytes, close: bool = True) -> Behaviour:
    """Answers the three commands with the first step and the message with the second; then hangs or ends."""

    def behave(connection: socket.socket, server: Scripted) -> None:
        opening(connection, server, "PIPELINING", "SIZE 1000000", "DSN", "8BITMIME")
        for step, end in zip(steps, (b"DATA\r\n", b"\r\n.\r\n", b"RSET\r\n"), strict=False):
            server.until(connection, end)
            connection.sendall(step)
        if not close:
            server.over.wait(20)

    return behave


def saying(text: bytes) -> Behaviour:
    return lambda connection, server: connection.sendall(text)


BEGIN = b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n"


def test_commands_are_pipelined_and_the_envelope_has_our_id() -> None:
    """MAIL, RCPT and DATA leave at once (RFC 2920), with the size (RFC 1870) and the delivery's id (RFC 3461)."""
    with Scripted(pipelined(BEGIN, b"250 2.0.0 Ok 0102018f-abc\r\n")) as server, account(server.address) as opened:
        assert outcome(opened.post(call())) == (OutcomeKind.ACCEPTED, "0102018f-abc")
    _, commands, message = server.read
    size = len(message) - len(b".\r\n")
    assert commands.decode().split("\r\n") == [
        f"MAIL FROM:<tide@news.example.org> SIZE={size} RET=HDRS ENVID=7-0-0f",
        "RCPT TO:<reader+0@example.org> NOTIFY=FAILURE ORCPT=rfc822;reader+2B0@example.org",
        "DATA",
        "",
    ]
    assert b"\r\n=2E\r\n...dots" in message  # RFC 5321 4.5.2


def test_a_server_that_refuses_the_reader_but_begins_gets_an_empty_message() -> None:
    """After 354 something has to end; what counts is the refusal before it."""

    def behave(connection: socket.socket, server: Scripted) -> None:
        opening(connection, server, "PIPELINING")
        server.until(connection, b"DATA\r\n")
        connection.sendall(b"250 ok\r\n550 5.1.1 who?\r\n354 go\r\n")
        server.until(connection, b".\r\n")
        connection.sendall(b"554 5.5.1 no valid recipients\r\n")
        server.over.wait(20)

    with Scripted(behave) as server, account(server.address) as opened:
        assert outcome(opened.post(call())) == (OutcomeKind.REJECTED, "invalid")
        assert server.read[-1] == b".\r\n"
        server.over.set()


@pytest.mark.parametrize(
    ("behaviour", "not_sent"),
    [
        (pipelined(), True),
        (pipelined(BEGIN), False),
        (pipelined(BEGIN, b"25"), False),
        (pipelined(BEGIN, b"hello\r\n"), False),
        (pipelined(BEGIN, b"250-" + b"x" * 5000 + b"\r\n"), False),
        (pipelined(BEGIN, b"250-again\r\n" * 500), False),
        (pipelined(b"250 ok\r\n", close=True), True),
        (saying(b"220 mx ESMTP\r\n"), True),
        (saying(b""), True),
    ],
    ids=[
        "at MAIL",
        "after the dot",
        "half a reply",
        "no reply",
        "long line",
        "no end",
        "at RCPT",
        "at EHLO",
        "at once",
    ],
)
def test_a_connection_that_ends(behaviour: Behaviour, not_sent: bool) -> None:
    """Before the end of the message nothing was taken (RFC 5321 4.1.1.4); after it nobody knows."""
    with Scripted(behaviour) as server, account(server.address) as opened:
        silence = opened.post(call())
    assert isinstance(silence, Silence)
    assert silence.not_sent is not_sent


@pytest.mark.parametrize(("steps", "not_sent"), [((), True), ((BEGIN,), False)], ids=["at MAIL", "after the dot"])
def test_a_server_that_says_nothing_more(steps: tuple[bytes, ...], not_sent: bool) -> None:
    """The time is that of the whole transaction, and what it ran out in tells what is known."""
    with Scripted(pipelined(*steps, close=False)) as server, account(server.address, timeout=0.5) as opened:
        silence = opened.post(call())
        server.over.set()
    assert isinstance(silence, Silence)
    assert silence.not_sent is not_sent


def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    """Servers end idle connections, with 421 or without a word: nothing was sent yet, so the next one carries it."""

    def closing(connection: socket.socket, server: Scripted) -> None:
        opening(connection, server)
        for _, answer in zip(("MAIL", "RCPT", "DATA"), (b"250 ok", b"250 ok", b"354 go"), strict=True):
            server.until(connection, b"\r\n")
            connection.sendall(answer + b"\r\n")
        server.until(connection, b"\r\n.\r\n")
        connection.sendall(b"250 queued as A1\r\n")
        server.until(connection, b"\r\n")
        connection.sendall(b"421 4.4.2 idle for too long\r\n")

    def ending(connection: socket.socket, server: Scripted) -> None:
        pipelined(BEGIN, b"250 queued as B2\r\n")(connection, server)

    with (
        Scripted(closing, ending, pipelined(BEGIN, b"250 queued as C3\r\n")) as server,
        account(server.address) as opened,
    ):
        ids = [outcome(opened.post(call(number)))[1] for number in range(3)]
    assert ids == ["A1", "B2", "C3"]


def test_nobody_is_there() -> None:
    """A port that nobody listens on has taken nothing."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with account(f"smtp://127.0.0.1:{port}") as opened:
        silence = opened.post(call())
    assert isinstance(silence, Silence)
    assert silence.not_sent


def test_a_server_that_greets_with_a_refusal() -> None:
    """421 and 554 instead of a greeting are answers: the one says later, the other never."""
    found = []
    for greeting in (b"421 4.3.2 too busy\r\n", b"554 5.7.1 not for you\r\n"):
        with Scripted(saying(greeting)) as server, account(server.address) as opened:
            answer = opened.post(call())
        assert isinstance(answer, Answer)
        assert answer.headers[COMMAND] == "CONNECT"
        found.append(outcome(answer)[0])
    assert found == [OutcomeKind.RETRY, OutcomeKind.PAUSE]
