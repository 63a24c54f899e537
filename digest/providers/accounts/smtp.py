"""SMTP: greeting, encryption, login, and whether the sender is taken, in a transaction that is reset.

Source: RFC 5321 (4.2.3 on codes), RFC 4954 (6 on logins), RFC 6409.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, error, warning
from digest.providers.base import Answer, Call
from digest.providers.smtp import COMMAND

WANTS_LOGIN = 530


class Smtp:
    """A submission server, the operator's own or a vendor's."""

    title: ClassVar[str] = "The server"
    records: ClassVar[Records] = Records()

    def check(self, use: Use) -> tuple[Call, ...]:
        """The sender, or nothing but the login when there is none."""
        return (Call("MAIL", use.sender, (), ()) if use.sender else Call("NOOP", "", (), ()),)

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A login that is right, and a sender who may send."""
        (answer,) = answers
        command, status = answer.headers.get(COMMAND, ""), answer.status
        if status < 400:
            return []
        if status < 500:
            message = f"The server cannot do it at the moment (SMTP {status} to {command})."
            return [warning("account-busy", message, "Ask again in a few minutes.")]
        if command == "AUTH" or status == WANTS_LOGIN:
            message = f"The server does not let us in (SMTP {status} to {command})."
            return [error("account-key", message, "Write USER:PASSWORD into the token's file, one line.")]
        if command == "MAIL":
            message = f"The server takes no mail from {use.sender} (SMTP {status})."
            return [error("account-sender", message, "Allow the sender there, or change from_address.")]
        message = f"The server refuses the session (SMTP {status} to {command})."
        return [error("account-answer", message, "Correct base_url, or have this machine's address allowed there.")]
