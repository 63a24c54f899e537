"""Pages over real HTTP: one article, or those that a list links to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from publisher import PARAGRAPHS, Publisher, Reply, page

from digest.model import SourceState
from digest.sources.page import MOST, PageSource

EMPTY = SourceState()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as opened:
        yield opened


def listing(*links: str, before: str = "", after: str = "") -> Reply:
    """A section's page."""
    cards = "".join(f"<article><h2>{link}</h2><p>Teaser.</p></article>" for link in links)
    return Reply(f"<html><body>{before}<main>{cards}</main>{after}</body></html>".encode())


def test_one_page(publisher: Publisher) -> None:
    """Its article, with the canonical address of its markup, else the address where it was found."""
    source = PageSource("salt", f"{publisher.url}/salt", allow_private=True)
    publisher.replies["/salt"] = page("Salt works", head='<link rel="canonical" href="https://ledger.example/s">')
    (article,) = source.fetch(EMPTY).articles
    assert article.text == "\n\n".join(["Salt works", *PARAGRAPHS])
    assert (article.source, article.url) == ("salt", "https://ledger.example/s")
    publisher.replies["/salt"] = Reply(status=301, headers={"Location": "/moved"})
    publisher.replies["/moved"] = page("Salt works")
    assert source.fetch(EMPTY).articles[0].url == f"{publisher.url}/moved"


def test_a_page_that_changes_and_goes(publisher: Publisher) -> None:
    """304 brings the same article, a new text a new one; a page that is gone keeps its last with the reason."""
    source = PageSource("salt", f"{publisher.url}/salt", allow_private=True)
    publisher.replies["/salt"] = first = page("Salt works")
    first.headers["ETag"] = '"1"'
    state = source.fetch(EMPTY).state
    assert state
    again = source.fetch(state)
    assert (again.articles, again.problems) == (state.articles, ())
    assert publisher.asked[-1][1]["If-None-Match"] == '"1"'
    publisher.replies["/salt"] = page("Salt works reopen")
    assert source.fetch(state).articles[0].headline == "Salt works reopen"
    publisher.replies["/salt"] = Reply(status=410)
    gone = source.fetch(state)
    assert gone.articles == state.articles
    assert "is gone (410)" in gone.problems[0].message


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"%PDF", kind="application/pdf"), "is application/pdf, not a web page"),
        (Reply(b"<p>Please accept cookies.</p>"), "no article was found"),
        (Reply(b""), "cannot be read"),
        (Reply(b"\x00\x01"), "binary"),
    ],
)
def test_what_is_no_article(publisher: Publisher, reply: Reply, reason: str) -> None:
    """Each is a problem with the address."""
    publisher.replies["/salt"] = reply
    fetched = PageSource("salt", f"{publisher.url}/salt", allow_private=True).fetch(EMPTY)
    assert fetched.articles == ()
    assert reason in fetched.problems[0].message


@pytest.mark.parametrize(
    ("encoding", "kind", "head"),
    [
        ("cp1252", "text/html; charset=iso-8859-1", ""),
        ("cp1252", "text/html; charset=utf-8", '<meta charset="windows-1252">'),
        ("utf-8", "text/html; charset=iso-8859-1", '<meta charset="iso-8859-1">'),
        ("utf-16", "text/html", ""),
    ],
)
def test_charsets(publisher: Publisher, encoding: str, kind: str, head: str) -> None:
    """The marks of a quotation survive whatever the server and the page say wrongly about them."""
    publisher.replies["/salt"] = found = page("Salt works", head=head, encoding=encoding)
    found.kind = kind
    (article,) = PageSource("salt", f"{publisher.url}/salt", allow_private=True).fetch(EMPTY).articles
    assert article.text == "\n\n".join(["Salt works", *PARAGRAPHS])


def test_a_list(publisher: Publisher) -> None:
    """The headlines of the main part are followed in their order; menus, teasers' buttons and other hosts are not."""
    publisher.replies["/"] = listing(
        '<a href="/salt#top">The salt works reopen</a>',
        '<a href="wall">The wall is built</a>',
        '<a href="/salt">The salt works reopen again</a>',
        '<a href="https://elsewhere.example/x">Somebody else wrote this</a>',
        '<a href="/tag">Salt</a>',
        '<a href="javascript:alert(1)">Run this for me</a>',
        '<a href="/">All the news today</a>',
        before='<nav><li><a href="/about">All about our newspaper</a></li></nav>',
        after='<footer><li><a href="/imprint">Imprint and our address</a></li></footer>',
    )
    publisher.replies["/salt"] = page("Salt works")
    publisher.replies["/wall"] = page("Wall")
    fetched = PageSource("town", f"{publisher.url}/", listed=True, allow_private=True).fetch(EMPTY)
    assert [article.headline for article in fetched.articles] == ["Salt works", "Wall"]
    assert fetched.problems == ()
    assert publisher.paths() == ["/", "/salt", "/wall"]


