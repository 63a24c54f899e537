"""What our e-mails say of themselves, in the reader's language: English is in the templates, the rest in catalogs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from digest.message import SentTo
from digest.rendering.catalog import Catalog, read
from digest.rendering.language import number


class Words:
    """The words of one language; a message that no catalog has is said in English."""

    def __init__(self, language: str, catalogs: Sequence[Catalog] = ()) -> None:
        """`language`: BCP 47 tag of what is spoken. The first catalog that has a message wins."""
        self.language = language
        self.catalogs = tuple(catalogs)

    def pattern(self, message: str) -> str:
        """The words for the English ones, their placeholders not filled."""
        for catalog in self.catalogs:
            if message in catalog.messages:
                return catalog.messages[message][0]
        return message

    def plural_pattern(self, one: str, many: str, num: int) -> str:
        """The form of the words for this count, their placeholders not filled."""
        for catalog in self.catalogs:
            if one in catalog.messages:
                forms = catalog.messages[one]
                return forms[catalog.plural(num)] if len(forms) > 1 else forms[0]
        return one if num == 1 else many

    def number(self, value: int) -> str:
        """A number as the language writes it."""
        return number(value, self.language)

    def gettext(self, message: str, /, **values: object) -> str:
        """The message in plain text, its placeholders filled."""
        return self.pattern(message) % values

    def ngettext(self, one: str, many: str, num: int, /, **values: object) -> str:
        """The message for a count, which stands at `%(num)s`."""
        return self.plural_pattern(one, many, num) % {"num": self.number(num), **values}

    def sent_to(self) -> SentTo:
        """The sentence about whom a message was sent to; its slot is filled for each reader."""
        return SentTo(
            self.pattern("It was sent to %(address)s, a subscriber."),
            self.pattern("It was sent to %(address)s, a subscriber since %(date)s."),
            self.language,
        )


ENGLISH = Words("en")


def words_of(language: str, folders: Sequence[Path]) -> Words:
    """The words in a language, from the catalogs in these folders; `language` of the result tells what is spoken.

    A catalog in an earlier folder wins message by message; `de-AT` looks into de-AT.po, then de.po. Without any
    catalog the words are English. Files are read anew when they change.

    Raises RenderError for a catalog that breaks a rule.
    """
    found = []
    for folder in folders:
        subtags = language.split("-")
        while subtags:
            path = folder / f"{'-'.join(subtags)}.po"
            if path.is_file():
                found.append((path, path.stat().st_mtime_ns))
            subtags.pop()
    spoken = language if found or language.split("-")[0].lower() == "en" else "en"
    return _words(spoken, tuple(found))


@lru_cache(maxsize=64)
def _words(language: str, files: tuple[tuple[Path, int], ...]) -> Words:
    return Words(language, [_read(path, changed) for path, changed in files])


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Catalog:
    return read(path)
