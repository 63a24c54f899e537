"""The places that settings come from, one above the other, and where in a place a value stands."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from digest.config.toml_lines import Key, key_lines
from digest.config.values import nearest
from digest.errors import ConfigError


@dataclass(frozen=True)
class Layer:
    """Nested values from one place. A layer above wins, key by key."""

    data: Mapping[str, Any]
    where: Callable[[Key], str]
    """Names the place of a value for a message: file and line, or a variable."""

    def depth(self, key: Key) -> int:
        """How many leading parts of `key` this layer has."""
        inner: Any = self.data
        for depth, part in enumerate(key):
            if isinstance(inner, Mapping):
                if part not in inner:
                    return depth
            elif not (isinstance(inner, list | tuple) and isinstance(part, int) and part < len(inner)):
                return depth
            inner = inner[part]
        return len(key)


def merged(layers: list[Layer]) -> dict[str, Any]:
    """All layers as one, the last on top."""
    result: dict[str, Any] = {}
    for layer in layers:
        _lay(result, layer.data)
    return result


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = below.get(key)
            below[key] = dict(inner) if isinstance(inner, Mapping) else {}
            _lay(below[key], value)
        else:
            below[key] = value


class TomlFile:
    """A config.toml that was read. Raises ConfigError when it cannot be read or is not TOML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            raise ConfigError(f"{path}: there is no such file; give the path of a config.toml") from None
        except OSError as reason:
            raise ConfigError(f"{path}: cannot be read: {reason.strerror}") from None
        except UnicodeDecodeError as reason:
            line = reason.object.count(b"\n", 0, reason.start) + 1
            raise ConfigError(f"{path}, line {line}: expected UTF-8; save the file in that encoding") from None
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as reason:
            raise ConfigError(_syntax(path, str(reason), self.text)) from None

    @cached_property
    def lines(self) -> dict[Key, int]:
        return key_lines(self.text)

    def where(self, key: Key) -> str:
        """The line of the key, or of the innermost table around it that the file names."""
        while key and key not in self.lines:
            key = key[:-1]
        return f"{self.path}, line {self.lines[key]}" if key else str(self.path)


def _syntax(path: Path, reason: str, text: str) -> str:
    """`tomllib` says where in its message: "… (at line 3, column 7)", or "(at end of document)"."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", reason)
    if place is None:
        line, column, what = text.count("\n") + 1, len(text) - text.rfind("\n"), reason.partition(" (at ")[0]
    else:
        line, column, what = int(place[1]), int(place[2]), reason[: place.start()]
    return f"{path}, line {line}, column {column}: not TOML: {what[:1].lower()}{what[1:]}"


def find_file(path: Path | None) -> tuple[TomlFile, Path]:
    """The config.toml in force, and the folder that relative paths start from.

    Without a path it is `DIGEST_CONFIG`, else `config.toml` in the current folder, else the sample
    that ships with the program: its articles lie beside it, its data goes to the current folder.
    """
    here = Path("config.toml")
    named = path or os.environ.get("DIGEST_CONFIG") or (here if here.exists() else None)
    if named is not None:
        return TomlFile(Path(named)), Path(named).absolute().parent
    from digest.resources import shipped

    file = TomlFile(shipped("config.toml"))
    for source in file.data["source"].values():
        source["path"] = str(file.path.parent / source["path"])
    return file, Path.cwd()


def variable(key: Key) -> str:
    """`environment variable DIGEST_SITE__PORT`, which sets the key."""
    return "environment variable DIGEST_" + "__".join(part for part in key if isinstance(part, str)).upper()


def check_variables(known: Sequence[str]) -> None:
    """Raises ConfigError for a variable that looks like ours and is named after no table of ours."""
    for name in os.environ:
        if not name.startswith("DIGEST_") or name == "DIGEST_CONFIG" or name.startswith("DIGEST_TEST_"):
            continue
        table = name.removeprefix("DIGEST_").partition("__")[0].lower()
        if table not in known:
            begins = ", ".join(f"DIGEST_{key.upper()}" for key in known)
            raise ConfigError(
                f"environment variable {name}: unknown{nearest(table, known)} Such names begin with {begins}"
            )
