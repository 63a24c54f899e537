"""Amazon SES: events of a configuration set or notifications of an identity, sent through an SNS topic.

Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html,
…/ses/latest/dg/notification-contents.html and …/sns/latest/dg/sns-large-payload-raw-message-delivery.html
(read 2026-11). Raw delivery has no envelope and so no signature: it is believed only with the account's user and
password.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from digest.errors import Forged
from digest.model import Event, EventKind
from digest.providers.webhooks.agents import is_machine
from digest.providers.webhooks.base import (
    Lock,
    Posted,
    authorised,
    instant,
    items,
    members,
    message_id,
    named,
    reports,
    text,
    unknown,
)
from digest.providers.webhooks.sns import Sns, envelope, message

HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
"""Of every region (https://docs.aws.amazon.com/general/latest/gr/sns.html)."""
RAW = "x-amz-sns-rawdelivery"

KINDS = {
    "Send": EventKind.ACCEPTED,
    "Delivery": EventKind.DELIVERED,
    "DeliveryDelay": EventKind.DEFERRED,
    "Bounce": EventKind.BOUNCED,
    "Complaint": EventKind.COMPLAINED,
    "Reject": EventKind.REJECTED,
    "Rendering Failure": EventKind.REJECTED,
    "Open": EventKind.OPENED,
    "Click": EventKind.CLICKED,
}
ABOUT_MESSAGE = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""`bounceSubType` that says nothing about the address."""
BY_LIST = frozenset({"Suppressed", "OnAccountSuppressionList", "UnsubscribedRecipient"})
"""`bounceSubType` of what was not even tried."""


class Ses:
    """One event for each reader that a report names; our delivery id is a tag of the message."""

    needs: ClassVar[frozenset[str]] = frozenset({"topics"})
    sns: ClassVar[Sns] = Sns(HOST)

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By the envelope's signature and topic; a raw delivery by user and password and its topic."""
        if posted.headers.get(RAW) != "true":
            return self.sns.verify(posted, lock, now)
        if not lock.keys:
            raise Forged("the topic delivers raw messages, which nobody signs: turn raw delivery off in SNS")
        authorised(posted, lock)
        if posted.headers.get("x-amz-sns-topic-arn", "") not in lock.topics:
            raise Forged("the request is of a topic that is not listed for the account")
        return posted.headers.get("x-amz-sns-message-id", "")

    def events(self, body: bytes) -> list[Event]:
        """None for what is about the subscription itself."""
        inner = message(body)
        if inner is None:
            return []
        at = instant(envelope(body).get("Timestamp"))
        return reports(inner, lambda report: _events(report, at))


def _events(report: Mapping[str, Any], at: datetime | None) -> list[Event]:
    name = text(report.get("eventType") or report.get("notificationType"))
    mail = members(report.get("mail"))
    part = members(report.get(name[:1].lower() + name[1:].replace(" Failure", "").replace("rendering", "failure")))
    about: dict[str, Any] = {
        "at": at or instant(part.get("timestamp")) or instant(mail.get("timestamp")),
        "message": message_id(mail.get("messageId")),
        "delivery": named(mail.get("tags"), "delivery") or named(mail.get("headers"), "X-Delivery"),
    }
    if name not in KINDS or part.get("complaintFeedbackType") == "not-spam":
        return [unknown(name, report, **about)]
    kind = KINDS[name]
    permanent, reason = _why(kind, part)
    return [
        Event(
            kind=kind,
            name=name,
            address=address,
            permanent=permanent,
            reason=reason,
            detail=words,
            link=text(part.get("link")),
            machine=is_machine(text(part.get("userAgent"))),
            **about,
        )
        for address, words in _readers(kind, part, mail)
    ]


def _readers(kind: EventKind, part: Mapping[str, Any], mail: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Whom it is about, and the words about each. Who opened is not said, unless only one person could."""
    sent_to = [text(address) for address in items(mail.get("destination"))]
    said = " ".join(filter(None, (text(part.get(name)) for name in ("smtpResponse", "reason", "errorMessage"))))
    if kind in (EventKind.BOUNCED, EventKind.DEFERRED, EventKind.COMPLAINED):
        listed: Any = next((part[name] for name in part if name.endswith("Recipients")), [])
        found = [members(one) for one in items(listed)]
        words = said or text(part.get("complaintFeedbackType")) or text(part.get("delayType"))
        return [(text(one.get("emailAddress")), text(one.get("diagnosticCode")) or words) for one in found]
    if kind is EventKind.DELIVERED:
        return [(text(address), said) for address in items(part.get("recipients"))]
    if kind in (EventKind.OPENED, EventKind.CLICKED):
        return [(sent_to[0] if len(sent_to) == 1 else "", said)]
    return [(address, said) for address in sent_to]


def _why(kind: EventKind, part: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the address is lost, and the reason."""
    if kind is EventKind.COMPLAINED:
        return True, "spam"
    if kind is EventKind.BOUNCED:
        subtype = text(part.get("bounceSubType"))
        permanent = part.get("bounceType") == "Permanent"
        if subtype == "UnsubscribedRecipient":
            return False, "unsubscribed"
        if subtype in ABOUT_MESSAGE:
            return False, "content"
        return permanent, "blocked" if subtype in BY_LIST else "bounced"
    if kind is EventKind.REJECTED:
        return False, "content"
    return False, "other" if kind is EventKind.DEFERRED else ""
