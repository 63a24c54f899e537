"""What a send does with good answers, bad answers and none."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import suppress as suppressing

import pytest
from office import MESSAGE, NOW, Office
from sink import Sink

from digest.delivery.presence import presence_on
from digest.errors import StorageError
from digest.model import EditionState
from digest.storage import lookout
from digest.storage.tables import accounts, batches, deliveries
from subscribers import roll
from subscribers.model import SuppressionReason
from subscribers.suppression import is_suppressed, suppress


def test_everybody_gets_one_message(office: Office, sink: Sink) -> None:
    """Each reader of a frozen audience is sent exactly one message, and the edition finishes."""
    edition = office.frozen(25)

    office.drain(sink.url)

    assert Counter(f"reader{n}@example.org" for n in range(1, 26)) == Counter(sink.addresses())
    assert office.counts(edition) == {"accepted": 25}
    assert office.state(edition) == EditionState.FINISHED
    assert sink.requests == 3


def test_what_a_message_holds(office: Office, sink: Sink) -> None:
    """Both parts are filled for the reader, and RFC 8058's two fields come first."""
    office.frozen(1)

    office.drain(sink.url)

    (message,) = sink.kept
    headers = {header["Name"]: header["Value"] for header in message["Headers"]}
    link = headers["List-Unsubscribe"].strip("<>")
    assert link.startswith("https://digest.example.org/u/")
    assert "Ada Ö" in message["To"]
    assert f'<a href="{link}">' in message["HtmlBody"]
    assert link in message["TextBody"]
    assert "reader1@example.org, a subscriber since November 23, 2026." in message["HtmlBody"]
    assert list(headers)[:2] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Id"] == '"The Morning Tide" <morning.news.example.org>'
    assert f"<{message['Metadata']['delivery']}@news.example.org>" == headers["Message-ID"]
    assert "Auto-Submitted" not in headers
    assert MESSAGE.subject == message["Subject"]


def test_a_scheduled_edition_says_so(office: Office, sink: Sink) -> None:
    """Auto-Submitted stands on what the schedule sent (RFC 3834 5.1)."""
    office.enrol(1)
    edition = office.edition(scheduled=True)
    office.deliveries.freeze(edition, readers_per_batch=10, at=NOW)

    office.drain(sink.url)

    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in sink.kept[0]["Headers"]


@pytest.mark.parametrize(
    "fault",
    [
        "500 refused",
        "500 kept",
        "503 kept",
        "302",
        "reset unread",
        "reset kept",
        "garbage kept",
        "short kept",
        "empty kept",
    ],
)
def test_an_unclear_answer_leaves_the_batch_unknown(office: Office, sink: Sink, fault: str) -> None:
    """What proves nothing is never sent again: that batch is listed as unknown, the others are accepted."""
    edition = office.frozen(25)
    sink.plan.append(fault)

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 15, "unknown": 10}
    assert office.state(edition) == EditionState.FINISHED
    assert sink.requests == 3
    assert max(Counter(sink.addresses()).values()) == 1


def test_a_provider_that_hangs_leaves_the_batch_unknown(office: Office, sink: Sink) -> None:
    """A time-out is not a refusal."""
    edition = office.frozen(10)
    sink.plan.append("hang kept")

    office.drain(sink.url, timeout=0.3)

    assert office.counts(edition) == {"unknown": 10}
    assert sink.requests == 1


def test_a_refused_connection_is_tried_again(office: Office, sink: Sink) -> None:
    """Nobody listening means that nothing was sent: the batch stays ready and goes out later."""
    edition = office.frozen(10)
    with office.worker("http://127.0.0.1:9") as worker:
        assert worker.step()

    assert office.counts(edition) == {"pending": 10}

    _due_now(office)
    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 10}


def test_too_many_requests_waits_as_long_as_asked(office: Office, sink: Sink) -> None:
    """429 proves that nothing was taken; the batch is due after Retry-After, and draining does not wait an hour."""
    edition = office.frozen(10)
    sink.plan.append("429 later")

    office.drain(sink.url)

    assert office.counts(edition) == {"pending": 10}
    assert 3590 < (office.ledger.waiting() or 0) <= 3600 * 1.1

    _due_now(office)
    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 10}
    assert max(Counter(sink.addresses()).values()) == 1


def test_a_refused_account_holds_the_edition(office: Office, sink: Sink) -> None:
    """401 fails nobody: the edition waits for a person and then goes on."""
    edition = office.frozen(25)
    sink.plan.extend(["401", "401"])

    office.drain(sink.url)

    assert office.state(edition) == EditionState.HELD
    assert "auth" in office.editions.get(edition).reason
    assert office.counts(edition).get("rejected", 0) == 0

    office.editions.resume(edition)
    sink.plan.clear()
    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 25}
    assert Counter(sink.addresses()) == Counter(set(sink.addresses()))


