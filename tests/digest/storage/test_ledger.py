"""The ledger under every order of events that chance can make, and some that it hardly would."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule
from office import NOW, Office
from sqlalchemy import Row, select, update

from digest.errors import WrongState
from digest.model import BatchState, DeliveryState, EditionState, Outcome, OutcomeKind
from digest.providers.base import every
from digest.storage.batches import RESENT, Claim, Flight, Reader
from digest.storage.proofs import Proof, prove
from digest.storage.settlement import FEWEST_REFUSALS
from digest.storage.tables import attempts, batches, deliveries, editions
from subscribers import roll

READERS = 12
OWNERS = st.sampled_from(["ada", "bela", "cleo"])
LEASES = st.sampled_from([3600.0, 3600.0, -1.0])
"""Seconds; the last one is over as soon as it begins."""
NOT_TAKEN = {OutcomeKind.RETRY, OutcomeKind.PAUSE, OutcomeKind.SPLIT}
ENDS = {
    DeliveryState.ACCEPTED,
    DeliveryState.REJECTED,
    DeliveryState.SUPPRESSED,
    DeliveryState.CANCELLED,
    DeliveryState.QUARANTINED,
}
"""States that a delivery never leaves again."""
ANSWERS = st.one_of(
    st.sampled_from(OutcomeKind).map(lambda kind: [kind] * READERS),
    st.lists(st.sampled_from(OutcomeKind), min_size=READERS, max_size=READERS),
)


class Prepared(NamedTuple):
    """What a worker holds between its claim and its flight."""

    owner: str
    claim: Claim
    readers: list[Reader]


class Sent(NamedTuple):
    """A request that left, and what the provider does with it."""

    claim: Claim
    flight: Flight
    answer: list[Outcome]


class Ledgers(RuleBasedStateMachine):
    """Three workers, a provider that says anything, people who leave and an operator who intervenes.

    The machine keeps its own record of what the provider may have taken; the ledger is held against it.
    """

    prepared = Bundle("prepared")
    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.office = Office(Path(self._folder.name))
        self.fences: dict[int, int] = {}
        self.perhaps_taken: dict[int, str] = {}
        """Reader → the attempt that the provider may have taken."""
        self.left: set[int] = set()
        self.last: dict[int, DeliveryState] = {}
        self.attempts = 0

    @initialize(size=st.integers(1, 5))
    def freeze(self, size: int) -> None:
        self.edition = self.office.frozen(READERS, batch=size)

    def teardown(self) -> None:
        if hasattr(self, "edition"):
            self.nobody_is_forgotten()
        self.office.database.close()
        self._folder.cleanup()

    @rule(target=prepared, owner=OWNERS, lease=LEASES)
    def claim(self, owner: str, lease: float) -> Prepared | MultipleResults[Prepared]:
        claim = self.office.ledger.claim(owner, lease)
        if claim is None:
            return multiple()
        assert claim.fence > self.fences.get(claim.number, 0), "the fence rises with every claim"
        self.fences[claim.number] = claim.fence
        return Prepared(owner, claim, self.office.ledger.pending(claim))

    @rule(target=sent, held=prepared, lease=LEASES, kinds=ANSWERS)
    def fly(self, held: Prepared, lease: float, kinds: list[OutcomeKind]) -> Sent | MultipleResults[Sent]:
        self.attempts += 1
        attempt = f"attempt {self.attempts}"
        stale = held.claim.fence < self.fences[held.claim.number]
        flight = self.office.ledger.fly(
            held.claim,
            held.readers,
            attempt=attempt,
            owner=held.owner,
            lease=lease,
            evidence=lambda _: "hash",
            at=NOW,
        )
        if flight is None:
            return multiple()
        assert not stale, "only the newest claim flies"
        assert flight.readers
        assert set(flight.readers) <= {reader.subscriber_id for reader in held.readers}
        assert not self.left & set(flight.readers), "leaving wins"
        for reader in flight.readers:
            assert reader not in self.perhaps_taken, "nobody is in two flights"
            self.perhaps_taken[reader] = attempt
        carried = self._carried(flight)
        assert {row.subscriber_id for row in carried} == set(flight.readers)
        assert {row.state for row in carried} == {"in_flight"}
        answer = [
            Outcome(delivery=str(reader), kind=kind, provider_id="m", reason="r", detail="d")
            for reader, kind in zip(flight.readers, kinds, strict=False)
        ]
        return Sent(held.claim, flight, answer)

    @rule(target=sent, owner=OWNERS, lease=LEASES, kinds=ANSWERS, answered=st.booleans())
    def work(self, owner: str, lease: float, kinds: list[OutcomeKind], answered: bool) -> Sent | MultipleResults[Sent]:
        """A worker that nobody interrupts, up to its request or to its answer."""
        held = self.claim(owner, 3600)
        sent = self.fly(held, lease, kinds) if isinstance(held, Prepared) else multiple()
        if answered and isinstance(sent, Sent):
            self.settle(sent)
        return sent

    @rule(sent=sent)
    def settle(self, sent: Sent) -> None:
        """In time, late, or a second time: the provider says the same."""
        given_up = {row.subscriber_id for row in self._carried(sent.flight) if row.state == "unknown"}
        self.office.ledger.settle(sent.claim, sent.flight, sent.answer, status=200, not_before=0, at=NOW)
        for reader, outcome in zip(sent.flight.readers, sent.answer, strict=True):
            proved = outcome.kind in NOT_TAKEN and reader not in given_up
            if proved and self.perhaps_taken.get(reader) == sent.flight.attempt:
                del self.perhaps_taken[reader]

    @rule(dead=st.sets(OWNERS))
    def expire(self, dead: set[str]) -> None:
        self.office.ledger.expire(dead)

    @rule(held=prepared)
    def release(self, held: Prepared) -> None:
        self.office.ledger.release(held.claim)

    @rule(held=prepared, which=st.integers(0, READERS - 1))
    def quarantine(self, held: Prepared, which: int) -> None:
        """No message can be made for one reader of a batch; the worker goes on with the others."""
        if which < len(held.readers):
            refused = held.readers.pop(which)
            self.office.ledger.quarantine(held.claim, [(refused.subscriber_id, "no message")])

    @rule(reader=st.integers(1, READERS))
    def leave(self, reader: int) -> None:
        with self.office.database.write() as connection:
            roll.unsubscribe(connection, subscriber_id=reader, newsletter="morning", at=NOW, source="one-click")
        self.left.add(reader)

    @rule(decision=st.sampled_from(["hold", "hold", "resume", "resume", "resume", "cancel"]))
    def operate(self, decision: str) -> None:
        try:
            if decision == "hold":
                self.office.editions.hold(self.edition, reason="by hand")
            elif decision == "resume":
                self.office.editions.resume(self.edition)
            else:
                self.office.editions.cancel(self.edition, reason="by hand", at=NOW)
        except WrongState:
            pass

    @rule(reader=st.integers(1, READERS), state=st.sampled_from([DeliveryState.ACCEPTED, DeliveryState.REJECTED]))
    def prove(self, reader: int, state: DeliveryState) -> None:
        """An event, at any time and also about who was never sent to: it moves only what may have been taken."""
        before = {row.subscriber_id: row.state for row in self._rows()}
        with self.office.database.write() as connection:
            moved = prove(connection, [Proof(self.edition, reader, state)], at=NOW)
        assert moved == (before[reader] in ("in_flight", "unknown"))

    @rule()
    def finish(self) -> None:
        self.office.reconcile()
        self.office.deliveries.finish(NOW)

    @invariant()
    def the_sum_balances(self) -> None:
        """planned = the sum of the states, one row each, and what is over stays over."""
        if not hasattr(self, "edition"):
            return
        rows = self._rows()
        assert len(rows) == self.office.editions.get(self.edition).planned == READERS
        for row in rows:
            before, state = self.last.get(row.subscriber_id), DeliveryState(row.state)
            assert before not in ENDS or state == before
            assert before is not DeliveryState.UNKNOWN or state is not DeliveryState.PENDING, (
                "unknown is not sent again"
            )
            self.last[row.subscriber_id] = state

    @invariant()
    def batches_say_where_their_readers_are(self) -> None:
        """Ranges never meet; whoever waits is in a batch that can be claimed; whoever flies is in one that flies."""
        if not hasattr(self, "edition"):
            return
        with self.office.database.read() as connection:
            found = connection.execute(select(batches).order_by(batches.c.first)).all()
            open_attempts = set(connection.scalars(select(attempts.c.id).where(attempts.c.outcome.is_(None))))
        everybody = self._rows()
        members: Counter[int] = Counter()
        for batch in found:
            rows = [row for row in everybody if batch.first <= row.subscriber_id <= batch.last]
            members.update(row.subscriber_id for row in rows)
            states = {row.state for row in rows}
            if "pending" in states:
                assert batch.state in (BatchState.READY, BatchState.CLAIMED)
            assert ("in_flight" in states) == (batch.state == BatchState.FLYING)
            if batch.state == BatchState.FLYING:
                assert {row.attempt for row in rows if row.state == "in_flight"} <= open_attempts
            if batch.state == BatchState.UNKNOWN:
                assert states & {"unknown", "accepted", "rejected"}
        assert set(members.values()) == {1}
        assert len(members) == READERS

    @invariant()
    def a_closed_edition_is_closed(self) -> None:
        """Finished means that nobody waits and nobody flies."""
        if hasattr(self, "edition") and self.office.state(self.edition) is EditionState.FINISHED:
            assert not {"pending", "in_flight"} & self.office.counts(self.edition).keys()

    def nobody_is_forgotten(self) -> None:
        """When the workers are dead and one comes that everything works for, each reader gets an end or is listed."""
        office = self.office
        if office.state(self.edition) is EditionState.HELD:
            office.editions.resume(self.edition)
        office.ledger.expire(["ada", "bela", "cleo"])
        for _ in range(3 * READERS):
            held = self.claim("dora", 3600)
            if not isinstance(held, Prepared):
                break
            sent = self.fly(held, 3600, [OutcomeKind.ACCEPTED] * READERS)
            if isinstance(sent, Sent):
                self.settle(sent)
            self.the_sum_balances()
        office.reconcile()
        office.deliveries.finish(NOW)
        assert office.state(self.edition) in (EditionState.FINISHED, EditionState.CANCELLED)
        assert not {"pending", "in_flight"} & office.counts(self.edition).keys()
        assert office.ledger.waiting() is None

    def _rows(self) -> Sequence[Row[Any]]:
        with self.office.database.read() as connection:
            return connection.execute(select(deliveries)).all()

    def _carried(self, flight: Flight) -> list[Row[Any]]:
        return [row for row in self._rows() if row.attempt == flight.attempt]


TestLedgers = Ledgers.TestCase
TestLedgers.__doc__ = (
    "Whatever happens in whatever order: the sum balances, nobody is sent to twice, nobody is forgotten."
)
TestLedgers.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


def flown(office: Office, owner: str = "ada", *, lease: float = 3600, at: datetime = NOW) -> tuple[Claim, Flight]:
    claim = office.ledger.claim(owner, lease)
    assert claim is not None
    flight = office.ledger.fly(
        claim,
        office.ledger.pending(claim),
        attempt=owner,
        owner=owner,
        lease=lease,
        evidence=lambda _: "hash",
        at=at,
    )
    assert flight is not None
    return claim, flight


def answered(flight: Flight, kind: OutcomeKind) -> list[Outcome]:
    return every([str(reader) for reader in flight.readers], kind, reason="r", detail="d")


def test_nothing_is_claimed_unless_it_is_due(office: Office) -> None:
    """A batch that was told to wait is not claimed before its time, and `waiting` says how long."""
    office.frozen(2)
    claim, flight = flown(office)
    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.RETRY), status=429, not_before=500, at=NOW)

    assert office.ledger.claim("bela", 60) is None
    assert 490 < (office.ledger.waiting() or 0) <= 500


def test_waiting_is_about_open_batches_of_running_sends(office: Office) -> None:
    """None without work; 0 when a batch is ready or somebody is at work on one; None when held."""
    assert office.ledger.waiting() is None
    edition = office.frozen(2)
    assert office.ledger.waiting() == 0
    flown(office)
    assert office.ledger.waiting() == 0
    office.editions.hold(edition, reason="by hand")
    assert office.ledger.waiting() is None


def test_a_flight_is_given_up_when_its_lease_is_over_or_its_owner_dead(office: Office) -> None:
    """Only then: a living owner within its lease keeps its flight."""
    edition = office.frozen(6, batch=2)
    flown(office, "ada")
    assert office.ledger.expire(["cleo"]) == 0
    assert office.counts(edition) == {"in_flight": 2, "pending": 4}

    assert office.ledger.expire(["ada"]) == 1
    assert office.counts(edition) == {"unknown": 2, "pending": 4}
    with office.database.read() as connection:
        (attempt,) = connection.execute(select(attempts)).all()
        assert list(connection.scalars(select(batches.c.state).order_by(batches.c.number))) == [
            "unknown",
            "ready",
            "ready",
        ]
    assert (attempt.outcome, attempt.detail) == ("unknown", "no answer before the lease ran out")


def test_giving_up_writes_only_when_there_is_something_to_give_up(office: Office) -> None:
    """An idle housekeeper takes no write lock, not even beside a held edition's stale claim."""
    edition = office.frozen(2)
    assert office.ledger.claim("ada", -1) is not None
    office.editions.hold(edition, reason="by hand")
    writes = []
    original = office.database.write
    office.database.write = lambda **durable: writes.append(durable) or original(**durable)  # type: ignore[method-assign,func-returns-value]

    assert office.ledger.expire([]) == 0
    assert office.ledger.expire(["nobody"]) == 0

    assert writes == []


