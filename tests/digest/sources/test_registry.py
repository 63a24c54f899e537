"""The sources of config.toml, by name."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import pytest

import digest.sources
from digest.errors import ConfigError
from digest.model import SourceState
from digest.settings import KEYS_OF_SOURCES, Settings, Source, load
from digest.sources import open_source
from digest.sources.feed import FeedSource
from digest.sources.page import PageSource
from digest.sources.push import PushSource

DOCS = Path(__file__).parents[3] / "docs" / "sources.md"


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


def test_every_kind_has_its_file() -> None:
    """Whatever config.toml takes can be opened."""
    assert KEYS_OF_SOURCES
    for kind in KEYS_OF_SOURCES:
        assert callable(import_module(f"digest.sources.{kind}").opened)


def test_every_kind_is_opened() -> None:
    """Its source knows what the table says."""
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


def test_a_kind_is_added_as_the_docs_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and the line of docs/sources.md, as they stand there, are all that it takes."""
    file, line = re.findall(r"^   ```python\n(.*?)^   ```$", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    (tmp_path / "wire.py").write_text(textwrap.dedent(file))
    monkeypatch.setattr("digest.sources.__path__", [*digest.sources.__path__, str(tmp_path)])
    for kind, keys in ast.literal_eval("{" + line.strip() + "}").items():
        monkeypatch.setitem(KEYS_OF_SOURCES, kind, keys)
    (tmp_path / "despatches").write_text("Salt works reopen\n\nBody.\nNNNN\nFerry cancelled\n\nBody.\nNNNN\n")
    (tmp_path / "config.toml").write_text('[source.agency]\nkind = "wire"\npath = "despatches"\n')
    try:
        source = open_source("agency", load(tmp_path / "config.toml"))
    finally:
        sys.modules.pop("digest.sources.wire", None)
    found = [article.text for article in source.fetch(SourceState()).articles]
    assert found == ["Salt works reopen\n\nBody.", "Ferry cancelled\n\nBody."]
