"""The watch follows files through every way of saving, and folders that come and go."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from digest.errors import ConfigError
from digest.web.saves import Saves

T = TypeVar("T")


class Told(Saves):
    """Says when it counted."""

    def __init__(self, paths: Callable[[], Sequence[Path]]) -> None:
        self.told = asyncio.Event()
        super().__init__(paths)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "count":
            self.told.set()

    async def next(self, save: Callable[[], object]) -> None:
        """Save something, and wait until that is counted and the watch stands again."""
        self.told.clear()
        save()
        await asyncio.wait_for(self.told.wait(), 60)
        await asyncio.wait_for(self.standing.wait(), 60)


@asynccontextmanager
async def watching(paths: Callable[[], Sequence[Path]]) -> AsyncIterator[Told]:
    """Saves that are followed."""
    saves, stopping = Told(paths), asyncio.Event()
    following = asyncio.create_task(saves.follow(stopping))
    await saves.standing.wait()
    yield saves
    stopping.set()
    await following


def run(scene: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: a browser of other tests may keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scene).result()


def test_a_file_is_followed_when_an_editor_puts_another_in_its_place(tmp_path: Path) -> None:
    """Twice: a watch of the file itself would end with the first. Files beside it count for nothing."""
    file, beside, draft = tmp_path / "config.toml", tmp_path / "database", tmp_path / "config.tmp"
    file.write_text("")

    def replace_it() -> None:
        draft.write_text("x")
        draft.replace(file)

    async def scene() -> None:
        async with watching(lambda: [file]) as saves:
            beside.write_text("x")
            await saves.next(replace_it)
            await saves.next(replace_it)

    run(scene())


def test_what_is_watched_may_change(tmp_path: Path) -> None:
    """A folder that is made later is watched from then on; paths that cannot be told end nothing."""
    config, later = tmp_path / "config.toml", tmp_path / "later"
    config.write_text("")

    def paths() -> Sequence[Path]:
        if config.read_text() == "broken":
            raise ConfigError("broken")
        return [config, later]

    async def scene() -> None:
        async with watching(paths) as saves:
            await saves.next(lambda: config.write_text("broken"))
            await saves.next(lambda: config.write_text("mended"))
            await saves.next(later.mkdir)
            await saves.next(lambda: (later / "article.txt").write_text("x"))

    run(scene())


def test_a_system_that_watches_no_more_ends_the_watch_and_nothing_else(tmp_path: Path) -> None:
    """No file can be opened any more: pages are then reloaded by hand, and the preview starts all the same."""

    async def scene() -> int:
        saves, stopping = Saves(lambda: [tmp_path]), asyncio.Event()
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            await asyncio.wait_for(saves.follow(stopping), 60)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert saves.standing.is_set()
        return saves.count

    assert run(scene()) == 0
