"""`digest` in this process, in a small installation of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import Installation
from sink import Sink
from terminal import Digest


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "here")


@pytest.fixture
def digest(here: Installation, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Digest:
    for name in list(here.environment):
        if name.startswith("DIGEST_"):
            monkeypatch.setenv(name, here.environment[name])
    monkeypatch.delenv("DIGEST_CONFIG", raising=False)
    monkeypatch.chdir(here.folder)
    return Digest(here, capfd, monkeypatch)


@pytest.fixture
def sink(here: Installation) -> Iterator[Sink]:
    """The mail API that the installation's account is at."""
    with Sink() as sink:
        here.config.write_text(here.config.read_text().replace("http://127.0.0.1:9", sink.url))
        yield sink
