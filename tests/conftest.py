"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

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


def find_chromium(playwright: Playwright) -> str:
    """Path of the browser to drive: DIGEST_TEST_BROWSER, an installed one, or playwright's own download.

    Fails the test, never skips it: a gate that does not run proves nothing.
    """
    named = os.environ.get("DIGEST_TEST_BROWSER")
    if named:
        found = shutil.which(named)
        if found is None:
            pytest.fail(f"DIGEST_TEST_BROWSER names {named!r}, which is not a program that can be run")
        return found
    for name in INSTALLED:
        found = shutil.which(name)
        if found is not None:
            return found
    downloaded = playwright.chromium.executable_path
    if Path(downloaded).exists():
        return downloaded
    pytest.fail(
        "browser tests need Chromium or Chrome: install one (apt-get install chromium), "
        "run `python -m playwright install chromium`, or name one in DIGEST_TEST_BROWSER"
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the whole session; open a fresh `browser.new_context()` in each test."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_chromium(playwright), args=list(ARGUMENTS))
        yield launched
        launched.close()
