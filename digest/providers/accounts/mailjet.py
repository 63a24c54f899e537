"""Mailjet: the API key and its senders, `GET /v3/REST/apikey` and `/v3/REST/sender`.

Source: https://dev.mailjet.com/email/reference/sender-addresses-and-domains/ (read 2026-11). A domain is the sender
`*@DOMAIN`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, error, get, read, refused, unknown, unverified, warning
from digest.providers.base import Answer, Call


class _Key(msgspec.Struct, rename="pascal"):
    is_active: bool = True
    runlevel: str = "Normal"


class _Keys(msgspec.Struct, rename="pascal"):
    data: list[_Key]


class _Sender(msgspec.Struct, rename="pascal"):
    email: str
    status: str = ""


class _Senders(msgspec.Struct, rename="pascal"):
    data: list[_Sender]


class Mailjet:
    """An API key, and whom it may send for."""

    title: ClassVar[str] = "Mailjet"
    records: ClassVar[Records] = Records(selectors=("mailjet",), includes=("spf.mailjet.com",))

    def check(self, use: Use) -> tuple[Call, ...]:
        """Senders, then the key."""
        return get("/v3/REST/sender?Limit=1000"), get("/v3/REST/apikey")

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A key that is active, and a sender that is."""
        senders, keys = answers
        key = "API key and secret key (KEY:SECRET)"
        where = "region or base_url: an account in the United States is nowhere else"
        if wrong := refused(self.title, senders, _Senders, key=key, where=where):
            return [wrong]
        found = []
        own = read(keys, _Keys) if keys.status == 200 else None
        if own and any(not each.is_active or each.runlevel == "Hardlock" for each in own.data):
            message = "Mailjet has locked this API key."
            found.append(error("account-paused", message, "Ask its support why; nothing is sent until then."))
        elif own and any(each.runlevel == "Softlock" for each in own.data):
            message = "Mailjet holds back what this API key sends, until somebody there has looked at it."
            found.append(warning("account-paused", message, "Ask its support why."))
        known = read(senders, _Senders)
        if not use.sender or known is None:
            return found
        names = (use.sender.lower(), f"*@{use.host}")
        states = [sender.status for sender in known.data if sender.email.lower() in names]
        if not states:
            found.append(unknown(self.title, use.sender))
        elif "Active" not in states:
            found.append(unverified(self.title, use.host, states[0].lower()))
        return found
