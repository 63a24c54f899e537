"""The brand that a newsletter chose, its logo where readers can get it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from digest.errors import ConfigError, DigestError, PictureError, SourceError, StorageError
from digest.model import Finding, Place, Severity
from digest.rendering.brand import Brand, Logo
from digest.rendering.pictures import Picture, logo_picture
from digest.settings import Newsletter, Settings
from digest.storage.media import Media
from digest.storage.pictures import Look

LEFT_OUT = "logo-left-out"
"""Code of the finding that says why the title stands where the logo should."""


def brand_of(
    newsletter: Newsletter, *, settings: Settings, media: Media, look: Callable[[str], Look]
) -> tuple[Brand, tuple[Finding, ...]]:
    """What its table of config.toml says, for a template. A logo in a file is kept and served as it is.

    So is one on the web, as `look` got it: an old edition does not change with it, and its host learns of no reader.
    Where it cannot be had the title stands for it, and a finding says why. Raises ConfigError for a logo in a file
    that cannot be read, is no PNG or JPEG, or is too large; StorageError.
    """
    chosen = newsletter.brand
    logo: Logo | None = None
    findings: tuple[Finding, ...] = ()
    if chosen.logo and chosen.logo.startswith("https://"):
        try:
            found = look(chosen.logo)
            logo = _logo(newsletter, settings, found.name or "", found.width, found.height)
        except (SourceError, StorageError) as error:
            findings = (_left_out(chosen.logo, error),)
    elif chosen.logo:
        made = _read(settings.resolve(Path(chosen.logo)))
        logo = _logo(newsletter, settings, media.keep(made.content, made.suffix), made.width, made.height)
    brand = Brand(
        accent=chosen.accent,
        accent_dark=chosen.accent_dark,
        heading_font=chosen.heading_font,
        text_font=chosen.text_font,
        footer=chosen.footer,
        logo=logo,
    )
    return brand, findings


def _read(path: Path) -> Picture:
    try:
        return logo_picture(path.read_bytes())
    except PictureError as error:
        raise ConfigError(f"the logo {path} cannot be shown: {error}; save it as PNG or JPEG") from None
    except OSError as error:
        raise ConfigError(f"the logo {path} cannot be read ({error}); check brand.logo in config.toml") from None


def _logo(newsletter: Newsletter, settings: Settings, name: str, across: int, down: int) -> Logo:
    chosen = newsletter.brand
    width = chosen.logo_width
    return Logo(
        url=f"{settings.site.base_url}/media/{name}",
        alt=chosen.logo_alt or newsletter.title,
        width=width,
        height=chosen.logo_height or max(1, round(width * down / across)),
    )


def _left_out(url: str, error: DigestError) -> Finding:
    return Finding(
        code=LEFT_OUT,
        severity=Severity.WARNING,
        message=f"The title stands where the logo should: {error}.",
        advice="Save the logo beside config.toml and name the file in brand.logo, or build the edition again.",
        places=(Place("edition", None, url),),
    )
