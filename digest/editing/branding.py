"""The brand that a newsletter chose, its logo where readers can get it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from digest.errors import ConfigError
from digest.rendering.brand import Brand, Logo
from digest.settings import Newsletter, Settings
from digest.storage.media import Media

LARGEST = 500_000
"""Bytes of a logo: every reader fetches it before the first story."""

_SIGNATURES: dict[bytes, Literal["png", "jpg"]] = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}
"""How a file of that format begins."""


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
        logo=Logo(
            url=_address(chosen.logo, settings, media),
            alt=chosen.logo_alt or newsletter.title,
            width=chosen.logo_width,
        )
        if chosen.logo
        else None,
    )


def _address(logo: str, settings: Settings, media: Media) -> str:
    if logo.startswith("https://"):
        return logo
    path = settings.resolve(Path(logo))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"the logo {path} cannot be read ({error.strerror}); check brand.logo in config.toml"
        ) from None
    suffix = next((suffix for signature, suffix in _SIGNATURES.items() if data.startswith(signature)), None)
    if suffix is None:
        raise ConfigError(f"the logo {path} is not a PNG or JPEG file, whatever its name says; save it as one")
    if len(data) > LARGEST:
        raise ConfigError(f"the logo {path} has {len(data):,} bytes; save it smaller than {LARGEST:,}")
    return f"{settings.site.base_url}/media/{media.keep(data, suffix)}"
