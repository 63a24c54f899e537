"""Articles that a program pushes: what it may send, and the source that has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from digest.errors import InvalidPush, SourceError
from digest.model import Article, SourceState
from digest.sources import shape
from digest.sources.apart import Apart
from digest.sources.fetched import Fetched
from digest.sources.known import Known, instant, language_tag, lead_image, line, web_address

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.settings import Source as Table

LONGEST_KEY = 200
"""Characters."""
LONGEST_LINE = 1_000
"""Characters of a headline, a name or an address."""
_HEAD = 2_000
"""Characters in which HTML that is a whole page says so."""
_BODIES = ("text", "markdown", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One article as it was pushed."""

    article: Article
    key: str | None
    """The sender's own name for this push; None when the article itself names it."""
    sha256: str
    """Of everything that was sent, whatever the order of its fields."""


class PushSource:
    """The articles that were pushed under one token, newest first."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fetch(self, state: SourceState) -> Fetched:
        """Those of the state, which is where they were put when they came."""
        return Fetched(articles=state.articles, problems=())


def opened(name: str, table: Table, settings: Settings) -> PushSource:
    """The push source of a table of config.toml."""
    return PushSource(name)


def read_push(body: bytes, *, source: str, key: str | None = None) -> Push:
    """The article in a request's JSON; `key` is what its Idempotency-Key header says.

    Raises InvalidPush, which names every field that is wrong.
    """
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidPush({"": "expected a JSON object in UTF-8"}) from None
    if not isinstance(sent, dict):
        raise InvalidPush({"": "expected a JSON object"})
    wrong = {field: f"unknown field; expected one of {', '.join(_FIELDS)}" for field in sent.keys() - _FIELDS.keys()}
    known: dict[str, Any] = {}
    for field, (read, expected) in _FIELDS.items():
        value = sent.get(field)
        if value is None:
            continue
        try:
            known[field] = read(value)
        except (ValueError, TypeError):
            wrong[field] = f"expected {expected}"
    given = [field for field in _BODIES if field in sent and sent[field] is not None]
    if len(given) != 1:
        wrong[given[1] if given else "text"] = "expected exactly one of text, markdown and html"
    _described(known, wrong)
    stated = known.pop("key", None)
    if key is not None:
        try:
            if stated not in (None, _key(key)):
                wrong["key"] = "expected the same key as in the Idempotency-Key header"
        except ValueError:
            wrong["Idempotency-Key"] = f"expected {_FIELDS['key'][1]}"
    if wrong:
        raise InvalidPush(wrong)
    words = known.pop(given[0])
    ref = known.get("url") or key or stated or known.get("headline") or "a pushed article"
    try:
        with Apart() as apart:
            article = apart(_article, given[0], words, known, ref=ref, source=source)
    except SourceError as error:
        raise InvalidPush({given[0]: str(error)}) from None
    sent.pop("key", None)
    digest = hashlib.sha256(msgspec.json.encode(sent, order="sorted")).hexdigest()
    return Push(article=article, key=key or stated, sha256=digest)


def _described(known: dict[str, Any], wrong: dict[str, str]) -> None:
    """Put what was said about the image into it."""
    alt = known.pop("image_alt", "")
    if alt and "image" in known:
        known["image"] = lead_image(known["image"].url, alt=alt)
    elif alt and "image" not in wrong:
        wrong["image"] = "expected the address of the image that image_alt is about"


def _article(field: str, words: str, known: Mapping[str, Any], *, ref: str, source: str) -> Article:
    if field == "html":
        # Loads the article extractor.
        from digest.sources.html import article_from_fragment, article_from_html

        read = article_from_html if "<html" in words[:_HEAD].lower() else article_from_fragment
        return read(words, ref=ref, source=source, sure=known)
    lines = words.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if field == "markdown":
        from digest.sources import markdown

        body, said = markdown.plain(lines, Known(**known))
        return shape.article(body, said, ref=ref, source=source)
    return shape.article(lines, Known(**known), ref=ref, source=source)


def _string(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("no text")
    return value


def _line(value: object) -> str:
    text = " ".join(_string(value).split())
    if len(text) > LONGEST_LINE:
        raise ValueError("too long")
    return line(text)


def _key(value: object) -> str:
    text = _string(value)
    if len(text) > LONGEST_KEY or not text.isascii() or not text.isprintable():
        raise ValueError("not a key")
    return text


def _zoned(value: object) -> datetime:
    """A time that says its zone; what a program pushes is never guessed. Raises ValueError."""
    text = _line(value)
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("no zone")
    return instant(text)


_FIELDS: dict[str, tuple[Callable[[object], object], str]] = {
    "key": (_key, f"at most {LONGEST_KEY} printable ASCII characters"),
    "text": (_string, "the article as plain text"),
    "markdown": (_string, "the article as Markdown"),
    "html": (_string, "the article as HTML"),
    "headline": (_line, "one line of text"),
    "dek": (_line, "one line of text"),
    "byline": (_line, "one line of text"),
    "published_at": (_zoned, "a time with its zone, such as 2026-11-23T07:00:00+01:00"),
    "url": (lambda value: web_address(_line(value)), "an address that begins with https://"),
    "publisher": (_line, "one line of text"),
    "topic": (_line, "one line of text"),
    "image": (lambda value: lead_image(_line(value)), "an address that begins with https://"),
    "image_alt": (_line, "one line of text"),
    "language": (lambda value: language_tag(_line(value)), "a language tag such as en or pt-BR"),
}
"""Every field of a push: how it is read, and what was expected."""
