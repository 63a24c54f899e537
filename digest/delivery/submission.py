"""One SMTP transaction on a connection that is kept: no retry of what may have been taken.

aiosmtplib connects, encrypts, logs in and says what the server can. It waits for the reply to each command, so
transactions are spoken here: a server that takes pipelined commands (RFC 2920) is asked twice for a message instead of
four times.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import aiosmtplib

from digest.config.values import is_loopback
from digest.delivery.transport import Silence
from digest.providers.base import Adapter, Answer, Call
from digest.providers.smtp import COMMAND, TAKEN

PIECE_BYTES = 256 * 1024
LONGEST_LINE = 2000
"""Bytes of a reply's line; RFC 5321 4.5.3.1.5 allows 512."""
LONGEST_REPLY = 100
"""Lines."""
START_INPUT = 354
CLOSING = 421
"""The server closes the connection after this reply."""
QUIT_SECONDS = 2.0

_DOT = re.compile(rb"^\.", re.MULTILINE)
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)


class Server(NamedTuple):
    """Where a submission server is, and how it is spoken to."""

    host: str
    port: int
    encrypted: bool
    """From the first byte, instead of after STARTTLS."""
    here: bool
    """On this machine, where nothing has to be encrypted."""

    @classmethod
    def of(cls, address: str) -> Server:
        """`smtp://HOST[:PORT]` or `smtps://HOST[:PORT]`; the ports of RFC 8314 unless another one is named."""
        parts = urlsplit(address)
        encrypted = parts.scheme == "smtps"
        return cls(parts.hostname or "", parts.port or (465 if encrypted else 587), encrypted, is_loopback(address))


