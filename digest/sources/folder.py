"""A folder of articles, and the reading of one file of any kind that it may hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Article, SourceState
from digest.sources import frontmatter, markdown, shape
from digest.sources.encoding import decode
from digest.sources.fetched import Fetched, Problem

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.settings import Source as Table

LARGEST = 5_000_000
"""Bytes of the largest file that is read; the longest news articles have 200,000."""

_TEXT = frozenset({".txt"})
_MARKDOWN = frozenset({".md", ".markdown"})
_PAGE = frozenset({".html", ".htm"})


class FolderSource:
    """The text, Markdown and HTML files that stand directly in one folder.

    Hidden files, other suffixes and folders inside it are ignored.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path

    def fetch(self, state: SourceState | None = None) -> Fetched:
        """Each readable file as an article, in the order of the file names; the others as problems.

        `state` is not needed. Raises SourceError when there is no such folder.
        """
        articles: list[Article] = []
        problems: list[Problem] = []
        for path in self.paths():
            try:
                articles.append(self.read(path))
            except SourceError as error:
                problems.append(Problem(ref=_shown(path), message=str(error)))
        return Fetched(articles=tuple(articles), problems=tuple(problems))

    def paths(self) -> list[Path]:
        """The files of a kind that is read, in the order of their names. Raises SourceError when there is no folder."""
        try:
            return sorted(entry for entry in self.path.iterdir() if _is_ours(entry))
        except OSError as error:
            raise SourceError(f"the folder {self.path} cannot be read ({error.strerror}); check its path") from None

    def read(self, path: Path) -> Article:
        """The article in one of its files. Raises SourceError, also for a link that leads out of the folder."""
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise SourceError("this link leads out of the folder; put the file itself here")
        if _shown(path) != str(path):
            raise SourceError("the file's name is not UTF-8; rename the file")
        return _read(path, self.name)


def opened(name: str, table: Table, settings: Settings) -> FolderSource:
    """The folder of a table of config.toml; a relative path starts beside it."""
    return FolderSource(name, settings.resolve(table.path or Path()))


def read_article(path: Path, *, source: str) -> Article:
    """The article in a file; its suffix says how it is written. Raises SourceError, which names the file."""
    try:
        return _read(path, source)
    except SourceError as error:
        raise SourceError(f"{_shown(path)}: {error}") from None


def article_from_text(text: str, *, ref: str, source: str, folder: Path | None = None) -> Article:
    """The article in a plain text, with or without front matter on top.

    Without, the text is taken as it is, but for LF line endings and no byte order mark. `folder` is
    where the path of its image starts, if it came from a file.
    Raises SourceError.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    known, body = frontmatter.split(lines, folder=folder)
    return shape.article(body, known, ref=ref, source=source)


def _is_ours(path: Path) -> bool:
    kind = path.suffix.lower()
    return kind in _TEXT | _MARKDOWN | _PAGE and not path.name.startswith(".") and not path.is_dir()


def _shown(path: Path) -> str:
    """The path as text that every file, page and database takes: bytes that are not UTF-8 stand as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _read(path: Path, source: str) -> Article:
    kind = path.suffix.lower()
    data = _bytes(path)
    ref = _shown(path)
    if kind in _PAGE:
        # Loads the article extractor, which folders without pages can do without.
        from digest.sources.html import article_from_html

        base = f"{path.parent.absolute().as_uri()}/"
        return article_from_html(decode(data, markup=True), ref=ref, source=source, base=base)
    text = decode(data)
    if kind in _MARKDOWN:
        known, body = frontmatter.split(text, folder=path.parent)
        body, known = markdown.plain(body, known)
        return shape.article(body, known, ref=ref, source=source)
    return article_from_text(text, ref=ref, source=source, folder=path.parent)


def _bytes(path: Path) -> bytes:
    try:
        # A pipe or a device would block or never end.
        if not path.is_file():
            raise SourceError("there is no such file; check the path")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise SourceError(f"the file cannot be read ({error.strerror}); check its permissions") from None
    if len(data) > LARGEST:
        raise SourceError(f"the file has more than {LARGEST:,} bytes; an article has far fewer")
    if not data.strip():
        raise SourceError("the file is empty; write the article, or remove the file")
    return data
