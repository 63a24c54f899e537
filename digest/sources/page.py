"""A web page: one article, or a list of links to articles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import lxml.html
from lxml.etree import LxmlError
from lxml.html import HtmlElement

from digest.errors import SourceError
from digest.model import Article, SourceState
from digest.sources.encoding import decode
from digest.sources.fetched import Fetched, Problem, standing_in
from digest.sources.html import article_from_html
from digest.sources.metadata import words

if TYPE_CHECKING:
    from digest.fetching import Answer, Fetcher

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
        with Fetcher(near=self.url if self.allow_private else None) as fetcher:
            try:
                if not self.listed:
                    return self._one(fetcher, state)
                links = self._links(fetcher)
            except SourceError as error:
                return standing_in(state, self.url, error)
            for link in links:
                try:
                    articles.append(article_at(link, fetcher, source=self.name))
                except SourceError as error:
                    problems.append(Problem(ref=link, message=str(error)))
                    articles.extend([before[link]] if link in before else [])
        state = SourceState(url=self.url, articles=tuple(articles))
        return Fetched(articles=state.articles, problems=tuple(problems), state=state)

    def _one(self, fetcher: Fetcher, state: SourceState) -> Fetched:
        answer = fetcher.get(self.url, accept=ACCEPT, etag=state.etag, last_modified=state.last_modified)
        if answer.status == 304:
            return Fetched(articles=state.articles, problems=(), state=replace(state, error=""))
        articles = (_article(answer, ref=self.url, source=self.name),)
        state = SourceState(url=self.url, articles=articles, etag=answer.etag, last_modified=answer.last_modified)
        return Fetched(articles=articles, problems=(), state=state)

    def _links(self, fetcher: Fetcher) -> list[str]:
        answer = fetcher.get(self.url, accept=ACCEPT)
        try:
            tree = lxml.html.document_fromstring(_markup(answer))
            tree.make_links_absolute(answer.url, resolve_base_href=False, handle_failures="discard")
        except (LxmlError, ValueError):
            raise SourceError(f"{self.url} is not a web page that can be read; check the address") from None
        host = urlsplit(answer.url).netloc
        links = list(dict.fromkeys(link for link in _article_links(tree) if urlsplit(link).netloc == host))
        links = [link for link in links if link.rstrip("/") != answer.url.rstrip("/")]
        if not links:
            raise SourceError(f"{self.url} links to no article of its own host; for one article set list = false")
        return links[:MOST]


def article_at(url: str, fetcher: Fetcher, *, source: str, sure: Mapping[str, Any] | None = None) -> Article:
    """The article of the page at `url`; `sure` is what the source knows better. Raises SourceError."""
    return _article(fetcher.get(url, accept=ACCEPT), ref=url, source=source, sure=sure)


def _article(answer: Answer, *, ref: str, source: str, sure: Mapping[str, Any] | None = None) -> Article:
    article = article_from_html(_markup(answer), ref=ref, source=source, sure=sure, base=answer.url)
    return article if article.url else replace(article, url=answer.url)


def _markup(answer: Answer) -> str:
    if answer.media_type not in _HTML:
        raise SourceError(f"{answer.url} is {answer.media_type}, not a web page; check the address")
    return decode(answer.body, markup=True, declared=answer.charset)


def _article_links(tree: HtmlElement) -> Iterator[str]:
    """Where the links of the page's main part lead that look like headlines, in their order."""
    for link in next(tree.iter("main"), tree).iter("a"):
        around = {found.tag for found in link.iterancestors()}
        within = {found.tag for found in link.iter()}
        if around & _BESIDE or not (around | within) & _AROUND or len(words(link).split()) < _LEAST_WORDS:
            continue
        address = link.get("href", "").partition("#")[0]
        if address.startswith(("http://", "https://")):
            yield address
