"""Articles in: one file for each kind of source, one method each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import ConfigError
from digest.sources.fetched import Fetched, Problem, Source
from digest.sources.folder import FolderSource

if TYPE_CHECKING:
    from digest.settings import Settings

__all__ = ["Fetched", "FolderSource", "Problem", "Source", "open_source"]


def open_source(name: str, settings: Settings) -> Source:
    """The source of that name in config.toml. Raises ConfigError when there is none."""
    if name not in settings.source:
        known = ", ".join(sorted(settings.source)) or "none"
        raise ConfigError(f"config.toml has no table [source.{name}]; there is: {known}")
    return FolderSource(name, settings.root / settings.source[name].path)
