"""Feeds over real HTTP: every format, what is read from the entry and what from its page, and what stands in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from publisher import PARAGRAPHS, Publisher, Reply, item, page, rss

from digest.model import Image, SourceState
from digest.sources.feed import MOST, FeedSource

EMPTY = SourceState()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as opened:
        yield opened


def source(publisher: Publisher) -> FeedSource:
    return FeedSource("wire", f"{publisher.url}/feed", allow_private=True)


def test_rss(publisher: Publisher) -> None:
    """Text, headline, authors, topic, date in UTC, publisher and language of an RSS item."""
    extra = (
        "<dc:creator>Ida Marr</dc:creator><category>Harbour &amp; sea</category><category>Town</category>"
        "<description>The pans open again after nine years.</description>"
    )
    publisher.replies["/feed"] = rss(item("Salt works &amp; wall", "/salt", extra=extra))
    fetched = source(publisher).fetch(EMPTY)
    (article,) = fetched.articles
    assert fetched.problems == ()
    assert article.text.split("\n\n") == ["Salt works & wall", "The pans open again after nine years.", *PARAGRAPHS]
    assert (article.source, article.ref, article.url) == ("wire", f"{publisher.url}/salt", f"{publisher.url}/salt")
    assert (article.headline, article.dek) == ("Salt works & wall", "The pans open again after nine years.")
    assert (article.byline, article.topic) == ("Ida Marr", "Harbour & sea")
    assert article.published_at == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert (article.publisher, article.language) == ("The Harbour Ledger", "en-GB")
    assert publisher.paths() == ["/feed"], "the entry had it all"


def test_atom(publisher: Publisher) -> None:
    """The published time wins over the updated one, relative links start at the feed, several authors are joined."""
    body = "".join(f"&lt;p&gt;{text}&lt;/p&gt;" for text in PARAGRAPHS)
    publisher.replies["/feed"] = Reply(
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>Ledger</title><id>x</id>'
            "<entry><id>tag:1</id><title>Salt</title><link rel='self' href='/api/1'/><link href='salt?id=1'/>"
            "<author><name>Ida Marr</name></author><author><name>Jo Lind</name></author>"
            "<updated>2026-11-23T09:00:00Z</updated><published>2026-11-22T23:30:00-05:00</published>"
            f"<content type='html'>{body}</content></entry>"
            f"<entry><id>tag:2</id><title>Wall</title><updated>2026-11-23T09:00:00Z</updated>"
            f"<content type='html'>{body}</content></entry></feed>"
        ).encode(),
        kind="application/atom+xml",
    )
    fetched = source(publisher).fetch(EMPTY)
    salt, wall = fetched.articles
    assert fetched.problems == ()
    assert salt.url == f"{publisher.url}/salt?id=1"
    assert salt.byline == "Ida Marr, Jo Lind"
    assert salt.published_at == datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
    assert (wall.ref, wall.url, wall.published_at) == ("tag:2", None, datetime(2026, 11, 23, 9, tzinfo=UTC))


def test_json_feed(publisher: Publisher) -> None:
    """HTML and plain text, authors of the item or the feed, and the other address where there is no own one."""
    html = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Ledger",
        "language": "en-US",
        "authors": [{"name": "The Desk"}],
        "items": [
            {"id": "1", "url": "/salt", "title": "Salt", "content_html": html, "tags": ["Town"], "unknown": [1]},
            {
                "id": 2,
                "external_url": "https://other.example/wall",
                "title": "Wall",
                "content_text": "\n\n".join(PARAGRAPHS),
                "authors": [{"name": "Ida Marr"}],
                "date_published": "2026-11-23T06:30:00+01:00",
                "summary": "A wall < a town.",
                "language": "nb",
            },
        ],
    }
    publisher.replies["/feed"] = Reply(json.dumps(feed).encode(), kind="application/feed+json")
    fetched = source(publisher).fetch(EMPTY)
    salt, wall = fetched.articles
    assert fetched.problems == ()
    assert (salt.url, salt.byline, salt.topic, salt.language) == (f"{publisher.url}/salt", "The Desk", "Town", "en-US")
    assert salt.published_at is None
    assert wall.text.split("\n\n") == ["Wall", "A wall < a town.", *PARAGRAPHS]
    assert (wall.url, wall.byline, wall.language) == ("https://other.example/wall", "Ida Marr", "nb")
    assert wall.published_at == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'
AT = "https://media.example"


@pytest.mark.parametrize(
    ("extra", "image"),
    [
        (
            f'<media:content {MEDIA} url="{AT}/a.jpg" medium="image"><media:description type="plain">Ships &amp;amp; '
            "gulls</media:description><media:credit>Ida Marr</media:credit></media:content>",
            Image(url=f"{AT}/a.jpg", alt="Ships & gulls", credit="Ida Marr"),
        ),
        (
            f'<media:group {MEDIA}><media:content url="{AT}/s.jpg" type="image/jpeg" width="140"/><media:content '
            f'url="{AT}/l.jpg" type="image/jpeg" width="1000"/><media:content url="{AT}/v.mp4" type="video/mp4" '
            f'width="1920"/><media:content url="{AT}/x.jpg" width="{"9" * 5000}"/><media:credit>A</media:credit>'
            "<media:credit>B</media:credit><media:description>Which?</media:description></media:group>",
            Image(url=f"{AT}/l.jpg"),
        ),
        (
            f'<enclosure url="{AT}/talk.mp3" type="audio/mpeg"/><enclosure url="{AT}/e.png" type="image/png"/>',
            Image(url=f"{AT}/e.png"),
        ),
        (f'<media:content {MEDIA} url="/a.jpg" medium="image"/>', None),
        ("<media_content>text</media_content><media_credit>text</media_credit>", None),
    ],
)
def test_images_of_rss(publisher: Publisher, extra: str, image: Image | None) -> None:
    """The widest of its media with what is surely said about it, else an enclosure; others are passed over."""
    publisher.replies["/feed"] = rss(item("Salt", "/salt", extra=extra))
    fetched = source(publisher).fetch(EMPTY)
    (article,) = fetched.articles
    assert fetched.problems == ()
    assert article.image == image
    assert article.text == "\n\n".join(["Salt", *PARAGRAPHS]), "what is said about media is not of the text"


def test_what_is_said_about_an_image_is_not_the_article(publisher: Publisher) -> None:
    """A long caption behind a teaser: the text is that of the page, whose own image wins."""
    caption = " ".join(["A caption that is as long as a short article."] * 5)
    entry = (
        "<item><title>Salt</title><link>/salt</link><description>The pans open again.</description>"
        f'<media:content {MEDIA} url="{AT}/small.jpg" medium="image"/>'
        f"<media:description {MEDIA}>{caption}</media:description></item>"
    )
    publisher.replies["/feed"] = rss(entry)
    publisher.replies["/salt"] = page("Salt", head='<meta property="og:image" content="/large.jpg">')
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.text.endswith("\n\n".join(PARAGRAPHS))
    assert caption not in article.text
    assert article.image == Image(url=f"{publisher.url}/large.jpg")
    publisher.replies["/salt"] = page("Salt")
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.image == Image(url=f"{AT}/small.jpg", alt=caption)


def test_the_figure_of_an_entry(publisher: Publisher) -> None:
    """Where the feed names no image the text of the entry may; its address starts at that of the entry."""
    text = "".join(f"&lt;p&gt;{paragraph}&lt;/p&gt;" for paragraph in PARAGRAPHS)
    figure = "&lt;figure&gt;&lt;img src='/q.jpg' alt='Ships'&gt;&lt;/figure&gt;"
    entry = f"<item><title>Salt</title><link>/salt</link><description>{text}{figure}</description></item>"
    publisher.replies["/feed"] = rss(entry)
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.image == Image(url=f"{publisher.url}/q.jpg", alt="Ships")


@pytest.mark.parametrize(
    ("stated", "path"),
    [("/quay.jpg", "/quay.jpg"), (None, None), (" ", None), (5, None), ({"url": "x"}, None), ("data:,", None)],
)
def test_images_of_json_feed(publisher: Publisher, stated: object, path: str | None) -> None:
    """The item's image; anything else there costs nothing."""
    entry = {"id": "1", "title": "Salt", "content_text": "\n\n".join(PARAGRAPHS), "image": stated}
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [entry]}
    publisher.replies["/feed"] = Reply(json.dumps(feed).encode(), kind="application/feed+json")
    fetched = source(publisher).fetch(EMPTY)
    assert fetched.problems == ()
    assert fetched.articles[0].image == (Image(url=f"{publisher.url}{path}") if path else None)


