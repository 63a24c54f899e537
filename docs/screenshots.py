"""Take the pictures in docs/images again: `.venv/bin/python docs/screenshots.py`.

Sends the sample edition into a sandbox on loopback and photographs the e-mail at 600 and 375
pixels, light and dark, with the browser that the tests use.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

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
        browser.close()


if __name__ == "__main__":
    main()
