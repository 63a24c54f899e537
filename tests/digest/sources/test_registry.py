"""The sources of config.toml, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.settings import Settings, Source
from digest.sources import open_source


def test_a_source_is_opened_by_its_name(tmp_path: Path) -> None:
    """Its path starts at the folder of config.toml; an unknown name says which are known."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("A\n\nBody.")
    settings = Settings(root=tmp_path, source={"wire": Source(kind="folder", path=Path("in"))})
    source = open_source("wire", settings)
    assert source.name == "wire"
    assert len(source.fetch().articles) == 1
    with pytest.raises(ConfigError, match=r"no table \[source\.feed\]; there is: wire"):
        open_source("feed", settings)
