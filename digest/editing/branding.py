"""The brand that a newsletter chose, its logo where readers can get it."""

from __future__ import annotations

from pathlib import Path

from digest.errors import ConfigError, PictureError
from digest.rendering.brand import Brand, Logo
from digest.rendering.pictures import measured
from digest.settings import Newsletter, Settings
from digest.storage.media import Media

LARGEST = 500_000
"""Bytes of a logo: every reader fetches it before the first story."""


def brand_of(newsletter: Newsletter, *, settings: Settings, media: Media) -> Brand:
    """What its table of config.toml says, for a template. A logo in a file is kept and served as it is.

    Raises ConfigError for a logo that cannot be read, is no PNG or JPEG, or is too large; StorageError.
    """
    chosen = newsletter.brand
    return Brand(
        accent=chosen.accent,
        accent_dark=chosen.accent_dark,
        heading_font=chosen.heading_font,
        text_font=chosen.text_font,
        footer=chosen.footer,
        logo=_logo(chosen.logo, newsletter, settings, media) if chosen.logo else None,
    )


def _logo(logo: str, newsletter: Newsletter, settings: Settings, media: Media) -> Logo:
    chosen = newsletter.brand
    alt, width = chosen.logo_alt or newsletter.title, chosen.logo_width
    if logo.startswith("https://"):
        return Logo(url=logo, alt=alt, width=width, height=chosen.logo_height or width)
    path = settings.resolve(Path(logo))
    try:
        data = path.read_bytes()
        suffix, across, down = measured(data)
    except PictureError as error:
        raise ConfigError(f"the logo {path} cannot be shown: {error}; save it as PNG or JPEG") from None
    except OSError as error:
        raise ConfigError(f"the logo {path} cannot be read ({error}); check brand.logo in config.toml") from None
    if len(data) > LARGEST:
        raise ConfigError(f"the logo {path} has {len(data):,} bytes; save it smaller than {LARGEST:,}")
    url = f"{settings.site.base_url}/media/{media.keep(data, suffix)}"
    return Logo(url=url, alt=alt, width=width, height=chosen.logo_height or max(1, round(width * down / across)))
