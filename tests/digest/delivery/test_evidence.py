"""What is on record of a request, held against what the provider got and what is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from office import KEY, NOW, Office
from sink import Sink
from sqlalchemy import Row, func, update

from digest.delivery.evidence import evidence_for
from digest.delivery.press import Press, Presses, Terms
from digest.providers.postmark import Postmark
from digest.storage.batches import Flight, Reader
from digest.storage.tables import attempts, deliveries, editions
from subscribers import roll


def sent(office: Office) -> list[tuple[Row[Any], list[Reader]]]:
    """Each attempt on record, and whom it carried."""
    with office.database.read() as connection:
        return [
            (attempt, [_reader(row) for row in connection.execute(CARRIED.where(deliveries.c.attempt == attempt.id))])
            for attempt in connection.execute(attempts.select().order_by(attempts.c.batch))
        ]


CARRIED = deliveries.select().order_by(deliveries.c.subscriber_id)


def _reader(row: Row[Any]) -> Reader:
    return Reader(row.subscriber_id, row.address, row.shown, row.name, row.since.date(), row.language, row.topics)


def press(office: Office, edition: int) -> Press:
    """As another process would make it, later."""
    terms = {"main": Terms(Postmark(), "postmark")}
    return Presses(editions=office.editions, terms=terms, keys=[KEY]).of(edition, "main")


def test_the_record_is_made_again_from_what_is_stored(office: Office, sink: Sink) -> None:
    """Edition and readers give the evidence of every attempt, and the very messages that the provider got."""
    edition = office.frozen(25)

    office.drain(sink.url)

    again, made = press(office, edition), []
    for attempt, readers in sent(office):
        assert evidence_for(again, readers) == attempt.evidence
        assert (attempt.outcome, attempt.status, attempt.readers) == ("answered", 200, len(readers))
        made += json.loads(again.adapter.call([again.message(reader) for reader in readers], key="k-1").body)
    assert sorted(made, key=str) == sorted(sink.kept, key=str)
    assert len(made) == 25


def test_the_record_of_a_batch_that_somebody_left(office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves after the bodies are made and before the flight is in neither body nor evidence."""
    edition = office.frozen(3)
    fly = office.ledger.fly

    def late(*batch: Any, **named: Any) -> Flight | None:
        with office.database.write() as connection:
            roll.unsubscribe(connection, subscriber_id=2, newsletter="morning", at=NOW, source="one-click")
        return fly(*batch, **named)

    monkeypatch.setattr(office.ledger, "fly", late)
    office.drain(sink.url)

    ((attempt, stayed),) = sent(office)
    assert [reader.subscriber_id for reader in stayed] == [1, 3]
    assert attempt.evidence == evidence_for(press(office, edition), stayed)
    assert sorted(sink.addresses()) == ["reader1@example.org", "reader3@example.org"]


@pytest.mark.parametrize("byte", ["Salt & light", "Unsubscribe", "Salt works", "Salt & light”\\n"])
def test_one_byte_of_the_stored_edition_shows(office: Office, sink: Sink, byte: str) -> None:
    """A letter that is another in the HTML, in the text or in the subject is another evidence."""
    edition = office.frozen(2)
    office.drain(sink.url)
    ((attempt, readers),) = sent(office)
    assert byte in office.editions.message(edition)
    with office.database.write() as connection:
        changed = func.replace(editions.c.message, byte, byte.replace("s", "z").replace("S", "Z"))
        connection.execute(update(editions).values(message=changed))

    assert evidence_for(press(office, edition), readers) != attempt.evidence


def test_one_byte_of_a_readers_row_shows(office: Office, sink: Sink) -> None:
    """So is another name, address, day or number of any reader, another order, and one reader fewer or more."""
    edition = office.frozen(3)
    office.drain(sink.url)
    ((attempt, readers),) = sent(office)
    again, (first, second, third) = press(office, edition), readers
    assert evidence_for(again, readers) == attempt.evidence
    for changed in (
        [first, second._replace(name="Adb Ö"), third],
        [first, second._replace(shown="readen2@example.org"), third],
        [first, second._replace(since=None), third],
        [first, second._replace(subscriber_id=4), third],
        [second, first, third],
        [first, second],
        [*readers, third],
    ):
        assert evidence_for(again, changed) != attempt.evidence
