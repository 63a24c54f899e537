"""The e-mail templates: an operator's own folder first, then those that ship with the program."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    select_autoescape,
)

from digest.errors import RenderError
from digest.resources import shipped

TEXT_WIDTH = 72
"""Columns of the plain-text part: room for two levels of quoting in a reply before 80."""


class Templates:
    """The template environment. Each e-mail is a folder: subject.txt, body.html, body.txt, sample.toml."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        """`folders` are looked in before the shipped ones, in their order; a file of the same name wins."""
        self.folders = (*folders, shipped("templates/email"))
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in self.folders]),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(fold=fold, glue=glue)

    def names(self) -> tuple[str, ...]:
        """The e-mails that can be rendered, sorted."""
        found = {body.parent.name for folder in self.folders for body in folder.glob("[!_]*/body.html")}
        return tuple(sorted(found))

    def render(self, path: str, view: Mapping[str, Any]) -> str:
        """One pass over one file, such as `digest/body.html`.

        Raises RenderError that names the template and, where the engine knows it, the line.
        """
        try:
            return self._environment.get_template(path).render(view)
        except TemplateNotFound as error:
            raise RenderError(
                f"there is no template {error.name!r} in {', '.join(map(str, self.folders))}; "
                f"e-mails found: {', '.join(self.names()) or 'none'}"
            ) from None
        except TemplateSyntaxError as error:
            raise RenderError(f"{error.filename or path}, line {error.lineno}: {error.message}") from None
        except TemplateError as error:
            raise RenderError(f"template {path}: {error}; see the sample.toml beside it for what exists") from None

    def sample(self, name: str, case: str = "sample") -> dict[str, Any]:
        """The sample data of an e-mail, `case`.toml in its folder: what a preview shows and the tests render."""
        for folder in self.folders:
            path = folder / name / f"{case}.toml"
            if path.is_file():
                try:
                    return tomllib.loads(path.read_text("utf-8"))
                except ValueError as error:
                    raise RenderError(f"{path}: {error}; expected TOML in UTF-8") from None
        raise RenderError(f"the template {name!r} has no {case}.toml; it needs one to be previewed")


def fold(text: str, first: str = "", then: str | None = None) -> str:
    """The text in lines of at most 72 columns; `first` opens the first line, `then` (or blanks) the others."""
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first) if then is None else then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def glue(text: str) -> str:
    """The text with no-break spaces: it stays on one line."""
    return text.replace(" ", "\u00a0")
