"""The e-mail templates and their words: an operator's own folder first, then those that ship with the program."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    pass_eval_context,
    select_autoescape,
)
from jinja2.meta import find_referenced_templates
from jinja2.nodes import EvalContext
from markupsafe import escape

from digest.errors import RenderError
from digest.rendering.words import ENGLISH, Words, words_of
from digest.resources import shipped

TEXT_WIDTH = 72
"""Columns of the plain-text part: room for two levels of quoting in a reply before 80."""


class Templates:
    """The template environment. Each e-mail is a folder: subject.txt, body.html, body.txt, sample.toml."""

    def __init__(self, folders: Sequence[Path] = (), locales: Sequence[Path] = ()) -> None:
        """`folders` are looked in before the shipped ones, in their order; a file of the same name wins.

        So are `locales`, folders of catalogs LANG.po, where each message of an earlier one wins.
        """
        self.folders = (*folders, shipped("templates/email"))
        self.locales = (*locales, shipped("templates/locales"))
        self._loader = ChoiceLoader([FileSystemLoader(folder) for folder in self.folders])
        self._environments: dict[str, tuple[Words, Environment]] = {}

    def words(self, language: str) -> Words:
        """What the e-mails say in a language. Raises RenderError for a catalog that breaks a rule."""
        return words_of(language, self.locales)

    def _environment(self, words: Words) -> Environment:
        kept = self._environments.get(words.language)
        if kept is None or kept[0] is not words:
            kept = self._environments[words.language] = words, _environment(self._loader, words)
        return kept[1]

    def names(self) -> tuple[str, ...]:
        """The e-mails that can be rendered, sorted."""
        found = {body.parent.name for folder in self.folders for body in folder.glob("[!_]*/body.html")}
        return tuple(sorted(found))

    def cases(self, name: str) -> tuple[str, ...]:
        """The samples of an e-mail, `sample` first, from the first folder that has any."""
        found = (sorted(path.stem for path in (folder / name).glob("sample*.toml")) for folder in self.folders)
        return tuple(next((cases for cases in found if cases), ()))

    def languages(self) -> tuple[str, ...]:
        """English, then every language that has a catalog."""
        return ("en", *sorted({path.stem for folder in self.locales for path in folder.glob("*.po")} - {"en"}))

    def files(self, name: str) -> dict[str, str]:
        """Every file that an e-mail is made of, with those that it extends and includes, and its source.

        Raises RenderError for one that is not there, cannot be parsed, or is used by what it uses.
        """
        found: dict[str, str] = {}
        for file in ("subject.txt", "body.html", "body.txt"):
            self._collect(f"{name}/{file}", (), found)
        return found

    def _collect(self, path: str, users: tuple[str, ...], found: dict[str, str]) -> None:
        if path in users:
            raise RenderError(
                f"{users[-1]}: its files extend or include one another without an end: "
                f"{' → '.join((*users[users.index(path) :], path))}; take one of these out"
            )
        if path in found:
            return
        environment = self._environment(ENGLISH)
        with self._explained(path):
            found[path] = self._loader.get_source(environment, path)[0]
            used = [*find_referenced_templates(environment.parse(found[path], filename=path))]
        for each in filter(None, used):
            self._collect(each, (*users, path), found)

    def messages(self, name: str) -> dict[str, str]:
        """The English words of an e-mail, and where each is first said: `digest/body.html:12`."""
        environment = self._environment(ENGLISH)
        return {
            message if isinstance(message, str) else str(message[0]): f"{path}:{line}"
            for path, source in sorted(self.files(name).items(), reverse=True)
            for line, _, message in environment.extract_translations(source)  # type: ignore[attr-defined]
        }

    def shipped_messages(self) -> frozenset[str]:
        """Everything that the shipped e-mails say: what a whole catalog has."""
        return frozenset(self.words("de").catalogs[-1].messages)

    def render(self, path: str, view: Mapping[str, Any], words: Words = ENGLISH) -> str:
        """One pass over one file, such as `digest/body.html`, with `_("…")` said in these words.

        Raises RenderError that names the template and, where the engine knows it, the line.
        """
        with self._explained(path):
            return self._environment(words).get_template(path).render(view)

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        try:
            yield
        except TemplateNotFound as error:
            raise RenderError(
                f"there is no template {error.name!r} in {', '.join(map(str, self.folders))}; "
                f"e-mails found: {', '.join(self.names()) or 'none'}"
            ) from None
        except TemplateSyntaxError as error:
            raise RenderError(f"{error.filename or path}, line {error.lineno}: {error.message}") from None
        except UnicodeDecodeError:
            raise RenderError(f"{path}, or a file that it uses, is not UTF-8; save it as UTF-8") from None
        except RecursionError:
            raise RenderError(f"{path}: its files extend or include one another without an end") from None
        except Exception as error:  # an expression of a template can fail in every way that Python can
            raise RenderError(
                f"{self._line(error) or path}: {error}; see the sample.toml beside it for what exists"
            ) from None

    def _line(self, error: Exception) -> str:
        """The line of a template that failed, `mine/body.html, line 12`; empty when none did."""
        found = ""
        for frame, line in walk_tb(error.__traceback__):
            file = Path(frame.f_code.co_filename)
            found = next((f"{file.relative_to(at)}, line {line}" for at in self.folders if at in file.parents), found)
        return found

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


def _environment(loader: ChoiceLoader, words: Words) -> Environment:
    environment = Environment(
        loader=loader,
        extensions=["jinja2.ext.i18n"],
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(fold=fold, glue=glue)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(_gettext(words))
    return environment


def _gettext(words: Words) -> dict[str, Any]:
    """What `_()`, `gettext()`, `ngettext()` and `{% trans %}` call.

    Jinja's own would trust a translation as markup. Here the words are escaped as everything else is, once, and
    then the values as they are put in.
    """

    def filled(pattern: str, values: Mapping[str, Any], place: EvalContext) -> str:
        try:
            return (escape(pattern) if place.autoescape else pattern) % values
        except (KeyError, ValueError, TypeError) as error:
            raise TemplateRuntimeError(f"the words {pattern!r} cannot be filled: {error} is missing or odd") from None

    @pass_eval_context
    def gettext(place: EvalContext, message: str, /, **values: Any) -> str:
        return filled(words.pattern(message), values, place)

    @pass_eval_context
    def ngettext(place: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
        return filled(words.plural_pattern(one, many, num), {"num": words.number(num), **values}, place)

    return {"gettext": gettext, "ngettext": ngettext}


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
