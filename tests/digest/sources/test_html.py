"""A saved web page → its article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Article
from digest.sources.html import article_from_html

BODY = """
<p>The quay at Sarn opened on Monday after nine years, and nine ships went out before noon, to bells.</p>
<p>“We waited for <em>this</em> tide,” said Ann Lee, <a href="/x">the harbour master</a>, who rang<br>the bell.</p>
<h2>A wall of its own</h2>
<p>The wall cost 40 million crowns, which is twice what the council had set aside for it in the spring.</p>
"""
TAKES = "<ul><li>Nine ships <b>left</b>.</li><li>The wall cost 40&nbsp;million.</li></ul>"
PLAIN = (
    "The quay at Sarn opened on Monday after nine years, and nine ships went out before noon, to bells.\n\n"
    "“We waited for this tide,” said Ann Lee, the harbour master, who rang the bell.\n\n"
    "A wall of its own\n\n"
    "The wall cost 40 million crowns, which is twice what the council had set aside for it in the spring."
)
LIST = "• Nine ships left.\n• The wall cost 40 million."


def page(body: str = BODY, head: str = "") -> Article:
    """The article of a page with furniture around it."""
    return article_from_html(
        f"<!DOCTYPE html><html lang=en-GB><head><title>Quay reopens | The Bell</title>{head}</head><body>"
        "<nav><ul><li><a href=/>Home</a></li><li><a href=/s>Sport</a></li></ul></nav>"
        f"<main><article><h1>Quay reopens</h1>{body}</article>"
        "<aside><h2>Most read</h2><ul><li><a href=/a>A long title of another story</a></li><li><a href=/b>And another"
        " one</a></li></ul></aside></main><footer><p>© The Bell, all rights reserved</p></footer></body></html>",
        ref="r",
        source="s",
    )


def test_the_body_is_plain_blocks_without_the_furniture() -> None:
    """Headline first, paragraphs and subheads verbatim, inline marks gone without a gap."""
    assert page().text == f"Quay reopens\n\n{PLAIN}"


@pytest.mark.parametrize(
    ("takes", "label"),
    [
        (f"<h2>Key points</h2>{TAKES}", "Key points"),
        (f"<section><h3>What to know:</h3>{TAKES}</section>", "What to know:"),
        (f"<div class=box><p><strong>TL;DR</strong></p>{TAKES}</div>", "TL;DR"),
        (f'<div class="article-highlights"><h2>Was zählt</h2><div>{TAKES}</div></div>', "Was zählt"),
        (TAKES.replace("<ul>", '<ul id="key-takeaways">'), ""),
        (f'<aside class="c-key_points">{TAKES}</aside>', ""),
    ],
)
def test_the_pages_own_list_comes_before_the_body_once(takes: str, label: str) -> None:
    """Known by its heading or by the name of its box; label and items verbatim, and not again in the body."""
    expected = f"{label}\n{LIST}" if label else LIST
    assert page(takes + BODY).text == f"Quay reopens\n\n{expected}\n\n{PLAIN}"
    assert page(BODY + takes).text == f"Quay reopens\n\n{expected}\n\n{PLAIN}"


def test_a_list_of_links_is_about_other_stories() -> None:
    """Whatever its label, it is neither a quick take nor body; the real list after it is found."""
    links = (
        "<h2>Highlights</h2><ul><li><a href=/a>Ten quays to see</a></li><li><a href=/b>The bell founders</a></li></ul>"
    )
    assert page(links + BODY).text == f"Quay reopens\n\n{PLAIN}"
    assert page(f"{links}<h2>Key points</h2>{TAKES}{BODY}").text == f"Quay reopens\n\nKey points\n{LIST}\n\n{PLAIN}"


def test_a_list_of_the_body_stays_where_it_is() -> None:
    """A list under a sentence or under a heading of its own is no quick take."""
    body = f"{BODY}<p>These have sailed, the harbour master said:</p>{TAKES}<h2>Fleet</h2>{TAKES}"
    text = page(body).text
    assert (
        text == f"Quay reopens\n\n{PLAIN}\n\nThese have sailed, the harbour master said:\n\n{LIST}\n\nFleet\n\n{LIST}"
    )


def test_the_headline_is_not_taken_for_the_label() -> None:
    """A list right under it has none."""
    text = page(f"{TAKES.replace('<ul>', '<ul class=highlights>')}{BODY}").text
    assert text == f"Quay reopens\n\n{LIST}\n\n{PLAIN}"


def test_metadata_comes_from_the_pages_own_markup() -> None:
    """Everything in its place, the date in UTC, and dek and caption on top of the text but not in the body."""
    article = page(
        "<p class=standfirst>Nine ships left at dawn.</p><figure><img src=a.png alt=x>"
        f"<figcaption>The quay at dawn</figcaption></figure>{BODY}",
        head="<meta property=og:title content='Quay reopens at Sarn'><meta property=og:site_name content='The Bell'>"
        "<meta property=og:description content='Another description.'>"
        "<meta property=article:published_time content='2026-11-23T06:30:00+01:00'>"
        "<meta property=article:section content=Coast><meta name=author content='Ada Kirrow'>"
        "<link rel=canonical href=https://bell.example/quay>",
    )
    assert (article.headline, article.dek, article.caption) == (
        "Quay reopens at Sarn",
        "Nine ships left at dawn.",
        "The quay at dawn",
    )
    assert (article.byline, article.publisher, article.topic, article.language) == (
        "Ada Kirrow",
        "The Bell",
        "Coast",
        "en-GB",
    )
    assert article.published_at == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert article.url == "https://bell.example/quay"
    assert article.text.count("Nine ships left at dawn.") == 1
    assert article.text.count("The quay at dawn") == 1


@pytest.mark.parametrize(
    "text", ["<html></html>", "<p>Accept cookies?</p>", "plain words", "<!-- -->", "<title>x</title>"]
)
def test_a_page_without_an_article_is_refused(text: str) -> None:
    """With what to do instead."""
    with pytest.raises(SourceError, match="save the"):
        article_from_html(text, ref="r", source="s")


def test_a_page_without_a_headline_is_refused() -> None:
    """Nothing is made up."""
    with pytest.raises(SourceError, match="no headline"):
        article_from_html(f"<article>{BODY}</article>", ref="r", source="s")


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<ul>", "<li>", "<article>", "</", "&#0;", "&#xD800;", "<!--", "]]>", "<svg>", "word " * 30]
        ),
        max_size=30,
    ).map("".join)
)
@settings(max_examples=60)
def test_any_markup_is_an_article_or_a_source_error(text: str) -> None:
    """Hostile markup has no third way out."""
    try:
        article = article_from_html(text.replace("\x00", ""), ref="r", source="s")
    except SourceError:
        return
    assert article.text
