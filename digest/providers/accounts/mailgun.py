"""Mailgun: `GET /v4/domains/DOMAIN`.

Source: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains (read 2026-11). A sending
key of the domain may not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, error, get, read, refused, unverified, warning
from digest.providers.base import Answer, Call


class _State(msgspec.Struct):
    state: str
    is_disabled: bool = False
    type: str = ""


class _Domain(msgspec.Struct):
    domain: _State


class Mailgun:
    """The domain that requests are made for."""

    title: ClassVar[str] = "Mailgun"
    records: ClassVar[Records] = Records(
        selectors=("mailo", "pdk1", "pdk2", "k1", "pic", "smtp", "mx", "email"), includes=("mailgun.org",)
    )

    def check(self, use: Use) -> tuple[Call, ...]:
        """The domain."""
        return (get(f"/v4/domains/{quote(use.domain, safe='')}"),)

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A domain that is there, active and the sender's own."""
        (answer,) = answers
        where = f"domain or region: {use.domain} may be in the European Union, or the other way round"
        besides = " A sending key of the domain opens nothing but sending, and a key of one region nothing in another."
        if wrong := refused(self.title, answer, _Domain, key="an API key of the account", where=where, besides=besides):
            return [wrong]
        known = read(answer, _Domain)
        if known is None:
            return []
        found = []
        if known.domain.is_disabled or known.domain.state == "disabled":
            message = f"Mailgun has switched {use.domain} off."
            found.append(error("account-paused", message, "Ask its support why; nothing is sent until then."))
        elif known.domain.state != "active":
            found.append(unverified(self.title, use.domain, known.domain.state))
        if known.domain.type == "sandbox":
            message = f"{use.domain} is a sandbox: it sends to five addresses that you have confirmed."
            found.append(warning("account-sandbox", message, "Add a domain of your own, and write it to domain."))
        if use.sender and use.host != use.domain.lower() and not use.domain.lower().endswith(f".{use.host}"):
            message = f"Mail from {use.host} would be signed for {use.domain}, another organisation's to DMARC."
            found.append(warning("account-sender", message, f"Send from {use.domain}, or add {use.host} to Mailgun."))
        return found
