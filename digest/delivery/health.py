"""Sender health: how an edition is received, by the kind of mailbox, and when complaints stop it.

Gmail asks bulk senders to stay below 0.10 % of complaints and never to reach 0.30 %; who has sent close to 5,000
messages to personal Gmail accounts in 24 hours, ever, is one (https://support.google.com/a/answer/81126 and
https://support.google.com/a/answer/14229414, read 2026-11). Yahoo asks for less than 0.3 %, too
(https://senders.yahooinc.com/best-practices/). What mailbox hosts tell providers is less than what they count:
Gmail names nobody who complains, and shows its own rate in Postmaster Tools only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from digest.clock import Clock
from digest.errors import WrongState
from digest.log import get
from digest.model import EventKind
from digest.storage.decisions import Decisions
from digest.storage.tallies import Tallies

BULK_SENDER = 5_000
"""Messages to personal Gmail accounts in 24 hours."""
FAMILIES = {
    # "ends in @gmail.com or @googlemail.com": https://support.google.com/a/answer/81126
    "gmail": re.compile(r"g(oogle)?mail\.com"),
    # https://senders.yahooinc.com/faqs/ names Yahoo and AOL, with the brands that they serve
    "yahoo": re.compile(
        r"(yahoo|ymail|rocketmail|aol|aim|myyahoo)\.(com|[a-z]{2}|com?\.[a-z]{2})"
        r"|(verizon|att|sbcglobal|bellsouth|pacbell|ameritech|netscape|cox|frontier)\.net"
    ),
    # https://sendersupport.olc.protection.outlook.com/pm/: Outlook.com, Hotmail, Live and MSN
    "microsoft": re.compile(r"(outlook|hotmail|live|windowslive|msn|passport)\.(com|[a-z]{2}|com?\.[a-z]{2})"),
    # https://support.apple.com/102322
    "apple": re.compile(r"(icloud|me|mac|privaterelay\.appleid)\.com"),
}
"""Who runs the mailboxes → the domains of their personal addresses; a company's domain does not say who its host is."""
OTHER = "other"
BY = "complaint rate"
"""Who decided, on record."""

log = get(__name__)


class Limits(NamedTuple):
    """Complaints in percent of accepted messages."""

    warning: float = 0.10
    pause: float = 0.30
    """From here on a sending edition waits for a person; 0 for never."""
    floor: int = 1_000
    """Accepted messages below which a rate says nothing."""


class Received(NamedTuple):
    """Readers of one family, or of all of them, by what is known of their message."""

    family: str
    accepted: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def rate(self) -> float:
        """Complaints in percent of accepted messages."""
        return 100.0 * self.complained / self.accepted if self.accepted else 0.0


def family(domain: str) -> str:
    """Who runs the mailboxes of a domain, in lower case: a key of `FAMILIES`, or other."""
    return next((name for name, domains in FAMILIES.items() if domains.fullmatch(domain)), OTHER)


class Health:
    """How editions are received."""

    def __init__(self, *, tallies: Tallies, decisions: Decisions, limits: Limits, clock: Clock) -> None:
        self._tallies = tallies
        self._decisions = decisions
        self._limits = limits
        self._clock = clock

    def of(self, edition_id: int) -> list[Received]:
        """A line for each family that the edition went to, and one for all of them, named `all`, at the end."""
        counted: dict[str, Counter[str]] = {name: Counter() for name in (*FAMILIES, OTHER)}
        for domain, readers in self._tallies.accepted(edition_id):
            counted[family(domain)]["accepted"] += readers
        for domain, kind, readers in self._tallies.reported(edition_id):
            if kind in (EventKind.DELIVERED, EventKind.DEFERRED, EventKind.BOUNCED, EventKind.COMPLAINED):
                counted[family(domain)][kind.value] += readers
        lines = [Received(name, **found) for name, found in counted.items() if found]
        return [*lines, Received("all", *(sum(column) for column in zip(*(line[1:] for line in lines), strict=True)))]

    def warnings(self, edition_id: int) -> Iterator[str]:
        """What an operator should know and do, in sentences."""
        limits = self._limits
        for line in self.of(edition_id):
            if line.accepted >= limits.floor and line.rate >= limits.warning:
                whom = "readers" if line.family == "all" else f"readers at {line.family}"
                yield (
                    f"{line.complained:,} of {line.accepted:,} {whom} called it spam: {line.rate:.2f} %, where "
                    f"{limits.warning:.2f} % is too much; look at who was imported lately and how they signed up"
                )
        together = self._tallies.accepted(*self._tallies.within_a_day(edition_id))
        gmail = sum(readers for domain, readers in together if family(domain) == "gmail")
        if gmail >= BULK_SENDER:
            yield (
                f"{gmail:,} messages went to Gmail within 24 hours; from {BULK_SENDER:,} on Gmail takes a sender for a "
                "bulk sender for good: SPF, DKIM, DMARC and one-click unsubscribing must hold for every message. "
                "`digest doctor --dns` looks at the first three, Gmail's Postmaster Tools show its own complaint rate"
            )

    def weigh(self, edition_id: int) -> None:
        """Hold a sending edition whose complaints have reached the limit: once, so that a person can go on."""
        limits = self._limits
        complained = self._tallies.complained(edition_id)
        if not limits.pause or complained * 100 < limits.pause * limits.floor:
            return
        sent = self._tallies.answered(edition_id)
        if sent < limits.floor or complained * 100 < limits.pause * sent:
            return
        if any(decision.by == BY for decision in self._decisions.of(edition_id)):
            return  # held before, and a person let it go on
        reason = (
            f"{complained:,} of {sent:,} readers called it spam ({100 * complained / sent:.2f} %); mailbox hosts "
            f"block senders from {limits.pause:.2f} % on. Look at who was imported lately, then `digest editions "
            f"resume {edition_id}` goes on or `digest editions cancel {edition_id}` ends it"
        )
        try:
            self._decisions.pause(edition_id, by=BY, at=self._clock(), reason=reason)
        except WrongState:
            return  # nothing of it is left to hold, or somebody else held it
        log.error("edition held for complaints", edition=edition_id, complaints=complained, sent=sent)
