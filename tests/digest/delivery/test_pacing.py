"""Accounts are not used faster than they bear, and one that does not answer costs few readers a doubt."""

from __future__ import annotations

import pytest
from office import Office
from sink import Sink

from digest.model import Outcome, OutcomeKind
from digest.storage.accounts import Accounts
from digest.storage.ledger import Pace
from digest.storage.tables import accounts, batches


def standing(office: Office) -> dict[str, tuple[float, int]]:
    return {each.name: (each.wait, each.failures) for each in Accounts(office.database).standing()}


def time_passes(office: Office) -> None:
    """All waits are over."""
    with office.database.write() as connection:
        connection.execute(batches.update().values(not_before=0))
        connection.execute(accounts.update().values(open_at=0))


def test_an_account_that_answers_leaves_no_trace(office: Office, sink: Sink) -> None:
    """In the usual case pacing writes nothing."""
    office.frozen(40)

    office.drain(sink.url)

    assert standing(office) == {}


def test_a_rate_spaces_requests(office: Office, sink: Sink) -> None:
    """Ten readers at two in a second keep the account closed for five seconds, whoever asks."""
    office.frozen(30)
    with office.worker(sink.url, pace=Pace(readers=2)) as worker:
        assert worker.step()

        assert not worker.step()
        assert office.ledger.claim("another host", 60) is None

    assert 4 < standing(office)["main"][0] <= 5
    assert 4 < (office.ledger.waiting() or 0) <= 5
    time_passes(office)
    assert office.ledger.claim("another host", 60) is not None


def test_a_limit_of_requests_spaces_small_ones_too(office: Office, sink: Sink) -> None:
    """The slower of the two limits counts."""
    office.frozen(2, batch=1)
    with office.worker(sink.url, pace=Pace(readers=1000, requests=0.5)) as worker:
        worker.step()

    assert 1 < standing(office)["main"][0] <= 2


def test_late_requests_save_nothing_up(office: Office, sink: Sink) -> None:
    """An account that stood still for an hour does not get an hour's worth at once."""
    office.frozen(30)
    with office.worker(sink.url, pace=Pace(readers=2)) as worker:
        worker.step()
        with office.database.write() as connection:
            connection.execute(accounts.update().values(open_at=1))
        worker.step()

        assert not worker.step()


def test_told_to_be_too_fast_the_whole_account_rests(office: Office, sink: Sink) -> None:
    """Not only the refused batch waits: the next one would be refused as well."""
    office.frozen(40)
    sink.plan.append("429 later")

    with office.worker(sink.url) as worker:
        assert worker.step()
        assert not worker.step()

    wait, failures = standing(office)["main"]
    assert 3590 < wait <= 3600 * 1.1
    assert failures == 0
    assert sink.requests == 1


def test_after_a_rest_fewer_go_at_once_and_then_more(office: Office, sink: Sink) -> None:
    """Half of those under way, at least one; every answer widens it by a part, as congestion control does."""
    office.frozen(40)
    sink.plan.append("429")
    with office.worker(sink.url) as worker:
        worker.step()
        time_passes(office)
        first = office.ledger.claim("one", 60)
        assert first is not None
        assert office.ledger.claim("two", 60) is None
        office.ledger.release(first)

        worker.step()

        assert office.ledger.claim("one", 60) is not None
        assert office.ledger.claim("two", 60) is not None
        assert office.ledger.claim("three", 60) is None


def test_a_provider_that_is_away_costs_few_readers_a_doubt(office: Office, sink: Sink) -> None:
    """After three requests in a row that came to nothing there are probes of one reader; then all goes on."""
    edition = office.frozen(100)
    sink.plan.extend(["reset kept"] * 5)

    with office.worker(sink.url) as worker:
        for _ in range(5):
            assert worker.step()
            time_passes(office)

        assert office.counts(edition) == {"unknown": 32, "pending": 68}
        assert standing(office)["main"][1] == 5
        while worker.step():
            time_passes(office)
        worker.keep_house()

    assert office.counts(edition) == {"unknown": 32, "accepted": 68}
    assert standing(office)["main"] == (0, 0)
    assert len(sink.addresses()) == len(set(sink.addresses())) == 100


def test_while_one_probes_nobody_else_does(office: Office, sink: Sink) -> None:
    """A probe closes its account for everybody until it is answered."""
    office.frozen(100)
    with office.database.write() as connection:
        connection.execute(accounts.insert().values(name="main", failures=3, open_at=0))

    probe = office.ledger.claim("one", 60)

    assert probe is not None
    assert len(office.ledger.pending(probe)) == 1
    assert office.ledger.claim("two", 60) is None
    assert 50 < standing(office)["main"][0] <= 60


@pytest.mark.parametrize(("failures", "longest"), [(3, 5), (4, 10), (9, 60)])
def test_probes_come_ever_later(office: Office, sink: Sink, failures: int, longest: float) -> None:
    """Five seconds, then twice as long each time, never longer than a minute; and a bit by chance."""
    office.frozen(10)
    sink.plan.append("reset kept")
    with office.database.write() as connection:
        connection.execute(accounts.insert().values(name="main", failures=failures - 1, open_at=0))

    # With a lease that is shorter than the wait, so that the wait is seen.
    with office.worker(sink.url, lease=0.5) as worker:
        worker.step()

    assert longest * 0.9 < standing(office)["main"][0] <= longest * 1.1


def test_an_allowance_that_is_used_up_is_heeded(office: Office) -> None:
    """`RateLimit-Remaining: 0` says it before a request is refused."""
    office.frozen(10)
    claim = office.ledger.claim("one", 60)
    assert claim is not None
    taken = [Outcome(delivery="", kind=OutcomeKind.ACCEPTED)]
    with office.worker("http://127.0.0.1:9") as worker:
        worker._pacing.learn(claim, taken, {"ratelimit-remaining": "1", "ratelimit-reset": "30"})
        assert standing(office) == {}

        worker._pacing.learn(claim, taken, {"ratelimit-remaining": "0", "ratelimit-reset": "30"})

    assert 29 < standing(office)["main"][0] <= 33


def test_nobody_waits_longer_than_an_hour_and_a_bit(office: Office, sink: Sink) -> None:
    """A provider that asks for a day is asked again after an hour."""
    edition = office.frozen(10)
    sink.plan.append("429 later")

    with office.worker(sink.url) as worker:
        worker.step()

    assert standing(office)["main"][0] <= 3600 * 1.1
    assert office.counts(edition) == {"pending": 10}


def test_who_vanished_takes_no_room_of_an_account(office: Office) -> None:
    """An account that may carry one batch at once goes on when the one is of a worker that was never heard of again."""
    office.frozen(20)
    accounts = Accounts(office.database)
    accounts.rest("main", 0.0, reason="too fast", narrow=True)
    accounts.rest("main", 0.0, reason="too fast", narrow=True)
    vanished = office.ledger.claim("vanished", lease=-1.0)

    assert vanished is not None
    assert office.ledger.claim("other", lease=60.0) is not None
    assert office.ledger.claim("third", lease=60.0) is None
