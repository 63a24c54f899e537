"""Pictures of the digests as they were last looked at and found good: `make baseline` takes them anew.

A picture depends on the browser that draws it and on the fonts of the machine, so both stand beside the pictures, and
nothing is compared where they differ.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Browser, sync_playwright
from provide_browser import ARGUMENTS, provide
from screen import Scheme, Screen
from specimens import Specimen, locale_of, templates

FOLDER = Path(__file__).with_name("templates") / "baseline"
ORIGIN = FOLDER / "made-with.json"

LOOKS: tuple[tuple[int, Scheme], ...] = ((600, "light"), (375, "dark"))
COLOURS = 64
"""Of a stored picture, which are at most 12 levels of 255 from those that were drawn, for a third of the bytes."""
TOLERANCE = 24
"""Levels of 255 in one channel. Beyond it a pixel is another one."""

FONTS = ("Georgia", "Times New Roman", "Segoe UI", "Helvetica", "Arial", "serif", "sans-serif", ":lang=ar", "emoji")


def pictures() -> Iterator[tuple[Path, Specimen, int, Scheme]]:
    """Each picture's file, and what it shows."""
    for template in templates().names():
        if any((folder / template / "layout.toml").is_file() for folder in templates().folders):
            for width, scheme in LOOKS:
                specimen = Specimen(template, "sample", locale_of(template, "sample"))
                yield FOLDER / f"{template}-{width}-{scheme}.png", specimen, width, scheme


def draw(screen: Screen, html: str, width: int, scheme: Scheme) -> Image.Image:
    """The whole e-mail as the browser shows it."""
    screen.show(html, width=width, scheme=scheme)
    return Image.open(BytesIO(screen.page.screenshot(full_page=True))).convert("RGB")


def stored(picture: Image.Image) -> Image.Image:
    return picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)


def changed(one: Image.Image, other: Image.Image) -> str | None:
    """What differs between two pictures, or None."""
    if one.size != other.size:
        return f"the size: {one.size} → {other.size}"
    apart = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    box = apart.point(lambda level: 255 * (level > TOLERANCE)).getbbox()
    return None if box is None else f"pixels from {box[:2]} to {box[2:]}"


def origin(browser: Browser) -> dict[str, str]:
    """What draws here: version of the browser, and the SHA-256 of each font that it takes; "" where none is known."""
    made = {"browser": browser.version}
    for family in FONTS:
        command = ["fc-match", "--format=%{file}", family]
        file = (
            subprocess.run(command, capture_output=True, text=True, check=True).stdout
            if shutil.which("fc-match")
            else ""
        )
        made[family] = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16] if file else ""
    return made


def take(browser: Browser) -> None:
    """Write every picture, remove those of templates that are gone, and say what they were made with."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    screen = Screen(browser)
    for path, specimen, width, scheme in pictures():
        stored(draw(screen, specimen.html, width, scheme)).save(path, optimize=True)
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")
    screen.close()
    ORIGIN.write_text(json.dumps(origin(browser), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    with sync_playwright() as playwright:
        take(playwright.chromium.launch(executable_path=provide(), args=list(ARGUMENTS)))
