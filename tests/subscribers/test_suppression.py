"""Addresses never to be mailed again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from subscribers import suppression
from subscribers.model import Suppression, SuppressionReason


def test_suppressing_twice_keeps_the_first_reason(conn: Connection, noon: datetime) -> None:
    """The second call, in another spelling and for another reason, changes nothing and says so."""
    first = suppression.suppress(
        conn, address="Ann@example.org", reason=SuppressionReason.BOUNCED, detail="550", at=noon
    )
    later = noon + timedelta(days=1)
    again = suppression.suppress(conn, address="ann@EXAMPLE.org", reason=SuppressionReason.COMPLAINED, at=later)
    assert (first, again) == (True, False)
    assert list(suppression.listing(conn)) == [
        Suppression(address="ann@example.org", reason=SuppressionReason.BOUNCED, detail="550", at=noon)
    ]


def test_lifting_lets_the_address_be_mailed_again(conn: Connection, noon: datetime) -> None:
    """Once; a second time there is nothing to lift."""
    suppression.suppress(conn, address="ann@example.org", reason=SuppressionReason.BY_HAND, at=noon)
    assert suppression.is_suppressed(conn, "ANN@example.org")
    assert suppression.lift(conn, address="Ann@example.org")
    assert not suppression.is_suppressed(conn, "ann@example.org")
    assert not suppression.lift(conn, address="ann@example.org")


def test_a_long_listing_misses_nobody(conn: Connection, noon: datetime) -> None:
    """The pages join without a gap or a double."""
    addresses = [f"r{n:04}@example.org" for n in range(2_100)]
    for address in reversed(addresses):
        suppression.suppress(conn, address=address, reason=SuppressionReason.BY_HAND, at=noon)
    assert [line.address for line in suppression.listing(conn)] == addresses
