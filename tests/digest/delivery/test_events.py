"""What follows from reports: for whom we mailed, once, in any order; and nothing for anybody else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from office import KEY, NOW, Office
from sqlalchemy import select

from digest.delivery.events import Post, Reports, Rules
from digest.delivery.ids import DeliveryIds
from digest.model import BatchState, DeliveryState, Event, EventKind, Outcome, OutcomeKind
from digest.storage.events import Events, Kept
from digest.storage.tables import batches, deliveries, events
from subscribers import roll, suppression
from subscribers.model import SubscriptionState, SuppressionReason

IDS = DeliveryIds(KEY)
RULES = Rules()
OLD_KEY = "an-older-signing-key-9876543210"


class Desk:
    """Reports over the office's file, and what one asks afterwards."""

    def __init__(self, office: Office, rules: Rules = RULES) -> None:
        self.office = office
        self.reports = Reports(office.database, keys=[OLD_KEY, KEY], rules=rules, clock=office.clock)

    def take(self, *told: Event, account: str = "main") -> int:
        return self.reports.take([Post(account, told)]).new

    def suppressed(self) -> dict[str, str]:
        with self.office.database.read() as connection:
            return {each.address: each.reason.value for each in suppression.listing(connection)}

    def left(self) -> list[int]:
        with self.office.database.read() as connection:
            rows = list(roll.listing(connection, newsletter="morning", state=SubscriptionState.UNSUBSCRIBED))
        return [row.subscriber.id for row in rows]

    def kept(self) -> list[Kept]:
        return list(Events(self.office.database).listing())


@pytest.fixture
def desk(office: Office) -> Desk:
    return Desk(office)


def sent(office: Office, readers: int = 3, *, day: int = 23) -> int:
    """An edition whose one batch was taken by the provider, with ids `m-1`, `m-2` …"""
    edition = office.frozen(readers, day=day)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    waiting = office.ledger.pending(claim)
    flight = office.ledger.fly(
        claim, waiting, attempt=f"a-{edition}", owner="ada", lease=60, evidence=lambda _: "hash", at=NOW
    )
    assert flight is not None
    outcomes = [Outcome(delivery="", kind=OutcomeKind.ACCEPTED, provider_id=f"m-{reader}") for reader in flight.readers]
    office.ledger.settle(claim, flight, outcomes, status=200, not_before=0, at=NOW)
    office.deliveries.finish(NOW)
    return edition


def event(of: str, edition: int, subscriber: int = 1, *, minutes: float = 5, **told: Any) -> Event:
    """About that delivery, by our id; `of` is its kind."""
    at, delivery = NOW + timedelta(minutes=minutes), IDS.make(edition, subscriber)
    values: dict[str, Any] = {"name": of, "at": at, "delivery": delivery} | told | {"kind": EventKind(of)}
    return Event(**values)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"kind": "bounced", "permanent": True, "reason": "bounced"}, "bounced"),
        ({"kind": "rejected", "permanent": True, "reason": "invalid"}, "bounced"),
        ({"kind": "rejected", "permanent": True, "reason": "spam"}, "complained"),
        ({"kind": "complained", "reason": "spam"}, "complained"),
        ({"kind": "bounced", "permanent": False, "reason": "bounced"}, None),
        ({"kind": "rejected", "permanent": False, "reason": "blocked"}, None),
        ({"kind": "deferred", "reason": "other"}, None),
        ({"kind": "delivered"}, None),
        ({"kind": "opened"}, None),
        ({"kind": "clicked"}, None),
        ({"kind": "other", "permanent": True}, None),
    ],
)
def test_who_is_not_mailed_again(office: Office, desk: Desk, told: dict[str, Any], reason: str | None) -> None:
    """Hard bounces, complaints, and what the provider refuses for such: at once; nothing else does it at once."""
    edition = sent(office)
    assert desk.take(event(told["kind"], edition, 2, **told)) == 1
    assert desk.suppressed() == ({"reader2@example.org": reason} if reason else {})
    assert desk.left() == []


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "unsubscribed"},
        {"kind": "rejected", "reason": "unsubscribed"},
        {"kind": "bounced", "reason": "unsubscribed"},
    ],
)
def test_who_left_at_the_provider_has_left(office: Office, desk: Desk, told: dict[str, Any]) -> None:
    """The newsletter of that edition alone, on record, and without a suppression."""
    edition = sent(office)
    with office.database.write() as connection:
        roll.add(connection, address="reader2@example.org", newsletter="evening", at=NOW, source="test")
    desk.take(event(told["kind"], edition, 2, **told))
    assert desk.left() == [2]
    assert desk.suppressed() == {}
    with office.database.read() as connection:
        assert roll.counts(connection, "evening").active == 1


