"""What a digest template shows of which story: its layout.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from digest.errors import RenderError

FILE = "layout.toml"
MOST = 20
"""Stories of a section that is not the last, takes and quotes of a story, lines of a summary."""

SUMMARY = "summary"
_NAME = re.compile(r"[a-z][a-z_]{0,29}")
_TAKEN = frozenset(
    {"brand", "cut", "date", "dir", "end", "lang", "number", "onward", "postal_address", "rest", "slots", "start"}
    | {SUMMARY, "tagline", "title", "view_url", "voice", "why"}
    | {"cycler", "dict", "gettext", "joiner", "lipsum", "namespace", "ngettext", "npgettext", "pgettext", "range"}
    | {"and", "caller", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "self", "super", "true"}
    | {"kwargs", "varargs"}
)
"""Names that mean something else in a template: its values, then what Jinja and its words are called by."""


class Section(NamedTuple):
    """A list of stories in a template."""

    name: str
    stories: int | None
    """How many stories of a selection stand here; None: all that are left."""
    takes: int = 0
    """Quick takes of a story that are shown, at most."""
    quotes: int = 0
    image: bool = False
    dek: bool = True


class Layout(NamedTuple):
    """The sections of a digest in order; only the last takes all that are left."""

    sections: tuple[Section, ...]
    summary: int = 0
    """The first stories again, one line each; a selection of one story has none."""

    def illustrated(self, stories: int) -> frozenset[int]:
        """Positions, from 0, of the stories of an edition of so many whose image is shown to some reader.

        Only the first story leads every selection: any other may move up into a section that shows images.
        """
        places: set[int] = set()
        start = 0
        for section in self.sections:
            end = stories if section.stories is None else min(stories, start + section.stories)
            places.update(range(start, 1 if end == 1 else stories) if section.image else ())
            start = end
        return frozenset(places)


def is_digest(folders: Sequence[Path], name: str) -> bool:
    """Whether this e-mail shows stories; one without a layout.toml is a notice."""
    return _found(folders, name) is not None


def layout(folders: Sequence[Path], name: str) -> Layout:
    """The layout of a template, from the first of the folders that has one.

    Raises RenderError that names the file and what is wrong in it.
    """
    path = _found(folders, name)
    if path is None:
        known = sorted({found.parent.name for folder in folders for found in folder.glob(f"*/{FILE}")})
        raise RenderError(
            f"there is no digest template {name!r}; expected one of {', '.join(known)}, or a {FILE} in its folder, "
            "without which it shows no stories"
        )
    try:
        return _layout(tomllib.loads(path.read_text("utf-8")))
    except (ValueError, OSError) as error:
        raise RenderError(f"{path}: {error}") from None


def _found(folders: Sequence[Path], name: str) -> Path | None:
    return next((path for folder in folders if (path := folder / name / FILE).is_file()), None)


def _layout(raw: Mapping[str, Any]) -> Layout:
    _only(raw, ("section", SUMMARY), "the file")
    tables = raw.get("section")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ValueError("expected one or more tables [[section]]")
    sections = tuple(_sections(tables))
    summary = raw.get(SUMMARY, {})
    if not isinstance(summary, dict):
        raise ValueError(f"expected a table [{SUMMARY}] with the key lines")
    _only(summary, ("lines",), f"[{SUMMARY}]")
    return Layout(sections, _whole(summary, "lines", f"[{SUMMARY}]", 0))


def _sections(tables: Sequence[Mapping[str, Any]]) -> Iterator[Section]:
    names: set[str] = set()
    for at, table in enumerate(tables):
        name = table.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN or name in names:
            raise ValueError(
                f"section {at + 1} has the name {name!r}; expected lower-case letters and _, each name once, "
                f"and none of {', '.join(sorted(_TAKEN))}"
            )
        names.add(name)
        where = f"section {name!r}"
        _only(table, Section._fields, where)
        last = at == len(tables) - 1
        if last == ("stories" in table):
            raise ValueError(
                f"{where} is the last, so it takes all that are left: remove its `stories`"
                if last
                else f"{where} is not the last, so it needs `stories`, a number"
            )
        for key in ("image", "dek"):
            if not isinstance(table.get(key, False), bool):
                raise ValueError(f"{where}: {key} is true or false")
        yield Section(
            name,
            None if last else _whole(table, "stories", where, 1),
            _whole(table, "takes", where, 0),
            _whole(table, "quotes", where, 0),
            table.get("image", False),
            table.get("dek", True),
        )


def _only(table: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise ValueError(f"{where} has the unknown key {unknown[0]!r}; expected {', '.join(keys)}")


def _whole(table: Mapping[str, Any], key: str, where: str, least: int) -> int:
    value = table.get(key, least)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST:
        raise ValueError(f"{where}: {key} is a number from {least} to {MOST}, not {value!r}")
    return value
