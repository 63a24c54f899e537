"""The folder `secrets` beside config.toml: one file for each secret, readable by its owner alone.

`signing_keys` holds one key per line, newest first: every one verifies, the first signs.
`provider.NAME.token` holds the token of the account `[provider.NAME]`, `provider.NAME.webhook` what its
webhooks are proved with, one key per line, and `source.NAME.token` the token that a program shows which
pushes articles to `[source.NAME]`. `database_password` is what PostgreSQL asks for.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from digest.config.layers import Layer
from digest.config.toml_lines import Key
from digest.errors import ConfigError

SIGNING_KEYS = "signing_keys"
DATABASE_PASSWORD = "database_password"  # noqa: S105 - the name of a file
SHORTEST_KEY = 32
"""Characters of a signing key. Made ones have 43, for 32 random bytes."""
_NAMED = re.compile(r"(provider|source)\.([^.]+)\.token|(provider)\.([^.]+)\.webhook")


def read_secrets(folder: Path) -> Layer:
    """Every secret of the folder, which need not exist; files whose name begins with a dot are passed over.

    Raises ConfigError for a file that others can read, that is empty or that has an unknown name.
    """
    data: dict[str, Any] = {}
    try:
        files = sorted(file for file in folder.iterdir() if not file.name.startswith("."))
    except FileNotFoundError:
        files = []
    except OSError as reason:
        raise ConfigError(f"{folder}: cannot be read: {reason.strerror}") from None
    for file in files:
        named = _NAMED.fullmatch(file.name)
        if named:
            table, name = (f"{named[1]}_tokens", named[2]) if named[1] else (f"{named[3]}_webhooks", named[4])
            data.setdefault(table, {})[name] = "\n".join(_lines(file))
        elif file.name == SIGNING_KEYS:
            data["signing_keys"] = _lines(file)
        elif file.name == DATABASE_PASSWORD:
            data["database_password"] = _lines(file)[0]
        else:
            raise ConfigError(
                f"{file}: expected a file named {SIGNING_KEYS} or provider.NAME.token in this folder, "
                "or provider.NAME.webhook, source.NAME.token or database_password"
            )
    return Layer(data, lambda key: str(folder / file_of(key)))


def file_of(key: Key) -> str:
    """Name of the file that holds a secret."""
    kind, _, what = str(key[0]).rpartition("_")
    return f"{kind}.{key[1]}.{what.removesuffix('s')}" if len(key) > 1 and key[0] != SIGNING_KEYS else str(key[0])


def _lines(file: Path) -> list[str]:
    try:
        if stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO:
            raise ConfigError(f"{file}: everybody on this machine can read this secret; run: chmod 600 {file}")
        lines = [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: expected text; a secret is one line") from None
    except OSError as reason:
        raise ConfigError(f"{file}: cannot be read: {reason.strerror}") from None
    if not lines:
        raise ConfigError(f"{file}: expected a secret, and the file is empty; write it, or remove the file")
    return lines


def create_signing_keys(folder: Path) -> None:
    """Writes `signing_keys` with one new random key; leaves a file that is already there as it is.

    The file appears at once and whole, so two processes that start together end with one key.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".signing_keys", dir=folder)  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(token_urlsafe(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(folder / SIGNING_KEYS).hardlink_to(name)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    except OSError as reason:
        raise ConfigError(
            f"{folder / SIGNING_KEYS}: cannot be made: {reason.strerror}; make the folder writable, "
            "or give keys in the variable DIGEST_SIGNING_KEYS"
        ) from None
