"""Several accounts in one send: shares, an account that refuses, and what never moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from office import KEY, POSTMARK, Office
from sink import Sink
from sqlalchemy import select

from digest.delivery.plan import Planner, turns
from digest.delivery.press import Presses, Terms
from digest.delivery.worker import Worker
from digest.model import EditionState
from digest.settings import Delivery
from digest.storage.drafts import Spare
from digest.storage.tables import attempts

TERMS = {name: Terms(POSTMARK, "postmark") for name in ("main", "spare", "last")}


@pytest.fixture
def spare() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


def frozen(office: Office, readers: int, **shares: float) -> int:
    """An edition in batches of four, with these accounts beside `main`."""
    office.enrol(readers)
    spares = tuple(Spare(name, "postmark", "broadcast", share) for name, share in shares.items())
    edition = office.edition(sender=lambda sender: replace(sender, spares=spares))
    presses = Presses(editions=office.editions, terms=TERMS, keys=[KEY])
    Planner(
        deliveries=office.deliveries,
        editions=office.editions,
        presses=presses,
        settings=Delivery(batch_readers=4),
        rates={},
        clock=office.clock,
    ).freeze(edition)
    return edition


def drain(running: Worker) -> None:
    while running.step():
        pass
    running.keep_house()


def carried(office: Office) -> Counter[tuple[str, str]]:
    """Attempts by account and outcome."""
    with office.database.read() as connection:
        found = connection.execute(select(attempts.c.provider, attempts.c.outcome))
        return Counter((row.provider, row.outcome) for row in found)


def test_accounts_carry_their_shares(office: Office, sink: Sink, spare: Sink) -> None:
    """With a share of a half, the spare account carries every third batch."""
    edition = frozen(office, 48, spare=0.5)

    with office.worker(sink.url, spare=spare.url) as running:
        drain(running)

    assert office.counts(edition) == {"accepted": 48}
    assert (len(sink.kept), len(spare.kept)) == (32, 16)
    assert not set(sink.addresses()) & set(spare.addresses())


def test_an_account_that_refuses_is_replaced_within_the_send(office: Office, sink: Sink, spare: Sink) -> None:
    """What the first has taken stays; all that it has not goes out through the next, once."""
    edition = frozen(office, 48, spare=0)
    sink.plan.extend(["ok", "ok", "401"])

    with office.worker(sink.url, spare=spare.url) as running:
        drain(running)

    assert office.counts(edition) == {"accepted": 48}
    assert (len(sink.kept), len(spare.kept)) == (8, 40)
    assert not set(sink.addresses()) & set(spare.addresses())
    assert carried(office) == {("main", "answered"): 2, ("main", "refused"): 1, ("spare", "answered"): 10}


def test_what_is_in_doubt_never_moves(office: Office, sink: Sink, spare: Sink) -> None:
    """The first account may have taken it: another must not be given it."""
    edition = frozen(office, 12, spare=0)
    sink.plan.extend(["reset kept", "401"])

    with office.worker(sink.url, spare=spare.url) as running:
        drain(running)

    assert office.counts(edition) == {"accepted": 8, "unknown": 4}
    assert not set(sink.addresses()) & set(spare.addresses())


def test_the_edition_waits_when_all_have_refused(office: Office, sink: Sink, spare: Sink) -> None:
    """Then a person is needed; once that one lets it go on, the first account is tried again."""
    edition = frozen(office, 12, spare=0)
    sink.plan.append("401")
    spare.plan.append("401")

    with office.worker(sink.url, spare=spare.url) as running:
        drain(running)
        assert office.state(edition) is EditionState.HELD
        assert "refused the account spare" in office.editions.get(edition).reason

        office.editions.resume(edition)
        drain(running)

    assert office.counts(edition) == {"accepted": 12}


def test_accounts_step_in_by_their_order(office: Office, sink: Sink, spare: Sink) -> None:
    """The second before the third, whatever their names."""
    edition = frozen(office, 8, spare=0, last=0)
    sink.plan.append("401")

    with office.worker(sink.url, spare=spare.url) as running:
        drain(running)

    assert office.counts(edition) == {"accepted": 8}
    assert len(spare.kept) == 8


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"a": 1.0}, "a"),
        ({"a": 1.0, "b": 0.0}, "a"),
        ({"a": 1.0, "b": 1.0}, "ab"),
        ({"a": 1.0, "b": 3.0}, "babb"),
        ({"a": 1.0, "b": 0.5}, "aba"),
    ],
)
def test_turns_are_evenly_mixed(shares: dict[str, float], expected: str) -> None:
    """No account has its turns in one row; who only steps in has none."""
    assert sorted("".join(turns(shares))) == sorted(expected)
    assert "".join(turns(shares)) == expected


def test_turns_have_an_end() -> None:
    """A tiny share is kept to about a hundredth."""
    assert Counter(turns({"a": 1.0, "b": 0.0001})) == {"a": 100}