def test_an_answer_that_is_written_down_twice_cuts_a_batch_once(office: Office) -> None:
    """A commit whose success was not heard of is tried again: halves stay halves, and nobody is in two batches."""
    edition = office.frozen(8, batch=8)
    claim, flight = flown(office)
    for _ in range(2):
        office.ledger.settle(claim, flight, answered(flight, OutcomeKind.SPLIT), status=413, not_before=0, at=NOW)

    with office.database.read() as connection:
        found = connection.execute(select(batches.c.first, batches.c.last, batches.c.state, batches.c.refusals)).all()
    assert sorted(map(tuple, found)) == [(1, 4, "ready", 1), (5, 8, "ready", 0)]
    assert office.counts(edition) == {"pending": 8}


@pytest.mark.parametrize(
    ("reason", "doubted", "ends_as"),
    [("rate", "", "quarantined"), ("rate", RESENT, "held"), ("transport", "", "pending")],
)
def test_who_is_put_off_for_days_is_set_aside(office: Office, reason: str, doubted: str, ends_as: str) -> None:
    """A reader whom the provider always tells "later" is set aside after three days, so that the edition ends.

    Who may have been taken before waits for a person; an account that cannot be reached refuses nobody.
    """
    edition = office.frozen(1)
    with office.database.write() as connection:
        connection.execute(update(deliveries).values(reason=doubted))
    states = []
    for hour in (*range(FEWEST_REFUSALS), 71, 72):
        claim, flight = flown(office, f"worker {hour}", at=NOW + timedelta(hours=hour))
        later = every([str(reader) for reader in flight.readers], OutcomeKind.RETRY, reason=reason, detail="HTTP 429")
        office.ledger.settle(claim, flight, later, status=429, not_before=0, at=NOW + timedelta(hours=hour))
        states.append(office.counts(edition))

    assert states == [{"pending": 1}] * (FEWEST_REFUSALS + 1) + [{ends_as: 1}]


