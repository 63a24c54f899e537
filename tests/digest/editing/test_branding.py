"""A newsletter's brand, from config.toml to what a template is given."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image

from digest.editing.branding import LARGEST, brand_of
from digest.errors import ConfigError
from digest.rendering.brand import Brand
from digest.settings import Settings, load
from digest.storage.media import Media


def settings(root: Path, **brand: object) -> Settings:
    """The sample settings, kept in that folder, with a brand."""
    made = load(overrides={"newsletter": {"morning": {"brand": brand}}, "site": {"base_url": "https://tide.example"}})
    return made.model_copy(update={"root": root})


def brand(root: Path, **chosen: object) -> Brand:
    made = settings(root, **chosen)
    return brand_of(made.newsletter["morning"], settings=made, media=Media(root / "media"))


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


def test_a_logo_on_the_web_stays_there(tmp_path: Path) -> None:
    """An https address is linked, and nothing is kept."""
    made = brand(tmp_path, logo="https://tide.example/logo.png", logo_height=60).logo
    assert made is not None
    assert (made.url, made.width, made.height) == ("https://tide.example/logo.png", 240, 60)
    assert not (tmp_path / "media").exists()


def test_a_logo_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    """One that is not there, that is no picture, or that is too large: each with its path and what to do."""
    with pytest.raises(ConfigError, match=r"absent\.png cannot be read .*check brand\.logo"):
        brand(tmp_path, logo="absent.png")
    (tmp_path / "logo.png").write_text("<svg/>", "utf-8")
    with pytest.raises(ConfigError, match=r"logo\.png cannot be shown: it is not a PNG or JPEG .*; save it as"):
        brand(tmp_path, logo="logo.png")
    (tmp_path / "logo.png").write_bytes(logo(tmp_path / "logo.png") + b"x" * LARGEST)
    with pytest.raises(ConfigError, match="save it smaller than 500,000"):
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
