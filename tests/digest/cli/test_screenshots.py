"""`digest build --screenshots`: pictures of the edition, or what to install."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import chromium
from PIL import Image
from terminal import Digest

from digest.cli import screenshots
from digest.cli.screenshots import SHOTS
from digest.errors import DigestError

BLOCKS = (
    "<html><head><style>body{margin:0;background:#ff0000}div{width:50%%;height:%dpx}"
    "@media (max-width:400px){body{background:#00ff00}}@media (prefers-color-scheme:dark){body{background:#0000ff}}"
    "</style></head><body><div></div></body></html>"
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser that the tests use is the one that is found."""
    monkeypatch.setattr(screenshots, "BROWSERS", (chromium(),))


@pytest.mark.browser
@pytest.mark.usefixtures("installed")
def test_the_whole_email_is_taken_at_each_width_and_in_each_scheme(tmp_path: Path) -> None:
    """As wide as asked although no window is as narrow, as high as it is, in its own colours."""
    taken = screenshots.screenshots(BLOCKS % 1234, tmp_path / "new", "mine")
    colours = {(600, "light"): (255, 0, 0), (375, "light"): (0, 255, 0)}
    assert [file.name for file in taken] == [f"mine-{width}-{scheme}.png" for width, scheme in SHOTS]
    for file, (width, scheme) in zip(taken, SHOTS, strict=True):
        with Image.open(file) as picture:
            assert picture.size == (width, 1234)
            assert picture.convert("RGB").getpixel((width - 1, 1233)) == colours.get((width, scheme), (0, 0, 255))


@pytest.mark.browser
@pytest.mark.usefixtures("installed")
def test_build_takes_them(digest: Digest) -> None:
    """Of the draft that is built, into a folder that is made, which is named."""
    done = digest("build", "morning", "--screenshots", "shots")
    assert done.code == 0
    assert "Written to shots" in done.out
    assert len(list((digest.here.folder / "shots").glob("edition-*.png"))) == 4


def test_without_a_browser_nothing_is_built(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install, before any work is done."""
    monkeypatch.setattr(screenshots, "BROWSERS", ("no-such-browser",))
    done = digest("build", "morning", "--screenshots", "shots")
    assert done.code == 1
    assert "apt-get install chromium" in done.err
    assert digest("editions", "list", "--json").lines == []
    assert not (digest.here.folder / "shots").exists()


def test_a_browser_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said last, and no traceback."""
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho it is broken >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(screenshots, "BROWSERS", (str(program),))
    with pytest.raises(DigestError, match="it is broken"):
        screenshots.screenshots(BLOCKS % 10, tmp_path, "mine")
