"""Delivery ids: the same every time, read back exactly, and made up by nobody else."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.ids import DeliveryIds

IDS = DeliveryIds("a-signing-key-for-tests-0123456789")
NUMBERS = st.integers(1, 2**63 - 1)


@given(edition=NUMBERS, subscriber=NUMBERS)
def test_an_id_names_its_delivery(edition: int, subscriber: int) -> None:
    """Read back, it is the row that it was made for; it fits what every provider's metadata and a Message-ID hold."""
    made = IDS.make(edition, subscriber)
    assert IDS.read(made) == (edition, subscriber)
    assert made == DeliveryIds("a-signing-key-for-tests-0123456789").make(edition, subscriber)
    assert re.fullmatch(r"[0-9a-z-]{1,64}", made)


@given(edition=NUMBERS, subscriber=NUMBERS, place=st.integers(0, 63), letter=st.characters())
def test_a_changed_id_is_nobodys(edition: int, subscriber: int, place: int, letter: str) -> None:
    """Any one character changed: the id is refused or is the same text."""
    made = IDS.make(edition, subscriber)
    place %= len(made)
    changed = made[:place] + letter + made[place + 1 :]
    assert changed == made or IDS.read(changed) is None


@given(st.text())
def test_any_text_is_refused_quietly(text: str) -> None:
    """A webhook may say anything: no error, no row."""
    assert IDS.read(text) is None


def test_an_id_stays_what_it_was() -> None:
    """A webhook may speak of an edition that an earlier release sent."""
    assert IDS.make(1, 2) == "1-2-06441c4159398644a549"


def test_another_key_makes_other_ids() -> None:
    """Without this installation's key nobody can speak of a delivery."""
    other = DeliveryIds("another-key-for-tests-0123456789012")
    assert other.make(1, 2) != IDS.make(1, 2)
    assert IDS.read(other.make(1, 2)) is None
