"""How large a batch may be, by readers and by bytes."""

from __future__ import annotations

import pytest
from office import KEY, Office
from sqlalchemy import select

from digest.delivery.plan import PERSONAL_BYTES, Planner, readers_per_batch
from digest.delivery.press import Presses, Terms
from digest.errors import ConfigError
from digest.providers.postmark import Postmark
from digest.settings import Delivery
from digest.storage.tables import batches


@pytest.mark.parametrize(
    ("message", "readers", "size", "expected"),
    [
        (30_000, 1000, 100_000_000, 500),  # the provider takes no more
        (30_000, 200, 100_000_000, 200),  # the operator wants no more
        (93_000, 500, 1_000_000, 10),  # ten of a hundred thousand bytes
        (93_001, 500, 1_000_000, 9),
        (900_000, 1000, 100_000_000, 55),  # the provider's 50 MB
        (5_000_000, 500, 1_000_000, 1),  # larger than the limit all alone: tried all the same
    ],
)
def test_the_smallest_limit_counts(message: int, readers: int, size: int, expected: int) -> None:
    """Readers or bytes, the provider's or the operator's, whichever is reached first; never nobody."""
    settings = Delivery(batch_readers=readers, batch_bytes=size)
    found = readers_per_batch(Postmark(), message, settings)
    assert found == expected
    assert found == 1 or found * (message + PERSONAL_BYTES) <= min(size, 50_000_000)


def test_freezing_measures_the_message_that_is_sent(office: Office) -> None:
    """The batches of a real edition keep to the bytes of its message in the provider's format."""
    presses = Presses(
        editions=office.editions,
        terms={"main": Terms(Postmark(), "postmark")},
        keys=[KEY],
    )
    office.enrol(100)
    edition = office.edition()
    press = presses.of(edition, "main")
    settings = Delivery(batch_bytes=100_000)

    planner = Planner(
        deliveries=office.deliveries,
        editions=office.editions,
        presses=presses,
        settings=settings,
        rates={},
        clock=office.clock,
    )
    assert planner.freeze(edition) == 100

    expected = 100_000 // (press.size + PERSONAL_BYTES)
    assert 1 < expected < 100
    with office.database.read() as connection:
        assert len(connection.execute(select(batches)).all()) == -(-100 // expected)
    claim = office.ledger.claim("a", 60)
    assert claim is not None
    body = press.adapter.call([press.message(reader) for reader in office.ledger.pending(claim)], key="k-1").body
    assert len(body) <= 100_000


def test_nothing_is_frozen_for_an_account_that_is_gone(office: Office) -> None:
    """An edition of an account that config.toml no longer has stays approved, and the message says what to put back."""
    office.enrol(2)
    edition = office.edition()
    presses = Presses(editions=office.editions, terms={}, keys=[])
    planner = Planner(
        deliveries=office.deliveries,
        editions=office.editions,
        presses=presses,
        settings=Delivery(),
        rates={},
        clock=office.clock,
    )
    with pytest.raises(ConfigError, match=r"no \[provider\.main\].*put it back"):
        planner.freeze(edition)
    assert office.state(edition) == "approved"
