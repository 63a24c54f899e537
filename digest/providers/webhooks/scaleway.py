"""Scaleway Transactional Email: reports through its Topics and Events, which speak SNS.

Source: https://www.scaleway.com/en/docs/transactional-email/reference-content/webhook-events-payloads/ and
…/topics-and-events/reference-content/veriying-webhooks (read 2026-11). A certificate counts only when Scaleway's
authority issued it: the account's key is the PEM of that authority, which the second page links to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from digest.model import Event, EventKind
from digest.providers.webhooks.base import Lock, Posted, instant, message_id, named, reports, text, unknown
from digest.providers.webhooks.sns import Sns, envelope, message

HOST = re.compile(r"([a-z0-9-]+\.)+(scw\.cloud|scaleway\.com)")
"""Of its regions and of the storage that its certificates are kept in."""

KINDS = {
    "email_queued": (EventKind.ACCEPTED, "", False),
    "email_delivered": (EventKind.DELIVERED, "", False),
    "email_deferred": (EventKind.DEFERRED, "other", False),
    "email_dropped": (EventKind.BOUNCED, "bounced", False),
    "email_mailbox_not_found": (EventKind.BOUNCED, "bounced", True),
    "email_spam": (EventKind.BOUNCED, "content", False),  # the mail host's judgement, with its answer
    "email_blocklisted": (EventKind.REJECTED, "blocked", False),
}
"""`type` → kind, reason, and whether the address is lost."""


class Scaleway:
    """One event for each report; our delivery id is a header field of the message."""

    needs: ClassVar[frozenset[str]] = frozenset({"keys", "topics"})
    sns: ClassVar[Sns] = Sns(HOST, issued=True)

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By the envelope's signature, the issuer of its certificate, and its topic."""
        return self.sns.verify(posted, lock, now)

    def events(self, body: bytes) -> list[Event]:
        """None for what is about the subscription itself."""
        inner = message(body)
        if inner is None:
            return []
        at = instant(envelope(body).get("Timestamp"))
        return reports(inner, lambda report: [_event(report, at)])


def _event(report: Mapping[str, Any], at: datetime | None) -> Event:
    name = text(report.get("type"))
    about: dict[str, Any] = {
        "at": instant(report.get("created_at")) or at,
        "message": message_id(report.get("email_id")),
        "delivery": named(report.get("email_headers"), "X-Delivery"),
        "address": text(report.get("email_to")),
    }
    if name not in KINDS:
        return unknown(name, report, **about)
    kind, reason, permanent = KINDS[name]
    if report.get("blocklist_type") == "mailbox_not_found":
        reason, permanent = "bounced", True
    said = (report.get("email_error"), report.get("email_response_message"), report.get("blocklist_reason"))
    detail = next(filter(None, map(text, said)), "")
    return Event(kind=kind, name=name, permanent=permanent, reason=reason, detail=detail, **about)
