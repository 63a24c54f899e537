"""How an edition is received, by whom, and when complaints stop it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from office import KEY, NOW, Office
from sqlalchemy import update

from digest.delivery.events import Post, Reports, Rules
from digest.delivery.health import Health, Limits, Received, family
from digest.delivery.ids import DeliveryIds
from digest.model import EditionState, Event, EventKind, Outcome, OutcomeKind
from digest.storage.decisions import Decisions
from digest.storage.tables import editions
from digest.storage.tallies import Tallies
from subscribers import roll

DOMAINS = ("gmail.com", "googlemail.com", "yahoo.co.uk", "outlook.com", "icloud.com", "example.org")


def health(office: Office, limits: Limits | None = None) -> Health:
    return Health(
        tallies=Tallies(office.database),
        decisions=Decisions(office.database),
        limits=limits or Limits(),
        clock=office.clock,
    )


def sending(office: Office, readers: int, *, batch: int = 1000, batches: int = 1, day: int = 23) -> int:
    """An edition for readers at all `DOMAINS` in turn, of whose batches so many were taken."""
    with office.database.write() as connection:
        for number in range(readers):
            address = f"o'r+{number}@{DOMAINS[number % len(DOMAINS)]}"
            roll.add(connection, address=address, newsletter="morning", at=NOW, source="test")
    edition = office.edition(day=day)
    office.deliveries.freeze(edition, readers_per_batch=batch, at=office.time)
    for _ in range(batches):
        claim = office.ledger.claim("ada", 60)
        assert claim is not None
        waiting = office.ledger.pending(claim)
        flight = office.ledger.fly(
            claim, waiting, attempt=f"{edition}-{claim.number}", owner="ada", lease=60, evidence=lambda _: "h", at=NOW
        )
        assert flight is not None
        taken = [Outcome(delivery="", kind=OutcomeKind.ACCEPTED, provider_id=f"m-{n}") for n in flight.readers]
        office.ledger.settle(claim, flight, taken, status=200, not_before=0, at=NOW)
    return edition


def tell(office: Office, edition: int, kind: EventKind, *readers: int, machine: bool = False) -> None:
    ids = DeliveryIds(KEY)
    told = [
        Event(kind=kind, name=kind.value, at=NOW, delivery=ids.make(edition, reader), machine=machine)
        for reader in readers
    ]
    Reports(office.database, keys=[KEY], rules=Rules(), clock=office.clock).take([Post("main", told)])


@pytest.mark.parametrize(
    ("domain", "runs"),
    [
        ("gmail.com", "gmail"),
        ("googlemail.com", "gmail"),
        ("yahoo.com", "yahoo"),
        ("yahoo.co.uk", "yahoo"),
        ("yahoo.com.br", "yahoo"),
        ("aol.com", "yahoo"),
        ("hotmail.fr", "microsoft"),
        ("live.nl", "microsoft"),
        ("msn.com", "microsoft"),
        ("me.com", "apple"),
        ("privaterelay.appleid.com", "apple"),
        ("notgmail.com", "other"),
        ("gmail.com.example.org", "other"),
        ("yahoo.example.org", "other"),
        ("example.org", "other"),
        ("", "other"),
    ],
)
def test_families(domain: str, runs: str) -> None:
    """By the whole domain, never by a part of it."""
    assert family(domain) == runs


def test_readers_are_counted_by_family(office: Office) -> None:
    """Who is told of twice counts once, what programs opened counts for nothing, and the last line is the sum."""
    edition = sending(office, 12)
    tell(office, edition, EventKind.DELIVERED, *range(1, 9))
    tell(office, edition, EventKind.DEFERRED, 1, 1, 2)
    tell(office, edition, EventKind.BOUNCED, 3)
    tell(office, edition, EventKind.COMPLAINED, 4)
    tell(office, edition, EventKind.OPENED, 5, machine=True)
    assert health(office).of(edition) == [
        Received("gmail", accepted=4, delivered=4, deferred=2),
        Received("yahoo", accepted=2, delivered=1, bounced=1),
        Received("microsoft", accepted=2, delivered=1, complained=1),
        Received("apple", accepted=2, delivered=1),
        Received("other", accepted=2, delivered=1),
        Received("all", accepted=12, delivered=8, deferred=2, bounced=1, complained=1),
    ]


def test_an_edition_that_nobody_got(office: Office) -> None:
    """A line of noughts, no warning, and no division by them."""
    edition = office.edition()
    (line,) = health(office).of(edition)
    assert (line, line.rate) == (Received("all"), 0.0)
    assert list(health(office).warnings(edition)) == []


def test_complaints_hold_a_send(office: Office) -> None:
    """From 0.30 % of what was sent so far on, not before; with the reason, and on record."""
    edition = sending(office, 3000, batch=1000, batches=2)
    tell(office, edition, EventKind.COMPLAINED, *range(1, 6))
    health(office).weigh(edition)
    assert office.state(edition) is EditionState.SENDING
    tell(office, edition, EventKind.COMPLAINED, 6)
    health(office).weigh(edition)
    assert office.state(edition) is EditionState.HELD
    assert office.editions.get(edition).reason.startswith("6 of 2,000 readers called it spam (0.30 %)")
    assert [(each.decision, each.by) for each in Decisions(office.database).of(edition)] == [
        ("paused", "complaint rate")
    ]
    assert office.ledger.claim("ada", 60) is None


def test_a_person_can_let_it_go_on(office: Office) -> None:
    """Once it was held and resumed, further complaints do not hold it again."""
    edition = sending(office, 3000, batch=1000, batches=1)
    tell(office, edition, EventKind.COMPLAINED, *range(1, 10))
    health(office).weigh(edition)
    Decisions(office.database).resume(edition, by="ada", at=NOW)
    tell(office, edition, EventKind.COMPLAINED, *range(10, 20))
    health(office).weigh(edition)
    assert office.state(edition) is EditionState.SENDING


@pytest.mark.parametrize(
    ("readers", "complaints", "limits"),
    [
        (10, 1, Limits()),
        (999, 40, Limits()),
        (1000, 2, Limits()),
        (1000, 40, Limits(pause=0)),
        (1000, 40, Limits(pause=5)),
        (1000, 40, Limits(floor=1001)),
    ],
)
def test_what_holds_nothing(office: Office, readers: int, complaints: int, limits: Limits) -> None:
    """One of ten, too few to tell, below the limit, or an operator who wants it otherwise."""
    edition = sending(office, readers + 1, batch=readers)
    tell(office, edition, EventKind.COMPLAINED, *range(1, complaints + 1))
    health(office, limits).weigh(edition)
    assert office.state(edition) is EditionState.SENDING


def test_a_finished_edition_is_left_alone(office: Office) -> None:
    """There is nothing to stop any more, and nothing goes wrong."""
    edition = sending(office, 1000)
    office.deliveries.finish(NOW)
    tell(office, edition, EventKind.COMPLAINED, *range(1, 50))
    health(office).weigh(edition)
    assert office.state(edition) is EditionState.FINISHED
    assert Decisions(office.database).of(edition) == []


def test_warnings(office: Office) -> None:
    """Too many complaints of all, and of those at one host when they are enough to tell."""
    edition = sending(office, 1002, batch=2000)
    tell(office, edition, EventKind.COMPLAINED, 3, 9)
    (warning,) = health(office).warnings(edition)
    assert warning.startswith("2 of 1,002 readers called it spam: 0.20 %, where 0.10 % is too much")
    both = list(health(office, Limits(floor=100)).warnings(edition))
    assert [words.split(" called")[0] for words in both] == ["2 of 167 readers at yahoo", "2 of 1,002 readers"]


def test_a_bulk_sender_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went to Gmail within a day counts together, also of several editions; what is older does not."""
    monkeypatch.setattr("digest.delivery.health.BULK_SENDER", 10)
    first = sending(office, 18, day=22)
    second = sending(office, 0, day=23)
    (notice,) = health(office).warnings(second)
    assert notice.startswith("12 messages went to Gmail within 24 hours; from 10 on")
    with office.database.write() as connection:
        connection.execute(update(editions).where(editions.c.id == first).values(started_at=NOW - timedelta(hours=25)))
    assert list(health(office).warnings(second)) == []
