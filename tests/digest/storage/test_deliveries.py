"""The frozen audience: one row for each reader, cut into batches that never meet, and a sum that balances."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from office import NOW, Office
from sqlalchemy import Connection, event, select

from digest.errors import NobodyToMail, WrongState
from digest.model import DeliveryState, EditionState
from digest.storage.tables import batches, deliveries
from subscribers import roll
from subscribers.model import SuppressionReason
from subscribers.suppression import suppress


def freeze(office: Office, edition: int, *, readers_per_batch: int = 10) -> int:
    return office.deliveries.freeze(edition, readers_per_batch=readers_per_batch, at=NOW)


def leave(office: Office, address: str) -> None:
    with office.database.write() as connection:
        found = roll.find(connection, address)
        assert found is not None
        roll.unsubscribe(connection, subscriber_id=found.id, newsletter="morning", at=NOW, source="test")


def ranges(office: Office, edition: int) -> Sequence[tuple[int, int, int]]:
    """Number, first and last subscriber of each batch, in order."""
    query = select(batches.c.number, batches.c.first, batches.c.last).where(batches.c.edition_id == edition)
    with office.database.read() as connection:
        return [(row.number, row.first, row.last) for row in connection.execute(query.order_by(batches.c.number))]


@pytest.mark.parametrize(("readers", "size"), [(1, 1), (9, 10), (10, 10), (11, 10), (25, 7), (30, 1)])
def test_batches_cover_the_audience_and_never_meet(office: Office, readers: int, size: int) -> None:
    """Every reader is in exactly one batch, no batch is over its size, and all but the last are full."""
    office.enrol(readers)
    leave(office, "reader1@example.org")
    office.enrol(1, domain="later.example.org")
    edition = office.edition()

    assert freeze(office, edition, readers_per_batch=size) == readers

    found = ranges(office, edition)
    rows = [row.subscriber_id for row in office.deliveries.listing(edition)]
    assert [number for number, _, _ in found] == list(range(1, -(-readers // size) + 1))
    assert all(last < first for (_, _, last), (_, first, _) in pairwise(found))
    members = [[row for row in rows if first <= row <= last] for _, first, last in found]
    assert [row for each in members for row in each] == rows
    assert all(len(each) == size for each in members[:-1])
    assert 1 <= len(members[-1]) <= size
    with office.database.read() as connection:
        counted = connection.scalars(select(batches.c.readers).order_by(batches.c.number)).all()
    assert counted == [len(each) for each in members]


def test_no_audience_is_sorted(tmp_path: Path) -> None:
    """SQLite finds a roll and its batches in order: what it sorts, it may keep in memory, however long the roll is."""
    office = Office(tmp_path)
    office.enrol(20)
    edition = office.edition()
    statements = []

    @event.listens_for(office.database.engine, "before_cursor_execute")
    def note(_: Connection, __: object, statement: str, parameters: object, *___: object) -> None:
        if statement.startswith(("INSERT INTO deliveries", "INSERT INTO batches")):
            statements.append((statement, parameters))

    freeze(office, edition)

    with office.database.read() as connection:
        plans = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in list(statements)
        ]
    people, cut = plans
    assert [step for step in people if "TEMP B-TREE" in step] == []
    assert [step for step in cut[: cut.index("SCAN anon_6")] if "TEMP B-TREE" in step] == []
    office.database.close()


def test_only_who_may_be_mailed_is_in_the_audience(office: Office) -> None:
    """Whoever left, is suppressed or reads another newsletter gets no delivery; the edition says how many do."""
    office.enrol(5)
    office.enrol(2, newsletter="evening", domain="example.com")
    leave(office, "reader2@example.org")
    with office.database.write() as connection:
        suppress(connection, address="READER4@Example.ORG", reason=SuppressionReason.COMPLAINED, at=NOW)
    edition = office.edition()

    assert freeze(office, edition) == 3

    assert [row.address for row in office.deliveries.listing(edition)] == [
        f"reader{number}@example.org" for number in (1, 3, 5)
    ]
    found = office.editions.get(edition)
    assert (found.state, found.planned) == ("sending", 3)
    assert office.counts(edition) == {"pending": 3}


def test_the_audience_is_the_one_of_the_freeze(office: Office) -> None:
    """A reader who joins afterwards waits for the next edition, also with an id inside a batch's range."""
    office.enrol(3)
    leave(office, "reader2@example.org")
    edition = office.edition()
    freeze(office, edition)
    with office.database.write() as connection:
        for address in ("reader2@example.org", "new@example.org"):
            roll.add(connection, address=address, newsletter="morning", at=NOW, source="test", revive=True)
    claim = office.ledger.claim("a", 60)
    assert claim is not None

    assert [reader.address for reader in office.ledger.pending(claim)] == ["reader1@example.org", "reader3@example.org"]


