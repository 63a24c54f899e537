"""The sources of config.toml, by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from digest.errors import ConfigError
from digest.sources.fetched import Source

if TYPE_CHECKING:
    from digest.settings import Settings


def open_source(name: str, settings: Settings) -> Source:
    """The source of that name: what `opened` in the file of its kind makes of its table. Raises ConfigError."""
    if name not in settings.source:
        known = ", ".join(sorted(settings.source)) or "none"
        raise ConfigError(f"config.toml has no table [source.{name}]; there is: {known}")
    table = settings.source[name]
    # Only the kind that is asked for: some load an HTTP client or an article extractor.
    kind: Any = import_module(f"digest.sources.{table.kind}")
    source: Source = kind.opened(name, table, settings)
    return source
