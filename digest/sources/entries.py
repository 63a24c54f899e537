"""The entries of a feed, whichever format it is written in: RSS, Atom or JSON Feed."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import msgspec

from digest.errors import SourceError
from digest.sources.known import instant, language_tag, lead_image, line, web_address

_TAG = re.compile(r"<[^<>]*>")
_ABOUT_MEDIA = re.compile(r"<(/?)media:description\b[^<>]*?(/?)>", re.IGNORECASE)
_IMAGE_FILE = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)(?:$|[?#])", re.IGNORECASE)
_DIGITS = 6
"""Of the width of an image; more are no width."""
_END = re.compile(r"</(?:rss|feed|rdf:RDF)\s*>", re.IGNORECASE)
_TAIL = 2_000
"""Characters at the end of a feed in which it is closed; publishers' programs write comments behind it."""
_JSON = "https://jsonfeed.org/version/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed says about one article."""

    ref: str
    """Its address, else its id, else its headline."""
    link: str | None
    """Where readers find it."""
    sure: Mapping[str, Any]
    """Fields of `Known`."""
    content: str
    """HTML that the feed calls the article itself; empty without."""
    summary: str
    """HTML that it calls the description or summary, though many feeds put the article there."""
    plain: str = ""
    """The article as text without markup, which only JSON Feed has."""


def read_entries(text: str, *, url: str, most: int) -> tuple[list[Entry], str | None]:
    """Up to `most` entries in the feed's order, and what is wrong with it if it could be read all the same.

    Relative links start at `url`. Raises SourceError for what is no feed, or one that is cut off.
    """
    if text.lstrip().startswith("{"):
        return _json_feed(text, url, most)
    return _xml_feed(text, url, most)


def words_of(markup: str) -> str:
    """The text of a piece of HTML in one line."""
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _xml_feed(text: str, url: str, most: int) -> tuple[list[Entry], str | None]:
    # Heavy, and most installations have folders only.
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # feedparser takes what is said about an image for what is said about the entry, even for its text.
    text = _ABOUT_MEDIA.sub(r"<\1media:about\2>", text)
    # A stream, never text: feedparser would take an address or a path for something to open.
    data = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        feed = feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # feedparser lets through what its parsers raise for hostile input
        raise SourceError(f"{url} is not a feed that can be read ({type(error).__name__})") from None
    if not feed.get("version"):
        raise SourceError(f'{url} is not a feed; expected RSS, Atom or JSON Feed (for a web page, kind = "page")')
    reason = feed.get("bozo_exception") if feed.bozo else None
    broken = f"it is not well-formed XML ({reason}); tell its publisher" if hasattr(reason, "getLineNumber") else None
    if broken and not _END.search(text, max(0, len(text) - _TAIL)):
        raise SourceError(f"{url} is cut off: {broken}")
    shared = _kept(
        language=(language_tag, feed.feed.get("language")), publisher=(line, words_of(_text(feed.feed, "title")))
    )
    return [_xml_entry(entry, shared) for entry in feed.entries[:most]], broken


def _xml_entry(entry: Any, shared: Mapping[str, Any]) -> Entry:
    link = _address(_text(entry, "feedburner_origlink") or _text(entry, "link"))
    headline = words_of(_text(entry, "title"))
    own = _kept(
        headline=(line, headline),
        byline=(line, _people(person.get("name") for person in entry.get("authors", ()))),
        published_at=(_utc, _time(entry)),
        topic=(line, next((tag.get("label") or tag.get("term") for tag in entry.get("tags", ())), None)),
        url=(web_address, link),
        image=(lambda image: lead_image(**image), _media(entry)),
    )
    contents = [_text(content, "value") for content in entry.get("content", ())]
    return Entry(
        ref=link or _text(entry, "id") or headline or "an entry without title",
        link=link,
        sure={**shared, **own},
        content=max(contents, key=len, default=""),
        summary=_text(entry, "summary"),
    )


class _Person(msgspec.Struct):
    name: str = ""


class _Item(msgspec.Struct):
    """https://www.jsonfeed.org/version/1.1/, "Items"."""

    id: str | int = ""
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    image: Any = None
    """An address; anything else is passed over, for no item is refused for its image."""
    author: _Person | None = None
    authors: list[_Person] = []
    tags: list[str] = []
    language: str | None = None


class _JsonFeed(msgspec.Struct):
    version: str
    items: list[msgspec.Raw]
    title: str = ""
    language: str | None = None
    author: _Person | None = None
    authors: list[_Person] = []


