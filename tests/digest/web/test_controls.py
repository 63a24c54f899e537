"""What the preview was asked for, from an address and back."""

from __future__ import annotations

import pytest
from starlette.datastructures import QueryParams

from digest.web.clients import Look
from digest.web.controls import Controls
from digest.web.messages import What, Wish

MORNING = What("newsletters", "morning")


@pytest.mark.parametrize(
    ("asked", "width"),
    [("375", "375"), ("200", "320"), ("1000", "700"), ("-5", "600"), ("٣٧٥", "600"), ("9" * 5000, "600"), ("", "600")],
)
def test_a_frame_is_320_to_700_pixels_wide(asked: str, width: str) -> None:
    """What is beyond is the nearest that is not; what is no number is the usual width."""
    assert Controls.of(QueryParams({"width": asked})).width == width


def test_what_is_not_offered_is_the_default() -> None:
    """No value from an address reaches a page or a look unless it is one of those."""
    asked = dict.fromkeys(("view", "scheme", "images", "styles", "client"), "<script>")
    assert Controls.of(QueryParams(asked)) == Controls()


def test_an_address_gives_back_what_it_was_made_of() -> None:
    """Every choice survives the way through an address; defaults are left out of it."""
    chosen = Controls.of(
        {
            "view": "file",
            "width": "321",
            "scheme": "forced",
            "images": "off",
            "styles": "none",
            "client": "word",
            "language": "de",
            "reader": "a+b@example.org",
            "sample": "sample-rtl",
            "file": "digest/body.html",
        }
    )
    path, _, query = chosen.address(MORNING).partition("?")
    assert path == "/newsletters/morning"
    assert Controls.of(QueryParams(query)) == chosen
    assert chosen.look == Look(scheme="forced", images=False, styles="none", word=True)
    assert chosen.wish == Wish("de", "a+b@example.org", "sample-rtl")
    assert Controls().address(MORNING, "/frame") == "/newsletters/morning/frame"
    assert What("newsletters", "a/b?c").address == "/newsletters/a%2Fb%3Fc"