@pytest.mark.parametrize("fault", ["413", "422"])
def test_a_batch_refused_as_a_whole_is_halved(office: Office, sink: Sink, fault: str) -> None:
    """Too large, or one bad member: halves go out by themselves and nobody is lost."""
    edition = office.frozen(8)
    sink.plan.extend([fault])

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 8}
    assert sink.requests == 3


def test_a_reader_refused_alone_again_and_again_is_set_aside(office: Office, sink: Sink) -> None:
    """When even the last half of one reader is refused, that reader is quarantined and the rest gets mail."""
    edition = office.frozen(2)
    sink.plan.extend(["422", "422"])

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 1, "quarantined": 1}
    assert office.state(edition) == EditionState.FINISHED


def test_one_refused_reader_does_not_hurt_the_others(office: Office, sink: Sink) -> None:
    """A per-message error inside a 200 rejects that reader; an inactive one is suppressed for good."""
    edition = office.frozen(10)
    sink.reject.update({"reader3@example.org": 300, "reader7@example.org": 406})

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 8, "rejected": 2}
    with office.database.read() as connection:
        assert is_suppressed(connection, address="reader7@example.org")
        assert not is_suppressed(connection, address="reader3@example.org")


def test_leaving_wins_until_the_flight(office: Office, sink: Sink) -> None:
    """Whoever left, complained or bounced after the audience was frozen gets nothing."""
    edition = office.frozen(10)
    with office.database.write() as connection:
        first = roll.find(connection, "reader1@example.org")
        assert first is not None
        roll.unsubscribe(connection, subscriber_id=first.id, newsletter="morning", at=NOW, source="one-click")
        suppress(connection, address="reader2@example.org", reason=SuppressionReason.COMPLAINED, at=NOW)

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 8, "suppressed": 2}
    assert {"reader1@example.org", "reader2@example.org"}.isdisjoint(sink.addresses())


def test_an_empty_batch_sends_nothing(office: Office, sink: Sink) -> None:
    """When everybody in a batch has left, no request is made and the edition finishes."""
    edition = office.frozen(2)
    with office.database.write() as connection:
        for number in (1, 2):
            suppress(connection, address=f"reader{number}@example.org", reason=SuppressionReason.COMPLAINED, at=NOW)

    office.drain(sink.url)

    assert sink.requests == 0
    assert office.counts(edition) == {"suppressed": 2}
    assert office.state(edition) == EditionState.FINISHED


def test_a_cancelled_edition_sends_nothing_more(office: Office, sink: Sink) -> None:
    """Cancelling stops every batch that has not flown, and says how many will not get it."""
    edition = office.frozen(25)

    assert office.editions.cancel(edition, reason="wrong headline", at=NOW) == 25
    office.drain(sink.url)

    assert sink.requests == 0
    assert office.counts(edition) == {"cancelled": 25}


def test_a_poisoned_reader_is_set_aside(office: Office, sink: Sink) -> None:
    """A reader for whom no message can be made is quarantined; the others get theirs."""
    office.enrol(3)
    edition = office.edition()
    office.deliveries.freeze(edition, readers_per_batch=10, at=NOW)
    with office.database.write() as connection:
        second = deliveries.c.address == "reader2@example.org"
        connection.execute(deliveries.update().where(second).values(name="Ada\rBcc: x"))

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 2, "quarantined": 1}


