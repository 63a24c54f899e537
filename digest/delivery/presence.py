"""Which workers are alive, told by locks that are given back when one dies, whatever killed it.

A lease alone would make a killed worker's batches wait until it runs out. The lock says at
once that nobody will answer any more. On one host the kernel keeps it, for many hosts the database.
"""

from __future__ import annotations

import fcntl
import secrets
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from digest.storage.engine import Database

if TYPE_CHECKING:
    from digest.storage.lookout import Lookout


class Presence(Protocol):
    """This process's lock among those of all workers on one database."""

    owner: str

    def dead(self) -> list[str]:
        """Workers whose lock is free: they ended without taking their name back."""

    def forget(self, owners: list[str]) -> None:
        """Remove the names of dead workers, once what they left is given up."""


def presence_on(database: Database, folder: Path) -> AbstractContextManager[Presence]:
    """The locks that every worker on this database sees; `folder` is its own on this host."""
    return FileLocks(folder / "workers") if database.lookout is None else SessionLocks(database.lookout)


class FileLocks:
    """Files in one folder, locked by the kernel."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: IO[bytes] | None = None
        self.owner = ""

    def __enter__(self) -> FileLocks:
        """Take a name of its own, locked before anybody can see it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.owner = secrets.token_hex(8)
        unseen = self._folder / f"{self.owner}.starting"
        self._held = unseen.open("wb")
        fcntl.flock(self._held, fcntl.LOCK_EX)
        unseen.rename(self._path(self.owner))
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """Take the name back; after a failure it stays, unlocked, since there may be flights to give up."""
        if self._held is not None:
            if failure is None:
                self._path(self.owner).unlink(missing_ok=True)
            self._held.close()
            self._held = None

    def dead(self) -> list[str]:
        gone = []
        for path in sorted(self._folder.glob("*.worker")):
            if path.stem == self.owner:
                continue
            try:
                with path.open("rb") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, FileNotFoundError):
                continue
            gone.append(path.stem)
        return gone

    def forget(self, owners: list[str]) -> None:
        for owner in owners:
            self._path(owner).unlink(missing_ok=True)

    def _path(self, owner: str) -> Path:
        return self._folder / f"{owner}.worker"


class SessionLocks:
    """Locks of sessions with the database. Names are those that batches under way carry; there is none to forget."""

    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout
        self.owner = ""

    def __enter__(self) -> SessionLocks:
        """Take a name of its own. Raises StorageError."""
        self.owner = secrets.token_hex(8)
        self._lookout.show(self.owner)
        return self

    def __exit__(self, *_: object) -> None:
        self._lookout.hide(self.owner)

    def dead(self) -> list[str]:
        return [owner for owner in self._lookout.gone() if owner != self.owner]

    def forget(self, owners: list[str]) -> None:
        pass
