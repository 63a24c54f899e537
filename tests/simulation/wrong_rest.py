"""Defects of what surrounds a send: schedulers, cancelling, doubt, reports, clicks and restored backups."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, false, select, text, update

from digest.delivery import events, reconcile
from digest.delivery.events import Reports, Taken
from digest.delivery.ids import DeliveryIds
from digest.delivery.reconcile import Policy, Reconciler
from digest.errors import StorageError, WrongState
from digest.model import DeliveryState
from digest.providers.resend import Resend
from digest.providers.webhooks import mailjet, postmark
from digest.storage import decisions, instance, ledger, uncertain
from digest.storage import events as kept
from digest.storage.editions import Editions
from digest.storage.instance import Instance
from digest.storage.tables import deliveries, editions
from digest.web.readers import Readers
from subscribers.roll import is_gone

from .defects import instead, plant


def _another_day(right: Any, self: Editions, draft: Any, *given: Any, **named: Any) -> int:
    try:
        kept_as: int = right(self, draft, *given, **named)
    except WrongState:
        later = msgspec.structs.replace(
            draft, issue_date=draft.issue_date + timedelta(days=1), public_id=f"{draft.public_id}-again"
        )
        kept_as = right(self, later, *given, **named)
    return kept_as


plant("two schedulers make two editions", instead(Editions, "save", _another_day))


def _cancel_flights(right: Any, connection: Any, edition_id: int, **named: Any) -> int:
    stopped: int = right(connection, edition_id, **named)
    connection.execute(text("UPDATE deliveries SET state = 'cancelled' WHERE state = 'in_flight'"))
    return stopped


def _cancel_in_name(right: Any, connection: Any, edition_id: int, **named: Any) -> int:
    right(connection, edition_id, **named)
    connection.execute(text("UPDATE deliveries SET state = 'pending' WHERE state = 'cancelled'"))
    return 0


plant("cancelling forgets what flies", instead(decisions.transitions, "cancel", _cancel_flights))
plant("cancelling leaves readers pending", instead(decisions.transitions, "cancel", _cancel_in_name))


def _as(policy: Policy, name: str) -> Any:
    """The reconciler follows this policy, whatever the account says."""
    return instead(Reconciler, name, lambda right, self, _, doubt: right(self, policy, doubt))


_AT_ONCE = Policy("resend", 0.0)
_LATER = Policy("resend", 7200.0)
plant("who holds sends again", _as(_LATER, "_wait"), _as(_LATER, "_again"))
plant("sending again has no grace", _as(_AT_ONCE, "_wait"), _as(_AT_ONCE, "_again"), policy="resend")
plant(
    "a repeat has a key of its own",
    instead(Resend, "call", lambda right, self, messages, *, key: right(self, messages, key=secrets.token_hex())),
    policy="keyed",
)
plant(
    "a key is used past its window",
    (reconcile, "LONGEST_WINDOW", 1e6),
    (reconcile, "SAFE_PART", 0.1),
    policy="keyed",
)
plant("a repeat does not look who left", (uncertain, "is_gone", lambda *_: false()), policy="keyed")
_gone = is_gone(deliveries.c.subscriber_id, deliveries.c.address, bindparam("of_newsletter"))
plant(
    "whoever may have it and left is said to have been left out",
    (
        ledger,
        "_DROP",
        update(deliveries).where(ledger._WAITING, _gone).values(state=DeliveryState.SUPPRESSED, reason="left"),
    ),
    policy="resend",
)

_anybody = lambda posted, lock: ""  # noqa: E731
plant("a report needs no password", (postmark, "authorised", _anybody), (mailjet, "authorised", _anybody))


def _read_unproved(self: DeliveryIds, name: str) -> tuple[int, int]:
    edition, subscriber, *_ = name.split("-")
    return int(edition), int(subscriber)


plant("an id needs no proof", (DeliveryIds, "read", _read_unproved))
plant(
    "another account's report is believed",
    (
        kept,
        "_OWN",
        select(editions.c.id, editions.c.newsletter).where(
            editions.c.id.in_(bindparam("editions", expanding=True)),
            bindparam("of_account") != "",
        ),
    ),
)
plant("nothing follows from a report", (events, "prove", lambda *_, **__: 0))


def _answer_first(right: Any, self: Reports, posts: Any) -> Any:
    try:
        return right(self, posts)
    except StorageError:
        return Taken([True], 0, set())


plant("a report is answered before it is on disk", instead(Reports, "take", _answer_first))


def _say_goodbye(right: Any, self: Readers, token: str, *, source: str) -> Any:
    try:
        return right(self, token, source=source)
    except StorageError:
        return None


plant("a click is answered before it is on record", instead(Readers, "leave", _say_goodbye))
plant("a restored backup goes on", (instance, "_hold", lambda *_: 0))
plant("a restored backup opens what was due", (Instance, "fenced_at", lambda self: None))
