"""Resend's webhooks: one report in each request, signed by Svix.

Source: https://resend.com/docs/webhooks/event-types, https://docs.svix.com/receiving/verifying-payloads/how-manual and
https://github.com/standard-webhooks/standard-webhooks (read 2026-11). The key is written `whsec_` and base64; several
signatures may stand in the header while a key is changed.
"""

from __future__ import annotations

import base64
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
    epoch,
    fresh,
    instant,
    items,
    members,
    message_id,
    named,
    reports,
    text,
    unknown,
)

TOLERANCE = timedelta(minutes=5)
"""Svix's own; a request that is sent again is signed again."""

KINDS = {
    "email.sent": EventKind.ACCEPTED,
    "email.delivered": EventKind.DELIVERED,
    "email.delivery_delayed": EventKind.DEFERRED,
    "email.bounced": EventKind.BOUNCED,
    "email.complained": EventKind.COMPLAINED,
    "email.failed": EventKind.REJECTED,
    "email.suppressed": EventKind.REJECTED,
    "email.opened": EventKind.OPENED,
    "email.clicked": EventKind.CLICKED,
}
ABOUT_MESSAGE = frozenset({"messagetoolarge", "contentrejected", "attachmentrejected"})
"""`subType` of a bounce that says nothing about the address."""


class Resend:
    """Reports on e-mails; those on contacts and domains are kept."""

    needs: ClassVar[frozenset[str]] = frozenset({"keys"})

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By HMAC-SHA-256 over id, time and body; the id is Svix's."""
        said = {name: posted.headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature")}
        signed = b".".join((said["id"].encode(), said["timestamp"].encode(), posted.body))
        wanted = [base64.b64encode(hmac.digest(_key(key), signed, hashlib.sha256)) for key in lock.keys]
        given = [each.removeprefix("v1,").encode() for each in said["signature"].split() if each.startswith("v1,")]
        if not said["id"] or True not in [hmac.compare_digest(mine, theirs) for mine in wanted for theirs in given]:
            raise Forged("the request is not signed with the account's key")
        fresh(epoch(said["timestamp"]), now, TOLERANCE)
        return said["id"]

    def events(self, body: bytes) -> list[Event]:
        """One event for each reader of the message, which is one."""
        return reports(body, _events)


def _key(written: str) -> bytes:
    try:
        return base64.b64decode(written.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise Forged("the account's key is not one of Resend's: expected whsec_ and base64") from None


def _events(report: Mapping[str, Any]) -> list[Event]:
    name, data = text(report.get("type")), members(report.get("data"))
    about: dict[str, Any] = {
        "at": instant(report.get("created_at")),
        "message": message_id(data.get("email_id")),
        "delivery": named(data.get("tags"), "delivery"),
    }
    readers = [text(address) for address in items(data.get("to")) if "@" in text(address)] or [""]
    if name not in KINDS:
        return [unknown(name, report, address=address, **about) for address in readers]
    permanent, reason, words = _why(name, data)
    click = members(data.get("click") or data.get("open"))
    return [
        Event(
            kind=KINDS[name],
            name=name,
            address=address,
            permanent=permanent,
            reason=reason,
            detail=words,
            link=text(click.get("link")) if KINDS[name] is EventKind.CLICKED else "",
            machine=is_machine(text(click.get("userAgent"))),
            **about,
        )
        for address in readers
    ]


def _why(name: str, data: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Whether the address is lost, the reason, and the words."""
    if name == "email.bounced":
        bounce = members(data.get("bounce"))
        subtype, words = text(bounce.get("subType")).lower(), text(bounce.get("message"))
        # Without a type it is an older report; then only what is final was reported.
        permanent = text(bounce.get("type")) in ("Permanent", "")
        if "suppress" in subtype or "suppression list" in words:
            return permanent, "blocked", words
        return permanent, "content" if subtype in ABOUT_MESSAGE else "bounced", words
    if name == "email.complained":
        return True, "spam", ""
    if name == "email.suppressed":
        why = members(data.get("suppressed"))
        reason = {"previous_bounce": "bounced", "previous_complaint": "spam"}.get(text(why.get("reason")), "blocked")
        return reason != "blocked", reason, text(why.get("message"))
    if name == "email.failed":
        return False, "other", text(members(data.get("failed")).get("reason"))
    return False, "other" if name == "email.delivery_delayed" else "", ""