def test_an_empty_roll_freezes_nothing(office: Office) -> None:
    """Nobody to mail is told, and the edition stays approved until there is somebody."""
    edition = office.edition()

    with pytest.raises(NobodyToMail, match="subscribers import"):
        freeze(office, edition)

    assert office.editions.get(edition).state == "approved"
    assert office.ledger.claim("a", 60) is None
    office.enrol(1)
    assert freeze(office, edition) == 1


@pytest.mark.parametrize("state", [EditionState.DRAFT, EditionState.HELD, EditionState.CANCELLED, EditionState.SENDING])
def test_only_an_approved_edition_gets_an_audience(office: Office, state: EditionState) -> None:
    """A draft, a held one, a cancelled one, and above all one whose audience is frozen already, are refused."""
    office.enrol(3)
    edition = office.edition(approve=state is EditionState.SENDING)
    if state is EditionState.HELD:
        office.editions.hold(edition, reason="look")
    elif state is EditionState.CANCELLED:
        office.editions.cancel(edition, reason="no", at=NOW)
    elif state is EditionState.SENDING:
        freeze(office, edition)
    before = list(office.deliveries.listing(edition)), ranges(office, edition)

    with pytest.raises(WrongState, match=f"edition {edition} is {state}; only an approved"):
        freeze(office, edition)

    assert (list(office.deliveries.listing(edition)), ranges(office, edition)) == before
    assert office.state(edition) == state


def test_one_row_for_each_mailbox(office: Office) -> None:
    """The database itself refuses a second delivery of an edition to one address or one subscriber."""
    from sqlalchemy.exc import IntegrityError

    edition = office.frozen(2)
    with office.database.read() as connection:
        row = dict(connection.execute(select(deliveries)).mappings().first() or {})
    for again in ({**row, "subscriber_id": 99}, {**row, "address": "other@example.org"}):
        with pytest.raises(IntegrityError), office.database.write() as connection:
            connection.execute(deliveries.insert().values(again))
    assert office.counts(edition) == {"pending": 2}


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.IN_FLIGHT])
def test_an_edition_with_a_reader_under_way_does_not_finish(office: Office, state: DeliveryState) -> None:
    """Even with every batch closed, one unsettled reader keeps the edition open."""
    edition = office.frozen(2)
    with office.database.write() as connection:
        connection.execute(batches.update().values(state="settled"))
        connection.execute(deliveries.update().values(state=state))
        connection.execute(deliveries.update().where(deliveries.c.subscriber_id == 1).values(state="accepted"))

    assert office.deliveries.finish(NOW) == []
    assert office.state(edition) == "sending"


def test_an_edition_that_lost_a_row_does_not_finish(office: Office) -> None:
    """When the rows are fewer than were planned, it stays open and `unbalanced` names it with both figures."""
    edition, other = office.frozen(3), office.frozen(3, day=24)
    with office.database.write() as connection:
        connection.execute(batches.update().values(state="settled"))
        connection.execute(deliveries.update().values(state="accepted"))
        connection.execute(
            deliveries.delete().where(deliveries.c.edition_id == edition, deliveries.c.subscriber_id == 2)
        )

    assert office.deliveries.finish(NOW) == [other]
    assert office.deliveries.unbalanced() == [(edition, 3, 2)]


def test_every_state_is_counted(office: Office) -> None:
    """Each state is a key, and the sum is the audience."""
    edition = office.frozen(len(DeliveryState))
    with office.database.write() as connection:
        for number, state in enumerate(DeliveryState, start=1):
            connection.execute(deliveries.update().where(deliveries.c.subscriber_id == number).values(state=state))

    assert office.deliveries.counts(edition) == dict.fromkeys(DeliveryState, 1)


def test_a_long_listing_comes_in_pages_and_whole(office: Office) -> None:
    """More rows than a page, in the order of subscribers, all and by state; none twice and none left out."""
    edition = office.edition()
    office.database.make_room(edition)
    same = {"edition_id": edition, "name": "", "language": "", "topics": ""}
    rows = [
        {**same, "subscriber_id": i, "address": f"r{i}", "shown": f"r{i}", "state": ("unknown", "accepted")[i % 2]}
        for i in range(1, 2501)
    ]
    with office.database.write() as connection:
        connection.execute(deliveries.insert(), rows)

    assert [row.subscriber_id for row in office.deliveries.listing(edition)] == list(range(1, 2501))
    unknown = [row.subscriber_id for row in office.deliveries.listing(edition, DeliveryState.UNKNOWN)]
    assert unknown == list(range(2, 2501, 2))