@pytest.mark.parametrize(
    ("encoding", "kind", "declared"),
    [
        ("cp1252", "application/rss+xml; charset=iso-8859-1", "iso-8859-1"),
        ("cp1252", "application/rss+xml; charset=utf-8", "windows-1252"),
        ("utf-8", "application/rss+xml; charset=iso-8859-1", "iso-8859-1"),
        ("utf-16", "application/rss+xml", "utf-16"),
    ],
)
def test_charsets(publisher: Publisher, encoding: str, kind: str, declared: str) -> None:
    """The marks of a quotation survive whatever the server and the feed say wrongly about them."""
    text = rss(item("Salt", "/salt")).body.decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    publisher.replies["/feed"] = Reply(text.encode(encoding), kind=kind)
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.text == "\n\n".join(["Salt", *PARAGRAPHS])


def test_one_bad_item(publisher: Publisher) -> None:
    """An item of JSON Feed that is no item costs the others nothing."""
    good = {"id": "2", "title": "Salt", "content_text": "\r\n\r\n".join(PARAGRAPHS)}
    feed = {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "tags": "Town"}, good, 5]}
    publisher.replies["/feed"] = Reply(json.dumps(feed).encode(), kind="application/json")
    fetched = source(publisher).fetch(EMPTY)
    assert [article.text for article in fetched.articles] == ["\n\n".join(["Salt", *PARAGRAPHS])]
    assert "item 1 cannot be read" in fetched.problems[0].message


