"""A newsletter's brand, from config.toml to what a template is given."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from digest.editing.branding import LEFT_OUT, brand_of
from digest.errors import ConfigError, PictureError
from digest.model import Severity
from digest.rendering.brand import Brand
from digest.rendering.pictures import LARGEST_LOGO
from digest.settings import Settings, load
from digest.storage.media import Media
from digest.storage.pictures import Look


def settings(root: Path, **brand: object) -> Settings:
    """The sample settings, kept in that folder, with a brand."""
    made = load(overrides={"newsletter": {"morning": {"brand": brand}}, "site": {"base_url": "https://tide.example"}})
    return made.model_copy(update={"root": root})


def brand(root: Path, **chosen: object) -> Brand:
    made = settings(root, **chosen)
    found, findings = brand_of(
        made.newsletter["morning"], settings=made, media=Media(root / "media"), look=lambda url: pytest.fail(url)
    )
    assert findings == ()
    return found


def logo(path: Path, kind: str = "PNG") -> bytes:
    """A small picture, written there."""
    drawn = io.BytesIO()
    Image.new("RGB", (480, 120), "#A3241B").save(drawn, kind)
    path.write_bytes(drawn.getvalue())
    return drawn.getvalue()


def test_a_newsletter_that_chose_nothing(tmp_path: Path) -> None:
    """Without a table of its own it has the brand that templates are made for."""
    assert brand(tmp_path) == Brand()


def test_what_was_chosen(tmp_path: Path) -> None:
    """Every key reaches the template's brand."""
    made = brand(
        tmp_path, accent="#0B57A4", accent_dark="#8FBCFF", heading_font="book", text_font="verdana", footer="By people."
    )
    assert made == Brand(
        accent="#0B57A4", accent_dark="#8FBCFF", heading_font="book", text_font="verdana", footer="By people."
    )


@pytest.mark.parametrize(("name", "kind", "suffix"), [("logo.png", "PNG", "png"), ("logo.jpeg", "JPEG", "jpg")])
def test_a_logo_in_a_file_is_served_as_it_is(tmp_path: Path, name: str, kind: str, suffix: str) -> None:
    """Its bytes are kept under their hash and served by us; its height is measured, its alt text the title."""
    content = logo(tmp_path / name, kind)
    made = brand(tmp_path, logo=name, logo_width=200).logo
    assert made is not None
    assert (made.alt, made.width, made.height) == ("The Morning Tide", 200, 50)
    assert made.url.startswith("https://tide.example/media/")
    assert made.url.endswith(suffix)
    assert Media(tmp_path / "media").read(made.url.rsplit("/", 1)[1]) == content
    said = brand(tmp_path, logo=name, logo_alt="A wave").logo
    assert said is not None
    assert said.alt == "A wave"


def test_a_logo_on_the_web_is_served_as_it_was_got(tmp_path: Path) -> None:
    """Its readers ask us for it, under the hash of its bytes, as high as its shape wants."""
    made = settings(tmp_path, logo="https://tide.example/logo.png")
    found, findings = brand_of(
        made.newsletter["morning"],
        settings=made,
        media=Media(tmp_path / "media"),
        look=lambda url: Look(name="a" * 64 + ".png", width=480, height=120, asked_at=datetime.now(UTC)),
    )
    assert found.logo is not None
    assert (found.logo.width, found.logo.height) == (240, 60)
    assert found.logo.url == f"https://tide.example/media/{'a' * 64}.png"
    assert findings == ()


def test_a_logo_on_the_web_that_cannot_be_had_is_left_out(tmp_path: Path) -> None:
    """The title stands for it, and a warning names its address and what to do; no send waits for it."""

    def gone(url: str) -> Look:
        raise PictureError("the server answered 404")

    made = settings(tmp_path, logo="https://tide.example/logo.png", footer="By people.")
    found, (finding,) = brand_of(made.newsletter["morning"], settings=made, media=Media(tmp_path / "media"), look=gone)
    assert found == Brand(footer="By people.")
    assert (finding.code, finding.severity) == (LEFT_OUT, Severity.WARNING)
    assert finding.message == "The title stands where the logo should: the server answered 404."
    assert finding.places[0].excerpt == "https://tide.example/logo.png"
    assert "brand.logo" in finding.advice


def test_a_logo_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    """One that is not there, that is no picture, or that is too large: each with its path and what to do."""
    with pytest.raises(ConfigError, match=r"absent\.png cannot be read .*check brand\.logo"):
        brand(tmp_path, logo="absent.png")
    (tmp_path / "logo.png").write_text("<svg/>", "utf-8")
    with pytest.raises(ConfigError, match=r"logo\.png cannot be shown: it is not a PNG or JPEG .*; save it as"):
        brand(tmp_path, logo="logo.png")
    (tmp_path / "logo.png").write_bytes(logo(tmp_path / "logo.png") + b"x" * LARGEST_LOGO)
    with pytest.raises(ConfigError, match="more than 500,000; save it"):
        brand(tmp_path, logo="logo.png")


def test_a_logo_from_a_camera_is_a_jpeg(tmp_path: Path) -> None:
    """Phones put a second, small picture behind the first; it is served like any other JPEG."""
    one = Image.new("RGB", (400, 100), "#A3241B")
    one.save(tmp_path / "logo.jpg", "MPO", save_all=True, append_images=[one])
    made = brand(tmp_path, logo="logo.jpg").logo
    assert made is not None
    assert made.url.endswith(".jpg")
    assert (made.width, made.height) == (240, 60)


def test_a_logo_that_is_broken_is_refused(tmp_path: Path) -> None:
    """Whatever the decoder stumbles over, here pixels that no memory holds, the sentence names the file."""
    logo(tmp_path / "logo.png")
    content = bytearray((tmp_path / "logo.png").read_bytes())
    content[16:24] = b"\x00\x00\xea\x60" * 2
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4)
    (tmp_path / "logo.png").write_bytes(content)
    with pytest.raises(ConfigError, match=r"logo\.png cannot be shown: it is broken"):
        brand(tmp_path, logo="logo.png")
