"""The same story from several sources: by address, by words, and what is not the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publisher import PARAGRAPHS

from digest.editing.duplicates import canonical, first_seen
from digest.model import Article

TEXT = "\n\n".join(["Salt works reopen", *PARAGRAPHS])


def article(text: str, url: str | None = None) -> Article:
    return Article(text=text, source="wire", ref="x", url=url)


def prose(seed: int, words: int = 400) -> str:
    """Words in a random order, the same for each seed."""
    chooser = random.Random(seed)  # noqa: S311
    vocabulary = [f"word{number}" for number in range(500)]
    return " ".join(chooser.choice(vocabulary) for _ in range(words))


@pytest.mark.parametrize(
    "other",
    [
        "http://ledger.example/news/salt",
        "https://www.ledger.example/news/salt/",
        "https://LEDGER.example:443/news/salt#top",
        "https://ledger.example/news/salt?utm_source=rss&utm_medium=feed&fbclid=x&gclid=y&mc_cid=1",
        "https://m.ledger.example/news/s%61lt",
        "https://amp.ledger.example/news/salt",
        "https://ledger.example/news/salt/amp/",
        "https://ledger.example/amp/news/salt",
        "https://ledger.example/news/salt?outputType=amp",
        "https://ledger-example.cdn.ampproject.org/c/s/ledger.example/news/salt",
    ],
)
def test_one_page_has_many_addresses(other: str) -> None:
    """Scheme, prefixes, port, fragment, trackers, escapes and AMP make no difference."""
    assert canonical(other) == canonical("https://ledger.example/news/salt") == "ledger.example/news/salt"


@pytest.mark.parametrize(
    "other",
    [
        "https://ledger.example/news/wall",
        "https://ledger.example/news/Salt",
        "https://ledger.example/news/salt?id=2",
        "https://ledger.example:8443/news/salt",
        "https://other.example/news/salt",
        "https://ledger.example/news/salt%2F1",
        "https://ledger.example/champ",
    ],
)
def test_other_pages_have_others(other: str) -> None:
    """Path, its case, a query that names something, host and port do."""
    assert canonical(other) not in (None, "ledger.example/news/salt")


@pytest.mark.parametrize("url", ["https://ledger.example", "https://ledger.example/?utm_source=x", "http://[::1", ""])
def test_addresses_that_name_no_page(url: str) -> None:
    """A home page is shared by all articles that give nothing better, and says nothing."""
    assert canonical(url) is None


@pytest.mark.parametrize("url", ["https://ledger.example/\ud800", "https://ledger.example/?a=\ud800"])
def test_half_characters(url: str) -> None:
    """What JSON can smuggle into an address is an address like any other."""
    assert canonical(url) is not None


def test_queries_in_any_order() -> None:
    """The fields of a query are a set, and an empty one counts."""
    assert canonical("http://a.example/?b=2&a=1&c=") == canonical("http://a.example/?c=&a=1&b=2&utm_id=3")
    assert canonical("http://a.example/?p=1") != canonical("http://a.example/?p=2")


def test_the_same_address() -> None:
    """An updated text at the same address is the same story, and the first one seen leads."""
    one, two = article(prose(1), "https://a.example/x"), article(prose(2), "http://www.a.example/x?utm_id=1")
    assert first_seen([one, two]) == {one.digest: one.digest, two.digest: one.digest}
    assert first_seen([two, one])[one.digest] == two.digest


def test_nearly_the_same_words() -> None:
    """An agency's text under another headline, cut at its end, or with a desk's small changes."""
    original = article(TEXT, "https://a.example/x")
    for text in (
        "\n\n".join(["Town votes for salt", "MARAVIK (Agency) –", *PARAGRAPHS]),
        "\n\n".join(["Salt works reopen", *PARAGRAPHS[:3]]),
        TEXT.replace("Monday", "Tuesday").replace("4.2 million", "four million").upper(),
        TEXT + "\n\n" + prose(3, 200),
    ):
        copy = article(text, "https://b.example/y")
        assert first_seen([original, copy])[copy.digest] == original.digest


def test_different_stories() -> None:
    """Texts with a paragraph in common, and short ones that are alike by chance, stay apart."""
    one = article("\n\n".join([PARAGRAPHS[0], prose(1, 300)]))
    two = article("\n\n".join([PARAGRAPHS[0], prose(2, 300)]))
    short, shorter = article("Weather: rain from the west."), article("Weather: rain from the west today.")
    both = first_seen([one, two, short, shorter])
    assert both == {each.digest: each.digest for each in (one, two, short, shorter)}


def test_chains_have_one_leader() -> None:
    """What is like a copy is like its leader; the same article twice is one."""
    first = article(TEXT, "https://a.example/x")
    copy = article(TEXT + "\n\nMore.", "https://b.example/y")
    update = article(prose(1), "https://b.example/y")
    leaders = first_seen([first, first, copy, update])
    assert set(leaders.values()) == {first.digest}
    assert len(leaders) == 3


@given(st.lists(st.tuples(st.text(), st.one_of(st.none(), st.text()))))
def test_any_articles_have_leaders_before_them(given_articles: list[tuple[str, str | None]]) -> None:
    """For any text and address: a leader leads itself and stands no later than what it leads."""
    articles = [article(text, url) for text, url in given_articles]
    leaders = first_seen(articles)
    order = [found.digest for found in articles]
    for digest, leader in leaders.items():
        assert leaders[leader] == leader
        assert order.index(leader) <= order.index(digest)
