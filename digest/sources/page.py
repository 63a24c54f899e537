"""A web page: one article, or a list of links to articles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import lxml.html
from lxml.etree import LxmlError
from lxml.html import HtmlElement

from digest.errors import SourceError
from digest.model import Article, SourceState, Validators
from digest.sources.apart import Apart
from digest.sources.encoding import decode
from digest.sources.fetched import Fetched, Problem, standing_in
from digest.sources.html import article_from_html
from digest.sources.metadata import words

if TYPE_CHECKING:
    from digest.fetching import Answer, Fetcher
    from digest.settings import Settings
    from digest.settings import Source as Table

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
MOST = 20
"""Links of a list that are followed, from the top."""
_LEAST_WORDS = 3
"""Of a link's text; shorter ones are sections, tags and buttons."""
_AROUND = frozenset({"article", "li", "h1", "h2", "h3", "h4"})
"""What an article's link stands in, or holds."""
_BESIDE = frozenset({"nav", "header", "footer", "aside", "form"})
_HTML = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml"})


class PageSource:
    """The article at one address, or with `listed` those that the page there links to on its own host."""

    def __init__(self, name: str, url: str, *, listed: bool = False, allow_private: bool = False) -> None:
        """With `allow_private` the page's own host and port may be on this machine or network."""
        self.name = name
        self.url = url
        self.listed = listed
        self.allow_private = allow_private

    def fetch(self, state: SourceState) -> Fetched:
        """The articles that can be read now; what cannot be read keeps the article that it had, and is a problem."""
        # Loads the HTTP client, which folders can do without.
        from digest.fetching import Fetcher

        if state.url != self.url:
            state = SourceState(url=self.url)
        before = {article.ref: article for article in state.articles}
        articles: list[Article] = []
        problems: list[Problem] = []
        with Fetcher(near=self.url if self.allow_private else None) as fetcher, Apart() as apart:
            pages = Pages(self.name, state, fetcher, apart)
            try:
                if not self.listed:
                    articles = [pages.article(self.url)]
                    state = SourceState(url=self.url, articles=tuple(articles), pages=pages.validators(articles))
                    return Fetched(articles=state.articles, problems=(), state=state)
                answer = fetcher.get(self.url, accept=ACCEPT, etag=state.etag, last_modified=state.last_modified)
                links = list(before) if answer.status == HTTPStatus.NOT_MODIFIED else self._links(answer, apart)
            except SourceError as error:
                return standing_in(state, self.url, error)
            for link in links:
                try:
                    articles.append(pages.article(link))
                except SourceError as error:
                    problems.append(Problem(ref=link, message=str(error)))
                    articles.extend([before[link]] if link in before else [])
        found = SourceState(url=self.url, articles=tuple(articles), pages=pages.validators(articles))
        # A list that stayed as it is stands for its links only if all of them were read.
        if not problems:
            told = state if answer.status == HTTPStatus.NOT_MODIFIED else answer
            found = replace(found, etag=told.etag, last_modified=told.last_modified)
        return Fetched(articles=found.articles, problems=tuple(problems), state=found)

    def _links(self, answer: Answer, apart: Apart) -> list[str]:
        links = apart(article_links, _markup(answer), url=answer.url)
        if not links:
            raise SourceError(f"{self.url} links to no article of its own host; for one article set list = false")
        return links


def opened(name: str, table: Table, settings: Settings) -> PageSource:
    """The page of a table of config.toml."""
    return PageSource(name, table.url or "", listed=table.list, allow_private=table.allow_private)


class Pages:
    """Reads the pages of one look; a page that did not change since the look before keeps its article."""

    def __init__(self, source: str, before: SourceState, fetcher: Fetcher, apart: Apart) -> None:
        self._source = source
        self._before = {article.ref: article for article in before.articles}
        self._validators = dict(before.pages)
        self._fetcher = fetcher
        self._apart = apart

    def article(self, url: str, *, sure: Mapping[str, Any] | None = None) -> Article:
        """The article of the page at `url`; `sure` is what the source knows better. Raises SourceError."""
        before = self._before.get(url)
        if before and any(getattr(before, field) != value for field, value in (sure or {}).items()):
            before = None
        etag, last_modified = self._validators.get(url, Validators()) if before else Validators()
        answer = self._fetcher.get(url, accept=ACCEPT, etag=etag, last_modified=last_modified)
        if before and answer.status == HTTPStatus.NOT_MODIFIED:
            return before
        article = self._apart(
            article_from_html, _markup(answer), ref=url, source=self._source, sure=sure, base=answer.url
        )
        self._validators[url] = Validators(answer.etag, answer.last_modified)
        return article if article.url else replace(article, url=answer.url)

    def validators(self, articles: Iterable[Article]) -> dict[str, Validators]:
        """What to ask with the next time, for the pages of these articles."""
        found = {article.ref: self._validators.get(article.ref, Validators()) for article in articles}
        return {ref: validators for ref, validators in found.items() if any(validators)}


def article_links(markup: str, *, url: str) -> list[str]:
    """Where the page at `url` leads on its own host by links that look like headlines, in their order."""
    try:
        tree = lxml.html.document_fromstring(markup)
        tree.make_links_absolute(url, resolve_base_href=False, handle_failures="discard")
    except (LxmlError, ValueError):
        raise SourceError(f"{url} is not a web page that can be read; check the address") from None
    host = urlsplit(url).netloc
    links = dict.fromkeys(link for link in _headlines(tree) if urlsplit(link).netloc == host)
    return [link for link in links if link.rstrip("/") != url.rstrip("/")][:MOST]


def _markup(answer: Answer) -> str:
    if answer.media_type not in _HTML:
        raise SourceError(f"{answer.url} is {answer.media_type}, not a web page; check the address")
    return decode(answer.body, markup=True, declared=answer.charset)


def _headlines(tree: HtmlElement) -> Iterator[str]:
    for link in next(tree.iter("main"), tree).iter("a"):
        around = {found.tag for found in link.iterancestors()}
        within = {found.tag for found in link.iter()}
        if around & _BESIDE or not (around | within) & _AROUND or len(words(link).split()) < _LEAST_WORDS:
            continue
        address = link.get("href", "").partition("#")[0]
        if address.startswith(("http://", "https://")):
            yield address
