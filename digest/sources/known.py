"""What a source knows about an article beside its text, and how each value of it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from digest.model import Image

_UNSOUND = re.compile("[\\x00-\\x1f\\x7f-\\x9f\ud800-\udfff]")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_ADDRESS = re.compile(r"https?://(?!/)[^\s\x00-\x1f\x7f\ud800-\udfff]+", re.IGNORECASE)
_PATH = re.compile(r"[^/\\\x00-\x1f\x7f][^\\\x00-\x1f\x7f]{0,254}\.(?:avif|gif|jpe?g|png|webp)", re.IGNORECASE)
"""Of a picture beside an article; one that begins with a slash is a path of another system."""
_LONGEST = 2_000
"""Characters of an image's address, or of the words about it."""
_FILE_NAME = re.compile(r".*\.(?:avif|bmp|gif|heic|jpe?g|png|svg|tiff?|webp)|\S*(?:\d{3}|_)\S*", re.IGNORECASE)
"""A name with the ending of an image, or one word as cameras and publishing programs number their files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a source says about an article beside its text; the fields are those of `Article`."""

    headline: str | None = None
    dek: str | None = None
    caption: str | None = None
    byline: str | None = None
    published_at: datetime | None = None
    url: str | None = None
    publisher: str | None = None
    topic: str | None = None
    image: Image | None = None
    language: str = "en"


def line(raw: str) -> str:
    """Text in one line that can be stored and sent. Raises ValueError."""
    if _UNSOUND.search(raw):
        raise ValueError("control characters or half characters")
    return raw


def instant(raw: str) -> datetime:
    """An ISO 8601 date or time in UTC; a date is its midnight, and a time without a zone is UTC. Raises ValueError."""
    at = datetime.fromisoformat(raw)
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{raw} is out of range") from None


def language_tag(raw: str) -> str:
    """A BCP 47 tag; `en_GB` is `en-GB`. Raises ValueError."""
    tag = raw.replace("_", "-")
    if not _TAG.fullmatch(tag):
        raise ValueError(f"{raw} is not a language tag")
    return tag


def web_address(raw: str) -> str:
    """An absolute http or https address. Raises ValueError."""
    if not _ADDRESS.fullmatch(raw):
        raise ValueError(f"{raw} is not a web address")
    return raw


def lead_image(url: str, *, alt: str = "", credit: str = "", local: bool = False) -> Image:
    """The image at an absolute http or https address, or with `local` at a `file:` one too.

    Raises ValueError for any other. Words that cannot be used are left out: those that only repeat the
    name of the file, too. Whether a file is there, and lies in the folder of its article, is looked at
    when it is read.
    """
    address = url if local and url.startswith("file:///") else web_address(url)
    if len(address) > _LONGEST:
        raise ValueError(f"the address of an image has more than {_LONGEST} characters")
    alt = said_of_image(_words(alt))
    stem = unquote(urlsplit(address).path).rpartition("/")[2].rpartition(".")[0]
    if alt.casefold() == stem.casefold():
        alt = ""
    return Image(url=address, alt=alt, credit=_words(credit) or None)


def said_of_image(words: str) -> str:
    """The words, or nothing where they are no words or the name of a file, which tell nobody what an image shows."""
    return words if any(map(str.isalnum, words)) and not _FILE_NAME.fullmatch(words) else ""


def image_beside(folder: Path, path: str, *, alt: str = "") -> Image:
    """The image at a web address, or at a path that starts at `folder`. Raises ValueError for any other."""
    beside = ":" not in path and _PATH.fullmatch(path)
    return lead_image((folder.absolute() / path).as_uri() if beside else path, alt=alt, local=True)


def _words(text: str) -> str:
    words = " ".join(text.split())
    return "" if len(words) > _LONGEST or _UNSOUND.search(words) else words
