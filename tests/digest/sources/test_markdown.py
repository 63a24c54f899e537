"""Markdown → the plain shape."""

from __future__ import annotations

import pytest

from digest.sources.known import Known
from digest.sources.markdown import plain


def body(text: str) -> str:
    """The plain blocks alone."""
    return plain(text, Known())[0]


def test_an_article_becomes_plain_blocks() -> None:
    """Headings and paragraphs by themselves, a list right under its label, words without marks."""
    text, known = plain(
        "# Harbour *reopens*\n\n"
        "A **bold** dek.\n\n"
        "## Quick Takes\n\n"
        "- First, with a [link](https://a.example)\n"
        "- Second\n  goes on\n\n"
        "Wrapped by\nthe editor, with `code`.\n\n"
        "Nine ships\n---\n\n"
        "“We sailed,” said Ann Lee.\n",
        Known(),
    )
    assert text == (
        "Harbour reopens\n\n"
        "A bold dek.\n\n"
        "Quick Takes\n• First, with a link\n• Second goes on\n\n"
        "Wrapped by the editor, with code.\n\n"
        "Nine ships\n\n"
        "“We sailed,” said Ann Lee."
    )
    assert known.headline == "Harbour reopens"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "it\'s -- done..." (c)', 'He said "it\'s -- done..." (c)'),
        ("“It’s” – «done» 5 &amp; 6 \\* 7", "“It’s” – «done» 5 & 6 * 7"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("one  \ntwo", "one\ntwo"),
    ],
)
def test_the_words_are_verbatim(text: str, expected: str) -> None:
    """No typographer changes marks; only Markdown's own escapes are taken off."""
    assert body(text) == expected


def test_lists_of_every_kind_are_flat_bullets() -> None:
    """Numbered, loose and nested; an item of two paragraphs stays one item."""
    assert body("1. one\n2. two\n   - deep\n\n     more\n3. three\n") == "• one\n• two\n• deep more\n• three"


def test_a_list_belongs_to_a_label_not_to_a_sentence() -> None:
    """A paragraph that ends stays a paragraph; a short open line is the label."""
    assert body("Highlights\n\n- a\n- b") == "Highlights\n• a\n• b"
    assert body("They agreed on this.\n\n- a\n- b") == "They agreed on this.\n\n• a\n• b"


def test_html_and_images_are_dropped_and_code_is_kept() -> None:
    """Tags go, the words between inline tags stay."""
    text = "A <b>bold</b> word ![alt](i.png)\n\n<script>alert(1)</script>\n\n<!-- x -->\n\n"
    assert body(text + "```\nx = 1\n\ny = 2\n```\n\n***\n") == "A bold word\n\nx = 1\n\ny = 2"


def test_the_caption_is_the_description_of_an_image_with_a_title() -> None:
    """An image without a title is decoration, and what front matter says wins."""
    text = '![decor](a.png)\n\n![The quay\nat dawn](b.png "Photo")\n\nBody.'
    assert plain(text, Known())[1].caption == "The quay at dawn"
    assert plain(text, Known(caption="Known"))[1].caption == "Known"
    assert plain("![decor](a.png)\n\nBody.", Known())[1].caption is None


def test_only_a_first_heading_of_the_first_level_is_the_headline() -> None:
    """And front matter wins over it."""
    assert plain("Body.\n\n# Later", Known())[1].headline is None
    assert plain("## Second level\n\nBody.", Known())[1].headline is None
    assert plain("# Other\n\nBody.", Known(headline="Known"))[1].headline == "Known"
