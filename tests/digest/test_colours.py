"""Contrast as WCAG counts it, and the nearest colour that can be read."""

from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.colours import DARK_GROUNDS, LIGHT_GROUNDS, READABLE, contrast, distance, is_colour, readable, weakest

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")
SCHEMES = pytest.mark.parametrize("grounds", [LIGHT_GROUNDS, DARK_GROUNDS], ids=["light", "dark"])


def test_contrast_as_published() -> None:
    """The two ends of the scale, the grey that just passes on white, and a pair in either order."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#FFFFFF", "#A3241B") == contrast("#A3241B", "#FFFFFF")
    assert weakest("#A3241B", ["#FFFFFF", "#F2EFE8"])[1] == "#F2EFE8"


def test_distance_of_the_extremes() -> None:
    """Black and white are one apart, equal colours not at all."""
    assert distance("#000000", "#FFFFFF") == pytest.approx(1, abs=1e-4)
    assert distance("#A3241B", "#A3241B") == 0


@pytest.mark.parametrize("text", ["red", "#FFF", "#GGGGGG", "#FF0000 ", "#FF00000", "FF0000", "#FF0000\n"])
def test_what_is_no_colour(text: str) -> None:
    """Only a number sign and six hexadecimal digits are a colour."""
    assert is_colour("#a3241B")
    assert not is_colour(text)


@SCHEMES
@given(colour=COLOURS)
def test_the_suggestion_always_passes(grounds: dict[str, str], colour: str) -> None:
    """Whatever is asked for, what is suggested can be read on every ground; what can be read stays as it is."""
    suggested = readable(colour, grounds.values())
    assert is_colour(suggested)
    assert weakest(suggested, grounds.values())[0] >= READABLE
    assert (suggested == colour) == (weakest(colour, grounds.values())[0] >= READABLE)


@SCHEMES
@given(colour=COLOURS)
def test_the_suggestion_is_close(grounds: dict[str, str], colour: str) -> None:
    """It stops as soon as it can be read, and no grey that can be read is as near by more than rounding."""
    suggested = readable(colour, grounds.values())
    if suggested != colour:
        assert weakest(suggested, grounds.values())[0] < READABLE + 0.15
        greys = [f"#{level:02X}{level:02X}{level:02X}" for level in range(256)]
        passing = [grey for grey in greys if weakest(grey, grounds.values())[0] >= READABLE]
        lightness = min(distance(grey, colour) for grey in passing)
        assert distance(suggested, colour) <= lightness + 0.06


@given(colour=COLOURS)
def test_the_hue_stays(colour: str) -> None:
    """A colourful colour keeps its hue: a brand's blue is never answered with a green."""
    suggested = readable(colour, LIGHT_GROUNDS.values())
    before, after = (
        colorsys.rgb_to_hls(*(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))) for text in (colour, suggested)
    )
    if distance(colour, "#808080") > 0.15 and min(before[2], after[2]) > 0.3 and 0.2 < before[1] < 0.8:
        turned = abs(before[0] - after[0])
        assert min(turned, 1 - turned) < 0.1


def test_no_colour_can_be_read_on_everything() -> None:
    """On black and on white at once nothing has a contrast of seven."""
    with pytest.raises(ValueError, match="no colour has a contrast of 7"):
        readable("#808080", ["#000000", "#FFFFFF"], 7)
