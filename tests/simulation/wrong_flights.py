"""Defects of what comes before a request: claims, fences, leases, departures, pauses and evidence."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, and_, bindparam, false, literal, or_, select, text, update

from digest.delivery import worker
from digest.delivery.worker import Worker
from digest.model import BatchState, DeliveryState, EditionState
from digest.storage import ledger
from digest.storage.batches import NAMED, NOW, Claim
from digest.storage.ledger import Ledger
from digest.storage.tables import batches, deliveries, editions

from .defects import instead, plant

_TAKEN_OFF = {"state": BatchState.FLYING, "lease_until": NOW + bindparam("seconds"), "flown_at": NOW}
plant("no fence", (ledger, "_TAKE_OFF", update(batches).where(NAMED).values(**_TAKEN_OFF)))

_CLAIMED = {"state": BatchState.CLAIMED, "owner": bindparam("by"), "lease_until": NOW + bindparam("seconds")}
plant(
    "a fence that does not rise",
    (
        ledger,
        "_CLAIM",
        update(batches).where(NAMED).values(**_CLAIMED).returning(*ledger.COLUMNS, batches.c.readers),
    ),
)
plant(
    "a flight is claimed when its lease is over",
    (
        ledger,
        "_NEXT",
        select(
            batches.c.edition_id.label("of_edition"),
            batches.c.number.label("of_number"),
            literal(False).label("strained"),
        )
        .join(editions, editions.c.id == batches.c.edition_id)
        .where(
            editions.c.state == EditionState.SENDING,
            or_(
                and_(batches.c.state == BatchState.READY, batches.c.not_before <= NOW),
                and_(batches.c.state.in_((BatchState.CLAIMED, BatchState.FLYING)), batches.c.lease_until < NOW),
            ),
        )
        .limit(1),
    ),
)


def _after_expiry(state: DeliveryState, batch: BatchState, *, only_dead: bool = False) -> Any:
    """Flights that are given up become this, not unknown."""

    def wrong(right: Any, self: Ledger, dead: Any = ()) -> int:
        given_up: int = right(self, dead)
        if given_up and (dead or not only_dead):
            with self._database.write() as connection:
                lost = and_(deliveries.c.state == DeliveryState.UNKNOWN, deliveries.c.detail == "sent, never answered")
                connection.execute(update(deliveries).where(lost).values(state=state))
                unknown = batches.c.state == BatchState.UNKNOWN
                connection.execute(update(batches).where(unknown).values(state=batch, again_at=None, look_at=None))
        return given_up

    return instead(Ledger, "expire", wrong)


plant("a flight whose lease is over is ready again", _after_expiry(DeliveryState.PENDING, BatchState.READY))
plant("a dead worker's flights are ready again", _after_expiry(DeliveryState.PENDING, BatchState.READY, only_dead=True))
plant("what was never answered was accepted", _after_expiry(DeliveryState.ACCEPTED, BatchState.SETTLED))
plant("what was never answered was rejected", _after_expiry(DeliveryState.REJECTED, BatchState.SETTLED))
plant("nobody gives up flights", (Ledger, "expire", lambda self, dead=(): 0))

_NOT = update(deliveries).where(false()).values(reason="left").where(deliveries.c.reason != bindparam("of_newsletter"))
plant("departures are not read again", (ledger, "_DROP", _NOT))
plant(
    "a pause is seen only at the claim",
    (ledger, "_EDITION", select(editions.c.newsletter).where(editions.c.id == bindparam("of_edition"))),
)
plant("no guard against a stall", (worker, "STALL_SECONDS", 1e9))


class _NeverDurable:
    """A database whose commits a power cut takes back."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def write(self, *, durable: bool = True) -> AbstractContextManager[Connection]:
        given: AbstractContextManager[Connection] = self._database.write(durable=False)
        return given


def _fly_lightly(right: Any, self: Ledger, *given: Any, **named: Any) -> Any:
    return right(Ledger(_NeverDurable(self._database)), *given, **named)  # type: ignore[arg-type]


plant("a flight that is not durable", instead(Ledger, "fly", _fly_lightly))


def _send_first(right: Any, self: Worker, claim: Claim) -> None:
    press = self._presses.of(claim.edition_id, claim.provider)
    _, messages = self._compose(claim, press.filler)
    self._accounts[claim.provider].post(press.adapter.call(messages, key="unrecorded"))
    right(self, claim)


plant("evidence after the call", instead(Worker, "_carry", _send_first))


def _everybody(_: Any, self: Any, subscribers: tuple[int, ...]) -> Any:
    return self._make(tuple(self._messages))[1]


plant("who left is dropped from the record and not from the body", instead(worker._Bodies, "of", _everybody))


def _erase(right: Any, self: Ledger, claim: Claim, flight: Any, outcomes: Any, **named: Any) -> None:
    right(self, claim, flight, outcomes, **named)
    with self._database.write() as connection:
        connection.execute(text("DELETE FROM attempts WHERE outcome = 'refused'"))


plant("refused attempts are erased", instead(Ledger, "settle", _erase))