def test_a_pause_of_days_sets_nobody_aside(office: Office) -> None:
    """What counts is being refused all the time, not that the first time is long ago."""
    edition = office.frozen(1)
    for days in (0, 30):
        claim, flight = flown(office, f"worker {days}", at=NOW + timedelta(days=days))
        office.ledger.settle(
            claim, flight, answered(flight, OutcomeKind.RETRY), status=429, not_before=0, at=NOW + timedelta(days=days)
        )

    assert office.counts(edition) == {"pending": 1}


def test_who_is_left_of_a_spoiled_batch_is_tried_alone(office: Office) -> None:
    """Proof on one of two came in flight, then both were refused as a whole: the other is not to blame for that."""
    edition = office.frozen(2, batch=2)
    claim, flight = flown(office)
    proof = Proof(edition, flight.readers[0], DeliveryState.ACCEPTED, None, "", "")
    with office.database.write() as connection:
        prove(connection, [proof], at=NOW)
    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.SPLIT), status=413, not_before=0, at=NOW)
    after_both = office.counts(edition)
    claim, flight = flown(office, "bela")
    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.SPLIT), status=413, not_before=0, at=NOW)

    assert after_both == {"accepted": 1, "pending": 1}
    assert len(flight.readers) == 1
    assert office.counts(edition) == {"accepted": 1, "quarantined": 1}


