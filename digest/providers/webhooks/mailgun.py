"""Mailgun's webhooks: one report in each request, whose signature covers no byte of it.

Source: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, …/events/event-structure
and …/tracking-messages/open-click-bot-detect (read 2026-11). The signature proves that Mailgun made the token, once:
so each token is good for one body, and the secret in the hook's address does the rest. Reports pulled from the events
API have the same form, without a signature.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from digest.errors import Forged
from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import (
    Lock,
    Posted,
    decoded,
    epoch,
    fresh,
    members,
    message_id,
    reports,
    text,
    unknown,
)

TOLERANCE = timedelta(hours=9)
"""Mailgun tries again for eight hours, and does not say whether it signs again."""

KINDS = {
    "accepted": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "failed": EventKind.BOUNCED,
    "rejected": EventKind.REJECTED,
    "complained": EventKind.COMPLAINED,
    "unsubscribed": EventKind.UNSUBSCRIBED,
    "opened": EventKind.OPENED,
    "clicked": EventKind.CLICKED,
}
SUPPRESSED = {
    "suppress-bounce": ("bounced", True),
    "suppress-complaint": ("spam", True),
    "suppress-unsubscribe": ("unsubscribed", False),
}
"""`reason` of what Mailgun keeps a list of → ours, and whether the address is lost."""

NOT_THE_READER = ("5.6.", "5.7.")
"""Enhanced codes of content and policy (RFC 3463 3.7, 3.8)."""


class Mailgun:
    """Reports on messages; our delivery id is a user variable of each."""

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By HMAC-SHA-256 over time and token; the id is the token."""
        signature = members(members(decoded(posted.body)).get("signature"))
        at, token, given = (text(signature.get(name)) for name in ("timestamp", "token", "signature"))
        wanted = [hmac.new(key.encode(), (at + token).encode(), hashlib.sha256).hexdigest() for key in lock.keys]
        if not token or True not in [hmac.compare_digest(mine.encode(), given.encode()) for mine in wanted]:
            raise Forged("the request is not signed with the account's key")
        fresh(epoch(at), now, TOLERANCE)
        return token

    def events(self, body: bytes) -> list[Event]:
        """One event."""
        return reports(body, lambda report: [event(members(report.get("event-data") or report))])


def event(report: Mapping[str, Any]) -> Event:
    """What stands in `event-data`, or in an item of the events API."""
    name, headers = text(report.get("event")), members(members(report.get("message")).get("headers"))
    about: dict[str, Any] = {
        "at": epoch(report.get("timestamp")),
        "message": message_id(headers.get("message-id")),
        "delivery": text(members(report.get("user-variables")).get("delivery")),
        "address": text(report.get("recipient") or _bare(text(headers.get("to")))),
    }
    if name not in KINDS:
        return unknown(name, report, **about)
    kind = KINDS[name]
    if kind is EventKind.BOUNCED and report.get("severity") == "temporary":
        kind = EventKind.DEFERRED
    permanent, reason, words = _why(kind, report)
    client = members(report.get("client-info"))
    return Event(
        kind=kind,
        name=name,
        permanent=permanent,
        reason=reason,
        detail=words,
        link=text(report.get("url")) if kind is EventKind.CLICKED else "",
        machine=bool(client.get("bot")) or is_machine(text(client.get("user-agent"))),
        **about,
    )


def _why(kind: EventKind, report: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Whether the address is lost, the reason, and the words."""
    status, given = members(report.get("delivery-status")), text(report.get("reason"))
    words = text(status.get("message") or status.get("description"))
    if kind is EventKind.BOUNCED:
        if given in SUPPRESSED:
            reason, permanent = SUPPRESSED[given]
            return permanent, reason, words
        hard, code = text(status.get("bounce-type")), text(status.get("enhanced-code"))
        if not hard and code.startswith(NOT_THE_READER):
            return False, "content", words
        return (
            hard == "hard" if hard else code.startswith("5.1.") or given == "bounce",
            "bounced" if given in ("bounce", "old") else "other",
            words,
        )
    if kind is EventKind.DEFERRED:
        return False, "other", words
    if kind is EventKind.REJECTED:
        reject = members(report.get("reject"))
        return False, "other", text(reject.get("reason") or reject.get("description"))
    if kind is EventKind.COMPLAINED:
        return True, "spam", words
    if kind is EventKind.UNSUBSCRIBED:
        return False, "unsubscribed", words
    return False, "", words


def _bare(mailbox: str) -> str:
    """The address in `Name <address>`."""
    return mailbox.rpartition("<")[2].rstrip("> ")
