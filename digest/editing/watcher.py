"""The watch over folders: an editor hears what is wrong with a file when it arrives, not when the edition is due."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

from watchfiles import Change, watch

from digest.errors import SourceError
from digest.log import get
from digest.settings import Settings
from digest.sources import FolderSource
from digest.sources.registry import open_source
from digest.writing import write

QUIET = 200
"""Milliseconds without a change after which files are read: most programs write one in several steps."""
PATIENCE = 5_000
"""Milliseconds after which they are read although the changes go on."""

log = get(__name__)


class Watcher:
    """Reads each file that arrives or changes in a watched folder, and logs what is wrong with it.

    In a thread of its own, from `with` to its end. Nothing is kept: editions read their folders when
    they are built, watched or not.
    """

    def __init__(self, settings: Settings) -> None:
        self._newsletters = settings.newsletter
        watched = (name for name, table in settings.source.items() if table.kind == "folder" and table.watch)
        self._sources = [
            source for source in (open_source(name, settings) for name in watched) if isinstance(source, FolderSource)
        ]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher")

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for source in self._sources:
            if not source.path.is_dir():
                log.warning(
                    "folder not watched",
                    source=source.name,
                    reason=f"there is no folder {source.path}; make it, then start again",
                )
        folders = {source.path for source in self._sources if source.path.is_dir()}
        if not folders:
            return
        try:
            while not self._stopping.is_set():
                self._follow(folders)
        # The system's limit of watches is reached, or a folder is closed to us.
        except (OSError, RuntimeError) as error:
            log.warning("folders no longer watched", reason=str(error))

    def _follow(self, folders: set[Path]) -> None:
        try:
            for changes in watch(
                *folders,
                watch_filter=None,
                debounce=PATIENCE,
                step=QUIET,
                stop_event=self._stopping,
                recursive=False,
            ):
                for path in sorted({Path(path) for change, path in changes if change is not Change.deleted}):
                    self._look(path)
        except RuntimeError as error:
            if "Unable to decode path" not in str(error):
                raise
            # It has ended the watch, which can begin again.
            log.warning("file name is not UTF-8", reason=f"{error}; rename the file")

    def _look(self, path: Path) -> None:
        for source in self._sources:
            # Programs also make files that are gone at once.
            if not source.holds(path) or not os.path.lexists(path):
                continue
            try:
                article = source.read(path)
            except SourceError as error:
                log.warning("article cannot be read", source=source.name, file=path.name, reason=str(error))
                continue
            for name, newsletter in self._newsletters.items():
                if source.name not in newsletter.sources:
                    continue
                about = {"newsletter": name, "source": source.name, "file": path.name}
                errors = write(article, severities=newsletter.checks).errors
                for found in errors:
                    log.warning(
                        "article has an error", **about, code=found.code, reason=found.message, advice=found.advice
                    )
                if not errors:
                    log.info("article has no error", **about)
