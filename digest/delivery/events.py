"""What follows from what providers report: who is not mailed again, who has left, and which deliveries are proved.

A report is a stranger's word. It counts for a delivery that carried our id out (which nobody can make up), or
whose message id and address it names together, and only when the account that it came through sent
the edition. What it says of an address then concerns the address that *we* mailed. Everything else is kept and
changes nothing. Each event counts once however often it is sent, and their order does not matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from digest.clock import Clock
from digest.delivery.ids import DeliveryIds
from digest.model import DeliveryState, Event, EventKind
from digest.storage import events as kept
from digest.storage.engine import Database
from digest.storage.events import NOT_THE_ADDRESS, Mailed
from digest.storage.proofs import Proof, prove
from subscribers import roll, suppression
from subscribers.addresses import normalise
from subscribers.errors import AddressError
from subscribers.model import SuppressionReason

SCANNED_WITHIN = timedelta(seconds=2)
"""Sooner after delivery nobody reads: mail gateways open what they let in
(https://learn.microsoft.com/en-us/defender-office-365/safe-links-about, "before delivery")."""
REQUESTS_KEPT = timedelta(days=3)
"""Longer than any signature counts."""


class Rules(NamedTuple):
    """When an address that bounces for now is given up."""

    soft_bounces: int = 3
    """So many editions."""
    window: timedelta = timedelta(days=14)
    """Within this time."""


class Post(NamedTuple):
    """The events of one request to a hook, or of one page that was pulled."""

    account: str
    """Its name in config.toml."""
    events: Sequence[Event]
    request: str = ""
    """The vendor's id of the request, where it gives one."""
    body: str = ""
    """Hash of the request's bytes."""


class Taken(NamedTuple):
    """What came of posts that are on disk."""

    admitted: list[bool]
    """For each: false when its id was used before, for other bytes; then nothing of it counts."""
    new: int
    """Events that were not known before."""
    complaints: set[int]
    """Editions that somebody complained of."""


class Reports:
    """The one way in for events, whoever brings them."""

    def __init__(self, database: Database, *, keys: Sequence[str], rules: Rules, clock: Clock) -> None:
        """`keys` sign delivery ids, newest first; every one is tried."""
        self._database = database
        self._ids = [DeliveryIds(key) for key in keys]
        self._rules = rules
        self._clock = clock
        self._swept: datetime | None = None

    def take(self, posts: Sequence[Post]) -> Taken:
        """Keep the events and do what follows, in one transaction that is on disk when this returns."""
        now = self._clock()
        with self._database.write() as connection:
            numbered = [(post.account, post.request, post.body) for post in posts if post.request]
            counting = kept.admit(connection, sorted(numbered, key=itemgetter(0, 1)), at=now)
            admitted = [not post.request or counting[post.account, post.request] == post.body for post in posts]
            fresh: dict[str, tuple[str, Event]] = {}
            for post, counts in zip(posts, admitted, strict=True):
                if counts:
                    fresh.update((_key(post.account, event), (post.account, event)) for event in post.events)
            for key in kept.known(connection, fresh):
                del fresh[key]
            matched = self._matched(connection, fresh)
            kept.keep(
                connection,
                # In one order everywhere: on PostgreSQL two processes then never wait for each other.
                [_row(key, *fresh[key], matched.get(key), now) for key in sorted(fresh)],
            )
            about = [(fresh[key][1], mailed) for key, mailed in matched.items()]
            self._follow(connection, about, now)
            if self._swept is None or now - self._swept > timedelta(hours=1):
                kept.forget_requests(connection, before=now - REQUESTS_KEPT)
                self._swept = now
        complaints = {mailed.edition_id for event, mailed in about if event.kind is EventKind.COMPLAINED}
        return Taken(admitted, len(fresh), complaints)

    def _matched(self, connection: Any, fresh: dict[str, tuple[str, Event]]) -> dict[str, Mailed]:
        """The delivery of ours that each event is about, where there is one."""
        found: dict[str, Mailed] = {}
        for account in {account for account, _ in fresh.values()}:
            own = {key: event for key, (sender, event) in fresh.items() if sender == account}
            named = {key: pair for key, event in own.items() if (pair := self._read(event.delivery))}
            carried = kept.carried(connection, account, set(named.values()))
            by_reader = {(mailed.edition_id, mailed.subscriber_id): mailed for mailed in carried}
            for key, pair in named.items():
                mailed = by_reader.get(pair)
                if mailed and (not own[key].address or _same(own[key].address, mailed.address)):
                    found[key] = mailed
            unnamed = {key: event for key, event in own.items() if key not in named and event.message}
            addresses = {key: address for key, event in unnamed.items() if (address := _address(event.address))}
            by_message = {
                (mailed.address, mailed.provider_id.strip("<>")): mailed
                for mailed in kept.carried_to(connection, account, set(addresses.values()))
            }
            for key, address in addresses.items():
                if mailed := by_message.get((address, own[key].message)):
                    found[key] = mailed
        return found

    def _read(self, delivery: str) -> tuple[int, int] | None:
        if not delivery:
            return None
        return next((pair for ids in self._ids if (pair := ids.read(delivery))), None)

    def _follow(self, connection: Any, about: Sequence[tuple[Event, Mailed]], now: datetime) -> None:
        prove(connection, (proof for event, mailed in about if (proof := _proof(event, mailed))), at=now)
        for event, mailed in sorted(about, key=lambda pair: pair[1].address):
            reason = _suppression(event)
            if reason is not None:
                words = f"{event.name}: {event.detail}" if event.detail else event.name
                suppression.suppress(connection, address=mailed.address, reason=reason, detail=words, at=now)
            if event.kind is EventKind.UNSUBSCRIBED or event.reason == "unsubscribed":
                roll.unsubscribe(
                    connection,
                    subscriber_id=mailed.subscriber_id,
                    newsletter=mailed.newsletter,
                    at=now,
                    source="provider",
                    detail=event.name,
                )
        self._give_up(connection, {mailed.address for event, mailed in about if _is_soft(event)}, now)
        looked: dict[int, set[int]] = {}
        for event, mailed in about:
            if event.kind in (EventKind.DELIVERED, EventKind.OPENED, EventKind.CLICKED):
                looked.setdefault(mailed.edition_id, set()).add(mailed.subscriber_id)
        for edition_id, subscribers in looked.items():
            kept.scanned(connection, edition_id, subscribers, within=SCANNED_WITHIN)

    def _give_up(self, connection: Any, addresses: set[str], now: datetime) -> None:
        """Suppress those of the addresses that have bounced too often, whenever the events came."""
        rules = self._rules
        for address, editions in sorted(kept.bounced_softly(connection, addresses).items()):
            times = sorted(editions.values())
            runs = zip(times, times[rules.soft_bounces - 1 :], strict=False)
            if any(last - first <= rules.window for first, last in runs):
                words = f"bounced {rules.soft_bounces} times in {rules.window.days} days"
                suppression.suppress(
                    connection, address=address, reason=SuppressionReason.BOUNCED, detail=words, at=now
                )


def _key(account: str, event: Event) -> str:
    """What makes it this event: what happened, to which message and whom, in which second.

    Never an id of the event: vendors give a new one when they send it again
    (https://github.com/sendgrid/sendgrid-nodejs/issues/1435), and none when they are asked for it.
    """
    at = event.at.isoformat(timespec="seconds") if event.at else event.detail
    kind = f"{event.kind.value} {event.permanent}"
    parts = [account, kind, event.message or event.delivery, event.address.lower(), at, event.link]
    if event.kind is EventKind.OTHER:
        parts += [event.name, event.detail]  # what is not understood may differ in anything
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _row(key: str, account: str, event: Event, mailed: Mailed | None, now: datetime) -> dict[str, Any]:
    return {
        "key": key,
        "provider": account,
        "kind": event.kind.value,
        "name": event.name,
        "at": event.at or now,
        "received_at": now,
        "edition_id": mailed and mailed.edition_id,
        "subscriber_id": mailed and mailed.subscriber_id,
        "address": mailed.address if mailed else event.address,
        "message": event.message,
        "permanent": event.permanent,
        "machine": event.machine,
        "reason": event.reason,
        "detail": event.detail,
        "link": event.link,
    }


def _proof(event: Event, mailed: Mailed) -> Proof | None:
    """What the event says of whether the provider took the message."""
    if event.kind is EventKind.OTHER:
        return None
    if event.kind is EventKind.REJECTED:
        return Proof(*mailed[:2], DeliveryState.REJECTED, event.message or None, event.reason or "other", event.name)
    return Proof(*mailed[:2], DeliveryState.ACCEPTED, event.message or None)


def _suppression(event: Event) -> SuppressionReason | None:
    if event.kind is EventKind.COMPLAINED:
        return SuppressionReason.COMPLAINED
    if event.permanent and event.kind in (EventKind.BOUNCED, EventKind.REJECTED):
        return SuppressionReason.COMPLAINED if event.reason == "spam" else SuppressionReason.BOUNCED
    return None


def _is_soft(event: Event) -> bool:
    return event.kind is EventKind.BOUNCED and not event.permanent and event.reason not in NOT_THE_ADDRESS


def _same(given: str, address: str) -> bool:
    return given.lower() == address or _address(given) == address


def _address(given: str) -> str:
    """The key form of an address; "" for what is none."""
    try:
        return normalise(given).address
    except AddressError:
        return ""