def client_of(
    server: Server, user: str, password: str, *, timeout: float, tls: ssl.SSLContext | None
) -> aiosmtplib.SMTP:
    """What connects, encrypts and logs in; no user, no login."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=user or None,
        password=password or None,
        use_tls=server.encrypted,
        # Not "where the server offers it": whoever stands between could take the offer away.
        start_tls=not server.encrypted and not server.here,
        tls_context=tls,
        timeout=timeout,
    )


class Submission:
    """A configured account at a submission server; each thread has a connection of its own. Close it after use."""

    def __init__(
        self,
        name: str,
        adapter: Adapter,
        server: Server,
        token: str,
        *,
        timeout: float,
        clock: Callable[[], datetime],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`timeout` is the total time, in seconds, for one transaction; `tls` is only another one in tests."""
        self.name = name
        self.adapter = adapter
        self._server = server
        ((_, opened),) = adapter.credentials(token)
        self._user, _, self._password = opened.partition(":")
        self._timeout = timeout
        self._clock = clock
        self._tls = tls
        self._own = threading.local()
        self._threads: list[_Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Submission:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for thread in self._threads:
            thread.close()

    def post(self, call: Call) -> Answer | Silence:
        """Make the transaction once. Never raises for what the network or the server does."""
        return self._thread().carry(call, b"Date: %s\r\n" % format_datetime(self._clock()).encode() + call.body)

    def _thread(self) -> _Thread:
        found: _Thread | None = getattr(self._own, "thread", None)
        if found is None:
            found = self._own.thread = _Thread(self._connect, self._timeout)
            with self._lock:
                self._threads.append(found)
        return found

    async def _connect(self) -> _Connection:
        client = client_of(self._server, self._user, self._password, timeout=self._timeout, tls=self._tls)
        await client.connect()
        if client.is_ehlo_or_helo_needed:  # no login and no STARTTLS asked before
            await client.ehlo()
        return _Connection(client)


class _Lost(Exception):
    """The connection ended, or what came over it is no reply."""


LOST = (_Lost, OSError, ValueError, TimeoutError, aiosmtplib.SMTPException)
"""What a connection ends with; ValueError is asyncio's word for a line that is too long."""


class _Connection:
    """A session that is open and logged in."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        if client.transport is None:
            raise _Lost
        self.can = client.supports_extension
        self._reader = asyncio.StreamReader(limit=LONGEST_LINE)
        protocol = asyncio.StreamReaderProtocol(self._reader)
        transport = cast(asyncio.Transport, client.transport)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, asyncio.get_running_loop())

    async def write(self, data: bytes) -> None:
        """A piece at a time: what cannot leave yet waits here and not in a buffer."""
        for start in range(0, len(data), PIECE_BYTES):
            self._writer.write(data[start : start + PIECE_BYTES])
            await self._writer.drain()

    async def reply(self, command: str) -> Answer:
        """The next reply, which is to this command. Raises one of LOST when there is none."""
        texts: list[bytes] = []
        for _ in range(LONGEST_REPLY):
            found = _REPLY.match((await self._reader.readline()).rstrip(b"\r\n"))
            if found is None:
                raise _Lost
            texts.append(found[3] or b"")
            if found[2] != b"-":
                return Answer(int(found[1]), {COMMAND: command}, b"\n".join(texts))
        raise _Lost

    def close(self) -> None:
        self._writer.close()


class _Transaction:
    """One message on its way."""

    def __init__(self, call: Call, message: bytes) -> None:
        ((_, self._reader), (_, self._envelope_id)) = call.headers
        self._sender = call.path
        self._message = _DOT.sub(b"..", message)
        self.ended = False
        """What ends a message may have left, so that the server may have taken it."""

    async def over(self, connection: _Connection) -> Answer:
        """The reply that says what became of it."""
        commands = self._commands(connection)
        replies: list[Answer] = []
        if connection.can("pipelining"):
            await connection.write("".join(line for _, line in commands).encode())
            replies = [await connection.reply(command) for command, _ in commands]
        else:
            for command, line in commands:
                await connection.write(line.encode())
                replies.append(await connection.reply(command))
                if replies[-1].status >= 400:
                    break
        refused = next((reply for reply in replies if reply.status not in (TAKEN, 251, 252, START_INPUT)), None)
        if replies[-1].status == START_INPUT:
            # RFC 2920 3.1: whoever was told to begin ends the message, even when nobody is to get it.
            await connection.write(b"" if refused else self._message)
            self.ended = refused is None
            await connection.write(b".\r\n")
            last = await connection.reply(".")
            return refused or last
        if refused is None:
            raise _Lost
        if refused.status != CLOSING:
            await connection.write(b"RSET\r\n")
            await connection.reply("RSET")
        return refused

    def _commands(self, connection: _Connection) -> tuple[tuple[str, str], ...]:
        size = f" SIZE={len(self._message)}" if connection.can("size") else ""
        mail, rcpt = f"MAIL FROM:<{self._sender}>{size}", f"RCPT TO:<{self._reader}>"
        if connection.can("dsn"):
            mail += f" RET=HDRS ENVID={_xtext(self._envelope_id)}"
            rcpt += f" NOTIFY=FAILURE ORCPT=rfc822;{_xtext(self._reader)}"
        return ("MAIL", f"{mail}\r\n"), ("RCPT", f"{rcpt}\r\n"), ("DATA", "DATA\r\n")


class _Thread:
    """The connection of one thread, made when it is first needed, and anew when it was lost."""

    def __init__(self, connect: Callable[[], Awaitable[_Connection]], timeout: float) -> None:
        self._connect = connect
        self._timeout = timeout
        self._loop = asyncio.new_event_loop()
        self._connection: _Connection | None = None

    def carry(self, call: Call, message: bytes) -> Answer | Silence:
        transaction = _Transaction(call, message)
        try:
            return self._loop.run_until_complete(asyncio.wait_for(self._carry(transaction), self._timeout))
        except aiosmtplib.SMTPResponseException as error:
            command = "AUTH" if isinstance(error, aiosmtplib.SMTPAuthenticationError) else "CONNECT"
            self._drop()
            if not 400 <= error.code < 600:
                return Silence(True, f"not sent: {type(error).__name__}")
            return Answer(error.code, {COMMAND: command}, error.message.encode(errors="replace"))
        except LOST as error:
            self._drop()
            said = "no answer" if transaction.ended else "not sent"
            return Silence(not transaction.ended, f"{said}: {type(error).__name__.strip('_')}")

    async def _carry(self, transaction: _Transaction) -> Answer:
        """Over the connection that there is; over a new one when the server has closed it meanwhile."""
        answer = None
        if self._connection is not None:
            try:
                answer = await transaction.over(self._connection)
            except LOST:
                if transaction.ended:
                    raise
        if answer is None or (answer.status == CLOSING and not transaction.ended):
            self._drop()
            self._connection = await self._connect()
            answer = await transaction.over(self._connection)
        if answer.status == CLOSING:
            self._drop()
        return answer

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """End the session; called when the thread sends no more."""
        self._loop.run_until_complete(self._quit())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _quit(self) -> None:
        if self._connection is not None:
            with suppress(*LOST):
                await self._connection.write(b"QUIT\r\n")
                await asyncio.wait_for(self._connection.reply("QUIT"), QUIT_SECONDS)
            self._drop()
            await asyncio.sleep(0)


def _xtext(value: str) -> str:
    """RFC 3461 4: what may not stand in a parameter is written by its code."""
    return re.sub(r"[^!-*,-<>-~]", lambda found: f"+{ord(found[0]):02X}", value)
