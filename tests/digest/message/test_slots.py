"""Slots are filled safely, each with the escaping of its place."""

from __future__ import annotations

from html import unescape

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import RenderError
from digest.message import Chosen, Context, Form, Section, Slot, Slotted
from digest.rendering.inline import inline


def slotted(context: Context, *, name: str = "address") -> Slotted:
    return Slotted(("before ", Slot(name, context), " after"))


@given(st.text())
def test_html_values_cannot_leave_their_place(value: str) -> None:
    """No value opens a tag, closes an attribute or adds a control; what is printable reads back."""
    filled = slotted("html").fill({"address": value})
    inner = filled.removeprefix("before ").removesuffix(" after")
    assert not set(inner) & set("<>\"'\r\n\x00\u2028")
    assert unescape(inner) == "".join(char for char in value if not _control(char))


@given(st.text())
def test_text_values_stay_on_their_line(value: str) -> None:
    """A value in the text part keeps everything but controls and line breaks."""
    filled = slotted("text").fill({"address": value})
    assert filled == "before " + "".join(char for char in value if not _control(char)) + " after"
    assert len(filled.splitlines()) == 1


def _control(char: str) -> bool:
    code = ord(char)
    return code < 0x20 or 0x7F <= code <= 0x9F or code in (0x2028, 0x2029) or 0xD800 <= code <= 0xDFFF


@pytest.mark.parametrize("value", ["a\r\nBcc: x@example.net", "a\nb", "a\rb", "a\0b", "a\u2028b", "a\x85b"])
def test_header_values_with_controls_are_refused(value: str) -> None:
    """Nothing is repaired in a header: the message is not made."""
    with pytest.raises(RenderError, match="control character"):
        slotted("header").fill({"address": value})
    assert slotted("header").fill({"address": "Zoë <zoe@example.net>"}) == "before Zoë <zoe@example.net> after"


def test_a_missing_value_is_named() -> None:
    """Filling without a value says which one is missing."""
    with pytest.raises(RenderError, match="'address'"):
        slotted("html").fill({"other": ""})


@given(st.text(min_size=1))
def test_derived_values_are_escaped_as_the_inliner_escapes(value: str) -> None:
    """Between tags and in an attribute, what is printable comes out as the inliner would have written it."""
    clean = "".join(char for char in value if char.isprintable())
    element = lxml.html.fragment_fromstring("<p></p>")
    element.text = clean
    element.set("title", clean)
    inner, quoted = (Slot("subject", context).escape(clean) for context in ("element", "attribute"))
    document = f"<!DOCTYPE html><html><body>{lxml.html.tostring(element, encoding='unicode')}</body></html>"
    assert f'<p title="{quoted}">{inner}</p>' in inline(document)


SECTION = Section(
    "stories", Slotted(("<ul>",)), (Slotted(("<li>a",)), Slotted(("<li>b", Slot("x", "html")))), Slotted(("</ul>",))
)
FORM = Form(("<h1>", Slot("subject", "element"), "</h1>", SECTION, "."))


def test_a_selection_joins_items_and_fills_what_is_known() -> None:
    """Opening, items in the order asked for, closing; derived values escaped; personal slots stay."""
    chosen = Chosen((1, 0), {"stories": slice(2)}, {"subject": "A & B"})
    assert FORM.select(chosen).parts == ("<h1>A &amp; B</h1><ul><li>b", Slot("x", "html"), "<li>a</ul>.")


def test_an_empty_section_leaves_nothing() -> None:
    """Neither opening nor closing, and no empty piece."""
    assert FORM.select(Chosen((), {"stories": slice(0)}, {"subject": "x"})).parts == ("<h1>x</h1>.",)


def test_a_form_with_sections_is_not_filled_unselected() -> None:
    """Without sections it is filled at once; with sections that is refused."""
    assert Form(("a ", Slot("x", "html"))).fill({"x": "<"}) == "a &lt;"
    with pytest.raises(RenderError, match="select"):
        FORM.fill({"x": "", "subject": ""})
