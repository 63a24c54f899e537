"""The structure of plain text."""

from __future__ import annotations

import pytest

from digest.model import Article
from digest.writing.blocks import BlockKind, find_blocks
from digest.writing.language import language_of

BODY = "The bridge over the Brine opened at noon on Monday, after nine years of work by the cities of Selby and Kelm."


def kinds(text: str, language: str = "en", **fields: str) -> list[tuple[BlockKind, str]]:
    article = Article(text=text, source="test", ref="t", language=language, **fields)  # type: ignore[arg-type]
    return [
        (block.kind, text[block.span.start : block.span.end]) for block in find_blocks(article, language_of(language))
    ]


@pytest.mark.parametrize("sign", ["•", "-", "*", "–", "—", "·", "‣", "1.", "2)", "(3)"])
@pytest.mark.parametrize("indent", ["", "  ", "\t"])
def test_bullets(sign: str, indent: str) -> None:
    """Any common sign, indented or not, makes an item below a label; the sign is not part of it."""
    text = f"Bridge opens\n\nKey Points\n\n{indent}{sign} It is late\n{indent}{sign} It is long\n\n{BODY}"
    takes = [words for kind, words in kinds(text) if kind is BlockKind.TAKE]
    assert takes == ["It is late", "It is long"]


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("Quick Takes", "en"),
        ("KEY POINTS:", "en"),
        ("**Key takeaways**", "en"),
        ("## At a glance", "en"),
        ("TL;DR", "en"),
        ("What to know", "en"),
        ("Auf einen Blick", "de"),
        ("L’essentiel", "fr"),
        ("Las claves", "es"),
        ("עיקרי הדברים", "he"),
        ("أبرز النقاط", "ar"),
    ],
)
def test_labels(label: str, language: str) -> None:
    """The labels of every language, however they are set off."""
    text = f"Bridge opens\n\n{label}\n• It is late\n• It is long\n\n{BODY}"
    assert [kind for kind, _ in kinds(text, language)].count(BlockKind.TAKE) == 2


def test_a_block_that_nobody_sees_is_none() -> None:
    """Joiners and the like alone are no headline: the first words that can be read are."""
    assert kinds(f"\u200c\u2060\n\nBridge opens\n\n{BODY}")[0] == (BlockKind.HEADLINE, "Bridge opens")


def test_list_after_the_body() -> None:
    """The list may come last; a list without a label inside the body stays body."""
    text = f"Bridge opens\n\n{BODY}\n\n{BODY}\n\nIn brief\n- It is late\n- It is long"
    assert [words for kind, words in kinds(text) if kind is BlockKind.TAKE] == ["It is late", "It is long"]
    loose = f"Bridge opens\n\n{BODY}\n\n{BODY}\n\n{BODY}\n\n- nails\n- screws\n\n{BODY}"
    assert not [words for kind, words in kinds(loose) if kind is BlockKind.TAKE]


def test_byline_date_and_address() -> None:
    """A byline, a date line and an address by themselves are not body."""
    text = f"Bridge opens\n\nBy Ida Holm and Per Vik\n\nPublished: 4 May 2031\n\nhttps://ledger.example/b\n\n{BODY}\n\n{BODY}"
    assert [kind for kind, _ in kinds(text)][:4] == [
        BlockKind.HEADLINE,
        BlockKind.BYLINE,
        BlockKind.DATE,
        BlockKind.ADDRESS,
    ]


def test_lines_without_blank_lines() -> None:
    """A byline, a date line and an address right below each other are three lines, not one."""
    text = f"Bridge opens\nBy Ida Holm\nPublished: 4 May 2031\nhttps://ledger.example/b\n\n{BODY}\n\n{BODY}"
    assert [kind for kind, _ in kinds(text)][:4] == [
        BlockKind.HEADLINE,
        BlockKind.BYLINE,
        BlockKind.DATE,
        BlockKind.ADDRESS,
    ]


def test_list_below_the_furniture() -> None:
    """A list whose label nobody knows is the author's, however many short lines stand above it."""
    top = "Bridge opens\n\nThe bridge at night\n\nIt is late and it is long.\n\nBy Ida Holm\n\n4 May 2031\n\nNutshell:"
    text = f"{top}\n\n• It is late\n• It is long\n\n{BODY}"
    assert [words for kind, words in kinds(text) if kind is BlockKind.TAKE] == ["It is late", "It is long"]
    assert (BlockKind.LABEL, "Nutshell:") in kinds(text)


def test_first_paragraph_is_no_dek() -> None:
    """Without a list, a byline or a subhead behind it, the first paragraph is body."""
    assert [kind for kind, _ in kinds(f"Bridge opens\n\n{BODY}\n\n{BODY}")] == [
        BlockKind.HEADLINE,
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
    ]


def test_known_headline() -> None:
    """A headline from the source claims the line that repeats it, whatever its case and marks."""
    assert kinds(f"BRIDGE OPENS.\n\n{BODY}", headline="Bridge opens")[0][0] is BlockKind.HEADLINE
    assert kinds(f"{BODY}\n\n{BODY}", headline="Bridge opens")[0][0] is BlockKind.PARAGRAPH


def test_fixed_width() -> None:
    """Lines broken at a fixed width are one paragraph."""
    text = f"Bridge opens\n\n{BODY[:70]}\n{BODY[71:]}\n\n{BODY}"
    assert [kind for kind, _ in kinds(text)].count(BlockKind.PARAGRAPH) == 2


def test_lines_without_words() -> None:
    """A rule, a row of stars or a bullet with nothing behind it is no part of the story, and ends no list."""
    text = f"Bridge opens\n\nKey points\n• It is late\n•\n• It is long\n\n{BODY}\n\n* * *\n\n___.\n\n{BODY}\n\n“\n"
    assert kinds(text) == [
        (BlockKind.HEADLINE, "Bridge opens"),
        (BlockKind.LABEL, "Key points"),
        (BlockKind.TAKE, "It is late"),
        (BlockKind.TAKE, "It is long"),
        (BlockKind.PARAGRAPH, BODY),
        (BlockKind.PARAGRAPH, BODY),
    ]


def test_subheads() -> None:
    """A short line before a paragraph is a subhead, a question too; a quotation is not."""
    text = f"Bridge opens\n\n{BODY}\n\nWhat comes next?\n\n{BODY}\n\n“It is late”\n\n{BODY}"
    assert [words for kind, words in kinds(text) if kind is BlockKind.SUBHEAD] == ["What comes next?"]
