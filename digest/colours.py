"""Colours of an e-mail: the grounds that text stands on, and whether a text colour can be read there.

Pure arithmetic on `#RRGGBB`. Luminance and contrast are those of WCAG 2.2; nearness is measured in
Oklab (Björn Ottosson, "A perceptual color space for image processing", 2020), in which equal
distances look alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

READABLE = 4.5
"""The least contrast of text with its ground; WCAG 2.2, success criterion 1.4.3."""

LIGHT_GROUNDS: Mapping[str, str] = {"page": "#F2EFE8", "card": "#FFFFFF", "tint": "#F8F5EE"}
"""What text stands on in the light scheme."""
DARK_GROUNDS: Mapping[str, str] = {"page": "#0F1013", "card": "#191A1E", "tint": "#232429"}
"""What text stands on in the dark scheme."""

_STEPS = 1024
"""Levels of lightness that are tried; finer than eight bits of a grey."""

Triple = tuple[float, float, float]


def is_colour(text: str) -> bool:
    """Whether the text is a colour as `#RRGGBB`."""
    return re.fullmatch("#[0-9A-Fa-f]{6}", text) is not None


def luminance(colour: str) -> float:
    """Relative luminance, from 0 (black) to 1 (white)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21, whichever is the lighter."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def weakest(colour: str, grounds: Iterable[str]) -> tuple[float, str]:
    """The lowest contrast of a colour with any of the grounds, and the ground that gives it."""
    return min((contrast(colour, ground), ground) for ground in grounds)


def readable(colour: str, grounds: Iterable[str], ratio: float = READABLE) -> str:
    """The colour itself if it has that contrast with every ground, else the nearest colour that has.

    Hue stays, lightness moves, and colourfulness gives way only where a screen cannot show it.
    Raises ValueError when no colour has that contrast with all of the grounds.
    """
    grounds = tuple(grounds)
    if weakest(colour, grounds)[0] >= ratio:
        return colour
    lightness, chroma, hue = _polar(_oklab(colour))
    levels = sorted((step / _STEPS for step in range(_STEPS + 1)), key=lambda level: abs(level - lightness))
    for level in levels:
        moved = _displayable(level, chroma, hue)
        if weakest(moved, grounds)[0] >= ratio:
            return moved
    raise ValueError(f"no colour has a contrast of {ratio} with all of {', '.join(grounds)}")


def distance(one: str, other: str) -> float:
    """How different two colours look: 0 for equal ones, 1 for black and white, 0.02 for a barely seen difference."""
    return math.dist(_oklab(one), _oklab(other))


def _linear(colour: str) -> Triple:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _encoded(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _oklab(colour: str) -> Triple:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _polar(lab: Triple) -> Triple:
    """Lightness, chroma, hue."""
    return lab[0], math.hypot(lab[1], lab[2]), math.atan2(lab[2], lab[1])


def _light(lightness: float, chroma: float, hue: float) -> Triple:
    """Linear red, green and blue; outside of 0 to 1 where no screen can show the colour."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _displayable(lightness: float, chroma: float, hue: float) -> str:
    """The most colourful colour of this lightness and hue that a screen can show, up to `chroma`."""
    low, high = 0.0, chroma
    if not _shown(_light(lightness, chroma, hue)):
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if _shown(_light(lightness, middle, hue)) else (low, middle)
        chroma = low
    parts = (_encoded(min(1.0, max(0.0, part))) for part in _light(lightness, chroma, hue))
    return "#" + "".join(f"{round(part * 255):02X}" for part in parts)


def _shown(parts: Triple) -> bool:
    return all(-1e-4 <= part <= 1 + 1e-4 for part in parts)
