"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import provide_browser
import pytest
from office import Office
from playwright.sync_api import Browser, sync_playwright
from postgres import NoPostgres, Server
from provide_browser import ARGUMENTS

from digest.storage.schema import ready

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the whole session, with one migrated database, `office`."""
    try:
        server = Server()
    except NoPostgres as reason:
        pytest.fail(str(reason))
    with server:
        ready(server.create("office")).close()
        yield server


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """A post office on a database of its own; every test runs on both engines."""
    if request.param == "SQLite":
        office = Office(tmp_path)
        yield office
        office.database.close()
        return
    server: Server = request.getfixturevalue("postgres")
    office = Office(tmp_path, server.url("office"))
    yield office
    office.database.close()
    server.empty("office")
