"""Interviews written as lines of speech without marks."""

from __future__ import annotations

import pytest

from digest.model import Article, Attribution, Story
from digest.writing import write

LEAD = (
    "Minister and host talk about the bridge\n\nInterior Minister Runa Delmar came to the studio on Monday evening to "
    "talk about the bridge over the Brine, which opened a week ago.\n\n"
)


def story_of(*lines: str, between: str = "\n\n") -> Story:
    return write(Article(text=LEAD + between.join(lines), source="test", ref="t"))


@pytest.mark.parametrize("between", ["\n", "\n\n"])
@pytest.mark.parametrize(("host", "guest"), [("IDA HOLM", "DELMAR"), ("Ida Holm", "Runa Delmar")])
def test_turns(host: str, guest: str, between: str) -> None:
    """Each line is a quotation of the person of its label, without the label; a short one is no subhead."""
    story = story_of(
        f"{host}: When will the bridge be closed to lorries?",
        f"{guest}: It will be closed to lorries in spring, and it will stay closed for good.",
        f"{host}: And what do they say?",
        f"{guest}: They say “never”. I have listened to them for two years and I have not changed my mind.",
        between=between,
    )
    assert [quote.speaker for quote in story.quotes] == ["Ida Holm", "Runa Delmar", "Ida Holm", "Runa Delmar"]
    assert {quote.attribution for quote in story.quotes} == {Attribution.TRANSCRIPT}
    assert story.quotes[2].text == "And what do they say?"
    assert [(quote.speaker, quote.role) for quote in story.key_quotes][:2] == [("Runa Delmar", "Interior Minister")] * 2


@pytest.mark.parametrize(
    "lines",
    [
        ("HOLM: When will it be closed to lorries?", "DELMAR: It will be closed to lorries in spring."),
        ("Where: The bridge in the town of Kelm.", "When: At noon on Monday.", "Where: At the harbour office."),
        ("Q: When will it be closed to lorries?", "A: In spring, for good.", "Q: And what do they say?"),
        ("IDA HOLM: The deck is made of steel.", "DELMAR: The deck is made of oak.", "LIND: The deck is made of ice."),
        ("HOLM: The deck is made of steel.", "HOLM: The deck is made of oak.", "HOLM: The deck is made of ice."),
    ],
)
def test_no_transcript(lines: tuple[str, ...]) -> None:
    """Fewer than three turns, one speaker, nobody who speaks twice, or labels that are no names: nobody's words."""
    assert story_of(*lines).quotes == ()
