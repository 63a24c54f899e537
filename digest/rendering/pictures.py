"""The bytes of a stranger's picture → a picture that is safe and small enough to send.

What comes in is JPEG, PNG, WebP, AVIF or GIF (its first frame); never SVG, which is a program. What
goes out is made of its pixels alone: upright, in sRGB, on white where it was transparent, without
metadata. Equal bytes give equal bytes, as long as Pillow stays the same.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from digest.errors import PictureError

WIDEST = 1200
"""Pixels: twice the 600 at which an e-mail shows it."""
NARROWEST = 300
"""Pixels; what is smaller is an icon or a tracking pixel, and blurs at 600."""
MOST_PIXELS = 40_000_000
"""Of what comes in; a news photograph has up to 24 million."""
LONGEST_SIDE = 20_000
LARGEST = 200_000
"""Bytes of what goes out."""
LARGEST_LOGO = 500_000
"""Bytes of a logo: every reader fetches it before the first story."""
TALLEST = 4 / 3
"""Width to height; what is taller is cropped to it, more from below, because faces are in the upper half."""
FLATTEST = 3.0
"""Width to height; what is flatter is cropped to it around its centre."""
LINE_ART_COLOURS = 64
"""A picture of no more colours than this is drawn, not taken: PNG keeps its edges."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITIES = (85, 78, 70, 62, 54)
_BLEED = 0.35
"""Share of a portrait's surplus that is cut from its top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture ready to be served."""

    content: bytes
    suffix: Literal["jpg", "png"]
    width: int
    """Pixels."""
    height: int


def picture(data: bytes) -> Picture:
    """The picture as it goes out: at most `WIDEST` pixels wide and `LARGEST` bytes large.

    Raises PictureError for what is no picture of a known format, is broken, too small or too large;
    the size is looked at before a pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            # What Pillow warns of is refused by our own, lower bound.
            warnings.simplefilter("ignore")
            image, drawn = _decoded(data)
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError("it is no picture in JPEG, PNG, WebP, AVIF or GIF") from None
    except Exception as error:
        # The decoders of five formats raise whatever they stumble over; none of it is our defect.
        raise PictureError(f"it is broken ({type(error).__name__})") from None
    image = _cropped(image)
    if image.width > WIDEST:
        image = image.resize((WIDEST, round(image.height * WIDEST / image.width)), Image.Resampling.LANCZOS)
    if drawn:
        content = _png(image)
        if len(content) <= LARGEST:
            return Picture(content=content, suffix="png", width=image.width, height=image.height)
    return _photograph(image)


def logo_picture(data: bytes) -> Picture:
    """The bytes of a logo as they are: its ground may be transparent, and its shape is its own.

    Raises PictureError for what is no PNG or JPEG, is broken, or is too large.
    """
    suffix, width, height = measured(data)
    if len(data) > LARGEST_LOGO:
        raise PictureError(f"it has {len(data):,} bytes, more than {LARGEST_LOGO:,}")
    return Picture(content=data, suffix=suffix, width=width, height=height)


def measured(data: bytes) -> tuple[Literal["jpg", "png"], int, int]:
    """Suffix, width and height of an operator's own JPEG or PNG, which goes out as it is.

    Raises PictureError for anything else; no pixel is decoded.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as opened:
            width, height = opened.size
            return "png" if opened.format == "PNG" else "jpg", width, height
    except UnidentifiedImageError:
        raise PictureError("it is not a PNG or JPEG file, whatever its name says") from None
    except Exception as error:
        raise PictureError(f"it is broken ({type(error).__name__})") from None


def _decoded(data: bytes) -> tuple[Image.Image, bool]:
    """Its pixels, upright, in sRGB and opaque; whether it is line art."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            raise PictureError(f"it has {width:,} × {height:,} pixels; expected at most {MOST_PIXELS:,}")
        opened.draft("RGB", (2 * WIDEST, 2 * WIDEST))
        profile = opened.info.get("icc_profile")
        opened.load()
        image = ImageOps.exif_transpose(opened)
    if image.width < NARROWEST or image.height < NARROWEST / FLATTEST:
        expected = f"expected at least {NARROWEST} × {NARROWEST / FLATTEST:.0f}"
        raise PictureError(f"it is {image.width} × {image.height} pixels large; {expected}")
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow's own conversion would clip them.
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    drawn = image.getcolors(LINE_ART_COLOURS) is not None
    return _flattened(_in_srgb(image, profile)), drawn


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In RGB, RGBA or grey; a profile that cannot be used counts for nothing."""
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image


def _flattened(image: Image.Image) -> Image.Image:
    """On white, as a new image that has nothing of the old one but its pixels."""
    see_through = image.convert("RGBA") if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA") else None
    flat = Image.new("RGB", image.size, "white")
    flat.paste(see_through or image.convert("RGB"), mask=see_through)
    return flat


def _cropped(image: Image.Image) -> Image.Image:
    """Between `TALLEST` and `FLATTEST`."""
    width, height = image.size
    ratio = width / height
    if ratio < TALLEST:
        kept = round(width / TALLEST)
        top = round((height - kept) * _BLEED)
        return image.crop((0, top, width, top + kept))
    if ratio > FLATTEST:
        kept = round(height * FLATTEST)
        left = (width - kept) // 2
        return image.crop((left, 0, left + kept, height))
    return image


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    few = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _photograph(image: Image.Image) -> Picture:
    """A progressive JPEG of the best quality that fits; when none does, of fewer pixels."""
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
            if out.tell() <= LARGEST:
                return Picture(content=out.getvalue(), suffix="jpg", width=image.width, height=image.height)
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)
