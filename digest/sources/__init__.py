"""Articles in: one file for each kind of source, one method each."""

from digest.sources.fetched import Fetched, Problem, Source
from digest.sources.folder import FolderSource
from digest.sources.registry import open_source

__all__ = ["Fetched", "FolderSource", "Problem", "Source", "open_source"]
