"""Provides the browser for browser tests: an installed one, else the system's package, else playwright's download.

Needs only the standard library, so that it can say in a sentence what is missing. Run it as
`python tests/provide_browser.py`; it exits with 1 when there is no browser in the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

INSTALLED = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Looked for in this order; Debian's first, because the visual figures were taken with it."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It calls nobody, and runs as root in a container."""

PLAYWRIGHTS_OWN = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.stdout.write(playwright.chromium.executable_path)
"""


class NoBrowser(Exception):
    """There is none, and the message says how to get one."""


def find() -> str | None:
    """Path of a browser that starts: DIGEST_TEST_BROWSER, an installed one, or one that playwright has downloaded."""
    named = os.environ.get("DIGEST_TEST_BROWSER")
    if named:
        if not starts(named):
            raise NoBrowser(f"DIGEST_TEST_BROWSER names {named!r}, which is not a browser that can be run")
        return shutil.which(named)
    for name in INSTALLED:
        if starts(name):
            return shutil.which(name)
    downloaded = output([sys.executable, "-c", PLAYWRIGHTS_OWN])
    return downloaded if downloaded and starts(downloaded) else None


def starts(program: str) -> bool:
    """Whether the program exists and tells its version; a placeholder for a package that is not there does not."""
    return shutil.which(program) is not None and output([program, "--version"]) is not None


def output(command: Sequence[str]) -> str | None:
    """What the command writes, or None when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def from_the_system() -> None:
    """Install Chromium with apt, where there is apt and it may be used without a question."""
    if shutil.which("apt-get") is None:
        return
    if os.geteuid() == 0:
        allowed = ["env"]
    elif output(["sudo", "-n", "true"]) is not None:
        allowed = ["sudo", "-n"]
    else:
        return
    apt = [*allowed, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    run([*apt, "update"])
    run([*apt, "install", "--no-install-recommends", "chromium", "fonts-liberation"])


def from_playwright() -> None:
    """Let playwright download its own build."""
    run([sys.executable, "-m", "playwright", "install", "chromium"])


def run(command: Sequence[str]) -> None:
    """A step that may fail: whether it helped is seen by looking for a browser again."""
    say(" ".join(command))
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)


def provide(ways: Sequence[Callable[[], None]] = (from_the_system, from_playwright)) -> str:
    """Path of a browser, installed if need be. Raises NoBrowser."""
    found = find()
    for way in ways:
        if found is None:
            way()
            found = find()
    if found is None:
        raise NoBrowser(
            "browser tests need Chromium or Chrome, and none could be installed: apt-get install chromium, "
            "or run `python -m playwright install chromium`, or name one in DIGEST_TEST_BROWSER"
        )
    return found


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    try:
        provide()
    except NoBrowser as reason:
        say(str(reason))
        sys.exit(1)