def test_a_summary_leads_to_the_page(publisher: Publisher) -> None:
    """An entry with a teaser has the text of its page, the feed's word on its headline, and the page's own address."""
    canonical = '<link rel="canonical" href="https://ledger.example/salt">'
    publisher.replies["/salt?utm_source=rss"] = page("Another headline", head=canonical)
    teaser = "<item><title>Salt works</title><link>/salt?utm_source=rss</link><description>%s</description></item>"
    for words in ("The pans open again.", " ".join(["word"] * 200) + " […]", "&lt;p&gt;Salt. Read more&lt;/p&gt;"):
        publisher.replies["/feed"] = rss(teaser % words)
        fetched = source(publisher).fetch(EMPTY)
        (article,) = fetched.articles
        assert fetched.problems == ()
        assert article.text.startswith("Salt works\n\n")
        assert article.text.endswith("\n\n".join(PARAGRAPHS))
        assert article.url == "https://ledger.example/salt"


def test_a_long_description_is_the_article(publisher: Publisher) -> None:
    """Feeds of the plain kind put the article where the summary belongs."""
    text = "".join(f"&lt;p&gt;{paragraph}&lt;/p&gt;" for paragraph in PARAGRAPHS)
    publisher.replies["/feed"] = rss(f"<item><title>Salt</title><description>{text}</description></item>")
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.text == "\n\n".join(["Salt", *PARAGRAPHS])
    assert publisher.paths() == ["/feed"]


def test_line_breaks_part_paragraphs(publisher: Publisher) -> None:
    """Two of them, as old publishing programs write; one stays in its paragraph."""
    text = "<br/>\n<br>".join(PARAGRAPHS)
    publisher.replies["/feed"] = rss(
        f"<item><title>Salt</title><content:encoded><![CDATA[{text}]]></content:encoded></item>"
    )
    (article,) = source(publisher).fetch(EMPTY).articles
    assert article.text == "\n\n".join(["Salt", *PARAGRAPHS])


