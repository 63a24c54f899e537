"""What becomes known of a delivery elsewhere than in the answer to its request."""

from __future__ import annotations

import pytest
from office import NOW, Office
from sqlalchemy import select

from digest.model import BatchState, DeliveryState, EditionState, Outcome, OutcomeKind
from digest.providers.base import every
from digest.storage.batches import Claim, Flight
from digest.storage.proofs import Proof, prove
from digest.storage.tables import attempts, batches, deliveries

ACCEPTED, REJECTED = DeliveryState.ACCEPTED, DeliveryState.REJECTED


def told(office: Office, edition: int, *subscribers: int, state: DeliveryState = ACCEPTED) -> int:
    """Events about these subscribers, stored and proved in one transaction; how many deliveries moved."""
    with office.database.write() as connection:
        proofs = [Proof(edition, subscriber, state, f"id {subscriber}") for subscriber in subscribers]
        return prove(connection, proofs, at=NOW)


def flown(office: Office, *, owner: str = "ada") -> tuple[Claim, Flight]:
    claim = office.ledger.claim(owner, 3600)
    assert claim is not None
    flight = office.ledger.fly(
        claim, office.ledger.pending(claim), attempt=owner, owner=owner, lease=3600, evidence=lambda _: "hash", at=NOW
    )
    assert flight is not None
    return claim, flight


def answer(office: Office, claim: Claim, flight: Flight, kind: OutcomeKind) -> None:
    outcomes: list[Outcome] = every([str(reader) for reader in flight.readers], kind, reason="r", detail="d")
    office.ledger.settle(claim, flight, outcomes, status=200, not_before=0, at=NOW)


def batch_state(office: Office) -> str:
    with office.database.read() as connection:
        return str(connection.scalar(select(batches.c.state)))


def test_an_event_before_the_answer_settles_what_is_in_flight(office: Office) -> None:
    """The batch flies on while a reader is open, is settled with the last one, and the late answer changes nothing."""
    edition = office.frozen(3)
    claim, flight = flown(office)

    assert told(office, edition, 1, 2) == 2
    assert batch_state(office) == BatchState.FLYING
    assert told(office, edition, 3, state=REJECTED) == 1
    assert batch_state(office) == BatchState.SETTLED

    answer(office, claim, flight, OutcomeKind.RETRY)
    assert office.counts(edition) == {"accepted": 2, "rejected": 1}
    assert batch_state(office) == BatchState.SETTLED
    assert office.deliveries.finish(NOW) == [edition]
    with office.database.read() as connection:
        assert connection.scalar(select(deliveries.c.provider_id).where(deliveries.c.subscriber_id == 1)) == "id 1"


def test_the_worker_may_die_after_the_last_event(office: Office) -> None:
    """Nothing is left open by it: the attempt is closed, there is nothing to expire, and the edition finishes."""
    edition = office.frozen(2)
    flown(office)
    told(office, edition, 1, 2)

    assert office.ledger.expire(["ada"]) == 0
    assert office.deliveries.finish(NOW) == [edition]
    with office.database.read() as connection:
        assert connection.scalar(select(attempts.c.outcome)) == "answered"


def test_a_finished_edition_learns_better(office: Office) -> None:
    """Unknown becomes accepted after the end: batch settled, sum balanced, the edition stays finished."""
    edition = office.frozen(4)
    flown(office)
    office.ledger.expire(["ada"])
    office.reconcile()
    office.deliveries.finish(NOW)

    assert told(office, edition, 2, 4) == 2
    assert office.counts(edition) == {"accepted": 2, "unknown": 2}
    assert batch_state(office) == BatchState.UNKNOWN
    assert told(office, edition, 1, 3) == 2
    assert batch_state(office) == BatchState.SETTLED
    assert office.state(edition) == EditionState.FINISHED
    assert office.deliveries.unbalanced() == []


def test_held_deliveries_learn_better(office: Office) -> None:
    """What has waited for a person for days is still settled by an event."""
    edition = office.frozen(1)
    flown(office)
    office.ledger.expire(["ada"])
    with office.database.write() as connection:
        connection.execute(deliveries.update().values(state=DeliveryState.HELD))

    assert told(office, edition, 1) == 1
    assert office.counts(edition) == {"accepted": 1}


@pytest.mark.parametrize("state", sorted(set(DeliveryState) - {"in_flight", "unknown", "held"}))
def test_what_is_settled_or_was_never_sent_stays(office: Office, state: DeliveryState) -> None:
    """Whoever speaks of it: a delivery that no request carried, or whose outcome is known, does not move."""
    edition = office.frozen(1)
    with office.database.write() as connection:
        connection.execute(deliveries.update().values(state=state))

    assert told(office, edition, 1) == told(office, edition, 1, state=REJECTED) == 0
    assert office.counts(edition) == {state.value: 1}


def test_the_first_proof_counts(office: Office) -> None:
    """Delivered and bounced, in one webhook or in two: what was proved first stays."""
    edition = office.frozen(2)
    flown(office)
    with office.database.write() as connection:
        both = [Proof(edition, 1, ACCEPTED), Proof(edition, 1, REJECTED, reason="invalid"), Proof(edition, 2, REJECTED)]
        assert prove(connection, both, at=NOW) == 2
    assert told(office, edition, 2) == 0
    assert office.counts(edition) == {"accepted": 1, "rejected": 1}


def test_proofs_of_what_does_not_exist_are_nothing(office: Office) -> None:
    """Another installation's webhook, or an edition that is gone: no row, no error."""
    edition = office.frozen(1)
    assert told(office, edition + 1, 1) == told(office, edition, 77) == 0


def test_thousands_of_proofs_over_many_batches(office: Office) -> None:
    """Each batch is closed where nothing is open in it, and no other is touched."""
    edition = office.frozen(1300, batch=100)
    for number in range(12):
        flown(office, owner=f"worker {number}")

    assert told(office, edition, *range(1300, 50, -1)) == 1150
    with office.database.read() as connection:
        states = connection.scalars(select(batches.c.state).order_by(batches.c.number)).all()
    assert states == ["flying"] + ["settled"] * 11 + ["ready"]
    assert office.counts(edition) == {"accepted": 1150, "in_flight": 50, "pending": 100}
