"""Sentinels stand for slots and leave no trace."""

from __future__ import annotations

import pytest

from digest.errors import RenderError
from digest.message import DERIVED, Slot
from digest.rendering.slots import Sentinels

NONCE = "k3n9x2p7q1"


def test_split_gives_the_slots_back() -> None:
    """Text around sentinels of two contexts is cut into pieces and slots, in order."""
    sentinels = Sentinels(NONCE)
    html, text = sentinels.tokens("html"), sentinels.tokens("text")
    whole = f"<p>{html['sent_to']}{html['unsubscribe_url']}</p>{text['sent_to']}"
    assert sentinels.split(whole).parts == (
        "<p>",
        Slot("sent_to", "html"),
        Slot("unsubscribe_url", "html"),
        "</p>",
        Slot("sent_to", "text"),
    )
    assert sentinels.show(whole) == "<p>[sent_to][unsubscribe_url]</p>[sent_to]"
    assert sum(sentinels.count(whole).values()) == 3


def test_sentinels_are_opaque_words() -> None:
    """Letters and digits only, no two alike, and another nonce gives others."""
    tokens = [*Sentinels(NONCE).tokens("html").values(), *Sentinels("zzzzzzzz99").tokens("html").values()]
    assert all(token.isalnum() and token.isascii() for token in tokens)
    assert len(set(tokens)) == len(tokens)


@pytest.mark.parametrize("nonce", ["", "short", "UPPERCASE1", "with-dash-12", "ümläuteee"])
def test_a_weak_nonce_is_refused(nonce: str) -> None:
    """A nonce that is too short or not plain is an error, not a risk."""
    with pytest.raises(RenderError, match="nonce"):
        Sentinels(nonce)


def test_a_derived_slot_is_escaped_for_its_place() -> None:
    """Between tags and in an attribute of what an inliner wrote; elsewhere as everything is, and in no comment."""
    sentinels = Sentinels(NONCE)
    word = sentinels.tokens("html", DERIVED)["subject"]
    page = f'<title>{word}</title><p title="a {word}">{word}</p>'
    places = [part.context for part in sentinels.split(page, inlined=True).parts if isinstance(part, Slot)]
    assert places == ["element", "attribute", "element"]
    assert {slot.context for slot in sentinels.split(page).slots} == {"html"}
    with pytest.raises(RenderError, match="comment"):
        sentinels.split(f"<!--[if mso]>{word}<![endif]-->", inlined=True)
