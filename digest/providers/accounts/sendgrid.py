"""SendGrid: what the key may do, authenticated domains, and single senders.

Source: https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions, …/domain-authentication and
…/sender-verification (read 2026-11). A key with Mail Send alone may see its own scopes and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import (
    Records,
    Use,
    covers,
    error,
    get,
    read,
    refused,
    unknown,
    unseen,
    unverified,
)
from digest.providers.base import Answer, Call


class _Scopes(msgspec.Struct):
    scopes: list[str]


class _Domain(msgspec.Struct):
    domain: str
    valid: bool = False
    subdomain: str = ""


class _Sender(msgspec.Struct):
    from_email: str
    verified: bool = False


class _Senders(msgspec.Struct):
    results: list[_Sender]


class SendGrid:
    """An API key, and whom it may send for."""

    title: ClassVar[str] = "SendGrid"
    records: ClassVar[Records] = Records(selectors=("s1", "s2"))

    def check(self, use: Use) -> tuple[Call, ...]:
        """Scopes, domains, senders."""
        return get("/v3/scopes"), get("/v3/whitelabel/domains?limit=1000"), get("/v3/verified_senders?limit=1000")

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A key that may send, and a domain or a sender that is verified."""
        scopes, listed, single = answers
        where = "region or base_url: a key of the European Union opens nothing elsewhere"
        if wrong := refused(self.title, scopes, _Scopes, key="an API key", where=where):
            return [wrong]
        may = read(scopes, _Scopes)
        if may and "mail.send" not in may.scopes:
            message = "The key may not send mail: it lacks the permission Mail Send."
            return [error("account-key", message, "Give it Mail Send under Settings, API Keys, or make another one.")]
        if not use.sender:
            return []
        domains, senders = read(listed, list[_Domain]), read(single, _Senders)
        if senders and any(each.from_email.lower() == use.sender.lower() and each.verified for each in senders.results):
            return []
        if listed.status != 200 or domains is None:
            advice = f"See under Settings, Sender Authentication, whether {use.host} is verified."
            return [unseen(self.title, "domains, since it may only send", advice)]
        own = [domain.valid for domain in domains if covers(domain.domain, use.host)]
        if not own:
            return [unknown(self.title, use.sender)]
        return [] if any(own) else [unverified(self.title, use.host, "not valid")]
