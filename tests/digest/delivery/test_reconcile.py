"""What becomes of readers whose request was never answered: by each account's policy, by look-up, by time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from office import NOW, Office
from remembering import Remembering
from sink import Sink
from sqlalchemy import case, select

from digest.delivery.reconcile import Policy
from digest.delivery.worker import Worker
from digest.model import DeliveryState, EditionState, Outcome, OutcomeKind
from digest.providers.base import Adapter, Answer, Call
from digest.providers.postmark import Postmark
from digest.providers.resend import Resend
from digest.storage.proofs import Proof, prove
from digest.storage.tables import attempts, batches, deliveries
from subscribers import roll

HOUR = 3600.0
KEYED = Policy("keyed")
RESEND = Policy("resend", 2 * HOUR)


@pytest.fixture
def remembering() -> Iterator[Remembering]:
    with Remembering() as vendor:
        yield vendor


def pass_time(office: Office, seconds: float) -> None:
    """Both clocks go on: the worker's, and the database's, by which the ledger reckons."""
    office.later(seconds=seconds)
    reckoned = ("not_before", "lease_until", "flown_at", "look_at")
    values = {name: batches.c[name] - seconds for name in reckoned}
    again = case((batches.c.again_at > 0, batches.c.again_at - seconds), else_=batches.c.again_at)
    with office.database.write() as connection:
        connection.execute(batches.update().values(**values, again_at=again))


@contextmanager
def resending(office: Office, vendor: Remembering, policy: Policy = KEYED) -> Iterator[Worker]:
    with office.worker(vendor.url, adapter=Resend(), policy=policy) as worker:
        yield worker


def work(worker: Worker) -> None:
    """All that can be done at this moment."""
    worker.keep_house()
    while worker.step():
        worker.keep_house()
    worker.keep_house()


def leave(office: Office, reader: int) -> None:
    with office.database.write() as connection:
        roll.unsubscribe(connection, subscriber_id=reader, newsletter="morning", at=NOW, source="one-click")


@pytest.mark.parametrize("fault", ["lost", "unheard"])
def test_a_request_is_made_again_under_its_key(office: Office, remembering: Remembering, fault: str) -> None:
    """Whether the vendor took the first one or not: the same key and bytes, everybody once, and it all is known."""
    edition = office.frozen(6, batch=3)
    remembering.plan.extend([fault, ""])
    with resending(office, remembering) as worker:
        work(worker)
        assert office.counts(edition) == {"accepted": 3, "unknown": 3}
        assert office.state(edition) == EditionState.SENDING, "something is still to be done by itself"
        pass_time(office, 3)
        work(worker)

    assert office.counts(edition) == {"accepted": 6}
    assert office.state(edition) == EditionState.FINISHED
    first, _, again = range(3)
    assert remembering.keys[first] == remembering.keys[again]
    assert remembering.bodies[first] == remembering.bodies[again]
    assert sorted(remembering.taken) == sorted(set(remembering.taken)), "nobody twice"
    assert len(remembering.taken) == 6
    with office.database.read() as connection:
        rows = connection.execute(select(attempts.c.id, attempts.c.key, attempts.c.outcome)).all()
    assert [row.key for row in rows].count(remembering.keys[first]) == 2
    assert sorted(row.outcome for row in rows) == ["answered", "answered", "unknown"]


def test_repeats_come_ever_later_and_end_with_the_window(office: Office, remembering: Remembering) -> None:
    """A vendor that never answers is not pressed; after an hour the key is left alone and the edition is closed."""
    edition = office.frozen(2)
    remembering.plan.extend(["unheard"] * 99)
    requests = []
    with resending(office, remembering) as worker:
        for _ in range(130):
            work(worker)
            requests.append(len(remembering.bodies))
            pass_time(office, 60)

    assert 4 <= requests[-1] <= 9
    assert requests[60] == requests[-1], "none after the hour"
    assert office.counts(edition) == {"unknown": 2}
    assert office.state(edition) == EditionState.FINISHED
    assert len(remembering.taken) == 2


def test_a_refusal_of_the_repeat_says_nothing_of_the_first(office: Office, remembering: Remembering) -> None:
    """429 at the second time proves nothing about the first, which was taken: nobody is pending again."""
    edition = office.frozen(2)
    remembering.plan.extend(["unheard", "429"])
    with resending(office, remembering) as worker:
        work(worker)
        pass_time(office, 3)
        work(worker)
        assert office.counts(edition) == {"unknown": 2}
        assert len(remembering.bodies) == 2
        pass_time(office, 10)
        work(worker)

    assert office.counts(edition) == {"accepted": 2}
    assert len(remembering.taken) == 2


def test_who_left_is_never_sent_to_again(office: Office, remembering: Remembering) -> None:
    """One member left: without that one the body is another, so none of them is sent to again, and all stay unknown."""
    edition = office.frozen(3)
    remembering.plan.append("lost")
    with resending(office, remembering) as worker:
        work(worker)
        leave(office, 2)
        pass_time(office, 3)
        work(worker)

    assert len(remembering.bodies) == 1
    assert office.counts(edition) == {"unknown": 3}
    assert office.state(edition) == EditionState.FINISHED


def test_a_reader_proved_meanwhile_ends_repeating(office: Office, remembering: Remembering) -> None:
    """An event about one member: the others wait for theirs instead of a request that is not the same."""
    edition = office.frozen(3)
    remembering.plan.append("unheard")
    with resending(office, remembering) as worker:
        work(worker)
        with office.database.write() as connection:
            prove(connection, [Proof(edition, 1, DeliveryState.ACCEPTED)], at=NOW)
        pass_time(office, 3)
        work(worker)

    assert len(remembering.bodies) == 1
    assert office.counts(edition) == {"accepted": 1, "unknown": 2}


def test_another_evidence_is_not_sent(office: Office, remembering: Remembering) -> None:
    """A row of the frozen audience is another by now: under its key, the request could not be the same."""
    edition = office.frozen(2)
    remembering.plan.append("lost")
    with resending(office, remembering) as worker:
        work(worker)
        with office.database.write() as connection:
            connection.execute(deliveries.update().where(deliveries.c.subscriber_id == 1).values(name="Eve"))
        pass_time(office, 3)
        work(worker)

    assert len(remembering.bodies) == 1
    assert office.counts(edition) == {"unknown": 2}


@pytest.mark.parametrize(("worker_clock", "database_clock"), [(2 * HOUR, 3), (3, 2 * HOUR), (-HOUR, 3), (3, -HOUR)])
def test_a_clock_that_jumped_ends_repeating(
    office: Office, remembering: Remembering, worker_clock: float, database_clock: float
) -> None:
    """Unless both clocks say that the vendor still knows the key, the request is not made again."""
    edition = office.frozen(1)
    remembering.plan.append("unheard")
    with resending(office, remembering) as worker:
        work(worker)
        pass_time(office, database_clock)
        office.later(seconds=worker_clock - database_clock)
        with office.database.write() as connection:
            connection.execute(batches.update().where(batches.c.again_at > 0).values(again_at=1.0))
        work(worker)

    assert len(remembering.bodies) == 1
    assert office.counts(edition) == {"unknown": 1}


def test_a_paused_edition_repeats_nothing(office: Office, remembering: Remembering) -> None:
    """Held, nothing flies; resumed within the window, the request is made again."""
    edition = office.frozen(2)
    remembering.plan.append("lost")
    with resending(office, remembering) as worker:
        work(worker)
        office.editions.hold(edition, reason="by hand")
        pass_time(office, 3)
        work(worker)
        assert len(remembering.bodies) == 1
        office.editions.resume(edition)
        work(worker)

    assert office.counts(edition) == {"accepted": 2}


def test_a_killed_worker_leaves_its_repeat_to_another(office: Office, remembering: Remembering) -> None:
    """The flight of a repeat is given up like any other: unknown, and made again by whoever lives."""
    edition = office.frozen(2)
    remembering.plan.append("lost")
    with resending(office, remembering) as worker:
        work(worker)
        pass_time(office, 3)
        worker.keep_house()
        claim = worker._reconciler.next_repeat()
        assert claim is not None
        assert worker._reconciler.fly_again(claim, owner="dead", lease=60) is not None
        assert office.counts(edition) == {"in_flight": 2}
        pass_time(office, 61)
        work(worker)
        assert office.counts(edition) == {"unknown": 2}
        pass_time(office, 70)
        work(worker)

    assert office.counts(edition) == {"accepted": 2}
    assert len(remembering.taken) == 2


def test_the_late_answer_of_a_first_request_settles_its_repeat(office: Office, remembering: Remembering) -> None:
    """Accepted counts, whichever of the two says so; a late refusal of the first returns nobody from the second."""
    edition = office.frozen(2)
    claim = office.ledger.claim("beef", 60)
    assert claim is not None
    with resending(office, remembering) as worker:
        press = worker._presses.of(edition, "main")
        readers = office.ledger.pending(claim)
        from digest.delivery.evidence import evidence_for

        flight = office.ledger.fly(
            claim,
            readers,
            attempt="first",
            owner="beef",
            lease=60,
            evidence=lambda _: evidence_for(press, readers),
            at=office.time,
        )
        assert flight is not None
        pass_time(office, 61)
        worker.keep_house()
        pass_time(office, 62)
        worker.keep_house()
        again = worker._reconciler.next_repeat()
        assert again is not None
        assert worker._reconciler.fly_again(again, owner="cafe", lease=60) is not None

        def late(kind: OutcomeKind) -> None:
            outcomes = [Outcome(delivery=str(reader), kind=kind, reason="rate") for reader in flight.readers]
            office.ledger.settle(claim, flight, outcomes, status=200, not_before=0, at=NOW)

        late(OutcomeKind.RETRY)
        late(OutcomeKind.UNKNOWN)
        assert office.counts(edition) == {"in_flight": 2}
        late(OutcomeKind.ACCEPTED)
        assert office.counts(edition) == {"accepted": 2}
        worker.keep_house()
    assert office.state(edition) == EditionState.FINISHED


def test_hold_is_what_an_account_does_without_a_word(office: Office, sink: Sink) -> None:
    """Nobody unknown is sent to again, not in three days; then a person is asked, and the edition stays finished."""
    edition = office.frozen(4, batch=2)
    sink.plan.extend(["500 kept", "reset kept"])
    with office.worker(sink.url) as worker:
        work(worker)
        assert office.state(edition) == EditionState.FINISHED
        for _ in range(72):
            pass_time(office, HOUR)
            work(worker)

    assert office.counts(edition) == {"held": 4}
    assert office.state(edition) == EditionState.FINISHED
    assert sink.requests == 2
    assert office.deliveries.unbalanced() == []


@pytest.mark.parametrize(("fault", "copies"), [("reset unread", 1), ("500 kept", 2)])
def test_resend_sends_once_more_after_its_grace(office: Office, sink: Sink, fault: str, copies: int) -> None:
    """Not before two hours; then everybody has it, and some twice where the first request was taken after all."""
    edition = office.frozen(2)
    sink.plan.append(fault)
    with office.worker(sink.url, policy=RESEND) as worker:
        work(worker)
        pass_time(office, 2 * HOUR - 60)
        work(worker)
        assert sink.requests == 1
        assert office.state(edition) == EditionState.SENDING
        pass_time(office, 120)
        work(worker)

    assert office.counts(edition) == {"accepted": 2}
    assert office.state(edition) == EditionState.FINISHED
    assert len(sink.addresses()) == 2 * copies
    assert office.deliveries.unbalanced() == []


def test_resend_has_an_end(office: Office, sink: Sink) -> None:
    """A provider that takes everything and never answers gets each reader three times at most."""
    edition = office.frozen(1)
    sink.plan.extend(["500 kept"] * 99)
    with office.worker(sink.url, policy=RESEND) as worker:
        for _ in range(100):
            work(worker)
            pass_time(office, HOUR)

    assert len(sink.addresses()) == 3
    assert office.counts(edition) == {"held": 1}
    assert office.state(edition) == EditionState.FINISHED


def test_who_left_is_not_resent_to(office: Office, sink: Sink) -> None:
    """Neither who left within the grace nor who left right after: both stay unknown, since they may have it."""
    edition = office.frozen(3)
    sink.plan.append("500 kept")
    with office.worker(sink.url, policy=RESEND) as worker:
        work(worker)
        leave(office, 1)
        pass_time(office, 2 * HOUR)
        worker.keep_house()
        assert office.counts(edition) == {"pending": 2, "unknown": 1}
        leave(office, 2)
        work(worker)
        assert office.counts(edition) == {"accepted": 1, "unknown": 2}
        for _ in range(100):
            pass_time(office, HOUR)
            work(worker)

    assert sink.addresses().count("reader1@example.org") == sink.addresses().count("reader2@example.org") == 1
    assert office.counts(edition) == {"accepted": 1, "held": 2}


def test_a_proof_saves_the_second_copy(office: Office, sink: Sink) -> None:
    """An event that comes when readers are pending again, before their second request."""
    edition = office.frozen(2)
    sink.plan.append("500 kept")
    with office.worker(sink.url, policy=RESEND) as worker:
        work(worker)
        pass_time(office, 2 * HOUR)
        worker.keep_house()
        with office.database.write() as connection:
            assert prove(connection, [Proof(edition, 1, DeliveryState.ACCEPTED, "m1")], at=NOW) == 1
        work(worker)

    assert sorted(sink.addresses()) == ["reader1@example.org", "reader2@example.org", "reader2@example.org"]
    assert office.counts(edition) == {"accepted": 2}


def test_a_refused_resend_stays_in_doubt(office: Office, sink: Sink) -> None:
    """429 at the second time: still to be sent; but the edition's end makes them unknown, not unsent."""
    edition = office.frozen(3)
    sink.plan.extend(["500 kept", "429"])
    with office.worker(sink.url, policy=RESEND) as worker:
        work(worker)
        pass_time(office, 2 * HOUR)
        worker.keep_house()
        worker.step()
        assert office.counts(edition) == {"pending": 3}
        office.editions.cancel(edition, reason="by hand", at=NOW)
        worker.keep_house()

    assert office.counts(edition) == {"unknown": 3}
    assert sink.requests == 2


