"""Mailboxes taken apart, and header values in ASCII."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.letters import mailbox
from digest.errors import RenderError
from digest.message import Slot, Slotted
from digest.providers.headers import Mailbox, ascii_mailbox, ascii_slotted, ascii_value, parted

visible = st.characters(exclude_categories=["C", "Zl", "Zp"])
names = st.text(visible, min_size=1, max_size=90).map(str.strip).filter(bool)


@given(name=names)
def test_a_mailbox_comes_apart_as_it_was_made(name: str) -> None:
    """Quotation marks, commas, angle brackets and backslashes in a name change nothing of the address."""
    assert parted(mailbox(name, "ann@example.org")) == (name, "ann@example.org")


@given(name=names)
def test_a_mailbox_in_ascii_is_read_as_the_same(name: str) -> None:
    """No quotation mark, no letter beyond ASCII, and a parser of mail finds the name and the address."""
    encoded = ascii_mailbox(parted(mailbox(name, "ann@example.org")))
    assert encoded.isascii()
    assert '"' not in encoded
    shown, address = parseaddr(encoded)
    assert (str(make_header(decode_header(shown))).split(), address) == (name.split(), "ann@example.org")


def test_a_mailbox_without_a_name_is_its_address() -> None:
    """As the vendors take it."""
    assert parted("ann@example.org") == ("", "ann@example.org")
    assert ascii_mailbox(Mailbox("", "ann@example.org")) == "ann@example.org"


def test_plain_names_stay_as_they_are() -> None:
    """Most are; one that would be read as an encoded word is encoded."""
    assert ascii_mailbox(Mailbox("=?utf-8?q?x?=", "ann@example.org")).startswith("=?utf-8?b?PT91")
    assert ascii_mailbox(Mailbox("Ann Weir", "ann@example.org")) == "Ann Weir <ann@example.org>"


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\u2028", "\x85"])
def test_no_control_character_enters_a_mailbox(character: str) -> None:
    """A message for such a name is not made."""
    with pytest.raises(RenderError):
        parted(f'"Ann{character}Bcc: x" <ann@example.org>')


@given(value=st.text(visible, min_size=1, max_size=200))
def test_a_header_value_is_ascii_in_short_words(value: str) -> None:
    """RFC 2047 2: no encoded word is longer than 75 characters, and none cuts a character in two."""
    encoded = ascii_value(value)
    assert encoded.isascii()
    if not value.isascii():
        assert all(len(word) <= 75 for word in encoded.split(" "))
        assert str(make_header(decode_header(encoded))) == value


def test_slots_stay_between_encoded_words() -> None:
    """What is filled in later is left alone."""
    slot = Slot("unsubscribe_url", "header")
    assert ascii_slotted(Slotted(("Ebbe ", slot, "täglich"))) == Slotted(("Ebbe ", slot, "=?utf-8?q?t=C3=A4glich?="))