def test_who_came_back_stays(office: Office, desk: Desk) -> None:
    """An unsubscription that is told again after the reader has come back is an old one."""
    edition = sent(office)
    desk.take(event("unsubscribed", edition))
    with office.database.write() as connection:
        roll.add(connection, address="reader1@example.org", newsletter="morning", at=NOW, source="page", revive=True)
    assert desk.take(event("unsubscribed", edition)) == 0
    assert desk.left() == []


def test_only_whom_we_mailed(office: Office, desk: Desk) -> None:
    """Forged ids, ids of what was never sent, another address, another account: kept, and nothing follows."""
    edition = sent(office)
    office.enrol(5)
    unsent = office.edition(day=24)
    office.deliveries.freeze(unsent, readers_per_batch=10, at=NOW)
    hard: dict[str, Any] = {"permanent": True, "reason": "bounced"}
    told = [
        event("bounced", edition, delivery="1-1-0123456789abcdef0123", **hard),
        event("bounced", edition, delivery=IDS.make(edition, 2)[:-1] + "x", **hard),
        event("bounced", edition, delivery=IDS.make(edition, 99), **hard),
        event("bounced", edition, delivery=IDS.make(99, 1), **hard),
        event("bounced", unsent, 1, **hard),
        event("bounced", edition, 1, address="innocent@example.org", **hard),
        event("complained", edition, 1, address="not an address"),
        event("complained", edition, 1, delivery="", address="reader1@example.org", message="m-2"),
        event("complained", edition, 1, delivery="", address="reader1@example.org"),
        event("complained", edition, 1, delivery="", message="m-1"),
    ]
    assert desk.take(*told) == len(told)
    assert desk.take(event("complained", edition, 1, minutes=9), account="theirs") == 1
    assert desk.suppressed() == {}
    assert {kept.edition_id for kept in desk.kept()} == {None}


def test_an_event_finds_its_delivery_by_message_and_address(office: Office, desk: Desk) -> None:
    """Where the provider does not repeat our id: both together, whatever the case and the brackets."""
    edition = sent(office)
    with office.database.write() as connection:
        connection.execute(deliveries.update().where(deliveries.c.subscriber_id == 2).values(provider_id="<m-2>"))
    for reader, address in ((1, "Reader1@Example.org"), (2, "reader2@example.org")):
        desk.take(event("complained", edition, delivery="", address=address, message=f"m-{reader}"))
    assert desk.suppressed() == {"reader1@example.org": "complained", "reader2@example.org": "complained"}
    assert [(kept.edition_id, kept.subscriber_id) for kept in desk.kept()] == [(edition, 2), (edition, 1)]


def test_an_id_of_an_older_key_still_counts(office: Office, desk: Desk) -> None:
    """Complaints come weeks after a key was changed."""
    edition = sent(office)
    desk.take(event("complained", edition, delivery=DeliveryIds(OLD_KEY).make(edition, 3)))
    assert desk.suppressed() == {"reader3@example.org": "complained"}


def test_again_is_nothing_new(office: Office, desk: Desk) -> None:
    """In one post, in two, and when the vendor adds words: the same thing at the same time is one event."""
    edition = sent(office)
    one = event("delivered", edition)
    assert desk.take(one, one) == 1
    assert desk.take(one) == 0
    assert desk.take(event("delivered", edition, detail="250 OK")) == 0
    assert desk.take(event("delivered", edition, minutes=6), event("opened", edition)) == 2
    assert len(desk.kept()) == 3


