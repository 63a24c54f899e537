"""What a vendor can be asked about an account without a message being sent, and how its answer is read.

Like adapters these are pure functions of bytes. Nothing of an answer is repeated: it may hold keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

import msgspec

from digest.model import Finding, Severity
from digest.providers.base import UNREADABLE, Answer, Call

T = TypeVar("T")

_STATE = re.compile(r"[a-z]{2,15}(?: [a-z]{1,15})?\Z")
"""What a vendor calls a state; nothing else of an answer is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What an account is to be used for."""

    sender: str = ""
    """The address of a newsletter; empty when none uses the account."""
    stream: str = ""
    domain: str = ""
    """The sending domain, where requests name it."""
    project: str = ""

    @property
    def host(self) -> str:
        """The sender's domain."""
        return self.sender.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the vendor's documents say stands in the DNS of every sender's domain."""

    selectors: tuple[str, ...] = ()
    """Of DKIM; an account has one of them at least. Empty where each account has its own."""
    includes: tuple[str, ...] = ()
    """Of which SPF has to include one, the present one first."""
    return_path: str = ""
    """The label of the subdomain that bounces come back to, if that is where SPF counts."""


class Inquiry(Protocol):
    """What a vendor tells of an account."""

    title: ClassVar[str]
    """The vendor's name as people write it."""
    records: ClassVar[Records]

    def check(self, use: Use) -> tuple[Call, ...]:
        """The requests to make, below `base_url`; each only reads."""

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """What is wrong, by the answers to them, in their order."""


def get(path: str) -> Call:
    """A request that only reads."""
    return Call("GET", path, (("Accept", "application/json"),), ())


def read(answer: Answer, form: type[T]) -> T | None:
    """The answer as that form; None when it is another one."""
    try:
        return msgspec.json.decode(answer.body, type=form)
    except UNREADABLE:
        return None


def error(code: str, message: str, advice: str) -> Finding:
    """What keeps mail from going out."""
    return Finding(code=code, severity=Severity.ERROR, message=message, advice=advice)


def warning(code: str, message: str, advice: str) -> Finding:
    """What may keep some of it from going out."""
    return Finding(code=code, severity=Severity.WARNING, message=message, advice=advice)


def unseen(title: str, what: str, advice: str) -> Finding:
    """What the key may not look at; sending may work all the same."""
    return Finding(
        code="account-unseen",
        severity=Severity.INFO,
        message=f"{title} does not let this key look at {what}.",
        advice=advice,
    )


def refused(title: str, answer: Answer, form: type[T], *, key: str, where: str, besides: str = "") -> Finding | None:
    """Why an answer says nothing about the account; None when it can be read.

    `key`: what the token has to be. `where`: what an address that is not there is a mistake in. `besides`: what else
    may be wrong when the token is.
    """
    if answer.status in (401, 403):
        message = f"{title} does not know the token, or does not allow it this (HTTP {answer.status})."
        advice = f"Copy {key} into the token's file again, one line and nothing else.{besides}"
        return error("account-key", message, advice)
    if answer.status == 404:
        return error("account-address", f"{title} has nothing there (HTTP 404).", f"Correct {where}.")
    if answer.status == 429:
        return warning("account-busy", f"{title} takes no more requests for the moment.", "Ask again in a minute.")
    if answer.status >= 500:
        return warning("account-busy", f"{title} has a fault of its own (HTTP {answer.status}).", "Ask again later.")
    if answer.status != 200 or read(answer, form) is None:
        message = f"What answers there is not {title}'s API (HTTP {answer.status})."
        return error("account-answer", message, "Correct base_url; a proxy or a firewall may also be in the way.")
    return None


def unverified(title: str, host: str, state: str) -> Finding:
    """The sender's domain is on its way, or failed."""
    return error(
        "account-sender",
        f"{title} has not verified {host}" + (f": it is {state}." if _STATE.match(state) else "."),
        f"Put the records that {title} shows for it into the DNS (digest doctor --dns {host}), then verify it there.",
    )


def unknown(title: str, sender: str) -> Finding:
    """The sender is on no list of the vendor's."""
    host = sender.rpartition("@")[2]
    return error(
        "account-sender",
        f"{title} does not know {host} as a domain that this account may send for.",
        f"Add {host} there, or change from_address to a domain that it knows.",
    )


def covers(domain: str, host: str) -> bool:
    """Whether a verified domain is that of the sender."""
    return domain.lower() == host
