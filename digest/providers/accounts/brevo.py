"""Brevo: `GET /v3/account`, its domains and its senders.

Source: https://developers.brevo.com/reference/get-account, …/get-domains and …/get-senders (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, covers, error, get, read, refused, unknown, unverified, warning
from digest.providers.base import Answer, Call


class _Plan(msgspec.Struct):
    type: str = ""
    credits: float | None = None
    credits_type: str = msgspec.field(name="creditsType", default="")


class _Relay(msgspec.Struct, frozen=True):
    enabled: bool = True


class _Account(msgspec.Struct):
    email: str
    plan: list[_Plan] = []
    relay: _Relay = _Relay()


class _Domain(msgspec.Struct):
    domain_name: str
    authenticated: bool = False


class _Domains(msgspec.Struct):
    domains: list[_Domain] = []


class _Sender(msgspec.Struct):
    email: str
    active: bool = False


class _Senders(msgspec.Struct):
    senders: list[_Sender] = []


class Brevo:
    """The account, and whom it may send for."""

    title: ClassVar[str] = "Brevo"
    records: ClassVar[Records] = Records(
        selectors=("brevo1", "brevo2", "mail"), includes=("spf.brevo.com", "spf.sendinblue.com")
    )

    def check(self, use: Use) -> tuple[Call, ...]:
        """Account, domains, senders."""
        return get("/v3/account"), get("/v3/senders/domains"), get("/v3/senders")

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """An account that may send, a domain that is authenticated, a sender that is active."""
        account, listed, single = answers
        besides = " When Authorized IPs are switched on, this server's address has to be on the list."
        key = "an API key (xkeysib-…)"
        if wrong := refused(self.title, account, _Account, key=key, where="base_url", besides=besides):
            return [wrong]
        found = []
        known = read(account, _Account)
        if known and not known.relay.enabled:
            message = "Brevo has not activated Transactional for this account, so it takes messages and sends none."
            found.append(error("account-paused", message, "Ask its support to activate it."))
        credits_left = [plan.credits for plan in known.plan if plan.credits_type == "sendLimit"] if known else []
        if credits_left and not any(credits_left):
            message = "The account has no credits left."
            found.append(error("account-quota", message, "Buy some, or wait until there are new ones."))
        return found + (self._sender(use, listed, single) if use.sender else [])

    def _sender(self, use: Use, listed: Answer, single: Answer) -> list[Finding]:
        domains, senders = read(listed, _Domains), read(single, _Senders)
        if domains is None or senders is None or listed.status != 200 or single.status != 200:
            message = "Brevo did not tell which domains and senders it knows."
            return [warning("account-busy", message, "Ask again in a minute.")]
        own = [domain.authenticated for domain in domains.domains if covers(domain.domain_name, use.host)]
        if own:
            return [] if any(own) else [unverified(self.title, use.host, "not authenticated")]
        if any(sender.email.lower() == use.sender.lower() and sender.active for sender in senders.senders):
            message = (
                f"Brevo knows the sender {use.sender}, but not its domain, so the mail is not signed for {use.host}."
            )
            return [warning("account-sender", message, f"Add {use.host} under Senders, domains, IPs.")]
        return [unknown(self.title, use.sender)]