STORY: list[tuple[str, dict[str, Any]]] = [
    ("accepted", {}),
    ("deferred", {"minutes": 6}),
    ("bounced", {"minutes": 7, "reason": "bounced"}),
    ("delivered", {"minutes": 8}),
    ("opened", {"minutes": 8.01}),
    ("clicked", {"minutes": 30, "link": "https://ledger.example/"}),
    ("unsubscribed", {"minutes": 31}),
    ("complained", {"minutes": 32}),
]


def test_order_never_matters(tmp_path: Path) -> None:
    """Any order, with repeats, in one post or in many: the same rows, states, suppressions and readers who left."""

    def end(number: int, order: Sequence[int], *, together: bool) -> object:
        folder = tmp_path / str(number)
        folder.mkdir()
        office = Office(folder)
        edition = office.frozen(2)
        claim = office.ledger.claim("ada", 60)
        assert claim is not None
        waiting = office.ledger.pending(claim)
        office.ledger.fly(claim, waiting, attempt="a", owner="ada", lease=60, evidence=lambda _: "hash", at=NOW)
        desk = Desk(office)
        told = [event(STORY[place][0], edition, 1, **STORY[place][1]) for place in order]
        for group in [told] if together else [[each] for each in told]:
            desk.take(*group)
        rows = sorted((kept.kind, kept.at, kept.edition_id, kept.machine) for kept in desk.kept())
        result = rows, office.counts(edition), desk.suppressed(), desk.left()
        office.database.close()
        return result

    places = range(len(STORY))
    wanted = end(0, places, together=True)
    rng = random.Random(7)  # noqa: S311
    for number in range(1, 12):
        order = [*places, *rng.choices(places, k=5)]
        rng.shuffle(order)
        assert end(number, order, together=number % 2 == 0) == wanted


def test_an_event_proves_what_nobody_answered(office: Office, desk: Desk) -> None:
    """In flight and unknown deliveries learn of their fate, the batch closes, and a late answer changes nothing."""
    edition = office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    waiting = office.ledger.pending(claim)
    flight = office.ledger.fly(claim, waiting, attempt="a", owner="ada", lease=60, evidence=lambda _: "h", at=NOW)
    assert flight is not None
    desk.take(event("delivered", edition, 1, message="m-1"))
    assert office.counts(edition) == {"accepted": 1, "in_flight": 2}
    assert office.ledger.expire(["ada"]) == 1
    desk.take(event("bounced", edition, 2, permanent=True), event("rejected", edition, 3, reason="content"))
    assert office.counts(edition) == {"accepted": 2, "rejected": 1}
    with office.database.read() as connection:
        assert connection.scalar(select(batches.c.state)) == BatchState.SETTLED
        assert connection.scalar(select(deliveries.c.provider_id).where(deliveries.c.subscriber_id == 1)) == "m-1"
    late = [Outcome(delivery="", kind=OutcomeKind.UNKNOWN) for _ in flight.readers]
    office.ledger.settle(claim, flight, late, status=504, not_before=0, at=NOW)
    assert office.counts(edition) == {"accepted": 2, "rejected": 1}
    assert desk.suppressed() == {"reader2@example.org": "bounced"}


def test_a_settled_delivery_stays_what_it_is(office: Office, desk: Desk) -> None:
    """A bounce does not make unsent what the provider took."""
    edition = sent(office)
    desk.take(event("bounced", edition, 1, permanent=True), event("rejected", edition, 2))
    assert office.counts(edition) == {DeliveryState.ACCEPTED.value: 3}


@pytest.mark.parametrize(
    ("bounces", "lost"),
    [
        ([(0, 0), (1, 0), (2, 0)], True),
        ([(0, 0), (7, 0), (14, 0)], True),
        ([(0, 0), (7, 0), (14, 1)], False),
        ([(0, 0), (1, 0)], False),
        ([(0, 0), (0, 1), (0, 2)], False),
        ([(0, 0), (13, 0), (15, 0), (16, 0)], True),
    ],
)
def test_three_soft_bounces_in_a_fortnight(
    office: Office, desk: Desk, bounces: list[tuple[int, int]], lost: bool
) -> None:
    """Counted by editions and by the provider's clock (day and minute), and the last may be told first."""
    editions = {day: sent(office, 1, day=3 + day) for day in {day for day, _ in bounces}}
    for day, minute in reversed(bounces):
        desk.take(event("bounced", editions[day], minutes=day * 24 * 60 + minute, reason="bounced"))
    assert desk.suppressed() == ({"reader1@example.org": "bounced"} if lost else {})


