"""The sources of config.toml, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.model import SourceState
from digest.settings import KEYS_OF_SOURCES, Settings, Source
from digest.sources import open_source
from digest.sources.feed import FeedSource
from digest.sources.page import PageSource
from digest.sources.push import PushSource
from digest.sources.registry import KINDS


def test_a_source_is_opened_by_its_name(tmp_path: Path) -> None:
    """Its path starts at the folder of config.toml; an unknown name says which are known."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("A\n\nBody.")
    settings = Settings(root=tmp_path, source={"wire": Source(kind="folder", path=Path("in"))})
    source = open_source("wire", settings)
    assert source.name == "wire"
    assert len(source.fetch(SourceState()).articles) == 1
    with pytest.raises(ConfigError, match=r"no table \[source\.feed\]; there is: wire"):
        open_source("feed", settings)


def test_every_kind_is_opened() -> None:
    """Each kind that config.toml takes has its source, which knows what the table says."""
    assert set(KINDS) == set(KEYS_OF_SOURCES)
    url = "https://ledger.example/news"
    settings = Settings(
        source={
            "feed": Source(kind="feed", url=url),
            "page": Source(kind="page", url=url, list=True, allow_private=True),
            "push": Source(kind="push"),
        }
    )
    feed, page, push = (open_source(name, settings) for name in ("feed", "page", "push"))
    assert isinstance(feed, FeedSource)
    assert (feed.url, feed.allow_private) == (url, False)
    assert isinstance(page, PageSource)
    assert (page.url, page.listed, page.allow_private) == (url, True, True)
    assert isinstance(push, PushSource)
