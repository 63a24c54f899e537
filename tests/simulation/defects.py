"""Designs that are wrong, each as a small patch of production code at run time: the simulation must catch every one.

A defect is one statement or one method made wrong in the way in which it is commonly got wrong. What
they prove is that the simulation can fail; whoever adds a rule to the ledger adds its defect here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any
from unittest.mock import patch

Patch = tuple[object, str, object]
"""Where, which name, and what in its place."""


@dataclass(frozen=True)
class Defect:
    """One wrong design."""

    policy: str
    patches: tuple[Patch, ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Production code has the defect while the block runs."""
        with ExitStack() as stack:
            for owner, name, wrong in self.patches:
                stack.enter_context(patch.object(owner, name, wrong))
            yield


DEFECTS: dict[str, Defect] = {}


def plant(name: str, *patches: Patch, policy: str = "hold") -> None:
    """Name a defect."""
    assert name not in DEFECTS
    DEFECTS[name] = Defect(policy, patches)


def instead(owner: Any, name: str, wrong: Callable[..., Any]) -> Patch:
    """A method or function that is given the right one first."""
    right = getattr(owner, name)

    @wraps(right)
    def wrapped(*given: Any, **named: Any) -> Any:
        return wrong(right, *given, **named)

    return owner, name, wrapped


# Each module names its own.
from . import wrong_answers, wrong_flights, wrong_rest  # noqa: E402, F401
