"""The sources of config.toml, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import ConfigError
from digest.sources.feed import FeedSource
from digest.sources.fetched import Source
from digest.sources.folder import FolderSource
from digest.sources.push import PushSource

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.settings import Source as Table


def _page(name: str, table: Table, settings: Settings) -> Source:
    # Loads the article extractor.
    from digest.sources.page import PageSource

    return PageSource(name, table.url or "", listed=table.list, allow_private=table.allow_private)


KINDS: dict[str, Callable[[str, Table, Settings], Source]] = {
    "folder": lambda name, table, settings: FolderSource(name, settings.resolve(table.path or Path())),
    "feed": lambda name, table, settings: FeedSource(name, table.url or "", allow_private=table.allow_private),
    "page": _page,
    "push": lambda name, table, settings: PushSource(name),
}
"""How each kind is opened, from its name, its table and the settings that it stands in."""


def open_source(name: str, settings: Settings) -> Source:
    """The source of that name; a relative path starts at the folder of config.toml. Raises ConfigError."""
    if name not in settings.source:
        known = ", ".join(sorted(settings.source)) or "none"
        raise ConfigError(f"config.toml has no table [source.{name}]; there is: {known}")
    table = settings.source[name]
    return KINDS[table.kind](name, table, settings)
