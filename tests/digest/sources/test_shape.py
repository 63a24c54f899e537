"""The one plain shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.errors import SourceError
from digest.sources.known import Known
from digest.sources.shape import LONGEST, article

KNOWN = Known(headline="Harbour reopens", dek="Ships again.", caption="The quay")


def text(body: str, known: Known) -> str:
    """The text of the article."""
    return article(body, known, ref="r", source="s").text


def test_what_the_body_lacks_is_put_on_top() -> None:
    """In the order headline, caption, dek."""
    assert text("\nBody one.\n\nBody two.\n", KNOWN) == (
        "Harbour reopens\n\nThe quay\n\nShips again.\n\nBody one.\n\nBody two."
    )


def test_what_the_body_repeats_is_not_doubled() -> None:
    """Whatever its case, marks and place near the top; the body's own words stay."""
    body = "HARBOUR REOPENS!\n\nShips again\n\nBody."
    assert text(body, KNOWN) == "HARBOUR REOPENS!\n\nThe quay\n\nShips again\n\nBody."
    assert text(body, replace(KNOWN, headline=None)) == "HARBOUR REOPENS!\n\nThe quay\n\nShips again\n\nBody."


@pytest.mark.parametrize("headline", ["\u200c", "\u034f\u034f", "—"])
def test_a_headline_that_nobody_sees_is_none(headline: str) -> None:
    """It would be an empty heading, and a link without text."""
    made = article("Harbour reopens\n\nBody.", replace(KNOWN, headline=headline), ref="r", source="s")
    assert made == article("Harbour reopens\n\nBody.", replace(KNOWN, headline=None), ref="r", source="s")


def test_a_body_is_left_as_it_is_when_nothing_is_to_be_added() -> None:
    """Also its spaces and its last line ending."""
    body = "Headline\n\n\n  • a\n  • b\n\nBody.\n"
    assert text(body, Known(topic="Economy", language="de")) == body


def test_a_change_of_the_dek_is_another_article() -> None:
    """Everything that readers are shown is part of the identity."""
    one = article("Body.", KNOWN, ref="r", source="s")
    assert one.digest != article("Body.", replace(KNOWN, dek="No ships."), ref="r", source="s").digest


@pytest.mark.parametrize("body", ["", " \n\n", "…\n\n—"])
def test_no_words_are_no_article(body: str) -> None:
    """A headline alone is not one either."""
    with pytest.raises(SourceError, match="no text"):
        text(body, KNOWN)


@pytest.mark.parametrize("body", ["A\x00b", "A \ud800 b"])
def test_what_no_database_can_keep_is_refused(body: str) -> None:
    """Standard input may hold it where files cannot."""
    with pytest.raises(SourceError, match="save it as UTF-8"):
        text(body, Known())


def test_a_book_is_no_article() -> None:
    """As long as allowed passes, one character more does not: writing takes time in proportion."""
    assert len(text("a" * LONGEST, Known())) == LONGEST
    with pytest.raises(SourceError, match="more than 300,000 characters"):
        text("a" * (LONGEST + 1), Known())


@pytest.mark.parametrize("unsound", ["\x00", "\ud800"])
def test_what_cannot_be_stored(unsound: str) -> None:
    """In the body or in what is put on top of it."""
    for body, known in ((f"Body{unsound}.", Known()), ("Body.", Known(caption=f"The {unsound} quay"))):
        with pytest.raises(SourceError, match="half characters"):
            text(body, known)
