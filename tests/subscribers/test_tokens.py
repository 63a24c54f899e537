"""The token behind every unsubscribe link."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import BadToken, SubscriberError
from subscribers.tokens import UnsubscribeClaim, UnsubscribeTokens

OLD, NEW = "an-older-key-of-ours", "the-key-that-signs-now"
TOKENS = UnsubscribeTokens([NEW, OLD])
READERS = st.integers(min_value=0, max_value=2**63 - 1)
NEWSLETTERS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(READERS, NEWSLETTERS)
def test_a_token_comes_back_as_its_claim(reader: int, newsletter: str) -> None:
    """Every id and newsletter key survive, in characters that need no escaping in an address."""
    token = TOKENS.make(reader, newsletter)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", token)
    assert TOKENS.read(token) == UnsubscribeClaim(reader, newsletter)


@given(READERS, st.sampled_from(["brief", "morning-brief"]), st.data())
def test_no_changed_character_passes(reader: int, newsletter: str, data: st.DataObject) -> None:
    """Any other character at any place, also one that base64 would read alike, is refused."""
    token = TOKENS.make(reader, newsletter)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=").filter(token[at].__ne__)
    )
    with pytest.raises(BadToken):
        TOKENS.read(token[:at] + other + token[at + 1 :])


def test_no_last_character_passes_but_the_right_one() -> None:
    """The two spare bits of the signature's last character are checked too."""
    token = TOKENS.make(7, "brief")
    passed = []
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        try:
            TOKENS.read(token[:-1] + last)
        except BadToken:
            continue
        passed.append(last)
    assert passed == [token[-1]]


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a", "a.b", "=", "é.é", "\ud800.x", "\x00", "MTpi", "MTpi.", "OmI.x", " ", "A" * 10_000_000],
)
def test_anything_else_is_a_bad_token(token: str) -> None:
    """Nonsense, foreign letters, lone surrogates and huge input have one answer."""
    with pytest.raises(BadToken):
        TOKENS.read(token)


@given(st.text(max_size=200))
def test_any_text_is_a_bad_token(token: str) -> None:
    """Hostile text has no third way out."""
    with pytest.raises(BadToken):
        TOKENS.read(token)


def test_surroundings_are_not_forgiven() -> None:
    """A token with anything before or after it is not the token."""
    token = TOKENS.make(7, "brief")
    for wrong in (token + "=", token + "\n", " " + token, token + "." + token, token.replace(".", "=.")):
        with pytest.raises(BadToken):
            TOKENS.read(wrong)


def test_keys_rotate_without_breaking_old_links() -> None:
    """A token of last year's key is read; the newest key signs; a key that was dropped is refused."""
    old_token = UnsubscribeTokens([OLD]).make(7, "brief")
    assert TOKENS.read(old_token) == (7, "brief")
    assert TOKENS.make(7, "brief") == UnsubscribeTokens([NEW]).make(7, "brief") != old_token
    with pytest.raises(BadToken):
        UnsubscribeTokens([NEW]).read(old_token)


def test_a_token_stays_what_it_was() -> None:
    """A link that an earlier release made works for ever, and is still the one that is made."""
    token = "NzpicmllZg.ITonZZeWkFFbEN0mAaA-q6JwaAbpNqFP7MXD2vNU4iM"
    assert TOKENS.read(token) == (7, "brief")
    assert TOKENS.make(7, "brief") == token


def test_the_token_does_not_contain_the_address_or_a_time() -> None:
    """It is the same on every day, so a link of years ago is the link of today."""
    assert TOKENS.make(7, "brief") == TOKENS.make(7, "brief")
    assert TOKENS.make(7, "brief") != TOKENS.make(8, "brief")
    assert TOKENS.make(7, "brief") != TOKENS.make(7, "brie")


@pytest.mark.parametrize("keys", [[], [""], ["short"], [NEW, ""]])
def test_a_missing_or_short_key_is_refused(keys: list[str]) -> None:
    """Nobody signs with an empty key by mistake, not even with an old one."""
    with pytest.raises(SubscriberError, match="16 characters"):
        UnsubscribeTokens(keys)


def test_a_newsletter_key_too_long_for_a_link_is_refused_when_made() -> None:
    """What could not be read again is not made."""
    with pytest.raises(SubscriberError, match="too long"):
        TOKENS.make(7, "n" * 500)
