"""Pictures of an e-mail, taken by a Chromium that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path
from typing import Literal

from digest.errors import DigestError

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""Looked for in this order."""
SHOTS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((600, "light"), (600, "dark"), (375, "light"), (375, "dark"))
TIMEOUT = 120
"""Seconds that one start of the browser may take."""

_ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
_HEIGHT = re.compile(r"<title>(\d+)</title>")
_PAGE = """\
<!DOCTYPE html><html><head><meta charset="utf-8"><title></title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<style>html,body{{margin:0;overflow:hidden}}iframe{{display:block;border:0}}</style></head><body>
<iframe width="{width}" height="{height}" sandbox="allow-same-origin" srcdoc="{html}"></iframe>
<script>onload = () => {{
document.title = document.querySelector("iframe").contentDocument.documentElement.scrollHeight }}</script>
</body></html>
"""
"""A frame, since no window is as narrow as a telephone. Its document inherits the policy: it loads nothing."""


def browser() -> str:
    """Path of the browser. Raises DigestError that says what to install."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise DigestError(
        "--screenshots needs Chromium or Chrome, and none is on the PATH; install it (on Debian and Ubuntu: "
        "apt-get install chromium) and try again"
    )


def screenshots(html: str, folder: Path, name: str) -> list[Path]:
    """`NAME-600-light.png` and so on: the whole e-mail at 600 and 375 pixels, light and dark; the files.

    `html` has its pictures in it. Raises DigestError when there is no browser, or it fails.
    """
    from digest.pages.mail import force_scheme

    program, taken = browser(), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            heights: dict[int, int] = {}
            for width, scheme in SHOTS:
                page, shown = Path(scratch) / "page.html", escape(force_scheme(html, scheme))
                if width not in heights:
                    page.write_text(_PAGE.format(width=width, height=100, html=shown), "utf-8")
                    heights[width] = _height(_run(program, scratch, "--dump-dom", page.as_uri()))
                page.write_text(_PAGE.format(width=width, height=heights[width], html=shown), "utf-8")
                file = folder.absolute() / f"{name}-{width}-{scheme}.png"
                _run(program, scratch, f"--window-size={width},{heights[width]}", f"--screenshot={file}", page.as_uri())
                if not file.is_file():
                    raise DigestError(f"{program} took no picture; does it start, as `{program} --version`?")
                taken.append(file)
    except OSError as error:
        raise DigestError(f"{folder}: {error.strerror}; --screenshots wants a folder that can be written") from error
    return taken


def _height(document: str) -> int:
    found = _HEIGHT.search(document)
    if found is None:
        raise DigestError("the browser did not say how high the e-mail is; is it Chromium or Chrome 112 or newer?")
    return int(found[1])


def _run(program: str, scratch: str, *arguments: str) -> str:
    # Root, as in a container, has no sandbox there; nothing here runs a script of the e-mail or loads anything.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [program, *_ARGUMENTS, *root, f"--user-data-dir={scratch}/profile", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=True)  # noqa: S603 - no shell
    except subprocess.TimeoutExpired:
        raise DigestError(f"{program} took no picture within {TIMEOUT} seconds; does it start?") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise DigestError(f"{program} failed: {''.join(said) or f'exit code {error.returncode}'}") from None
    return done.stdout.decode("utf-8", "replace")