def test_entries_without_text(publisher: Publisher) -> None:
    """One that has neither text nor page, and one whose page is gone, are problems; the others go on."""
    publisher.replies["/feed"] = rss(
        "<item><title>Bare</title><description>Short.</description></item>"
        + "<item><title>Gone</title><link>/gone</link></item>"
        + item("Salt", "/salt")
    )
    fetched = source(publisher).fetch(EMPTY)
    assert [article.headline for article in fetched.articles] == ["Salt"]
    bare, gone = fetched.problems
    assert (bare.ref, gone.ref) == ("Bare", f"{publisher.url}/gone")
    assert "neither the text of an article nor a link" in bare.message
    assert "is gone (404)" in gone.message
    assert fetched.state
    assert fetched.state.etag is None


def test_links_to_private_addresses(publisher: Publisher) -> None:
    """A feed that may be fetched from this machine may not make us fetch anything else there."""
    with Publisher() as other:
        publisher.replies["/feed"] = rss(f"<item><title>A</title><link>{other.url}/</link></item>")
        fetched = source(publisher).fetch(EMPTY)
        assert other.asked == []
    assert "not an address of the public internet" in fetched.problems[0].message


def test_a_feed_that_did_not_change(publisher: Publisher) -> None:
    """The second look asks whether it changed, and has the same articles without reading anything."""
    publisher.replies["/feed"] = rss(item("Salt", "/salt"))
    publisher.replies["/feed"].headers["ETag"] = '"1"'  # type: ignore[union-attr]
    first = source(publisher).fetch(EMPTY)
    assert first.state
    again = source(publisher).fetch(first.state)
    assert publisher.asked[1][1]["If-None-Match"] == '"1"'
    assert (again.articles, again.problems, again.state) == (first.articles, (), first.state)
    publisher.replies["/feed"] = rss(item("Wall", "/wall"))
    publisher.replies["/feed"].headers["ETag"] = '"2"'
    changed = source(publisher).fetch(first.state)
    assert [article.headline for article in changed.articles] == ["Wall"]
    assert changed.state
    assert changed.state.etag == '"2"'


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), r"is gone \(404\)"),
        (Reply(status=410), r"is gone \(410\)"),
        (Reply(status=500), "answered 500"),
        (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), "not an address of the public internet"),
        (Reply(rss(item("Wall", "/wall")).body[:-60], kind="application/rss+xml"), "is cut off"),
        (Reply(b"<html><body>Maintenance</body></html>"), "is not a feed"),
        (Reply(b""), "is not a feed"),
        (Reply(b'{"version": "https://jsonfeed.org/version/1", "items": 5}'), r"items"),
        (Reply(b'{"version": "2", "items": []}'), "expected a version"),
        (Reply(b"x" * 5_000_001), "more than 5,000,000 bytes"),
    ],
)
def test_a_broken_feed_keeps_its_articles(publisher: Publisher, reply: Reply, reason: str) -> None:
    """Whatever goes wrong is told, the articles read before stand in, and the reason is remembered until it is well."""
    publisher.replies["/feed"] = rss(item("Salt", "/salt"))
    first = source(publisher).fetch(EMPTY)
    assert first.state
    publisher.replies["/feed"] = reply
    broken = source(publisher).fetch(first.state)
    assert broken.articles == first.articles
    (problem,) = broken.problems
    assert problem.ref == f"{publisher.url}/feed"
    assert re.search(reason, problem.message)
    assert problem.message.endswith("; the articles read before (1) stand in")
    assert broken.state
    assert broken.state.error in problem.message
    publisher.replies["/feed"] = rss(item("Wall", "/wall"))
    well = source(publisher).fetch(broken.state)
    assert [article.headline for article in well.articles] == ["Wall"]
    assert well.state
    assert well.state.error == ""


def test_a_feed_that_is_whole_but_ill_formed(publisher: Publisher) -> None:
    """An entity that XML does not know costs no article, and is told."""
    publisher.replies["/feed"] = rss(item("Salt&nbsp;works", "/salt"))
    fetched = source(publisher).fetch(EMPTY)
    assert [article.headline for article in fetched.articles] == ["Salt works"]
    (problem,) = fetched.problems
    assert "not well-formed XML" in problem.message
    assert problem.message.endswith("; the rest was read all the same")


