"""Pictures of strangers: what comes out is small, upright, opaque and says nothing of its past; the rest is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from digest.errors import PictureError
from digest.rendering.pictures import (
    FLATTEST,
    LARGEST,
    LONGEST_SIDE,
    MOST_PIXELS,
    NARROWEST,
    TALLEST,
    WIDEST,
    Picture,
    picture,
)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photograph(width: int, height: int) -> Image.Image:
    """Soft noise, the same every time: many colours, as a camera gives."""
    grain = Image.effect_noise((max(1, width // 16), max(1, height // 16)), 90).resize((width, height))
    ramp = Image.linear_gradient("L").resize((width, height))
    return Image.merge("RGB", (ramp, ramp.rotate(180), grain))


def opened(made: Picture) -> Image.Image:
    return Image.open(io.BytesIO(made.content))


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has that many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_format_becomes_a_progressive_jpeg(kind: str) -> None:
    """Twice the width of an e-mail at most, in proportion, within the bytes, and again the same bytes."""
    data = encoded(photograph(2000, 1125), kind)
    made = picture(data)
    image = opened(made)
    assert (made.suffix, image.format, image.info.get("progressive")) == ("jpg", "JPEG", 1)
    assert image.size == (made.width, made.height) == (WIDEST, 675)
    assert image.mode == "RGB"
    assert len(made.content) <= LARGEST
    assert picture(data) == made


def test_a_small_one_is_not_made_larger() -> None:
    """Nothing is gained by more pixels than there are."""
    assert picture(encoded(photograph(640, 400), "JPEG")).width == 640


def test_few_colours_stay_a_png_with_clean_edges() -> None:
    """A chart keeps its colours exactly; JPEG would blur them."""
    chart = Image.new("RGB", (900, 600), "white")
    ImageDraw.Draw(chart).rectangle((100, 100, 300, 500), fill=(163, 36, 27))
    made = picture(encoded(chart, "PNG"))
    assert (made.suffix, opened(made).format) == ("png", "PNG")
    assert opened(made).convert("RGB").getpixel((200, 300)) == (163, 36, 27)
    assert {colour for _, colour in opened(made).convert("RGB").getcolors(9) or ()} == {(255, 255, 255), (163, 36, 27)}


def test_pure_noise_fits_as_well() -> None:
    """What no quality makes small enough loses pixels, never the limit."""
    noise = Image.merge("RGB", [Image.effect_noise((1600, 1100), 200) for _ in range(3)])
    made = picture(encoded(noise, "JPEG", quality=95))
    assert len(made.content) <= LARGEST
    assert NARROWEST <= made.width < WIDEST


def test_nothing_of_its_past_goes_out() -> None:
    """Neither place, camera, comment nor profile: only pixels."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (59.0, 54.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = encoded(photograph(800, 500), "JPEG", exif=exif, comment=b"SecretComment", icc_profile=profile)
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "SecretAuthor")
    drawn = encoded(Image.new("RGB", (800, 500), "teal"), "PNG", pnginfo=words, dpi=(300, 300), exif=exif)
    assert b"Secret" in told
    assert b"Secret" in drawn
    for data in (told, drawn):
        made = picture(data)
        assert b"Secret" not in made.content
        assert not opened(made).getexif()
        assert not {"comment", "icc_profile", "exif", "dpi", "Author"} & opened(made).info.keys()


