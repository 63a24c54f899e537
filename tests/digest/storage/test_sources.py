"""What is remembered of sources, on a real file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from office import NOW, Office

from digest.errors import KeyTaken
from digest.model import Article, Image, SourceState, Validators
from digest.storage.sources import Sources


def article(text: str = "Salt works reopen\n\nBody.", source: str = "wire") -> Article:
    image = Image(url="https://ledger.example/salt.jpg", alt="The pans", credit="Ida Marr")
    return Article(text=text, source=source, ref="salt", published_at=NOW, publisher="The Harbour Ledger", image=image)


def test_a_state_comes_back(office: Office) -> None:
    """Field for field, articles too, for its own source only; a new one replaces it."""
    sources = Sources(office.database)
    assert sources.state("wire") == SourceState()
    first = article()
    assert first.digest, "counting it must not change what is kept"
    state = SourceState(
        url="https://ledger.example/",
        etag='"1"',
        last_modified="L",
        pages={"https://ledger.example/salt": Validators('"2"', None)},
        articles=(first,),
    )
    sources.keep("wire", state, at=NOW)
    assert sources.state("wire") == replace(state, fetched_at=NOW)
    assert sources.state("other") == SourceState()
    sources.keep("wire", SourceState(articles=(article("Wall\n\nBody."),)), at=NOW)
    assert [found.text for found in sources.state("wire").articles] == ["Wall\n\nBody."]


def test_an_error_keeps_the_time_of_the_last_good_look(office: Office) -> None:
    """So that an operator sees since when a source is broken."""
    sources = Sources(office.database)
    sources.keep("wire", SourceState(articles=(article(),)), at=NOW)
    broken = SourceState(articles=(article(),), error="it is gone", fetched_at=sources.state("wire").fetched_at)
    sources.keep("wire", broken, at=NOW + timedelta(days=1))
    assert sources.state("wire") == broken
    assert sources.state("wire").fetched_at == NOW


def test_pushed_articles(office: Office) -> None:
    """Newest first, each once, from the beginning of the window on."""
    sources = Sources(office.database)
    salt, wall = article("Salt\n\nBody."), article("Wall\n\nBody.")
    assert sources.push(salt, key=None, sha256="a", at=NOW) == (salt.digest, True)
    assert sources.push(wall, key="w", sha256="b", at=NOW + timedelta(hours=1)) == (wall.digest, True)
    assert sources.push(salt, key="s", sha256="a", at=NOW + timedelta(hours=1)) == (salt.digest, False)
    assert sources.state("wire").articles == (salt, wall)
    assert sources.state("wire", since=NOW + timedelta(hours=2)).articles == ()
    assert sources.state("other").articles == ()


def test_a_key_is_taken(office: Office) -> None:
    """The same key brings the same receipt, for something else an error, and what was kept stays."""
    sources = Sources(office.database)
    first = sources.push(article(), key="1", sha256="a", at=NOW)
    assert sources.push(article(), key="1", sha256="a", at=NOW + timedelta(days=1)) == first
    with pytest.raises(KeyTaken, match="the key '1' belongs to another article"):
        sources.push(article("Wall\n\nBody."), key="1", sha256="b", at=NOW)
    assert sources.state("wire").articles == (article(),)


def test_only_the_newest_are_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is pushed to for years does not make builds slower and slower."""
    monkeypatch.setattr("digest.storage.sources.MOST", 3)
    sources = Sources(office.database)
    for number in range(5):
        sources.push(article(f"Number {number}\n\nBody."), key=None, sha256="", at=NOW + timedelta(seconds=number))
    found = sources.state("wire").articles
    assert [article.text.partition("\n")[0] for article in found] == ["Number 4", "Number 3", "Number 2"]
