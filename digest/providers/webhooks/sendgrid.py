"""SendGrid's event webhook: an array of reports in each request, signed with ECDSA.

Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event and
…/getting-started-event-webhook-security-features (read 2026-11). The key is the public one that SendGrid shows:
base64 of a SubjectPublicKeyInfo on the curve P-256. The line break at the end of the body is signed, too.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.errors import Forged
from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import Lock, Posted, epoch, fresh, message_id, reports, text, unknown

TOLERANCE = timedelta(hours=25)
"""SendGrid tries again for 24 hours, and does not say whether it signs again."""

KINDS = {
    "processed": EventKind.ACCEPTED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.REJECTED,
    "spamreport": EventKind.COMPLAINED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
}
DROPPED = {
    "bounced address": ("bounced", True),
    "invalid": ("invalid", True),
    "spam reporting address": ("spam", True),
    "unsubscribed address": ("unsubscribed", False),
    "spam content": ("content", False),
}
"""`reason` of what was dropped → ours, and whether the address is lost."""
ABOUT_ADDRESS = frozenset({"", "invalid address", "mailbox unavailable", "unclassified"})
"""`bounce_classification` of bounces that are about the address, not about us or the message."""

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


class SendGrid:
    """Reports on messages; our delivery id is a member of each, as every custom argument is."""

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By ECDSA over time and body; SendGrid gives the request no id, and each event is known by itself."""
        at = posted.headers.get(TIMESTAMP, "")
        try:
            signature = base64.b64decode(posted.headers.get(SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            raise Forged("the request has no signature that can be read") from None
        if True not in [_verifies(key, signature, at.encode() + posted.body) for key in lock.keys]:
            raise Forged("the request is not signed with the account's key")
        fresh(epoch(at), now, TOLERANCE)
        return ""

    def events(self, body: bytes) -> list[Event]:
        """One event for each report."""
        return reports(body, lambda report: [_event(report)])


def _verifies(key: str, signature: bytes, signed: bytes) -> bool:
    try:
        _public_key(key).verify(signature, signed, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _public_key(written: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(written, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Forged("the account's key is not the public key that SendGrid shows: expected base64 of a P-256 key")
    return key


def _event(report: Mapping[str, Any]) -> Event:
    name = text(report.get("event"))
    about: dict[str, Any] = {
        "at": epoch(report.get("timestamp")),
        # It begins with the id that the request was answered with.
        "message": message_id(text(report.get("sg_message_id")).partition(".")[0]),
        "delivery": text(report.get("delivery")),
        "address": text(report.get("email")),
    }
    if name not in KINDS:
        return unknown(name, report, **about)
    kind = KINDS[name]
    permanent, reason = _why(kind, report)
    return Event(
        kind=kind,
        name=name,
        permanent=permanent,
        reason=reason,
        detail=text(report.get("reason") or report.get("response")),
        link=text(report.get("url")) if kind is EventKind.CLICKED else "",
        machine=report.get("sg_machine_open") is True or is_machine(text(report.get("useragent"))),
        **about,
    )


def _why(kind: EventKind, report: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the address is lost, and the reason."""
    words = text(report.get("reason")).lower()
    if kind is EventKind.COMPLAINED:
        return True, "spam"
    if kind is EventKind.UNSUBSCRIBED:
        return False, "unsubscribed"
    if kind is EventKind.REJECTED:
        reason, permanent = DROPPED.get(words, ("other", False))
        return permanent, reason
    if kind is EventKind.BOUNCED:
        if text(report.get("bounce_classification")).lower() not in ABOUT_ADDRESS:
            return False, "content"
        # `blocked` is refused for now; without the type the status decides (RFC 3463: 5.x.x is final).
        type_, status = text(report.get("type")), text(report.get("status"))
        return type_ == "bounce" or (not type_ and status.startswith("5")), "bounced"
    return False, "other" if kind is EventKind.DEFERRED else ""
