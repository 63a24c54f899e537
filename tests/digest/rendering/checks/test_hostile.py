"""Whatever a template or an article puts into a message, it is judged and never breaks the checks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken import SOUND, block, shown
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.model import Severity
from digest.rendering.checks import check

MARKUP = (
    "<", ">", '"', "'", "&", ";", ":", "{", "}", "(", ")", "/", "\\", "!", "[", "]", ".", ",", "#", "%", " ",
    "@media", "@media screen{", "<!--[if mso]>", "<![endif]-->", "<!--", "-->", "<style>", "</style>", "<p ",
    "<a href=", "style=", "width=", "src=", "alt=", "class=", "px", "9e999px", "1.2.3px", "-0", "١٢", "calc(", "url(",
    "var(--a)", "rgb(0 0", "rgba(,)", " !important", "color:red", "display:none", "max-width:", "border:", "font-size:",
    "padding:", "margin:", "https://[", "http://a:b", "javascript:", "data:", "mailto:", "9" * 20, "&#0;", "&#xD800;",
    "\x00", "\x0b", "\x85", "\u2028", "\u202e",
)  # fmt: skip
PIECES = st.lists(st.sampled_from(MARKUP) | st.text(max_size=4), max_size=12).map("".join)


@settings(max_examples=60)
@given(PIECES)
@example("<a href='https://['>x</a><img src='https://[' width='" + "9" * 5000 + "' height='1'>")
@example('<p style="max-width:9e999px; border:1.2.3px; padding:1e999px; font-size:1e999px">x</p>')
def test_any_markup_is_judged(markup: str) -> None:
    """In the body, in an attribute, in a style block, as the whole document."""
    for proof in (
        shown(markup)(SOUND),
        shown(f'<p style="{markup}">text</p>')(SOUND),
        block(markup)(SOUND),
        replace(SOUND, html=markup),
    ):
        assert all(finding.message and finding.advice for finding in check(proof))


@pytest.mark.parametrize("opened", ["calc(", "a{", "[", ":not("])
def test_brackets_without_end_are_a_finding(opened: str) -> None:
    """In an attribute or a block they are bad syntax, however deep, where a parser that calls itself would fall."""
    for proof in (shown(f'<p style="width:{opened * 3000}">text</p>')(SOUND), block(f"p{opened * 3000}")(SOUND)):
        assert "style-syntax" in {finding.code for finding in check(proof)}


@settings(max_examples=60)
@given(PIECES)
@example("a\r\nBcc: b@example.com")
@example("\ud800")
def test_any_line_is_judged(line: str) -> None:
    """As subject, preheader, text part and header field; what cannot be sent is an error, not a traceback."""
    proof = replace(SOUND, subject=line, preheader=line, text=line, headers={**(SOUND.headers or {}), "From": line})
    assert Severity.ERROR in {finding.severity for finding in check(proof)}
