"""From a finding to the line that it points at, in the views of the preview."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from digest.model import Finding, Place
from digest.web.messages import PreviewMessage, Remark

_LINE = re.compile(r"(HTML|text) line (\d+)")
_FILE = re.compile(r"(.+\.(?:html|txt|css)):(\d+)")
_SHORTEST = 12
"""Characters of an excerpt that can say where it stands."""


class Spot(NamedTuple):
    """Where a finding points, and where that can be seen."""

    shown: str
    excerpt: str
    view: str = ""
    """`inlined`, `text` or `file`; empty where no view shows it."""
    line: int = 0
    file: str = ""
    """Of the template."""


class Shown(NamedTuple):
    """A finding as the page has it."""

    about: str
    finding: Finding
    spots: tuple[Spot, ...]


def shown(message: PreviewMessage) -> list[Shown]:
    """The findings of a message, with the places that can be seen."""
    return [_shown(remark, message) for remark in message.remarks]


def _shown(remark: Remark, message: PreviewMessage) -> Shown:
    return Shown(remark.about, remark.finding, tuple(_spots(remark.finding.places, message)))


def _spots(places: Iterable[Place], message: PreviewMessage) -> Iterable[Spot]:
    for place in places:
        in_file, in_message = _FILE.fullmatch(place.part), _LINE.fullmatch(place.part)
        if in_file and in_file[1] in message.files:
            yield Spot(place.part, place.excerpt, "file", int(in_file[2]), in_file[1])
        elif in_message and message.whole:
            view = "inlined" if in_message[1] == "HTML" else "text"
            yield Spot(place.part, place.excerpt, view, int(in_message[2]))
        elif line := _line_of(place.excerpt, message.html):
            yield Spot(place.part, place.excerpt, "inlined", line)
        elif place.excerpt or place.part not in ("message", "edition"):
            yield Spot(place.part, place.excerpt)


def _line_of(excerpt: str, html: str) -> int:
    """The line of the HTML on which an excerpt stands first; 0 for none."""
    if len(excerpt) < _SHORTEST:
        return 0
    for wanted in (excerpt, escape(excerpt, quote=False)):
        at = html.find(wanted)
        if at >= 0:
            return html.count("\n", 0, at) + 1
    return 0
