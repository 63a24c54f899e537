"""The pictures that e-mails show: files named by the SHA-256 of what is in them, never changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Literal

from digest.errors import StorageError

NAME = re.compile(r"[0-9a-f]{64}\.(?:jpg|png)", re.ASCII)
"""Of a file; nothing else is ever opened."""


class Media:
    """The files in one folder, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes, suffix: Literal["jpg", "png"]) -> str:
        """Keep a file; its name. One that is there already is kept once. Raises StorageError."""
        name = f"{hashlib.sha256(content).hexdigest()}.{suffix}"
        if self.has(name):
            return name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=self.folder, suffix=".draft")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(draft).chmod(0o644)
                Path(draft).replace(self.folder / name)
                self._settle()
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StorageError(
                f"{self.folder}: a picture cannot be kept ({error.strerror}); make room, or check the folder's owner"
            ) from error
        return name

    def _settle(self) -> None:
        """Bring the new name to the disk: an edition that is frozen with it must find it after a power cut."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def has(self, name: str) -> bool:
        """Whether it is there; if so, `sweep` takes it for new."""
        if not NAME.fullmatch(name):
            return False
        path = self.folder / name
        # Another user's file, or one on a disk that is read-only, is there all the same.
        with contextlib.suppress(OSError):
            os.utime(path)
        return path.is_file()

    def read(self, name: str) -> bytes | None:
        """Its content; None when there is no such file, whatever the name tries."""
        if not NAME.fullmatch(name):
            return None
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(
                f"{self.folder / name}: cannot be read ({error.strerror}); check its owner and permissions"
            ) from error

    def sweep(self, keep: Collection[str], *, before: datetime) -> int:
        """Remove what no edition shows and nobody has kept or asked for since `before`; how many files.

        `keep` holds the names that editions show.
        """
        removed = 0
        for path in sorted(self.folder.glob("*")):
            ours = NAME.fullmatch(path.name) is not None or path.suffix == ".draft"
            with contextlib.suppress(OSError):
                if ours and path.name not in keep and path.stat().st_mtime < before.timestamp():
                    # Out of the way first: a build may just now have found it there.
                    aside = path.rename(path.with_name(f"{path.name}.draft"))
                    if aside.stat().st_mtime < before.timestamp():
                        aside.unlink()
                        removed += 1
                    else:
                        aside.rename(path)
        return removed
