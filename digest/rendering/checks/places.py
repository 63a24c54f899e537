"""From a place in the inlined message back to the line of the template that wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from digest.model import Finding, Place

_WRITTEN = ("*.html", "*.css", "*.txt")
_CLASS = re.compile(r'class="[^"]*"')
_SHORTEST = 8
"""Characters of an excerpt that can say where it is from."""


def located(findings: Iterable[Finding], folders: Iterable[Path], template: str) -> tuple[Finding, ...]:
    """The findings with `digest/body.html:12` as the place of what exactly one line of the template can have written.

    An excerpt is looked for as it stands, then by its class attribute. Places that stay are lines of the message.
    """
    found = tuple(findings)
    lines = list(_lines(folders, template)) if found else []
    return tuple(replace(each, places=tuple(_located(place, lines) for place in each.places)) for each in found)


def _lines(folders: Iterable[Path], template: str) -> Iterator[tuple[str, str]]:
    """Each line that the template or its base may show, with where it stands; the first folder that has a file wins."""
    taken = set()
    for folder in folders:
        for path in (
            each for name in (template, "_base") for kind in _WRITTEN for each in folder.glob(f"{name}/{kind}")
        ):
            name = path.relative_to(folder).as_posix()
            if name not in taken:
                taken.add(name)
                for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), start=1):
                    yield f"{name}:{number}", line


def _located(place: Place, lines: list[tuple[str, str]]) -> Place:
    own_class = _CLASS.search(place.excerpt)
    for wanted in (place.excerpt, own_class[0] if own_class else ""):
        at = [where for where, line in lines if wanted in line] if len(wanted) >= _SHORTEST else []
        if len(at) == 1:
            return place._replace(part=at[0])
    return place
