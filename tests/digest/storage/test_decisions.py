"""What people decide about an edition under way, exact to the batch and on record."""

from __future__ import annotations

import pytest
from office import NOW, Office
from sqlalchemy import select

from digest.errors import NotFound, WrongState
from digest.model import BatchState, DeliveryState, EditionState, OutcomeKind
from digest.providers.base import every
from digest.storage.batches import Claim, Flight
from digest.storage.decisions import Decisions
from digest.storage.tables import batches, deliveries
from subscribers import roll


@pytest.fixture
def decisions(office: Office) -> Decisions:
    return Decisions(office.database)


def flown(office: Office, owner: str) -> tuple[Claim, Flight]:
    claim = office.ledger.claim(owner, 3600)
    assert claim is not None
    flight = office.ledger.fly(
        claim, office.ledger.pending(claim), attempt=owner, owner=owner, lease=3600, evidence=lambda _: "hash", at=NOW
    )
    assert flight is not None
    return claim, flight


def accept(office: Office, claim: Claim, flight: Flight) -> None:
    outcomes = every([str(reader) for reader in flight.readers], OutcomeKind.ACCEPTED, reason="", detail="")
    office.ledger.settle(claim, flight, outcomes, status=200, not_before=0, at=NOW)


def doubted(office: Office, readers: int, *, batch: int = 10, held: bool = False) -> int:
    """A finished edition whose readers are all unknown, or held."""
    edition = office.frozen(readers, batch=batch)
    while (claim := office.ledger.claim("killed", 3600)) is not None:
        waiting = office.ledger.pending(claim)
        office.ledger.fly(
            claim,
            waiting,
            attempt=f"a{claim.number}",
            owner="killed",
            lease=60,
            evidence=lambda _: "hash",
            at=NOW,
        )
    office.ledger.expire(["killed"])
    office.reconcile()
    if held:
        with office.database.write() as connection:
            connection.execute(batches.update().values(flown_at=batches.c.flown_at - 73 * 3600, look_at=1))
        office.reconcile()
    assert office.deliveries.finish(NOW) == [edition]
    return edition


def test_a_pause_is_exact_to_the_batch(office: Office, decisions: Decisions) -> None:
    """What flies is settled, what was only claimed does not leave, nothing is claimed; resumed, the rest goes out."""
    edition = office.frozen(40)
    flying, flight = flown(office, "one")
    claimed = office.ledger.claim("two", 3600)
    assert claimed is not None
    waiting = office.ledger.pending(claimed)

    decisions.pause(edition, by="ada", at=NOW)

    fly = {"attempt": "b", "owner": "two", "lease": 60.0, "evidence": lambda _: "hash", "at": NOW}
    assert office.ledger.fly(claimed, waiting, **fly) is None  # type: ignore[arg-type]
    assert office.ledger.claim("three", 60) is None
    accept(office, flying, flight)
    assert office.counts(edition) == {"accepted": 10, "pending": 30}
    assert office.editions.get(edition).reason == "paused by ada"
    assert office.deliveries.finish(NOW) == []

    decisions.resume(edition, by="ben", at=NOW)
    for worker in ("a", "b", "c"):
        accept(office, *flown(office, worker))
    assert office.deliveries.finish(NOW) == [edition]
    assert [(made.decision, made.by, made.detail) for made in decisions.of(edition)] == [
        ("paused", "ada", ""),
        ("resumed", "ben", "was held: paused by ada"),
    ]


def test_a_cancellation_is_exact_to_the_batch(office: Office, decisions: Decisions) -> None:
    """Who flies is settled as it turns out, everybody else is cancelled, and the sum balances."""
    edition = office.frozen(40)
    flying, flight = flown(office, "one")

    assert decisions.cancel(edition, reason="wrong day", by="ada", at=NOW) == 30
    accept(office, flying, flight)

    assert office.counts(edition) == {"accepted": 10, "cancelled": 30}
    assert office.ledger.claim("two", 60) is None
    (made,) = decisions.of(edition)
    assert (made.decision, made.readers, made.detail, made.by) == ("cancelled", 30, "wrong day", "ada")


