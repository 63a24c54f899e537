"""The browser of the tests is found, provided, or missed in a sentence."""

from __future__ import annotations

from pathlib import Path

import provide_browser
import pytest


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without any browser, and without playwright's."""
    monkeypatch.delenv("DIGEST_TEST_BROWSER", raising=False)
    monkeypatch.setattr(provide_browser, "INSTALLED", ("chromium-that-is-nowhere",))
    monkeypatch.setattr(provide_browser, "PLAYWRIGHTS_OWN", "import sys; sys.exit(1)")


def program(path: Path, exit_code: int) -> Path:
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def test_what_is_installed_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed on a machine that has a browser; a placeholder that does not start is passed over."""
    placeholder, browser = program(tmp_path / "snap-stub", 1), program(tmp_path / "chrome", 0)
    monkeypatch.setattr(provide_browser, "INSTALLED", (str(placeholder), str(browser)))
    assert provide_browser.provide(ways=[pytest.fail]) == str(browser)  # type: ignore[list-item]


def test_one_way_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A way that did not help is followed by the next, and none after the one that did."""
    tried = []

    def in_vain() -> None:
        tried.append("package manager")

    def helps() -> None:
        tried.append("download")
        monkeypatch.setattr(provide_browser, "INSTALLED", (str(program(tmp_path / "chrome", 0)),))

    assert provide_browser.provide(ways=[in_vain, helps, lambda: tried.append("too far")]) == str(tmp_path / "chrome")
    assert tried == ["package manager", "download"]


def test_no_way_helps() -> None:
    """Without a browser the run ends with what to do, instead of skipping tests."""
    with pytest.raises(provide_browser.NoBrowser, match=r"apt-get install chromium.*DIGEST_TEST_BROWSER"):
        provide_browser.provide(ways=[])


def test_a_browser_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that is named must be one; another is not taken in its place."""
    monkeypatch.setenv("DIGEST_TEST_BROWSER", str(program(tmp_path / "mine", 0)))
    assert provide_browser.find() == str(tmp_path / "mine")
    monkeypatch.setenv("DIGEST_TEST_BROWSER", str(tmp_path / "absent"))
    with pytest.raises(provide_browser.NoBrowser, match="DIGEST_TEST_BROWSER names"):
        provide_browser.find()
