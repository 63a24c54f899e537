"""What a web page says about its article."""

from __future__ import annotations

from datetime import UTC, datetime

import lxml.html
import pytest

from digest.model import Image
from digest.sources.known import Known
from digest.sources.metadata import page_metadata, words


def read(head: str = "", body: str = "<h1>Quay reopens</h1>") -> Known:
    """The metadata of a page with this head and article."""
    title = "<title>Quay reopens | The Bell</title>"
    return page_metadata(
        lxml.html.document_fromstring(f"<html><head>{title}{head}</head><body><article>{body}</article></body></html>")
    )


def test_json_ld_says_what_the_meta_elements_do_not() -> None:
    """Also inside a graph, with several authors, beside an object of another type."""
    article = read(
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "headline": "No"}, {"@type": '
        '["NewsArticle"], "headline": "From JSON", "author": [{"name": "Ada Kirrow"}, "Bo Lind"], "datePublished": '
        '"2026-11-23", "publisher": {"name": "The Bell"}, "articleSection": ["Coast", "Sea"]}]}</script>'
    )
    assert (article.headline, article.byline) == ("From JSON", "Ada Kirrow, Bo Lind")
    assert (article.publisher, article.topic) == ("The Bell", "Coast")
    assert article.published_at == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "headline"),
    [
        ("<meta property=og:site_name content='The Bell'>", "Quay reopens"),
        ("", "Quay reopens | The Bell"),
    ],
)
def test_the_title_loses_the_name_of_the_publication_only(head: str, headline: str) -> None:
    """Without a known publication nothing is cut."""
    assert read(head, "<p>Text.</p>").headline == headline


@pytest.mark.parametrize(
    "head",
    [
        "<meta property=article:published_time content=yesterday>",
        "<link rel=canonical href=/quay>",
        "<link rel=canonical href='javascript:alert(1)'>",
        "<meta property=og:locale content='??'>",
        "<meta property=article:author content=https://social.example/ada>",
        "<script type='application/ld+json'>{broken</script>",
        '<script type=\'application/ld+json\'>[1, null, {"@type": 7}, {"@graph": 7}]</script>',
        '<script type=\'application/ld+json\'>{"@type": "Article", "headline": {}, "author": [[]]}</script>',
        '<script type="application/ld+json">{"@type": "Article", "headline": "a\\u0000", "author": "\\ud800"}</script>',
        "<meta name=author content='" + "x" * 2_000 + "'>",
        "<meta property=og:description content='Cut off in the middle of…'>",
    ],
)
def test_metadata_that_cannot_be_used_is_passed_over(head: str) -> None:
    """A page is not refused for it, and nothing of it is published."""
    article = read(head)
    assert (article.published_at, article.url, article.byline, article.dek) == (None, None, None, None)
    assert (article.headline, article.language) == ("Quay reopens", "en")


def test_words_keep_their_gaps_and_get_no_others() -> None:
    """Inline elements part nothing, line breaks and blocks do; what follows the element is not of it."""
    tree = lxml.html.fragment_fromstring(
        "<div><p>“A<em>b</em>,” c<br>d</p><ul><li>e</li><li>f</li></ul>g <b>h</b></div>"
    )
    assert words(tree) == "“Ab,” c d e f g h"
    assert words(tree[0][0]) == "b"


def test_the_article_speaks_before_the_rest_of_the_page() -> None:
    """With one article, its heading and times count; with several, the main part's do."""
    one = "<h1>The Bell</h1><main><article><h1>Quay</h1><time datetime=2026-11-23>x</time></article></main>"
    two = "<h1>The Bell</h1><main><h1>Front page</h1><article></article><article></article></main>"
    assert page_metadata(lxml.html.document_fromstring(one)).headline == "Quay"
    assert page_metadata(lxml.html.document_fromstring(one)).published_at == datetime(2026, 11, 23, tzinfo=UTC)
    assert page_metadata(lxml.html.document_fromstring(two)).headline == "Front page"


FIGURE = "<figure><picture><img src=https://bell.example/quay.jpg alt='Ships at the quay'></picture></figure>"


@pytest.mark.parametrize(
    ("head", "body", "image"),
    [
        (
            "<meta property=og:image content=https://bell.example/og.jpg><meta property=og:image:alt content='A quay'>",
            FIGURE,
            Image(url="https://bell.example/og.jpg", alt="A quay"),
        ),
        (
            "<meta property=og:image content=https://bell.example/og.jpg>",
            FIGURE,
            Image(url="https://bell.example/og.jpg"),
        ),
        ("", FIGURE, Image(url="https://bell.example/quay.jpg", alt="Ships at the quay")),
        (
            "<meta property=og:image content='data:image/gif;base64,R0lGOD'>",
            f"<figure><img src='data:,' alt=No><img alt=No></figure>{FIGURE}",
            Image(url="https://bell.example/quay.jpg", alt="Ships at the quay"),
        ),
        ("", "<figure><img src=/quay.jpg alt=quay.jpg></figure>", None),
        ("", "<p><img src=https://count.example/1.gif></p><figure>No image</figure>", None),
    ],
)
def test_the_image(head: str, body: str, image: Image | None) -> None:
    """That by which the page wants to be known with its own words, else that of the first figure that has one."""
    assert read(head, body).image == image
