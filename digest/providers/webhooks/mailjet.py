"""Mailjet's event webhook: one report in each request, or an array of them, and no signature.

Source: https://dev.mailjet.com/email/guides/webhooks/ (read 2026-11). Mailjet tries again every 30 seconds for a day on
every status but 200, and then gives the address up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import Lock, Posted, authorised, epoch, message_id, reports, text, unknown

KINDS = {
    "sent": EventKind.DELIVERED,  # the reader's mail host took it: `smtp_reply` is its answer
    "bounce": EventKind.BOUNCED,
    "blocked": EventKind.REJECTED,
    "spam": EventKind.COMPLAINED,
    "unsub": EventKind.UNSUBSCRIBED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
}
REASONS = {
    "user unknown": "bounced",
    "mailbox inactive": "bounced",
    "quota exceeded": "bounced",
    "invalid domain": "bounced",
    "no mail host": "bounced",
    "blacklisted": "blocked",
    "preblocked": "blocked",
    "duplicate in campaign": "blocked",
    "spam reporter": "spam",
    "typofix": "invalid",
    "spam preblocked": "content",
    "spam blocked": "content",
    "spam content": "content",
    "content blocked": "content",
    "policy issue": "content",
    "loop detected": "content",
}
"""`error` → ours; every other is about a system on the way."""


class Mailjet:
    """Reports on messages; our delivery id is the `CustomID` of each."""

    needs: ClassVar[frozenset[str]] = frozenset()

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By user and password, if the account has them."""
        return authorised(posted, lock)

    def events(self, body: bytes) -> list[Event]:
        """One event for each report."""
        return reports(body, lambda report: [_event(report)])


def _event(report: Mapping[str, Any]) -> Event:
    name = text(report.get("event"))
    about: dict[str, Any] = {
        "at": epoch(report.get("time")),
        "message": message_id(report.get("MessageID")),
        "delivery": text(report.get("CustomID")),
        "address": text(report.get("email")),
    }
    if name not in KINDS:
        return unknown(name, report, **about)
    kind = KINDS[name]
    return Event(
        kind=kind,
        name=name,
        permanent=kind is EventKind.COMPLAINED or (kind is EventKind.BOUNCED and report.get("hard_bounce") is True),
        reason=_reason(kind, text(report.get("error"))),
        detail=text(report.get("comment") or report.get("error") or report.get("smtp_reply")),
        link=text(report.get("url")) if kind is EventKind.CLICKED else "",
        machine=is_machine(text(report.get("agent"))),
        **about,
    )


def _reason(kind: EventKind, error: str) -> str:
    if kind is EventKind.COMPLAINED:
        return "spam"
    if kind is EventKind.UNSUBSCRIBED:
        return "unsubscribed"
    return REASONS.get(error, "other") if kind in (EventKind.BOUNCED, EventKind.REJECTED) else ""
