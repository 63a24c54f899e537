"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import provide_browser
import pytest
from playwright.sync_api import Browser, sync_playwright
from provide_browser import ARGUMENTS

# A busy machine is no defect: nothing here is judged by how long it takes. The gate gives the same answer twice; new
# examples are looked for while developing.
hypothesis.settings.register_profile("unhurried", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("unhurried")


def chromium() -> str:
    """Path of the browser to drive. Fails the test, never skips it: a gate that does not run proves nothing."""
    try:
        found = provide_browser.find()
    except provide_browser.NoBrowser as reason:
        pytest.fail(str(reason))
    if found is None:
        pytest.fail("browser tests need Chromium or Chrome; run: python tests/provide_browser.py")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the whole session; open a fresh `browser.new_context()` in each test."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield launched
        launched.close()
