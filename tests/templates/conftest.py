"""Every e-mail that the gates judge, and the page that it is judged on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from screen import Screen
from specimens import DEFAULT, Specimen, specimens


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `specimen` runs for each; `make test` leaves out those marked `matrix`."""
    if "specimen" in metafunc.fixturenames:
        metafunc.parametrize(
            "specimen",
            [
                pytest.param(one, id=str(one), marks=() if one.representative else pytest.mark.matrix)
                for one in specimens()
            ],
        )


@pytest.fixture(scope="session")
def everyday() -> Specimen:
    """The default digest as it is: what the gates' own tests break."""
    return Specimen(DEFAULT, "sample", "en")


@pytest.fixture(scope="session")
def screen(browser: Browser) -> Iterator[Screen]:
    opened = Screen(browser)
    yield opened
    opened.close()
