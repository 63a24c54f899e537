"""A mail API that misbehaves for a minute: the edition gets to its end, and says only what can be known."""

from __future__ import annotations

import pytest
from office import Office
from sink import Sink

from digest.model import DeliveryState, EditionState
from digest.storage.tables import accounts, batches

REQUESTS = 8
"""Of the outage: three that come to nothing, then a probe every few seconds, as for a minute."""
READERS, BATCH = 60, 5

OUTAGES = {
    "429": None,
    "429 later": None,
    "500 refused": False,
    "500 kept": True,
    "503 kept": True,
    "reset unread": False,
    "reset kept": True,
    "hang kept": True,
    "garbage kept": True,
    "short kept": True,
    "empty kept": True,
}
"""What each request of the outage meets → whether its messages were taken all the same, which the answer does not
prove; None where it proves that they were not."""


def send(office: Office, sink: Sink, edition: int) -> None:
    """A worker until the edition is finished; the waits between are taken as over."""
    with office.worker(sink.url, concurrency=1, timeout=0.2 if "hang kept" in sink.plan else 5) as worker:
        for _ in range(10 * READERS):
            worker.keep_house()
            if office.state(edition) is EditionState.FINISHED:
                return
            worker.step()
            with office.database.write() as connection:
                connection.execute(batches.update().values(not_before=0))
                connection.execute(accounts.update().values(open_at=0))
    pytest.fail(f"the edition never ends: {office.counts(edition)}")


@pytest.mark.parametrize("fault", OUTAGES)
def test_an_outage_ends_and_nobody_is_said_to_have_failed(office: Office, sink: Sink, fault: str) -> None:
    """Who was refused is sent to again. Unknown are those of whom the answer proves nothing, and nobody else."""
    edition = office.frozen(READERS, batch=BATCH)
    sink.plan.extend([fault] * REQUESTS)

    send(office, sink, edition)

    took = sink.addresses()
    accepted = {row.address for row in office.deliveries.listing(edition, DeliveryState.ACCEPTED)}
    unknown = {row.address: row.reason for row in office.deliveries.listing(edition, DeliveryState.UNKNOWN)}
    assert not sink.plan, "the outage was lived through"
    assert len(accepted) + len(unknown) == READERS, "nobody is failed for good whom nobody refused"
    assert len(set(took)) == len(took), "nobody got it twice"
    if OUTAGES[fault] is None:
        assert not unknown
    else:
        # Three whole requests, then probes of one reader.
        assert len(unknown) == 3 * BATCH + REQUESTS - 3
        assert all(unknown.values()), "each with a reason"
    assert set(took) == accepted | (unknown.keys() if OUTAGES[fault] else set())
    assert not office.deliveries.unbalanced()
