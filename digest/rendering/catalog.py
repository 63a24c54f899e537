"""One file of translations, `templates/locales/LANG.po`, held to what a sentence needs before it is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog as PoCatalog
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

from digest.errors import RenderError
from digest.rendering.untrusted import clean

_PERCENT = re.compile(r"%(?:\((\w+)\)s|%|)")
_TRIED = range(1001)
"""Counts that a plural rule is tried with: every rule of CLDR has shown all its forms by then."""


@dataclass(frozen=True, eq=False)
class Catalog:
    """Translations of one file. A message that is missing, empty or marked fuzzy is not in it."""

    path: Path
    messages: Mapping[str, tuple[str, ...]]
    """The English words (singular) → the translation; of a plural, every form."""
    plural: Callable[[int], int]
    """Count → place of its form."""


def read(path: Path) -> Catalog:
    """The catalog in a file.

    Raises RenderError with file and line for a file that is not PO in UTF-8, a plural rule that does not fit the
    forms, a translation that lacks a placeholder of the English words or has another, and characters that nobody
    sees.
    """
    try:
        raw = path.read_bytes()
        raw.decode("utf-8")
        po = read_po(BytesIO(raw), charset="utf-8", abort_invalid=True)
        forms, plural = po.num_plurals, c2py(po.plural_expr)
    except PoFileError as error:
        what = str(error).rsplit(" on ", 1)[0]
        raise RenderError(f"{path}, line {error.lineno + 1}: {what}; expected a gettext PO file") from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RenderError(f"{path}, line {line}: this is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise RenderError(f"{path}: {error.strerror}; a catalog of words must be readable") from None
    except (ValueError, RecursionError) as error:
        raise RenderError(
            f"{path}: the header cannot be used: {error}; expected Plural-Forms: nplurals=2; plural=(n != 1); or such"
        ) from None
    _check_rule(path, po, plural)
    messages = {}
    for message in po:
        if message.id and message.string and not message.fuzzy:
            wrong = next(_mistakes(message, forms), None)
            if wrong:
                raise RenderError(f"{path}, line {message.lineno}: {wrong}")
            messages[_all(message.id)[0]] = _all(message.string)
    return Catalog(path, messages, plural)


def _check_rule(path: Path, po: PoCatalog, plural: Callable[[int], int]) -> None:
    try:
        used = {plural(count) for count in _TRIED}
    except (ValueError, ArithmeticError) as error:
        raise RenderError(f"{path}: the plural rule {po.plural_expr!r} fails: {error}") from None
    if used != set(range(po.num_plurals)):
        raise RenderError(
            f"{path}: Plural-Forms says nplurals={po.num_plurals}, but its rule chooses among the forms "
            f"{sorted(used)}; copy the header line of another catalog of this language"
        )


def _mistakes(message: Message, forms: int) -> Iterator[str]:
    english, told = _all(message.id), _all(message.string)
    if len(english) > 1 and (len(told) != forms or not all(told)):
        yield f"{english[0]!r} needs {forms} plural forms, all of them filled, and has {len([t for t in told if t])}"
    wanted = set().union(*map(_placeholders, english))
    for text in told:
        has = _placeholders(text)
        # "one minute" and Arabic's dual say the number in words.
        lacking = wanted - has - ({"%(num)s"} if len(english) > 1 else set())
        if lacking:
            yield f"{text!r} lacks {', '.join(sorted(lacking))} of {english[0]!r}"
        if has - wanted:
            yield f"{text!r} has {', '.join(sorted(has - wanted))}, which {english[0]!r} has not; write percent as %%"
        if clean(text) != text:
            yield f"{text!r} holds a line break, two spaces in a row, a space at its end or an invisible control"


def _placeholders(text: str) -> set[str]:
    """`%(name)s` as often as they stand there, and any `%` that is not one."""
    return {found[0] for found in _PERCENT.finditer(text) if found[0] != "%%"}


def _all(words: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())
