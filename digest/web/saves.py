"""The watch over files: how often something was saved that a page shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from watchfiles import Change, DefaultFilter, awatch

from digest.errors import DigestError

QUIET = 10
"""Milliseconds without a change after which pages are told: one save is often several steps."""
PATIENCE = 100
"""Milliseconds after which they are told although the changes go on."""
AGAIN = 2_000
"""Milliseconds after which it is seen that a folder came or went."""


class Saves:
    """Counts the saves below `paths`, which may name other files and folders after each of them."""

    def __init__(self, paths: Callable[[], Sequence[Path]]) -> None:
        """`paths` is asked in a thread; while it raises DigestError, the same are watched as before."""
        self.count = 0
        self.standing = asyncio.Event()
        """Set while the watch stands, or cannot."""
        self._paths = paths
        self._watched: tuple[Path, ...] = ()

    async def follow(self, stopping: asyncio.Event) -> None:
        """Count until the event is set."""
        following = True
        while following and not stopping.is_set():
            await self._look()
            ended = asyncio.Event()
            ends = asyncio.create_task(_after(stopping, ended))
            folders = [path for path in self._watched if path.is_dir()]
            files = {str(path) for path in self._watched if path.is_file()}
            following = False
            try:
                async with asyncio.TaskGroup() as watches:
                    if folders:
                        watches.create_task(self._watch(folders, None, ended))
                    # A file is watched through its folder: an editor puts a new file in its place.
                    for folder in {Path(file).parent for file in files}:
                        watches.create_task(self._watch([folder], files, ended))
                    if not self._watched:
                        watches.create_task(stopping.wait())
                    await asyncio.sleep(0)
                    self.standing.set()
                following = True
            except* OSError:
                pass  # the system's limit of watches is reached: pages are then reloaded by hand
            except* RuntimeError as group:
                # A file name that is not UTF-8 ends the watch; the page names the file.
                following = "Unable to decode path" in str(group.exceptions)
                self.count += following
            finally:
                ends.cancel()
        self.standing.set()

    async def _watch(self, folders: Sequence[Path], files: set[str] | None, ended: asyncio.Event) -> None:
        def ours(change: Change, path: str) -> bool:
            return path in files if files is not None else DefaultFilter()(change, path)

        async for changes in awatch(
            *folders,
            watch_filter=ours,
            recursive=files is None,
            step=QUIET,
            debounce=PATIENCE,
            rust_timeout=AGAIN,
            yield_on_timeout=True,
            stop_event=ended,
        ):
            self.count += bool(changes)
            before = self._watched
            await self._look()
            if self._watched != before:
                self.standing.clear()
                self.count += 1
                ended.set()

    async def _look(self) -> None:
        try:
            paths = await run_in_threadpool(self._paths)
        except DigestError:
            return  # the page says why
        self._watched = tuple(sorted({path.absolute() for path in paths if path.exists()}))


async def _after(stopping: asyncio.Event, ended: asyncio.Event) -> None:
    await stopping.wait()
    ended.set()