def test_a_list_with_trouble(publisher: Publisher) -> None:
    """A page that cannot be read is a problem and keeps its article; a list without links says what it may be."""
    source = PageSource("town", f"{publisher.url}/", listed=True, allow_private=True)
    publisher.replies["/"] = listing('<a href="/salt">The salt works reopen</a>', '<a href="/w">The wall is built</a>')
    publisher.replies["/salt"] = page("Salt works")
    publisher.replies["/w"] = page("Wall")
    state = source.fetch(EMPTY).state
    assert state
    publisher.replies["/salt"] = Reply(status=500)
    fetched = source.fetch(state)
    assert fetched.articles == state.articles
    assert [problem.ref for problem in fetched.problems] == [f"{publisher.url}/salt"]
    publisher.replies["/"] = listing()
    fetched = source.fetch(state)
    assert fetched.articles == state.articles
    assert "for one article set list = false" in fetched.problems[0].message


def test_a_list_from_look_to_look(publisher: Publisher) -> None:
    """What did not change is asked after and not sent again: the list itself, and each of its pages."""
    source = PageSource("town", f"{publisher.url}/", listed=True, allow_private=True)
    publisher.replies["/"] = listing('<a href="/salt">The salt works reopen</a>', '<a href="/w">The wall is built</a>')
    publisher.replies["/salt"], publisher.replies["/w"] = page("Salt works"), page("Wall")
    for number, path in enumerate(("/", "/salt", "/w")):
        publisher.replies[path].headers["ETag"] = f'"{number}"'  # type: ignore[union-attr]

    def look(state: SourceState) -> tuple[SourceState, list[str]]:
        publisher.sent.clear()
        fetched = source.fetch(state)
        assert fetched.state
        return fetched.state, [f"{path} {status}" for path, status in publisher.sent]

    first, answers = look(EMPTY)
    assert answers == ["/ 200", "/salt 200", "/w 200"]
    second, answers = look(first)
    assert answers == ["/ 304", "/salt 304", "/w 304"]
    assert second == first
    publisher.replies["/w"] = page("Wall, corrected")
    third, answers = look(second)
    assert answers == ["/ 304", "/salt 304", "/w 200"]
    assert [article.headline for article in third.articles] == ["Salt works", "Wall, corrected"]
    publisher.replies["/w"] = Reply(status=500)
    fourth, answers = look(third)
    assert answers == ["/ 304", "/salt 304", "/w 500"]
    assert fourth.articles == third.articles
    publisher.replies["/w"] = page("Wall")
    fifth, answers = look(fourth)
    assert answers == ["/ 200", "/salt 304", "/w 200"], "a list with trouble is read again"
    publisher.replies["/"] = listing('<a href="/salt">The salt works reopen</a>')
    sixth, answers = look(fifth)
    assert answers == ["/ 200", "/salt 304"]
    assert (len(sixth.articles), list(sixth.pages)) == (1, [f"{publisher.url}/salt"]), "what is gone is forgotten"


def test_a_list_that_becomes_one_page(publisher: Publisher) -> None:
    """When config.toml says otherwise than before, what was remembered of the address does not stand for it."""
    url = f"{publisher.url}/"
    publisher.replies["/"] = front = page("Salt works", '<h2><a href="/w">The wall is built</a></h2>', *PARAGRAPHS)
    front.headers["ETag"] = '"1"'
    publisher.replies["/w"] = page("Wall")
    state = EMPTY
    for listed, headline in ((True, "Wall"), (False, "Salt works"), (True, "Wall")):
        fetched = PageSource("town", url, listed=listed, allow_private=True).fetch(state)
        assert [article.headline for article in fetched.articles] == [headline]
        assert fetched.state
        state = fetched.state


def test_a_list_is_capped(publisher: Publisher) -> None:
    """Only the first links are followed."""
    publisher.replies["/"] = listing(*(f'<a href="/{n}">Headline of article {n}</a>' for n in range(MOST + 5)))
    for n in range(MOST + 5):
        publisher.replies[f"/{n}"] = page(f"Number {n}")
    fetched = PageSource("town", f"{publisher.url}/", listed=True, allow_private=True).fetch(EMPTY)
    assert len(fetched.articles) == MOST
