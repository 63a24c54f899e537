"""What a newsletter chose, as its templates are given it."""

from __future__ import annotations

from typing import get_args

import pytest

from digest.colours import DARK_GROUNDS, LIGHT_GROUNDS, contrast
from digest.errors import ConfigError, RenderError
from digest.rendering.brand import FONTS, Brand, Logo, brand_view
from digest.settings import Newsletter, load
from digest.settings.tables import Font


def schemes(brand: Brand) -> list[dict[str, str]]:
    view = brand_view(brand)
    return [view["light"], view["dark"]]


@pytest.mark.parametrize("accent", ["#A3241B", "#0B57A4", "#00695C", "#5B2A86", "#17181C"])
def test_every_pair_can_be_read(accent: str) -> None:
    """Each text colour has 4.5 : 1 on each ground, and a button's words on the button, in both schemes."""
    for colours in schemes(Brand(accent=accent)):
        for ground in LIGHT_GROUNDS:
            for ink in ("ink", "soft", "muted", "accent"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        assert contrast(colours["on_accent"], colours["accent"]) >= 4.5


def test_an_accent_for_dark_mode_is_made_bright() -> None:
    """Without one of its own, dark mode gets the accent's hue at 7 : 1; one that is set stands as it is."""
    light, dark = schemes(Brand(accent="#0B57A4"))
    assert light["accent"] == "#0B57A4"
    assert min(contrast(dark["accent"], ground) for ground in DARK_GROUNDS.values()) >= 7
    assert int(dark["accent"][5:], 16) > int(dark["accent"][1:3], 16), "still a blue"
    assert schemes(Brand(accent="#0B57A4", accent_dark="#8FBCFF"))[1]["accent"] == "#8FBCFF"


def test_fonts_of_the_settings_are_fonts() -> None:
    """Every name that config.toml takes has a stack that ends in a generic family, and a face for Outlook."""
    assert set(get_args(Font)) == set(FONTS)
    for font in FONTS.values():
        assert font.stack.split(",")[-1] in ("serif", "sans-serif", "monospace")
        assert not set("\"';{}<>") & set(font.stack + font.outlook)
    with pytest.raises(RenderError, match="'comic'; expected one of serif"):
        brand_view(Brand(heading_font="comic"))


def test_a_logo_has_an_address() -> None:
    """A logo is shown from the web; anything else than http or https is refused."""
    logo = Logo(url="https://tide.example/logo.png", alt="The Tide", width=240, height=60)
    assert brand_view(Brand(logo=logo))["logo"] == {"url": logo.url, "alt": "The Tide", "width": 240, "height": 60}
    with pytest.raises(RenderError, match="javascript"):
        brand_view(Brand(logo=Logo(url="javascript:alert(1)", alt="", width=240, height=60)))


def refused(**brand: object) -> str:
    """What loading says of a brand."""
    with pytest.raises(ConfigError) as error:
        load(overrides={"newsletter": {"morning": {"brand": brand}}})
    return str(error.value)


def test_what_cannot_be_read_is_refused_with_what_can() -> None:
    """A weak accent is refused at load with the ground that it fails on, and the colour suggested is then taken."""
    said = refused(accent="#FF6B6B")
    assert "newsletter.morning.brand.accent: expected a contrast of 4.5 or more" in said
    assert "on #F2EFE8 it has 2.42" in said
    suggested = said.split('passes is "')[1].split('"')[0]
    settings = load(overrides={"newsletter": {"morning": {"brand": {"accent": suggested}}}})
    assert settings.newsletter["morning"].brand.accent == suggested
    assert "every ground of the dark scheme" in refused(accent_dark="#A3241B")
    assert 'expected a colour such as "#A3241B"' in refused(accent="red")


def test_what_is_no_brand_is_refused() -> None:
    """A font nobody has, a logo of another kind, over http, or wider than the sheet."""
    assert "'serif'" in refused(heading_font="comic")
    for logo in ("logo.svg", "http://tide.example/logo.png", "data:image/png;base64,AA"):
        assert "expected the path of a .png or .jpg file, or an https:// address" in refused(logo=logo), logo
    assert "528" in refused(logo_width=900)
    taken = Newsletter.model_fields["brand"].default
    assert (taken.accent, taken.heading_font, taken.logo) == (Brand().accent, Brand().heading_font, None)