def test_who_spoils_a_request_and_may_have_had_one_before_waits_for_a_person(office: Office) -> None:
    """A repeated message that is refused by itself says nothing of the first, which nobody answered."""
    edition = office.frozen(1)
    with office.database.write() as connection:
        connection.execute(update(deliveries).values(reason=RESENT))
    claim, flight = flown(office)
    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.SPLIT), status=413, not_before=0, at=NOW)

    assert office.counts(edition) == {"held": 1}


def test_a_batch_in_flight_is_not_given_back(office: Office) -> None:
    """Neither `release` nor a second flight of the same claim touches a request that is under way."""
    edition = office.frozen(2)
    claim, flight = flown(office)
    office.ledger.release(claim)
    office.editions.hold(edition, reason="by hand")
    again = office.ledger.fly(claim, [], attempt="2", owner="ada", lease=60, evidence=lambda _: "hash", at=NOW)

    assert again is None
    with office.database.read() as connection:
        assert connection.scalar(select(batches.c.state)) == "flying"
    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.ACCEPTED), status=200, not_before=0, at=NOW)
    assert office.counts(edition) == {"accepted": 2}


def test_a_claim_that_was_lost_sets_nobody_aside(office: Office) -> None:
    """A worker whose batch was taken over no longer decides who is in it."""
    edition = office.frozen(2)
    stale = office.ledger.claim("ada", -1)
    fresh = office.ledger.claim("bela", 60)
    assert stale is not None
    assert fresh is not None

    office.ledger.quarantine(stale, [(1, "no message")])
    assert office.counts(edition) == {"pending": 2}
    office.ledger.quarantine(fresh, [(1, "no message")])
    assert office.counts(edition) == {"pending": 1, "quarantined": 1}


