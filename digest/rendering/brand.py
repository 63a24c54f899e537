"""The brand of a newsletter: its colours, type faces, logo and footer, as a template is given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from digest.colours import DARK_GROUNDS, LIGHT_GROUNDS, readable
from digest.errors import RenderError
from digest.rendering.untrusted import clean, http_url


class Font(NamedTuple):
    """A type face that readers have: web fonts reach too few mail programs."""

    stack: str
    """Unquoted, so that it can stand in a style attribute as it is."""
    outlook: str
    """The one face that Word shall take; it falls to Times where it does not know the first of a stack."""


FONTS: Mapping[str, Font] = {
    "serif": Font("Georgia,Times New Roman,serif", "Georgia"),
    "book": Font("Iowan Old Style,Palatino Linotype,Palatino,Georgia,serif", "Palatino Linotype"),
    "sans": Font("-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif", "Segoe UI"),
    "helvetica": Font("Helvetica Neue,Helvetica,Arial,sans-serif", "Arial"),
    "verdana": Font("Verdana,Geneva,sans-serif", "Verdana"),
    "trebuchet": Font("Trebuchet MS,Lucida Grande,Arial,sans-serif", "Trebuchet MS"),
    "mono": Font("Menlo,Consolas,Courier New,monospace", "Consolas"),
}

ACCENT, ACCENT_DARK = "#A3241B", "#FF9C8F"
"""Of a newsletter that chose none."""
BRIGHT = 7.0
"""Contrast in dark mode of an accent that is derived from the light one: it glows, it is not only legible."""

_LIGHT = {"ink": "#17181C", "soft": "#3A3C44", "muted": "#5A5D66", "rule": "#DDD8CC", "edge": "#17181C"}
_DARK = {"ink": "#EFEFF1", "soft": "#D3D4D9", "muted": "#B0B3BB", "rule": "#3A3C43", "edge": "#8D9099"}
_BAND = {"on_band": "#F6F4EF", "dim": "#B9B8B4", "seam": "#47484F"}
"""The band is dark in both schemes: the ground on which a quotation makes one stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture that stands for the title in the masthead."""

    url: str
    """http or https."""
    alt: str
    """What it says; the title, where the operator gave nothing else."""
    width: int
    """Pixels of the e-mail, at most 528; the file may be larger for fine screens."""
    height: int
    """Pixels of the e-mail: Outlook shows an image without it at the size of its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """What makes a newsletter look like itself. The settings have checked that its colours can be read."""

    accent: str = ACCENT
    """`#RRGGBB`, for labels, links, bars and buttons in the light scheme."""
    accent_dark: str | None = None
    """The same in the dark scheme; None: a bright colour of the same hue."""
    heading_font: str = "serif"
    """A key of FONTS."""
    text_font: str = "sans"
    """A key of FONTS."""
    logo: Logo | None = None
    footer: str = ""
    """A line at the end of each message: who publishes it, and under which rules."""

    @property
    def dark(self) -> str:
        """The accent of the dark scheme."""
        if self.accent_dark:
            return self.accent_dark
        return ACCENT_DARK if self.accent == ACCENT else readable(self.accent, DARK_GROUNDS.values(), BRIGHT)


def brand_view(brand: Brand) -> dict[str, Any]:
    """The value `brand` of a template: `light` and `dark` colours by name; `heading` and `text`, each with
    the `stack` of its type faces and the one for `outlook`; `logo` or None; `footer`.

    Raises RenderError for a font that is not in FONTS, or a logo whose address is not http or https.
    """
    band = {**_BAND, "bright": brand.dark}
    return {
        "light": _scheme(LIGHT_GROUNDS, _LIGHT, brand.accent) | band | {"band": DARK_GROUNDS["card"]},
        "dark": _scheme(DARK_GROUNDS, _DARK, brand.dark) | band | {"band": DARK_GROUNDS["tint"]},
        "heading": _font(brand.heading_font),
        "text": _font(brand.text_font),
        "logo": _logo(brand.logo) if brand.logo else None,
        "footer": clean(brand.footer),
    }


def _scheme(grounds: Mapping[str, str], inks: Mapping[str, str], accent: str) -> dict[str, str]:
    # The accent is readable on the card, so the card's colour is readable on the accent: that is the button.
    return {**grounds, **inks, "accent": accent, "on_accent": grounds["card"]}


def _font(name: str) -> dict[str, str]:
    if name not in FONTS:
        raise RenderError(f"there is no font {name!r}; expected one of {', '.join(FONTS)}")
    return FONTS[name]._asdict()


def _logo(logo: Logo) -> dict[str, Any]:
    url = http_url(logo.url)
    if url is None:
        raise RenderError(f"the address of a logo must be http or https, not {logo.url!r}")
    return {"url": url, "alt": clean(logo.alt), "width": logo.width, "height": logo.height}