def test_a_dead_workers_flight_becomes_unknown_and_its_claim_ready(
    office: Office, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock of a dead worker is free: what it had claimed is sent, what it had flown is listed, at once."""
    monkeypatch.setattr(lookout, "RETURN_SECONDS", 0.0)
    edition = office.frozen(20)

    class Death(Exception):
        pass

    with suppressing(Death), presence_on(office.database, office.folder) as dead:
        flown, claimed = office.ledger.claim(dead.owner, 3600), office.ledger.claim(dead.owner, 3600)
        assert flown is not None
        assert claimed is not None
        readers = office.ledger.pending(flown)
        office.ledger.fly(flown, readers, attempt="a1", owner=dead.owner, lease=3600, evidence=lambda _: "hash", at=NOW)
        raise Death

    office.drain(sink.url)

    assert office.counts(edition) == {"accepted": 10, "unknown": 10}
    assert [reader.address for reader in readers] == office.unknown(edition)


def test_a_late_answer_resolves_what_was_given_up(office: Office) -> None:
    """An answer that arrives after the lease still counts, and a late refusal restarts nothing."""
    edition = office.frozen(10)
    claim = office.ledger.claim("slow", 3600)
    assert claim is not None
    readers = office.ledger.pending(claim)
    flight = office.ledger.fly(
        claim, readers, attempt="a1", owner="slow", lease=3600, evidence=lambda _: "hash", at=NOW
    )
    assert flight is not None
    assert office.ledger.expire(["slow"]) == 1
    office.reconcile()
    assert [edition] == office.deliveries.finish(NOW)
    names = [str(reader) for reader in flight.readers]
    from digest.model import OutcomeKind
    from digest.providers.base import every

    office.ledger.settle(
        claim, flight, every(names, OutcomeKind.RETRY, reason="rate", detail=""), status=429, not_before=0, at=NOW
    )
    assert office.counts(edition) == {"unknown": 10}

    accepted = every(names, OutcomeKind.ACCEPTED, reason="", detail="")
    office.ledger.settle(claim, flight, accepted, status=200, not_before=0, at=NOW)
    assert office.counts(edition) == {"accepted": 10}


def test_a_stale_fence_cannot_fly(office: Office) -> None:
    """A worker whose claim was taken over records no flight, so it may send nothing."""
    office.frozen(10)
    stale = office.ledger.claim("first", -1)
    fresh = office.ledger.claim("second", 3600)
    assert stale is not None
    assert fresh is not None
    assert stale.fence < fresh.fence
    readers = office.ledger.pending(stale)

    flown = office.ledger.fly(stale, readers, attempt="a1", owner="first", lease=60, evidence=lambda _: "hash", at=NOW)

    assert flown is None


def test_two_workers_share_one_edition(office: Office, sink: Sink) -> None:
    """Two workers on one database send every batch once between them."""
    edition = office.frozen(200)
    other = Office(office.folder, office.place)
    threads = [threading.Thread(target=place.drain, args=(sink.url,)) for place in (office, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.database.close()

    assert office.counts(edition) == {"accepted": 200}
    assert 200 == len(set(sink.addresses())) == len(sink.addresses())


def test_no_redirect_is_followed(office: Office, sink: Sink) -> None:
    """A 302 is an answer that proves nothing; no second request goes anywhere."""
    edition = office.frozen(1)
    sink.plan.append("302")

    office.drain(sink.url)

    assert sink.requests == 1
    assert office.counts(edition) == {"unknown": 1}


def test_the_body_is_what_json_reads(office: Office, sink: Sink) -> None:
    """The wire body assembled from pieces is the JSON that a JSON library would have written."""
    office.frozen(3)
    office.drain(sink.url)

    again = json.loads(json.dumps(sink.kept, ensure_ascii=False))
    assert again == sink.kept
    assert all(message["HtmlBody"].count("“Salt & light”") == 1 for message in sink.kept)


def test_draining_waits_for_its_own_requests(office: Office, sink: Sink) -> None:
    """A refusal that comes while another sender idles is acted upon, however long the lease is."""
    edition = office.frozen(8)
    sink.plan.extend(["slow 413", "slow 413", "slow ok"])

    office.drain(sink.url, lease=3600)

    assert office.counts(edition) == {"accepted": 8}
    assert office.state(edition) == EditionState.FINISHED


def test_draining_waits_for_the_requests_of_others(office: Office, sink: Sink) -> None:
    """A second worker does not say that readers are left while the first is about to hear of them."""
    edition = office.frozen(8, batch=8)
    sink.plan.append("slow ok")
    other = Office(office.folder, office.place)
    first = threading.Thread(target=other.drain, args=(sink.url,), kwargs={"lease": 3600})
    first.start()
    while first.is_alive() and not sink.requests:
        pass

    office.drain(sink.url, lease=3600)

    assert office.counts(edition) == {"accepted": 8}
    first.join()
    other.database.close()


def test_a_provider_that_is_away_for_days_is_still_waited_for(office: Office, sink: Sink) -> None:
    """After thousands of refused connections the wait is still the longest one, and mail goes out in the end."""
    edition = office.frozen(1)
    with office.database.write() as connection:
        connection.execute(batches.update().values(refusals=5000))

    office.drain("http://127.0.0.1:9")

    assert office.counts(edition) == {"pending": 1}
    assert 290 < (office.ledger.waiting() or 0) <= 300
    _due_now(office)
    office.drain(sink.url)
    assert office.counts(edition) == {"accepted": 1}


def test_a_worker_that_cannot_write_sends_nothing_more(office: Office, sink: Sink) -> None:
    """The ledger is gone: the worker says so, no request leaves, and the next one takes over at once."""
    from sqlalchemy import text

    edition = office.frozen(30)
    with office.database.write() as connection:
        connection.execute(text("ALTER TABLE attempts RENAME TO elsewhere"))
    with pytest.raises(StorageError, match=r"no such table|does not exist"):
        office.drain(sink.url, lease=3600)
    assert sink.requests == 0
    with office.database.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO attempts"))

    office.drain(sink.url, lease=3600)

    assert office.counts(edition) == {"accepted": 30}
    assert len(sink.addresses()) == len(set(sink.addresses())) == 30


def _due_now(office: Office) -> None:
    with office.database.write() as connection:
        connection.execute(batches.update().values(not_before=0))
        connection.execute(accounts.update().values(open_at=0))