def test_a_refused_decision_is_not_on_record(office: Office, decisions: Decisions) -> None:
    """What cannot be done leaves no line, and says why."""
    edition = doubted(office, 2)
    with pytest.raises(WrongState, match="is finished; from there it cannot become held"):
        decisions.pause(edition, by="ada", at=NOW)
    with pytest.raises(WrongState, match="is finished; from there it cannot become sending"):
        decisions.resume(edition, by="ada", at=NOW)
    with pytest.raises(NotFound, match="nobody is held who still may be mailed"):
        decisions.resend(edition, unknown=False, by="ada", at=NOW)
    with pytest.raises(NotFound, match=r"nobody@example\.org is not unknown or held"):
        decisions.settle(edition, accepted=True, address="nobody@example.org", by="ada", at=NOW)
    with pytest.raises(NotFound, match="there is no edition 9"):
        decisions.settle(9, accepted=True, address=None, by="ada", at=NOW)
    assert decisions.of(edition) == []


@pytest.mark.parametrize("held", [False, True])
def test_a_person_says_what_became_of_them(office: Office, decisions: Decisions, held: bool) -> None:
    """One reader, then all others; the edition stays finished, its sum balances, and each says by whose word."""
    edition = doubted(office, 5, held=held)

    assert decisions.settle(edition, accepted=True, address="reader3@example.org", by="ada", at=NOW) == 1
    assert decisions.settle(edition, accepted=False, address=None, by="ben", at=NOW) == 4

    assert office.counts(edition) == {"accepted": 1, "rejected": 4}
    assert office.state(edition) is EditionState.FINISHED
    assert office.deliveries.unbalanced() == []
    with office.database.read() as connection:
        assert connection.scalars(select(batches.c.state)).all() == [BatchState.SETTLED]
    (row, *_) = office.deliveries.listing(edition, DeliveryState.REJECTED)
    assert (row.reason, row.detail) == ("not-accepted", "by ben")
    assert [(made.decision, made.readers) for made in decisions.of(edition)] == [("accepted", 1), ("not-accepted", 4)]


def test_held_readers_are_sent_to_once_more(office: Office, decisions: Decisions) -> None:
    """By a person's word alone; not who left; a finished edition goes on and finishes again."""
    edition = doubted(office, 25, held=True)
    with office.database.write() as connection:
        roll.unsubscribe(connection, subscriber_id=7, newsletter="morning", at=NOW, source="one-click")
    assert office.ledger.claim("any", 60) is None

    assert decisions.resend(edition, unknown=False, by="ada", at=NOW) == 24
    assert office.state(edition) is EditionState.SENDING
    for worker in ("a", "b", "c"):
        accept(office, *flown(office, worker))

    assert office.counts(edition) == {"accepted": 24, "held": 1}
    assert office.deliveries.finish(NOW) == [edition]
    (made,) = decisions.of(edition)
    assert (made.decision, made.readers, made.detail) == ("resent", 24, "held")


def test_unknown_readers_are_sent_to_only_if_asked_for(office: Office, decisions: Decisions) -> None:
    """Before three days are over; and whoever leaves before the request is unknown again, not suppressed."""
    edition = doubted(office, 2)
    assert decisions.resend(edition, unknown=True, by="ada", at=NOW) == 2
    with office.database.write() as connection:
        roll.unsubscribe(connection, subscriber_id=2, newsletter="morning", at=NOW, source="one-click")

    claim, flight = flown(office, "a")
    assert flight.readers == (1,)
    accept(office, claim, flight)

    assert office.counts(edition) == {"accepted": 1, "unknown": 1}


def test_a_batch_under_way_keeps_its_readers(office: Office, decisions: Decisions) -> None:
    """Held readers of a batch that somebody works on wait: no request carries more than its record says."""
    edition = office.frozen(4)
    with office.database.write() as connection:
        connection.execute(deliveries.update().where(deliveries.c.subscriber_id == 1).values(state=DeliveryState.HELD))
    claim, flight = flown(office, "a")

    with pytest.raises(NotFound):
        decisions.resend(edition, unknown=False, by="ada", at=NOW)
    accept(office, claim, flight)
    assert decisions.resend(edition, unknown=False, by="ada", at=NOW) == 1
    accept(office, *flown(office, "b"))
    assert office.counts(edition) == {"accepted": 4}


def test_a_cancelled_edition_is_not_sent_to_anybody_again(office: Office, decisions: Decisions) -> None:
    """Its unknown readers can be settled, not sent to."""
    edition = office.frozen(4, batch=2)
    flown(office, "killed")
    decisions.cancel(edition, reason="wrong", by="ada", at=NOW)
    office.ledger.expire(["killed"])

    with pytest.raises(WrongState, match="is cancelled; nobody of it is sent to again"):
        decisions.resend(edition, unknown=True, by="ada", at=NOW)
    assert decisions.settle(edition, accepted=False, address=None, by="ada", at=NOW) == 2
    assert office.counts(edition) == {"cancelled": 2, "rejected": 2}
