"""`digest sources`: what was remembered of each, and a look at one that leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from publisher import Publisher, Reply, item, rss
from terminal import Digest


@pytest.fixture
def publisher(digest: Digest) -> Iterator[Publisher]:
    """Its feed is the source `ledger`, which the newsletter has beside its folder."""
    with Publisher() as opened:
        opened.replies["/rss"] = rss(item("Salt works reopen", "/salt") + "<item><title>Bare</title></item>")
        config = digest.here.config.read_text().replace('sources = ["desk"]', 'sources = ["desk", "ledger"]')
        feed = f'[source.ledger]\nkind = "feed"\nurl = "{opened.url}/rss"\nallow_private = true\n'
        digest.here.config.write_text(config + feed + '[source.newsroom]\nkind = "push"\n')
        yield opened


def test_before_the_first_build(digest: Digest, publisher: Publisher) -> None:
    """Each source is there with its place; no feed is asked, and no database is made to look at."""
    desk, ledger, newsroom = digest("sources", "list", "--json").lines
    assert (desk["kind"], desk["place"], desk["articles"], desk["error"]) == ("folder", "articles", 1, "")
    assert (ledger["place"], ledger["articles"], ledger["fetched_at"]) == (f"{publisher.url}/rss", 0, None)
    assert (newsroom["kind"], newsroom["place"]) == ("push", "POST /api/articles")
    assert "never" in digest("sources", "list").out
    assert publisher.asked == []
    assert not (digest.here.folder / "var").exists()


def test_after_builds(digest: Digest, publisher: Publisher) -> None:
    """How many articles a feed had, when it was last read, and since then why it could not be."""
    digest("build", "morning")
    (_, ledger, _) = digest("sources", "list", "--json").lines
    assert (ledger["articles"], ledger["error"]) == (1, "")
    assert ledger["fetched_at"]
    publisher.replies.clear()
    digest("build", "morning")
    (_, broken, _) = digest("sources", "list", "--json").lines
    assert (broken["articles"], broken["fetched_at"]) == (1, ledger["fetched_at"])
    assert "is gone (404)" in broken["error"]
    assert "is gone (404)" in digest("sources", "list").out


def test_folders(digest: Digest) -> None:
    """One with a file that cannot be read says how to see which; one that is not there is named."""
    digest.here.write("photo.txt", "\x00")
    (line,) = digest("sources", "list", "--json").lines
    assert (line["articles"], line["error"]) == (1, "1 file cannot be read; try `digest sources check desk`")
    done = digest("sources", "check", "desk")
    assert "photo.txt: this is a binary file" in done.out
    digest.here.articles.rename(digest.here.folder / "elsewhere")
    (line,) = digest("sources", "list", "--json").lines
    assert "cannot be read (No such file" in line["error"]
    done = digest("sources", "check", "desk")
    assert (done.code, done.out) == (1, "")
    assert "check its path" in done.err


def test_a_look(digest: Digest, publisher: Publisher) -> None:
    """It shows what would come in and what would not, asks anew each time, and leaves nothing behind."""
    for _ in range(2):
        done = digest("sources", "check", "ledger")
        assert done.code == 0
        assert "1. Salt works reopen" in done.out
        assert "2026-11-23 05:30 UTC" in done.out
        assert "! Bare: the entry has neither the text of an article" in done.out
        assert done.out.endswith("1 article, 1 problem\n")
    assert [headers.get("If-None-Match") for _, headers in publisher.asked] == [None, None]
    assert not (digest.here.folder / "var").exists()
    article, problem = map(json.loads, digest("sources", "check", "ledger", "--json").out.splitlines())
    assert (article["headline"], article["publisher"]) == ("Salt works reopen", "The Harbour Ledger")
    assert problem["ref"] == "Bare"


def test_a_look_at_what_is_gone(digest: Digest, publisher: Publisher) -> None:
    """What a build remembered does not stand in for it: the exit code says that nothing came."""
    digest("build", "morning")
    publisher.replies["/rss"] = Reply(status=410)
    done = digest("sources", "check", "ledger")
    assert (done.code, done.out.splitlines()[-1]) == (1, "0 articles, 1 problem")
    assert "is gone (410)" in done.out


def test_a_name_that_is_not_there(digest: Digest) -> None:
    """It says which names are."""
    done = digest("sources", "check", "wire")
    assert done.code == 2
    assert "no table [source.wire]; there is: desk" in done.err


def test_without_sources(digest: Digest) -> None:
    """An installation that has none is told where to read on."""
    text = digest.here.config.read_text()
    digest.here.config.write_text(text[: text.index("[source.desk]")])
    assert "docs/sources.md" in digest("sources", "list").out
