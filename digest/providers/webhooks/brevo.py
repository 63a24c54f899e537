"""Brevo's transactional webhooks: one report in each request, or an array of them, and no signature.

Source: https://developers.brevo.com/docs/transactional-webhooks and …/docs/username-and-password-authentication (read
2026-11). Reports come in any order and have no id. Those pulled from `GET /v3/smtp/statistics/events`
(https://developers.brevo.com/reference/get-email-event-report) write their names in another way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import Lock, Posted, authorised, epoch, instant, message_id, reports, text, unknown

KINDS = {
    "request": (EventKind.ACCEPTED, "", False),
    "requests": (EventKind.ACCEPTED, "", False),
    "sent": (EventKind.ACCEPTED, "", False),
    "delivered": (EventKind.DELIVERED, "", False),
    "deferred": (EventKind.DEFERRED, "other", False),
    "hard_bounce": (EventKind.BOUNCED, "bounced", True),
    "hardbounces": (EventKind.BOUNCED, "bounced", True),
    "soft_bounce": (EventKind.BOUNCED, "bounced", False),
    "softbounces": (EventKind.BOUNCED, "bounced", False),
    "bounces": (EventKind.BOUNCED, "bounced", False),
    "invalid_email": (EventKind.BOUNCED, "invalid", True),
    "invalid": (EventKind.BOUNCED, "invalid", True),
    "blocked": (EventKind.REJECTED, "blocked", False),
    "error": (EventKind.REJECTED, "other", False),
    "spam": (EventKind.COMPLAINED, "spam", True),
    "complaint": (EventKind.COMPLAINED, "spam", True),
    "unsubscribe": (EventKind.UNSUBSCRIBED, "unsubscribed", False),
    "unsubscribed": (EventKind.UNSUBSCRIBED, "unsubscribed", False),
    "opened": (EventKind.OPENED, "", False),
    "unique_opened": (EventKind.OPENED, "", False),
    "proxy_open": (EventKind.OPENED, "", False),
    "unique_proxy_open": (EventKind.OPENED, "", False),
    "loadedbyproxy": (EventKind.OPENED, "", False),
    "click": (EventKind.CLICKED, "", False),
    "clicks": (EventKind.CLICKED, "", False),
}
"""`event` in lower case → kind, reason, and whether the address is lost."""
BY_PROXY = frozenset({"proxy_open", "unique_proxy_open", "loadedbyproxy"})
"""Opened by Apple's Mail Privacy Protection and its like, as Brevo says itself."""
MILLISECONDS = 100_000_000_000
"""From here on a time is in milliseconds: `ts_epoch` is documented so, and is in seconds in some examples."""


class Brevo:
    """Reports on messages; our delivery id is the header field `X-Mailin-custom`, which each repeats."""

    needs: ClassVar[frozenset[str]] = frozenset()

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By user and password or a bearer token, if the account has one."""
        return authorised(posted, lock)

    def events(self, body: bytes) -> list[Event]:
        """One event for each report."""
        return reports(body, lambda report: [event(report)])


def event(report: Mapping[str, Any]) -> Event:
    """A report of a webhook, or one of the event report."""
    name = text(report.get("event"))
    about: dict[str, Any] = {
        "at": _at(report),
        "message": message_id(report.get("message-id") or report.get("messageId")),
        "delivery": text(report.get("X-Mailin-custom")),
        "address": text(report.get("email")),
    }
    if name.lower() not in KINDS:
        return unknown(name, report, **about)
    kind, reason, permanent = KINDS[name.lower()]
    return Event(
        kind=kind,
        name=name,
        permanent=permanent,
        reason=reason,
        detail=text(report.get("reason")).strip(),
        link=text(report.get("link")) if kind is EventKind.CLICKED else "",
        machine=name.lower() in BY_PROXY or is_machine(text(report.get("user_agent"))),
        **about,
    )


def _at(report: Mapping[str, Any]) -> datetime | None:
    """`date` of a webhook is by the account's zone, which it does not name; that of the event report names its own."""
    for name in ("ts_epoch", "ts_event", "ts"):
        value = report.get(name)
        if isinstance(value, int | float) and value:
            return epoch(value, ticks=1000 if value >= MILLISECONDS else 1)
    date = text(report.get("date"))
    return instant(date) if "T" in date else None
