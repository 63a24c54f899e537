"""`digest` called in this process, as a person in an installation's folder would call it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from installation import Installation

from digest import cli


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON value of each line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Digest:
    """Runs commands as a person in the installation's folder would."""

    def __init__(self, here: Installation, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.here = here
        self._capture = capture
        self._patch = patch

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> Done:
        self._capture.readouterr()
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = cli.run([str(argument) for argument in arguments])
        return Done(code, *self._capture.readouterr())