def test_soft_bounces_of_the_message_do_not_count(office: Office, desk: Desk) -> None:
    """Too large, refused for its content, on a list of the provider's: the address is not to blame."""
    for day, reason in enumerate(("content", "blocked", "content", "content")):
        desk.take(event("bounced", sent(office, 1, day=3 + day), minutes=day * 24 * 60, reason=reason))
    assert desk.suppressed() == {}


def test_the_rule_is_the_operators(office: Office) -> None:
    """Two in a day, where the settings say so."""
    desk = Desk(office, Rules(soft_bounces=2, window=timedelta(days=1)))
    desk.take(event("bounced", sent(office, 1, day=3), reason="bounced"))
    desk.take(event("bounced", sent(office, 1, day=4), minutes=23 * 60, reason="bounced"))
    assert desk.suppressed() == {"reader1@example.org": "bounced"}


def test_what_scanners_open_is_not_counted(office: Office, desk: Desk) -> None:
    """Within two seconds of the delivery nobody reads; the mark comes in either order, and later looks stay."""
    edition = sent(office)
    desk.take(event("clicked", edition, 1, minutes=5.02), event("clicked", edition, 1, minutes=9))
    desk.take(event("delivered", edition, 1, minutes=5), event("delivered", edition, 2, minutes=5))
    desk.take(event("opened", edition, 2, minutes=5.03), event("opened", edition, 3, minutes=5))
    marks = {(kept.subscriber_id, kept.at - NOW): kept.machine for kept in desk.kept() if kept.kind != "delivered"}
    assert marks == {
        (1, timedelta(minutes=5.02)): True,
        (1, timedelta(minutes=9)): False,
        (2, timedelta(minutes=5.03)): True,
        (3, timedelta(minutes=5)): False,
    }


def test_an_id_of_a_request_is_good_once(office: Office, desk: Desk) -> None:
    """The same bytes again are harmless; other bytes under the same id count for nothing, also after a restart."""
    edition = sent(office)
    first = Post("main", [event("delivered", edition)], request="token", body="hash")
    other = Post("main", [event("complained", edition)], request="token", body="another hash")
    assert desk.reports.take([first]).admitted == [True]
    assert Desk(office).reports.take([first, other]).admitted == [True, False]
    assert Desk(office).reports.take([other._replace(account="second")]).admitted == [True]
    assert desk.suppressed() == {}
    assert len(desk.kept()) == 2


def test_ids_of_requests_are_forgotten(office: Office, desk: Desk) -> None:
    """After days no signature counts any more, so nothing has to be remembered."""
    edition = sent(office)
    post = Post("main", [event("delivered", edition)], request="token", body="hash")
    desk.reports.take([post])
    office.later(days=4)
    desk.reports.take([])
    assert desk.reports.take([post._replace(body="another")]).admitted == [True]


def test_an_event_without_a_time_has_that_of_its_arrival(office: Office, desk: Desk) -> None:
    """And is still the same event when it comes again later."""
    edition = sent(office)
    assert desk.take(event("complained", edition, at=None)) == 1
    office.later(hours=1)
    assert desk.take(event("complained", edition, at=None)) == 0
    with office.database.read() as connection:
        assert connection.scalar(select(events.c.at)) == NOW


def test_the_first_reason_stays(office: Office, desk: Desk) -> None:
    """Whoever was suppressed by hand stays so, whatever is told."""
    edition = sent(office)
    with office.database.write() as connection:
        suppression.suppress(connection, address="reader1@example.org", reason=SuppressionReason.BY_HAND, at=NOW)
    desk.take(event("complained", edition))
    assert desk.suppressed() == {"reader1@example.org": "by-hand"}