def test_the_hash_on_record_is_of_those_who_stayed(office: Office) -> None:
    """Who left between the claim and the flight is not in the body that is asked for."""
    office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    readers = office.ledger.pending(claim)
    with office.database.write() as connection:
        roll.unsubscribe(connection, subscriber_id=2, newsletter="morning", at=NOW, source="one-click")
    asked: list[tuple[int, ...]] = []

    def evidence(stayed: tuple[int, ...]) -> str:
        asked.append(stayed)
        return "hash"

    flight = office.ledger.fly(claim, readers, attempt="1", owner="ada", lease=60, evidence=evidence, at=NOW)

    assert flight is not None
    assert asked == [flight.readers] == [(1, 3)]


def test_a_flight_that_cannot_be_recorded_leaves_nothing_changed(office: Office) -> None:
    """When the body cannot be made, the whole transaction is taken back: no attempt, nobody in flight."""
    edition = office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    readers = office.ledger.pending(claim)

    def fails(_: tuple[int, ...]) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        office.ledger.fly(claim, readers, attempt="1", owner="ada", lease=60, evidence=fails, at=NOW)
    assert office.counts(edition) == {"pending": 3}
    with office.database.read() as connection:
        assert connection.execute(select(attempts)).all() == []
        assert connection.scalar(select(batches.c.state)) == "claimed"


def test_older_editions_go_first(office: Office) -> None:
    """Two sends at once: the batches of the one that was opened first are claimed first."""
    first = office.frozen(2, batch=1)
    office.frozen(2, batch=1, day=24)
    claims = [office.ledger.claim("ada", 60) for _ in range(4)]
    assert [claim.edition_id == first for claim in claims if claim] == [True, True, False, False]
    assert office.ledger.claim("ada", 60) is None
    with office.database.read() as connection:
        assert connection.scalar(select(editions.c.id).where(editions.c.id == first)) == first


def test_a_batch_that_lost_a_reader_stops_its_edition(office: Office) -> None:
    """Something else wrote into the ledger: the next settlement of that batch holds the edition and says where."""
    edition = office.frozen(6, batch=3)
    claim, flight = flown(office)
    with office.database.write() as connection:
        connection.execute(deliveries.delete().where(deliveries.c.subscriber_id == 2))

    office.ledger.settle(claim, flight, answered(flight, OutcomeKind.ACCEPTED), status=200, not_before=0, at=NOW)

    assert office.state(edition) is EditionState.HELD
    reason = office.editions.get(edition).reason
    assert reason == "the ledger does not balance: batch 1 has 2 readers, not 3; run `digest db check`"
    assert office.ledger.claim("bela", 60) is None
    assert office.deliveries.misplaced() == [(edition, 1, 3, 2)]