def test_a_photograph_stands_upright() -> None:
    """EXIF says that it lies on its side; nothing says so afterwards, so it must stand."""
    lying = Image.new("RGB", (500, 800), "white")
    lying.paste((0, 0, 0), (0, 0, 500, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    made = picture(encoded(lying, "JPEG", exif=exif))
    image = opened(made).convert("L")
    assert made.width == 800
    assert image.getpixel((780, 100)) < 20
    assert image.getpixel((20, 100)) > 235


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_is_white(kind: str) -> None:
    """Behind a logo there is paper, not the black that a missing alpha leaves."""
    clear = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    clear.paste((200, 0, 0, 255), (0, 0, 300, 400))
    image = opened(picture(encoded(clear, kind))).convert("RGB")
    assert image.getpixel((500, 200)) == (255, 255, 255)
    assert abs(image.getpixel((100, 200))[0] - 200) < 6


def test_colours_of_another_space_are_brought_to_srgb() -> None:
    """Print's four colours, and 16 bits of grey, come out as they look."""
    cyan = opened(picture(encoded(Image.new("CMYK", (600, 400), (255, 0, 0, 0)), "JPEG"))).convert("RGB")
    red, green, blue = cyan.getpixel((300, 200))
    assert red < 60 < 150 < min(green, blue)
    deep = opened(picture(encoded(Image.new("I;16", (600, 400), 0x8000), "PNG"))).convert("L")
    assert abs(deep.getpixel((300, 200)) - 128) <= 1


@pytest.mark.parametrize("size", [(800, 1600), (1600, 300), (900, 900), (320, 5000)])
def test_no_shape_fills_the_screen(size: tuple[int, int]) -> None:
    """A portrait is cropped to 4:3 and a ribbon to 3:1."""
    made = picture(encoded(photograph(*size), "JPEG"))
    assert TALLEST - 0.01 <= made.width / made.height <= FLATTEST + 0.01


def test_a_portrait_keeps_its_upper_part() -> None:
    """More is cut below than above: heads are above."""
    striped = Image.new("RGB", (800, 1600), "white")
    striped.paste((0, 0, 0), (0, 400, 800, 500))
    rows = opened(picture(encoded(striped, "PNG"))).convert("L")
    assert rows.getpixel((400, 450 - 350)) < 40


@pytest.mark.parametrize(
    ("width", "height"), [(65_000, 65_000), (MOST_PIXELS // 1000 + 1, 1000), (LONGEST_SIDE + 1, 400), (10**9, 10**9)]
)
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    """The header's size counts: 70 bytes that would be 12 gigabytes of pixels are never unpacked."""
    with pytest.raises(PictureError, match=r"pixels|broken"):
        picture(claims(width, height))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!DOCTYPE html><p>Not found",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 400\n",
        encoded(photograph(600, 400), "BMP"),
        encoded(photograph(600, 400), "TIFF"),
        encoded(photograph(600, 400), "JPEG")[:2000],
        encoded(photograph(600, 400), "PNG")[:-40],
        claims(600, 400),
        encoded(photograph(NARROWEST - 1, 400), "JPEG"),
        encoded(photograph(1600, 90), "JPEG"),
        encoded(Image.new("RGB", (1, 1)), "GIF"),
    ],
    ids=[
        "empty",
        "svg",
        "html",
        "eps",
        "bmp",
        "tiff",
        "half-jpeg",
        "half-png",
        "no-pixels",
        "narrow",
        "ribbon",
        "tracking",
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_reason(data: bytes) -> None:
    """Programs, other formats, halves and icons; the sentence says which."""
    with pytest.raises(PictureError) as refused:
        picture(data)
    assert str(refused.value).startswith("it is ")


SOUND = [encoded(photograph(400, 300), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")]


@given(data=st.binary(max_size=400))
@example(data=b"RIFF\xff\xff\xff\xffWEBPVP8X")
def test_random_bytes_never_break_it(data: bytes) -> None:
    """Refused in our words, whatever the decoders say."""
    with pytest.raises(PictureError):
        picture(data)


@given(sound=st.sampled_from(SOUND), at=st.floats(0, 1, exclude_max=True), junk=st.binary(min_size=1, max_size=24))
def test_a_damaged_picture_never_breaks_it(sound: bytes, at: float, junk: bytes) -> None:
    """Bytes overwritten anywhere: a picture within every limit, or our refusal."""
    start = int(at * len(sound))
    try:
        made = picture(sound[:start] + junk + sound[start + len(junk) :])
    except PictureError:
        return
    assert len(made.content) <= LARGEST
    assert made.width <= WIDEST
    assert opened(made).size == (made.width, made.height)
