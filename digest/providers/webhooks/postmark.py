"""Postmark's webhooks: one report in each request, and no signature.

Source: https://postmarkapp.com/developer/webhooks/webhooks-overview and its pages on each type, and the bounce types
at https://postmarkapp.com/developer/api/bounce-api#bounce-types (read 2026-11). Postmark tries again on every status
but 2xx and gives up for good on 403. The sandbox posts the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import (
    Lock,
    Posted,
    authorised,
    instant,
    members,
    message_id,
    reports,
    text,
    unknown,
)

BOUNCES = {
    "HardBounce": (EventKind.BOUNCED, "bounced", True),
    "BadEmailAddress": (EventKind.REJECTED, "invalid", True),
    "ManuallyDeactivated": (EventKind.REJECTED, "blocked", True),
    "SpamComplaint": (EventKind.COMPLAINED, "spam", True),
    "Unsubscribe": (EventKind.UNSUBSCRIBED, "unsubscribed", False),
    "SoftBounce": (EventKind.BOUNCED, "bounced", False),
    "SpamNotification": (EventKind.BOUNCED, "content", False),  # a filter's judgement, not a reader's
    "VirusNotification": (EventKind.BOUNCED, "content", False),
    "Transient": (EventKind.DEFERRED, "other", False),
    "DnsError": (EventKind.DEFERRED, "other", False),
    "OpenRelayTest": (EventKind.DEFERRED, "other", False),
    "Blocked": (EventKind.REJECTED, "blocked", False),
    "DMARCPolicy": (EventKind.REJECTED, "blocked", False),
    "Unconfirmed": (EventKind.REJECTED, "other", False),
    "SMTPApiError": (EventKind.REJECTED, "other", False),
    "TemplateRenderingFailed": (EventKind.REJECTED, "content", False),
}
"""`Type` of a bounce → kind, reason, and whether the address is lost; others are answers of vacation programs."""

SUPPRESSIONS = {
    "HardBounce": (EventKind.BOUNCED, "bounced", True),
    "SpamComplaint": (EventKind.COMPLAINED, "spam", True),
    "ManualSuppression": (EventKind.UNSUBSCRIBED, "unsubscribed", False),
}
"""`SuppressionReason` of a change of subscription → the same."""


class Postmark:
    """Reports of the six types that a message stream can send."""

    needs: ClassVar[frozenset[str]] = frozenset()

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By user and password, if the account has them."""
        return authorised(posted, lock)

    def events(self, body: bytes) -> list[Event]:
        """One event."""
        return reports(body, lambda report: [_event(report)])


def _event(report: Mapping[str, Any]) -> Event:
    record = text(report.get("RecordType"))
    about: dict[str, Any] = {
        "message": message_id(report.get("MessageID")),
        "delivery": text(members(report.get("Metadata")).get("delivery")),
        "address": text(report.get("Recipient") or report.get("Email")),
    }
    if record == "Delivery":
        at, words = instant(report.get("DeliveredAt")), text(report.get("Details"))
        return Event(kind=EventKind.DELIVERED, name=record, at=at, detail=words, **about)
    if record in ("Bounce", "SpamComplaint"):
        name, at = text(report.get("Type")), instant(report.get("BouncedAt"))
        if name not in BOUNCES:
            return unknown(name or record, report, at=at, **about)
        kind, reason, permanent = BOUNCES[name]
        words = text(report.get("Details") or report.get("Description"))
        return Event(kind=kind, name=name, at=at, permanent=permanent, reason=reason, detail=words, **about)
    if record == "SubscriptionChange":
        name, at = text(report.get("SuppressionReason")), instant(report.get("ChangedAt"))
        if report.get("SuppressSending") is not True or name not in SUPPRESSIONS:
            return unknown(name or record, report, at=at, **about)
        kind, reason, permanent = SUPPRESSIONS[name]
        words = text(report.get("Origin"))
        return Event(kind=kind, name=name, at=at, permanent=permanent, reason=reason, detail=words, **about)
    if record in ("Open", "Click"):
        return Event(
            kind=EventKind.OPENED if record == "Open" else EventKind.CLICKED,
            name=record,
            at=instant(report.get("ReceivedAt")),
            link=text(report.get("OriginalLink")),
            machine=is_machine(text(report.get("UserAgent"))),
            **about,
        )
    return unknown(record, report, **about)
