"""Accepted suggestions: what they change, and what they never touch."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.editing.correct import correct as correct_by
from digest.model import Article, Correction, Story, TakeOrigin
from digest.writing import write

TEXT = """Minister Orvell Promises a Night Ferry

Quick Takes

  • The council votes on the money in Hestmouth next week
  • The ferry last sailed in August

Mayor Agnes Orvell told islanders on Friday that they would have their ferry back. “I was born over there at two in \
the morning, and I am told that I was in a hurry,” Orvell said.

The decisive vote is expected in Hestmouth this week, and the mayor is two votes short.
"""

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
STORY = write(Article(text=TEXT, source="test", ref="night-ferry.txt"))


def correct(story: Story, codes: set[str]) -> tuple[Story, tuple[Correction, ...]]:
    return correct_by(story, codes, by="an editor", at=NOW)


def test_an_accepted_suggestion_changes_the_part_that_it_names() -> None:
    """The take gets the suggested words, is marked as edited, and its finding is gone."""
    corrected, made = correct(STORY, {"relative-time-conflict"})

    assert corrected.takes[0].text == "The council votes on the money in Hestmouth this week"
    assert corrected.takes[0].origin is TakeOrigin.EDITED
    assert made == (
        Correction(
            code="relative-time-conflict",
            story=STORY.headline,
            part="take 1",
            before="next week",
            after="this week",
            by="an editor",
            at=NOW,
        ),
    )
    assert "relative-time-conflict" not in {finding.code for finding in corrected.findings}
    assert corrected.headline == STORY.headline


def test_a_headline_is_corrected_too() -> None:
    """An office title that the body does not bear out gives way to the body's."""
    corrected, _ = correct(STORY, {"office-title-conflict"})

    assert corrected.headline == "Mayor Orvell Promises a Night Ferry"


def test_nothing_else_moves() -> None:
    """Without an accepted code the story is what it was, and quotations never change."""
    same, made = correct(STORY, {"missing-metadata", "no-such-code"})

    assert (same, made) == (STORY, ())
    assert correct(STORY, {finding.code for finding in STORY.findings})[0].quotes == STORY.quotes