class Searched(Postmark):
    """Postmark whose messages can be searched by our delivery id, as its sink on loopback answers."""

    def look_up(self, delivery: str) -> Call:
        return Call("POST", f"/search/{delivery}", (), (json.dumps({"find": delivery}).encode(),))

    def found(self, delivery: str, answer: Answer) -> Outcome | None:
        found = json.loads(answer.body) if answer.status == 200 else None
        return Outcome(delivery=delivery, kind=OutcomeKind.ACCEPTED, provider_id=found) if found else None


class Searching(Sink):
    """A sink that answers whether it has a message."""

    asked: int = 0

    def _answer(self, fault: str, body: bytes) -> bytes | None:
        from sink import _response

        if b'{"find"' not in body:
            return super()._answer(fault, body)
        self.requests -= 1
        self.asked += 1
        wanted = json.loads(body)["find"]
        has = any(message["Metadata"]["delivery"] == wanted for message in self.kept)
        return _response(200, json.dumps("its id" if has else None).encode())


def test_the_provider_is_asked_what_it_took(office: Office) -> None:
    """After 5, 30 and 120 minutes and 24 hours; what it has is accepted, and not finding proves nothing."""
    adapter: Adapter = Searched()
    edition = office.frozen(6, batch=3)
    asked = []
    with Searching() as sink, office.worker(sink.url, adapter=adapter) as worker:
        sink.plan.extend(["500 kept", "reset unread"])
        work(worker)
        assert sink.asked == 0
        for minutes in (4, 2, 23, 2, 88, 2, 1318, 2, 24 * 60, 2 * 24 * 60):
            pass_time(office, minutes * 60)
            work(worker)
            asked.append(sink.asked)

    assert asked == [0, 6, 6, 9, 9, 12, 12, 15, 15, 15]
    assert office.counts(edition) == {"accepted": 3, "held": 3}
    with office.database.read() as connection:
        ids = set(connection.scalars(select(deliveries.c.provider_id)))
    assert ids == {"its id", None}


def test_two_workers_share_the_questions(office: Office) -> None:
    """Each look is taken by one of them."""
    edition = office.frozen(5)
    with (
        Searching() as sink,
        office.worker(sink.url, adapter=Searched()) as one,
        office.worker(sink.url, adapter=Searched()) as other,
    ):
        sink.plan.append("reset unread")
        work(one)
        pass_time(office, 301)
        other.keep_house()
        one.keep_house()
        assert sink.asked == 5
    assert office.counts(edition) == {"unknown": 5}


def test_a_provider_that_is_away_is_asked_at_the_next_time(office: Office) -> None:
    """No answer to the question: no proof, no crash."""
    edition = office.frozen(2)
    with Searching() as sink, office.worker(sink.url, adapter=Searched()) as worker:
        sink.plan.append("500 kept")
        work(worker)
        with office.worker("http://127.0.0.1:9", adapter=Searched()) as cut_off:
            pass_time(office, 301)
            cut_off.keep_house()
        assert office.counts(edition) == {"unknown": 2}
        pass_time(office, 1800)
        worker.keep_house()
    assert office.counts(edition) == {"accepted": 2}
