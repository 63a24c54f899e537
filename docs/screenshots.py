"""Take the pictures in docs/images again: `.venv/bin/python docs/screenshots.py`.

Every e-mail that ships is made of its samples and photographed by the browser that the tests use:
on paper of 600 and 375 pixels, light and dark, in both directions, with pictures and without. What
belongs together stands side by side on one sheet. `digest story` is photographed as a terminal
shows it.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import ARGUMENTS, chromium  # noqa: E402

from digest.message import CompiledMessage  # noqa: E402
from digest.rendering.edition import compile_edition  # noqa: E402
from digest.rendering.language import plain_date  # noqa: E402
from digest.rendering.layout import is_digest  # noqa: E402
from digest.rendering.notice import CompiledNotice, compile_notice, sample_notice  # noqa: E402
from digest.rendering.sample import sample_content  # noqa: E402
from digest.rendering.templates import Templates  # noqa: E402

IMAGES = ROOT / "docs/images"
EMAILS = ROOT / "templates/email"
"""What stands at every address of a picture, so that no network is needed."""
TALL = 1636
"""Pixels of the picture that README shows: masthead, summary, lead story and its quotation."""
GAP, GROUND, COLOURS = 24, "#8A8880", 256
NONCE = "s3reenshot"

Scheme = Literal["light", "dark"]


class Shot(NamedTuple):
    """One e-mail on one screen."""

    email: str
    sample: str = "sample"
    width: int = 600
    scheme: Scheme = "light"
    pictures: bool = True
    """False: as where a mail program blocks them."""


SHEETS: dict[str, tuple[Shot, ...]] = {
    f"{name}-{scheme}": (Shot(name, scheme=scheme), Shot(name, width=375, scheme=scheme))
    for name in ("digest", "brief", "quotes")
    for scheme in ("light", "dark")
}
SHEETS |= {
    f"{name}-rtl": (Shot(name, "sample-rtl"), Shot(name, "sample-rtl", width=375, scheme="dark"))
    for name in ("digest", "brief", "quotes")
}
SHEETS["digest-no-images"] = (Shot("digest", pictures=False), Shot("digest", "sample-rtl", 375, "dark", pictures=False))
SHEETS["notices"] = (Shot("confirm"), Shot("welcome", width=375), Shot("goodbye", width=375, scheme="dark"))
SHEETS["correction"] = (Shot("correction"), Shot("correction", "sample-rtl", 375, "dark"))


def main() -> None:
    templates = Templates()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for name, shots in SHEETS.items():
            save(sheet([photograph(browser, templates, shot) for shot in shots]), name)
        hero = photograph(browser, templates, Shot("digest"))
        save(hero.crop((0, 0, hero.width, TALL)), "email-600-light")
        terminal(browser.new_page(), "story", "--explain", "examples/articles/07-night-ferry-promise.txt")
        browser.close()


def html(templates: Templates, email: str, sample: str) -> str:
    """An e-mail as one reader gets it."""
    raw = templates.sample(email, sample)
    made: CompiledMessage | CompiledNotice
    if is_digest(templates.folders, email):
        made = compile_edition(replace(sample_content(raw), template=email), templates=templates, nonce=NONCE)
    else:
        made = compile_notice(sample_notice(email, raw), templates=templates, nonce=NONCE)
    since = plain_date(date(2026, 3, 2), made.sent_to.language)
    values = dict.fromkeys((slot.name for slot in made.html.slots), "https://briefing.example.com/r/4f3c2b1a")
    return made.html.fill(values | {"sent_to": made.sent_to.dated % {"address": "maya@example.net", "date": since}})


def photograph(browser: Browser, templates: Templates, shot: Shot) -> Image.Image:
    def answer(route: Route) -> None:
        if shot.pictures:
            (picture,) = EMAILS.glob(f"*/{route.request.url.rpartition('/')[2]}")
            route.fulfill(path=picture)
        else:
            route.abort()

    page = browser.new_page(viewport={"width": shot.width, "height": 600}, color_scheme=shot.scheme)
    page.route("**/*", answer)
    page.set_content(html(templates, shot.email, shot.sample))
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    page.close()
    return taken


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """The pictures side by side on a neutral ground."""
    width = sum(picture.width + GAP for picture in pictures) + GAP
    made = Image.new("RGB", (width, max(picture.height for picture in pictures) + 2 * GAP), GROUND)
    at = GAP
    for picture in pictures:
        made.paste(picture, (at, GAP))
        at += picture.width + GAP
    return made


def save(picture: Image.Image, name: str) -> None:
    """As PNG of few colours: a third of the bytes, and the eye does not miss them."""
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def terminal(page: Page, *arguments: str) -> None:
    """Run a command in a terminal of its own and photograph what it shows as docs/images/COMMAND.png."""
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "digest", *arguments], cwd=ROOT, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal's output
        while piece := os.read(master, 65536):
            shown += piece
    process.wait()
    console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown.decode().replace("\r\n", "\n")))
    page.set_viewport_size({"width": 1000, "height": 400})
    page.set_content(console.export_html(theme=MONOKAI, inline_styles=True))
    page.add_style_tag(content="body{margin:24px;font-size:14px;line-height:1.4} pre,code{font-family:monospace}")
    page.screenshot(path=IMAGES / f"{arguments[0]}.png", full_page=True)


if __name__ == "__main__":
    main()
