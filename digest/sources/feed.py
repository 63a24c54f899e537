"""A feed: RSS, Atom or JSON Feed, with the full text of its articles from the entry or from its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from digest.errors import SourceError
from digest.model import Article, SourceState
from digest.sources import shape
from digest.sources.apart import Apart
from digest.sources.encoding import decode
from digest.sources.entries import Entry, read_entries, words_of
from digest.sources.fetched import Fetched, Problem, standing_in
from digest.sources.known import Known

if TYPE_CHECKING:
    from digest.settings import Settings
    from digest.settings import Source as Table
    from digest.sources.page import Pages

ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
MOST = 40
"""Entries that are read, from the top; an edition has at most 60 stories from all its sources."""
WHOLE = 100
"""Words from which on a description is taken to be the article; teasers are shorter."""
_CUT = re.compile(
    r"(?:…|\.\.\.)\W*$|"
    r"(?:read (?:more|on|the rest)|continue reading|weiterlesen|leer más|lire la suite)\b.{0,60}$",
    re.IGNORECASE,
)
"""How a teaser ends."""
_LONGEST_DEK = 300


class FeedSource:
    """The articles of one feed, newest first as feeds have them.

    A feed that cannot be read, or that did not change, keeps the articles that it had.
    """

    def __init__(self, name: str, url: str, *, allow_private: bool = False) -> None:
        """With `allow_private` the feed's own host and port may be on this machine or network."""
        self.name = name
        self.url = url
        self.allow_private = allow_private

    def fetch(self, state: SourceState) -> Fetched:
        """Each entry that has a text, or whose page has one, as an article; the others as problems."""
        # Loads the HTTP client, which folders can do without.
        from digest.fetching import Fetcher

        if state.url != self.url:
            state = SourceState(url=self.url)
        with Fetcher(near=self.url if self.allow_private else None) as fetcher, Apart() as apart:
            try:
                answer = fetcher.get(self.url, accept=ACCEPT, etag=state.etag, last_modified=state.last_modified)
                if answer.status == HTTPStatus.NOT_MODIFIED:
                    return Fetched(articles=state.articles, problems=(), state=replace(state, error=""))
                text = decode(answer.body, markup=True, declared=answer.charset)
                entries, fault = apart(read_entries, text, url=answer.url, most=MOST)
            except SourceError as error:
                return standing_in(state, self.url, error)
            # Loads the article extractor, which a feed that did not change can do without.
            from digest.sources.page import Pages

            before = {article.ref: article for article in state.articles}
            pages = Pages(self.name, state, fetcher, apart)
            articles, problems = self._read(entries, apart, pages, before)
        if fault:
            problems.insert(0, Problem(ref=self.url, message=f"{fault}; the rest was read all the same"))
        # What could not be read is looked at again, even if the feed itself stays as it is.
        state = SourceState(url=self.url, articles=tuple(articles), pages=pages.validators(articles))
        if not problems:
            state = replace(state, etag=answer.etag, last_modified=answer.last_modified)
        return Fetched(articles=state.articles, problems=tuple(problems), state=state)

    def _read(
        self, entries: list[Entry], apart: Apart, pages: Pages, before: Mapping[str, Article]
    ) -> tuple[list[Article], list[Problem]]:
        articles: dict[str, Article] = {}
        problems: list[Problem] = []
        for entry in entries:
            try:
                article = self._article(entry, apart, pages)
            except SourceError as error:
                problems.append(Problem(ref=entry.ref, message=str(error)))
                if entry.ref not in before:
                    continue
                article = before[entry.ref]
            articles.setdefault(entry.ref, article)
        return list(articles.values()), problems

    def _article(self, entry: Entry, apart: Apart, pages: Pages) -> Article:
        """The entry's own text if it is the whole article, else that of its page. Raises SourceError."""
        from digest.sources.html import article_from_fragment

        if entry.plain:
            return shape.article(entry.plain.strip(), Known(**_with_dek(entry)), ref=entry.ref, source=self.name)
        for markup, least in ((entry.content, 1), (entry.summary, WHOLE)):
            words = words_of(markup)
            if len(words.split()) >= least and not _CUT.search(words[-100:]):
                try:
                    return apart(
                        article_from_fragment,
                        markup,
                        ref=entry.ref,
                        source=self.name,
                        sure=_with_dek(entry),
                        base=entry.link or self.url,
                    )
                except SourceError:
                    continue
        if entry.link is None:
            raise SourceError("the entry has neither the text of an article nor a link to one; tell its publisher")
        try:
            # The page's own address is its canonical one, and its own image is large.
            sure = {field: value for field, value in entry.sure.items() if field not in ("url", "image")}
            article = pages.article(entry.link, sure=sure)
            return article if article.image else replace(article, image=entry.sure.get("image"))
        except SourceError as error:
            raise SourceError(f"the entry has only a summary, and its page cannot be read: {error}") from None


def opened(name: str, table: Table, settings: Settings) -> FeedSource:
    """The feed of a table of config.toml."""
    return FeedSource(name, table.url or "", allow_private=table.allow_private)


def _with_dek(entry: Entry) -> dict[str, Any]:
    """What is sure of an entry whose own text is used: its summary, too, if that is a sentence of its own."""
    summary = words_of(entry.summary)
    own = summary and len(summary) <= _LONGEST_DEK and not _CUT.search(summary)
    if not own or summary in (words_of(entry.content) or " ".join(entry.plain.split())):
        return dict(entry.sure)
    return {**entry.sure, "dek": summary}
