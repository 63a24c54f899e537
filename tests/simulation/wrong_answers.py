"""Defects of what is made of answers, and of what is written down of them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import text, update

from digest.delivery.transport import Account, Silence
from digest.delivery.worker import Worker
from digest.errors import StorageError
from digest.model import DeliveryState, OutcomeKind
from digest.providers import postmark
from digest.providers.base import Answer
from digest.storage import settlement
from digest.storage.batches import IN_BATCH, LOCK, Flight
from digest.storage.deliveries import Deliveries
from digest.storage.tables import deliveries

from .defects import instead, plant


def _reads(change: Any) -> Any:
    """Outcomes are changed as this says, by kind and status."""

    def wrong(right: Any, self: Worker, adapter: Any, given: Any, answer: Answer) -> Any:
        found = []
        for outcome in right(self, adapter, given, answer):
            kind = change(outcome.kind, answer.status)
            found.append(outcome._replace(kind=kind))
        return found

    return instead(Worker, "_read", wrong)


K = OutcomeKind
plant("a server's error is a refusal", _reads(lambda kind, status: K.RETRY if status >= 500 else kind))
plant(
    "an unreadable answer is a refusal",
    _reads(lambda kind, status: K.RETRY if kind is K.UNKNOWN and status == 200 else kind),
)
plant(
    "what an answer lacks was accepted",
    _reads(lambda kind, status: K.ACCEPTED if kind is K.UNKNOWN and status == 200 else kind),
)
plant("every 200 accepts everybody", _reads(lambda kind, status: K.ACCEPTED if status == 200 else kind))
plant("a refused account fails its readers", _reads(lambda kind, _: K.REJECTED if kind is K.PAUSE else kind))
plant("a spoiled batch fails its readers", _reads(lambda kind, _: K.REJECTED if kind is K.SPLIT else kind))
plant("rejected readers are tried again", _reads(lambda kind, _: K.RETRY if kind is K.REJECTED else kind))


def _shift(right: Any, self: Worker, adapter: Any, given: Any, answer: Answer) -> Any:
    found = right(self, adapter, given, answer)
    return [*found[1:], *found[:1]]


plant("results are given to the next reader", instead(Worker, "_read", _shift))


def _without_counting(given: Any, answer: Answer) -> Any:
    results = msgspec.json.decode(answer.body, type=list[postmark._Result])
    results += results[-1:] * (len(given) - len(results))
    return [postmark._one(delivery, result) for delivery, result in zip(given, results, strict=False)]


plant("results are not counted", (postmark, "_results", _without_counting))


def _silence_is_refusal(right: Any, self: Account, call: Any) -> Any:
    answer = right(self, call)
    return Silence(True, answer.detail) if isinstance(answer, Silence) else answer


plant("a time-out is a failure", instead(Account, "post", _silence_is_refusal))


def _post_again(right: Any, self: Account, call: Any) -> Any:
    answer = right(self, call)
    return right(self, call) if isinstance(answer, Silence) else answer


plant("a broken connection is tried again underneath", instead(Account, "post", _post_again))


def _post_after_error(right: Any, self: Account, call: Any) -> Any:
    answer = right(self, call)
    return right(self, call) if isinstance(answer, Answer) and answer.status >= 500 else answer


plant("a server's error is tried again underneath", instead(Account, "post", _post_after_error))


def _give_up_writing(right: Any, self: Worker, claim: Any, flight: Any, outcomes: Any, status: Any) -> None:
    try:
        self._ledger.settle(claim, flight, outcomes, status=status, not_before=0.0, at=self._clock())
    except StorageError:
        return


plant("an answer that cannot be written at once is forgotten", instead(Worker, "_settle", _give_up_writing))


def _only_in_time(right: Any, connection: Any, claim: Any, flight: Any, outcomes: Any, **named: Any) -> None:
    batch = connection.execute(LOCK, claim.parameters()).one()
    if batch.state == "flying" and batch.fence == claim.fence:
        right(connection, claim, flight, outcomes, **named)


plant("a late answer is ignored", instead(settlement, "settle", _only_in_time))


def _resurrect(right: Any, connection: Any, claim: Any, flight: Any, outcomes: Any, **named: Any) -> None:
    right(connection, claim, flight, outcomes, **named)
    if all(outcome.kind is OutcomeKind.RETRY for outcome in outcomes):
        ours = (deliveries.c.edition_id == claim.edition_id, deliveries.c.attempt == flight.key)
        connection.execute(
            update(deliveries).where(*ours, deliveries.c.state.in_(("unknown", "in_flight"))).values(state="pending")
        )
        place = "WHERE edition_id = :edition AND number = :number"
        connection.execute(
            text(f"UPDATE batches SET state = 'ready' {place}"),
            {"edition": claim.edition_id, "number": claim.number},
        )


plant("a late refusal brings its readers back", instead(settlement, "settle", _resurrect))
plant("a repeat's refusal is believed", (Flight, "repeated", property(lambda _: False)), policy="keyed")


plant("who is put off is tried for ever", (settlement, "_put_off", lambda *_: False))
plant("who is put off once is set aside", (settlement, "_put_off", lambda *_: True))
plant(
    "who may have it and is put off is set aside",
    (
        settlement,
        "_RETURN",
        update(deliveries)
        .where(settlement._OURS, deliveries.c.state == DeliveryState.IN_FLIGHT)
        .values({name: settlement._GIVEN.c[name] for name in ("state", "reason", "detail")}),
    ),
    policy="resend",
)


def _lose_one(right: Any, connection: Any, claim: Any, middle: int) -> None:
    right(connection, claim, middle)
    connection.execute(
        text("UPDATE batches SET last = last - 1 WHERE edition_id = :e AND number = :n AND last > first"),
        {"e": claim.edition_id, "n": claim.number},
    )


def _overlap(right: Any, connection: Any, claim: Any, middle: int) -> None:
    right(connection, claim, middle)
    connection.execute(
        text("UPDATE batches SET last = :m WHERE edition_id = :e AND number = :n"),
        {"e": claim.edition_id, "n": claim.number, "m": middle},
    )


plant("halves lose the reader between them", instead(settlement, "cut", _lose_one))
plant("halves share a reader", instead(settlement, "cut", _overlap))


def _all_at_fault(connection: Any, claim: Any, _flight: Any) -> None:
    waiting = (IN_BATCH, deliveries.c.state == DeliveryState.PENDING)
    connection.execute(update(deliveries).where(*waiting).values(state=DeliveryState.QUARANTINED), claim.parameters())


plant("one poisoned reader sets all of its batch aside", (settlement, "_split", _all_at_fault))


def _finish_early(right: Any, self: Deliveries, at: Any) -> list[int]:
    with self._database.write() as connection:
        connection.execute(text("UPDATE editions SET state = 'finished' WHERE state = 'sending'"))
    finished: list[int] = right(self, at)
    return finished


plant("an edition finishes without its sum", instead(Deliveries, "finish", _finish_early))


def _count_before(right: Any, self: Deliveries, edition_id: int, **named: Any) -> int:
    total: int = right(self, edition_id, **named)
    with self._database.write() as connection:
        connection.execute(text("UPDATE editions SET planned = planned + 1 WHERE id = :e"), {"e": edition_id})
    return total


def _cut_short(right: Any, self: Deliveries, edition_id: int, **named: Any) -> int:
    total: int = right(self, edition_id, **named)
    with self._database.write() as connection:
        connection.execute(text("UPDATE batches SET last = last - 1 WHERE last > first"))
    return total


plant("readers are counted before the audience is frozen", instead(Deliveries, "freeze", _count_before))
plant("batches leave the last reader out", instead(Deliveries, "freeze", _cut_short))
