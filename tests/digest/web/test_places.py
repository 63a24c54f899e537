"""Where a finding points, in what the preview shows."""

from __future__ import annotations

import pytest

from digest.model import Finding, Place, Severity
from digest.web.messages import PreviewMessage, Remark
from digest.web.places import Spot, shown


def message(place: Place, *, whole: bool = True) -> PreviewMessage:
    """A message of three lines with one finding."""
    finding = Finding(code="x", severity=Severity.INFO, message="x", advice="x", places=(place,))
    return PreviewMessage(
        title="",
        subject="",
        preheader="",
        html="<html>\n<p>Cats &amp; dogs in the harbour</p>\n</html>",
        text="",
        source_html="",
        raw=b"",
        remarks=(Remark("The edition", finding),),
        language="en",
        languages=("en",),
        whole=whole,
        files={"digest/body.html": "…"},
    )


@pytest.mark.parametrize(
    ("place", "spot"),
    [
        (Place("HTML line 3", None, "<p>"), Spot("HTML line 3", "<p>", "inlined", 3)),
        (Place("text line 3"), Spot("text line 3", "", "text", 3)),
        (Place("digest/body.html:12"), Spot("digest/body.html:12", "", "file", 12, "digest/body.html")),
        (Place("digest/gone.html:12"), Spot("digest/gone.html:12", "")),
        (
            Place("take 1", None, "Cats & dogs in the harbour"),
            Spot("take 1", "Cats & dogs in the harbour", "inlined", 2),
        ),
        (Place("body", None, "is nowhere in this message"), Spot("body", "is nowhere in this message")),
        (Place("body", None, "html"), Spot("body", "html")),
    ],
)
def test_a_place_is_found_where_it_can_be_seen(place: Place, spot: Spot) -> None:
    """Lines of the message and of templates are linked, and words that stand in it; too few words say nothing."""
    assert shown(message(place))[0].spots == (spot,)


def test_lines_of_the_whole_are_no_lines_of_a_selection() -> None:
    """The checks read the whole edition; for a reader of some stories its lines would mislead."""
    assert shown(message(Place("HTML line 3"), whole=False))[0].spots == (Spot("HTML line 3", ""),)


def test_a_finding_about_everything_has_no_place() -> None:
    """`edition` and `message` say no more than nothing."""
    assert shown(message(Place("edition")))[0].spots == ()