def test_hostile_feeds(publisher: Publisher) -> None:
    """Entity bombs, outside entities, deep nesting and unpaired characters end as problems."""
    bomb = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bodies = [
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">{bomb}]><rss version="2.0"><channel>'
        "<item><title>&a9;</title></item></channel></rss>",
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>'
        "<item><title>&x;</title><description>&x;</description></item></channel></rss>",
        '<rss version="2.0"><channel>' + "<a>" * 5_000 + "</rss>",
        '{"version":"https://jsonfeed.org/version/1","items":' + "[" * 5_000,
        '{"version":"https://jsonfeed.org/version/1","items":[{"content_text":"\\ud800 \\u0000 words"}]}',
        '<rss version="2.0"><channel><item><link>http://[::1</link></item></channel></rss>',
        '<rss version="2.0"><channel><item><pubDate>Mon, 99 Xxx 99999 99:99</pubDate></item></channel></rss>',
    ]
    for body in bodies:
        publisher.replies["/feed"] = Reply(body.encode("utf-8", "surrogatepass"), kind="text/xml")
        fetched = source(publisher).fetch(EMPTY)
        assert fetched.articles == ()
        assert fetched.problems
        assert "root:" not in str(fetched)


@pytest.mark.slow
def test_a_feed_that_would_never_be_read(publisher: Publisher) -> None:
    """It is given up after seconds of computing, and what stands in is told."""
    publisher.replies["/feed"] = rss(item("Salt", "/salt"))
    first = source(publisher).fetch(EMPTY)
    assert first.state
    author = f"<author>{'a' * 1_000_000}@{'b.' * 1_000_000}</author>"
    publisher.replies["/feed"] = rss(item("Wall", "/wall", extra=author))
    again = source(publisher).fetch(first.state)
    assert again.articles == first.articles
    assert "takes more than 5 seconds to read" in again.problems[0].message


def test_only_the_top_of_a_long_feed_is_read(publisher: Publisher) -> None:
    """Archives in a feed are cut, and an entry that stands in it twice is one article."""
    publisher.replies["/feed"] = rss("".join(item(f"Salt {n // 2}", f"/{n // 2}") for n in range(MOST * 2)))
    assert len(source(publisher).fetch(EMPTY).articles) == MOST // 2


def test_pages_that_did_not_change(publisher: Publisher) -> None:
    """A feed that changed asks each known page whether it did, and reads it anew where the feed says something new."""
    entry = "<item><title>%s</title><link>%s</link></item>"
    publisher.replies["/feed"] = rss(entry % ("Salt", "/salt") + entry % ("Wall", "/wall"))
    for path in ("/salt", "/wall"):
        reply = page("Page")
        reply.headers["ETag"] = f'"{path}"'
        publisher.replies[path] = reply
    first = source(publisher).fetch(EMPTY)
    publisher.replies["/feed"] = rss(entry % ("Salt", "/salt") + entry % ("A higher wall", "/wall"))
    assert first.state
    again = source(publisher).fetch(first.state)
    assert again.problems == ()
    assert [article.headline for article in again.articles] == ["Salt", "A higher wall"]
    assert again.articles[0] == first.articles[0]
    conditions = [headers.get("If-None-Match") for path, headers in publisher.asked[3:] if path != "/feed"]
    assert conditions == ['"/salt"', None]


def test_a_page_that_fails_keeps_its_article(publisher: Publisher) -> None:
    """While an entry's page cannot be read the text read before stands in, and it is tried again."""
    publisher.replies["/feed"] = rss("<item><title>Salt</title><link>/salt</link></item>")
    publisher.replies["/salt"] = page("Salt")
    first = source(publisher).fetch(EMPTY)
    assert first.state
    publisher.replies["/salt"] = Reply(status=503)
    again = source(publisher).fetch(first.state)
    assert again.articles == first.articles
    assert "answered 503" in again.problems[0].message
