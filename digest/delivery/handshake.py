"""What a submission server says to an account and to a sender, without a message (RFC 5321, RFC 4954)."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import aiosmtplib

from digest.delivery.submission import LOST, Server, client_of
from digest.delivery.transport import Silence
from digest.providers.base import Answer, Call
from digest.providers.smtp import COMMAND


class Handshake:
    """An account at a submission server that nothing is sent with."""

    def __init__(self, server: Server, token: str, *, timeout: float, tls: ssl.SSLContext | None = None) -> None:
        """`token`: `USER:PASSWORD`, or nothing. `timeout`: total time, in seconds."""
        user, _, password = token.partition(":")
        self._client = client_of(server, user, password, timeout=timeout, tls=tls)
        self._timeout = timeout

    def post(self, call: Call) -> Answer | Silence:
        """The reply to the first command that was refused, else to the last: EHLO, AUTH, then `call.method`.

        `call` is `NOOP`, or `MAIL` with the sender as its path; the transaction it opens is reset. Never raises for
        what the network or the server does.
        """
        try:
            return asyncio.run(asyncio.wait_for(self._post(call), self._timeout))
        except aiosmtplib.SMTPResponseException as error:
            command = "AUTH" if isinstance(error, aiosmtplib.SMTPAuthenticationError) else "CONNECT"
            if isinstance(error, aiosmtplib.SMTPSenderRefused):
                command = "MAIL"
            return Answer(error.code, {COMMAND: command}, error.message.encode(errors="replace"))
        except LOST as error:
            return Silence(True, str(error)[:200] or type(error).__name__.strip("_"))

    async def _post(self, call: Call) -> Answer:
        try:
            await self._client.connect()
            if call.method == "MAIL":
                said = await self._client.mail(call.path)
                await self._client.rset()
            else:
                said = await self._client.noop()
            with suppress(*LOST):
                await self._client.quit()
        finally:
            self._client.close()
        return Answer(said.code, {COMMAND: call.method}, said.message.encode(errors="replace"))
