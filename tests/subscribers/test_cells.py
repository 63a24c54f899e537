"""Cells that a spreadsheet will not run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.cells import neutralise, restore

TEXTS = st.text() | st.text("'=+-@\t\r\na", max_size=6)


@given(TEXTS)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """Whatever the text, a spreadsheet sees text."""
    assert neutralise(text)[:1] not in set("=+-@\t\r\n")


@given(TEXTS)
def test_the_guard_comes_off_again(text: str) -> None:
    """Restoring gives the text back, also one that has apostrophes of its own."""
    assert restore(neutralise(text)) == text


@pytest.mark.parametrize(("text", "cell"), [("=1+1", "'=1+1"), ("'=x", "''=x"), ("'t Hooft", "'t Hooft"), ("", "")])
def test_only_what_needs_it_is_guarded(text: str, cell: str) -> None:
    """A name that merely begins with an apostrophe is written as it is."""
    assert neutralise(text) == cell
