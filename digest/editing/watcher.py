"""The watch over folders: an editor hears what is wrong with a file when it arrives, not when the edition is due."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

from watchfiles import watch

from digest.errors import SourceError
from digest.log import get
from digest.settings import Settings
from digest.sources import FolderSource
from digest.sources.registry import open_source
from digest.writing import write

QUIET = 200
"""Milliseconds without a change after which folders are looked at: most programs write a file in several steps."""
PATIENCE = 5_000
"""Milliseconds after which they are looked at although the changes go on."""
AGAIN = 2_000
"""Milliseconds after which they are looked at although the system tells of no change."""

log = get(__name__)

_Stamps = dict[tuple[FolderSource, Path], tuple[int, int, int] | None]


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
        self._missing: set[Path] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher")

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        if not self._sources:
            return
        seen = self._present()
        while not self._stopping.is_set():
            folders = {source.path for source in self._sources} - self._missing
            # What the system tells is only when to look: it tells nothing of a folder that was deleted and made
            # again or of one on another machine, and a file name that is not UTF-8 ends the telling.
            try:
                for _ in watch(
                    *folders,
                    watch_filter=None,
                    debounce=PATIENCE,
                    step=QUIET,
                    rust_timeout=AGAIN,
                    yield_on_timeout=True,
                    stop_event=self._stopping,
                    recursive=False,
                ):
                    seen = self._look(seen)
                    if folders != {source.path for source in self._sources} - self._missing:
                        break
            except (OSError, RuntimeError):
                self._stopping.wait(AGAIN / 1000)
                seen = self._look(seen)

    def _look(self, seen: _Stamps) -> _Stamps:
        """Read what is there now and was not, or was another, when it was `seen`."""
        found = self._present()
        for (source, path), stamp in sorted(found.items(), key=lambda item: item[0][1]):
            if seen.get((source, path), ()) != stamp:
                self._read(source, path)
        return found

    def _present(self) -> _Stamps:
        """Every file with what tells one state of it from another."""
        found: _Stamps = {}
        for source in self._sources:
            try:
                paths = source.paths()
            except SourceError as error:
                if source.path not in self._missing:
                    log.warning("folder not watched", source=source.name, reason=f"{error}; once it can, it is watched")
                self._missing.add(source.path)
                continue
            self._missing.discard(source.path)
            for path in paths:
                try:
                    status = path.stat()
                    found[source, path] = (status.st_mtime_ns, status.st_size, status.st_ino)
                except OSError:
                    # A link that leads nowhere, which is told; or gone at once, as programs make files.
                    if os.path.lexists(path):
                        found[source, path] = None
        return found

    def _read(self, source: FolderSource, path: Path) -> None:
        file = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        try:
            article = source.read(path)
        except SourceError as error:
            if os.path.lexists(path):
                log.warning("article cannot be read", source=source.name, file=file, reason=str(error))
            return
        for name, newsletter in self._newsletters.items():
            if source.name not in newsletter.sources:
                continue
            about = {"newsletter": name, "source": source.name, "file": file}
            errors = write(article, severities=newsletter.checks).errors
            for found in errors:
                log.warning("article has an error", **about, code=found.code, reason=found.message, advice=found.advice)
            if not errors:
                log.info("article has no error", **about)
