"""What holds for any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Article
from digest.writing import write

PIECES = [
    *"“”„‟«»\"'‘’‚‹›`()[]—–-:;,.?!…•* \n",
    "\n\n",
    "''",
    "said ",
    "Lind ",
    "he ",
    "Mr. ",
    "Ada Lind",
    "ADA LIND: ",
    "\nTOM OKA: ",
    "Key points\n",
]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*PIECES, "this week ", "according to ", "İ", "\x00", "שלום"]), max_size=80).map("".join),
)


@given(text=TEXTS, language=st.sampled_from(["en", "de", "fr", "es", "he", "ar", "xx", ""]))
@settings(max_examples=500, deadline=None)
def test_any_text(text: str, language: str) -> None:
    """No exception; quotes, takes and places are slices of the text; two runs agree; confidence is a probability."""
    article = Article(text=text, source="test", ref="t", language=language)
    story = write(article)
    for part in (*story.quotes, *story.takes):
        assert text[part.span.start : part.span.end] == part.text
    for finding in story.findings:
        for place in finding.places:
            assert place.span is None or 0 <= place.span.start <= place.span.end <= len(text)
    assert all(0 <= quote.confidence <= 1 for quote in story.quotes)
    assert [quote.rank for quote in story.key_quotes] == list(range(1, len(story.key_quotes) + 1))
    assert write(article) == story


@pytest.mark.parametrize(
    "run",
    [
        "“",
        "”",
        '"',
        "'",
        "‘a",
        "\x01!",
        "’",
        "«",
        "„",
        "(",
        "•\n",
        "# ",
        "A. ",
        "said ",
        "a, ",
        "He said “",
        "1. ",
        "“a” ",
        "ADA: a b\nTOM: c\n",
        "“x y z,” said ",
        "said, “a ",
        "“x y z”\n— A B\n\n",
    ],
)
def test_long_runs(run: str) -> None:
    """Long runs of marks, names or verbs end in a story like any text."""
    text = "Harbour\n\n" + run * (20_000 // len(run))
    assert write(Article(text=text, source="test", ref="t")).ref == "t"
