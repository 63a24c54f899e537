"""Who receives: a reader, what the reader reads, and why an address is never mailed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriptionState(StrEnum):
    """Whether a subscriber wants a newsletter."""

    ACTIVE = "active"  # mailed, unless the address is suppressed
    UNSUBSCRIBED = "unsubscribed"  # left; nothing but the reader's own wish brings this back


class SuppressionReason(StrEnum):
    """Why an address is never mailed again, by any newsletter."""

    COMPLAINED = "complained"  # called a message spam
    BOUNCED = "bounced"  # the mailbox does not exist
    UNSUBSCRIBED = "unsubscribed"  # left everything at once, or left at the provider
    ERASED = "erased"  # asked to be forgotten
    BY_HAND = "by-hand"  # an operator's decision


class ConsentEvent(StrEnum):
    """What a line of the consent log records; the last one of a subscription gives its state."""

    SUBSCRIBED = "subscribed"  # active from here on, for the first time or again
    UNSUBSCRIBED = "unsubscribed"  # not mailed from here on


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person on the roll."""

    id: int
    """Never given to anybody else, also not after erasure: tokens in old e-mails carry it."""
    address: str
    """The key: `subscribers.addresses.Address.address`."""
    shown: str
    """What mail is addressed to: `subscribers.addresses.Address.shown`."""
    name: str
    """As the reader wrote it; empty if unknown."""
    language: str
    """BCP 47 tag, or empty for the newsletter's own."""
    zone: str
    """IANA name, or empty for the newsletter's own."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscriber and one newsletter."""

    subscriber_id: int
    newsletter: str
    state: SubscriptionState
    since: datetime | None
    """When the reader joined, where that is known."""
    ended_at: datetime | None
    """When the reader left; None while active."""
    topics: str = ""
    """What the reader wants of it, comma-separated as `subscribers.newcomers.topics` writes it; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address never to be mailed again, and why."""

    address: str
    reason: SuppressionReason
    detail: str
    at: datetime
