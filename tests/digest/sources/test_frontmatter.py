"""The lines between `---` at the top of a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.model import Image
from digest.sources.frontmatter import split
from digest.sources.known import Known


def read(*lines: str) -> Known:
    """What these lines of front matter say."""
    return split("\n".join(["---", *lines, "---", "", "Body."]))[0]


def test_every_field_can_be_set() -> None:
    """And the text below it comes back without it."""
    known, body = split(
        "---\n"
        "headline: Harbour reopens\n"
        'dek: "After nine years: ships again"\n'
        "caption: The quay\n"
        "byline: Ada Kirrow\n"
        "published_at: 2026-11-23T05:15:00+01:00\n"
        "url: https://courier.example/a?b=1\n"
        "publisher: The Courier\n"
        "topic: Economy\n"
        "image: https://courier.example/quay.jpg\n"
        "image_alt: Ships at the quay\n"
        "language: pt_BR\n"
        "tags: [a, b]\n"
        "---\n"
        "Body.\n"
    )
    assert known == Known(
        headline="Harbour reopens",
        dek="After nine years: ships again",
        caption="The quay",
        byline="Ada Kirrow",
        published_at=datetime(2026, 11, 23, 4, 15, tzinfo=UTC),
        url="https://courier.example/a?b=1",
        publisher="The Courier",
        topic="Economy",
        image=Image(url="https://courier.example/quay.jpg", alt="Ships at the quay"),
        language="pt-BR",
    )
    assert body == "Body.\n"


@pytest.mark.parametrize("image", ["/img/quay.jpg", "{src: quay.jpg}", "[a, b]", "", "https://[x/a.jpg"])
def test_an_image_of_another_system(image: str) -> None:
    """A path or a table of its own under that key is passed over, and so are words about no image."""
    assert read(f"image: {image}", "image_alt: Ships", "headline: H") == Known(headline="H")
    assert read("image: https://a.example/b.jpg", "image_alt: [a]").image == Image(url="https://a.example/b.jpg")


def test_other_systems_names_for_the_fields_are_known() -> None:
    """The second name of each key sets it, unless the first one does."""
    known = read(
        "title: T", "description: D", "author: A", "date: 2026-11-23", "canonical: http://c.example/",
        "source: S", "section: X", "lang: de", "dek: The first name wins",
    )  # fmt: skip
    assert (known.headline, known.dek, known.byline) == ("T", "The first name wins", "A")
    assert (known.published_at, known.url) == (datetime(2026, 11, 23, tzinfo=UTC), "http://c.example/")
    assert (known.publisher, known.topic, known.language) == ("S", "X", "de")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("headline: 404", "headline", "404"),
        ("headline: 2026-11-23", "headline", "2026-11-23"),
        ("headline: Yes", "headline", "Yes"),
        ("language: no", "language", "no"),
        ("headline:", "headline", None),
        ("headline: ~", "headline", None),
        ("headline: >\n  two\n  lines", "headline", "two lines"),
        ("published_at: 2026-11-23 07:30", "published_at", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
        ("published_at: 2026-11-23T07:30Z", "published_at", datetime(2026, 11, 23, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_value_is_the_text_that_stands_there(line: str, field: str, value: object) -> None:
    """YAML's own idea of numbers, truth and Norway does not get in between; nothing is nothing."""
    assert getattr(read(line), field) == value


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["topic: X", "headline: [a, b]"], "line 3: headline is a list or a table; expected text"),
        (["date: tomorrow"], "line 2: date is 'tomorrow'; expected a date such as"),
        (["date: 0001-01-01T00:00+14:00"], "line 2: date is"),
        (["url: javascript:alert(1)"], "line 2: url is 'javascript:alert.1.'; expected an address"),
        (["url: //courier.example"], "line 2: url"),
        (['url: "https://a.example/\\nBcc: x"'], "line 2: url"),
        (['headline: "a\\0b"'], "line 2: headline is"),
        (['byline: "\\ud800"'], "line 2: "),
        (["lang: <b>"], "line 2: lang is '<b>'; expected a language tag"),
        (["topic: X", "headline: one: two"], "line 3: the front matter cannot be read; write key: value, with quotes"),
        (["just a sentence"], "line 2: the front matter has no keys"),
        (["- a", "- b"], "line 2: the front matter has no keys"),
        (["headline: &a", "dek: *b"], "line 3: the front matter cannot be read"),
        (["headline: " + "[" * 5_000], "too deep|cannot be read"),
    ],
)
def test_a_mistake_names_line_and_key(lines: list[str], message: str) -> None:
    """The line is that of the file, counted from its first `---`."""
    with pytest.raises(SourceError, match=message):
        read(*lines)


def test_front_matter_that_is_never_closed_is_a_mistake() -> None:
    """Otherwise it would be published as the article."""
    for text in ("---\nheadline: X\n\nBody.\n", "---\n" + "a: b\n" * 5_000 + "---\nBody.\n"):
        with pytest.raises(SourceError, match="line 1: the front matter that begins here is never closed"):
            split(text)


@pytest.mark.parametrize("text", ["", "Body.\n", "----\nBody.", "Headline\n---\nBody.\n---\n", " ---\na: b\n---\n"])
def test_a_text_without_front_matter_comes_back_whole(text: str) -> None:
    """Only a first line of exactly three dashes begins it."""
    assert split(text) == (Known(), text)


def test_empty_front_matter_says_nothing() -> None:
    """And is taken off."""
    assert split("---\n---\nBody.") == (Known(), "Body.")
    assert split("---\n# a comment\n...\nBody.") == (Known(), "Body.")


@given(st.text(max_size=200) | st.text("abc:-[]{}&*!|>'\"% \n#,?", max_size=60))
def test_any_front_matter_is_read_or_a_source_error(block: str) -> None:
    """Hostile YAML has no third way out."""
    try:
        _, body = split(f"---\n{block}\n---\nBody.")
    except SourceError:
        return
    assert body.endswith("Body.")
