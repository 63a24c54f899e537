"""Take the pictures in docs/images again: `.venv/bin/python docs/screenshots.py`.

Sends the sample edition into a sandbox on loopback and photographs the e-mail at 600 and 375
pixels, light and dark, with the browser that the tests use; and keeps what `digest story` says of a
flawed article as a terminal shows it.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from conftest import ARGUMENTS, chromium  # noqa: E402

IMAGES = ROOT / "docs/images"
TALL = 1700
"""Pixels of the picture that README shows: masthead, summary, lead story and its quotations."""


def main() -> None:
    subprocess.run([sys.executable, "-m", "digest", "demo", "--once"], cwd=ROOT, check=True)
    page_file = (ROOT / "var/demo/edition/edition.html").as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for width in (600, 375):
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme)
                page = context.new_page()
                page.goto(page_file)
                whole = not (width == 600 and scheme == "light")
                page.screenshot(path=IMAGES / f"email-{width}-{scheme}.png", full_page=whole)
                context.close()
        terminal(browser.new_page(), "story", "--explain", "examples/articles/07-night-ferry-promise.txt")
        browser.close()


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