def _json_feed(text: str, url: str, most: int) -> tuple[list[Entry], str | None]:
    try:
        feed = msgspec.json.decode(text.encode("utf-8", "replace"), type=_JsonFeed)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(f"{url} is not a JSON Feed that can be read: {error}") from None
    if not feed.version.startswith(_JSON):
        raise SourceError(f"{url} is not a JSON Feed; expected a version that begins with {_JSON}")
    entries: list[Entry] = []
    fault = None
    for number, item in enumerate(feed.items[:most], start=1):
        try:
            entries.append(_json_entry(msgspec.json.decode(item, type=_Item), feed, url))
        except (msgspec.DecodeError, RecursionError) as error:
            fault = fault or f"its item {number} cannot be read ({error}); tell its publisher"
    return entries, fault


def _json_entry(item: _Item, feed: _JsonFeed, url: str) -> Entry:
    people = item.authors or [item.author or _Person()]
    if not any(person.name for person in people):
        people = feed.authors or [feed.author or _Person()]
    stated = item.url or item.external_url
    try:
        link = _address(urljoin(url, stated)) if stated else None
    except ValueError:
        link = None
    sure = _kept(
        headline=(line, _joined(item.title)),
        byline=(line, _people(person.name for person in people)),
        published_at=(instant, item.date_published or item.date_modified),
        topic=(line, _joined(next(iter(item.tags), None))),
        url=(web_address, link),
        publisher=(line, _joined(feed.title)),
        image=(lambda image: lead_image(urljoin(url, image)), isinstance(item.image, str) and item.image.strip()),
        language=(language_tag, item.language or feed.language),
    )
    return Entry(
        ref=link or str(item.id) or _joined(item.title) or "an item without title",
        link=link,
        sure=sure,
        content=item.content_html or "",
        summary=html.escape(item.summary or ""),
        plain="" if item.content_html else (item.content_text or "").replace("\r\n", "\n").replace("\r", "\n"),
    )


def _kept(**fields: tuple[Callable[[Any], Any], Any]) -> dict[str, Any]:
    """The fields whose value is there and can be read; a feed is never refused for its metadata."""
    found = {}
    for field, (read, value) in fields.items():
        if value:
            try:
                found[field] = read(value)
            except (ValueError, TypeError, OverflowError):
                continue
    return found


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _joined(text: str | None) -> str:
    return " ".join((text or "").split())


def _address(text: str) -> str | None:
    try:
        return web_address(text.strip()) if text else None
    except ValueError:
        return None


def _media(entry: Mapping[str, Any]) -> dict[str, str]:
    """The widest image of the entry's media (https://www.rssboard.org/media-rss), else the one enclosed with it.

    What the feed says about its media is said of the image when there is only one.
    """
    images = [media for media in _tables(entry, "media_content") if _is_image(media, "url")]
    if images:
        alt = words_of(_text(entry, "media_about")) if len(images) == 1 else ""
        makers = {_text(credit, "content") for credit in _tables(entry, "media_credit")}
        return {
            "url": _text(max(images, key=_width), "url"),
            "alt": alt,
            "credit": makers.pop() if len(makers) == 1 else "",
        }
    enclosed = (link for link in _tables(entry, "links") if link.get("rel") == "enclosure")
    return next(({"url": _text(link, "href")} for link in enclosed if _is_image(link, "href")), {})


def _is_image(media: Mapping[str, Any], address: str) -> bool:
    kind = _text(media, "type") or _text(media, "medium")
    return kind.startswith("image") or (not kind and _IMAGE_FILE.search(_text(media, address)) is not None)


def _width(media: Mapping[str, Any]) -> int:
    width = _text(media, "width")
    return int(width) if width.isdecimal() and len(width) <= _DIGITS else 0


def _tables(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The elements of that name; a feed can make feedparser put other things there."""
    found = values.get(key)
    return [value for value in found if isinstance(value, Mapping)] if isinstance(found, list) else []


def _people(names: Iterable[str | None]) -> str:
    return ", ".join(dict.fromkeys(_joined(name) for name in names if name and name.strip()))


def _time(entry: dict[str, Any]) -> Any:
    # Not the method of feedparser's own dictionary, which warns that it takes one time for the other.
    return dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")


def _utc(parsed: tuple[int, ...]) -> datetime:
    """feedparser's time, which is UTC, as one that is aware. Raises ValueError."""
    return datetime(*parsed[:6], tzinfo=UTC)  # type: ignore[arg-type,misc]
