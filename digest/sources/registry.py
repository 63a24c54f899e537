"""The sources of config.toml, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import ConfigError
from digest.sources.fetched import Source
from digest.sources.folder import FolderSource

if TYPE_CHECKING:
    from digest.settings import Settings


def open_source(name: str, settings: Settings) -> Source:
    """The source of that name; a relative path starts at the folder of config.toml. Raises ConfigError."""
    if name not in settings.source:
        known = ", ".join(sorted(settings.source)) or "none"
        raise ConfigError(f"config.toml has no table [source.{name}]; there is: {known}")
    return FolderSource(name, settings.root / settings.source[name].path)
