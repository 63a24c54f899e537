"""The compiled message: slots are filled safely, and its stored form is exact."""

from __future__ import annotations

import json
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import RenderError
from digest.message import CompiledMessage, SentTo, Slot, Slotted


def slotted(context: str, *, name: str = "address") -> Slotted:
    return Slotted(("before ", Slot(name, context), " after"))  # type: ignore[arg-type]


MESSAGE = CompiledMessage(
    subject="Grüße 🎉",
    html=Slotted(('<a href="', Slot("unsubscribe_url", "html"), '">', Slot("sent_to", "html"), "</a>é")),
    text=Slotted((Slot("sent_to", "text"), " [sent_to] é")),
    source_html="<a>",
    preheader="Also",
    sent_to=SentTo("An %(address)s.", "An %(address)s seit %(date)s.", "de"),
)


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


def test_stored_form_is_exact() -> None:
    """JSON and back gives an equal message; the fingerprint follows every part of it."""
    assert CompiledMessage.from_json(MESSAGE.to_json()) == MESSAGE
    stored = json.loads(MESSAGE.to_json())
    assert list(stored) == sorted(stored)
    for key in stored:
        changed = {**stored, key: ["x", *stored[key][1:]] if isinstance(stored[key], list) else stored[key] + "x"}
        assert CompiledMessage.from_json(json.dumps(changed)).fingerprint != MESSAGE.fingerprint, key


@pytest.mark.parametrize("stored", ["", "{}", "[]", '{"subject":1}', "null"])
def test_something_else_is_refused(stored: str) -> None:
    """What `to_json` did not write is an error of rendering, not a traceback."""
    with pytest.raises(RenderError, match="build the edition again"):
        CompiledMessage.from_json(stored)


def test_an_unknown_context_is_refused() -> None:
    """A stored slot whose context nobody escapes for cannot be read."""
    stored = json.loads(MESSAGE.to_json())
    stored["html"][1][1] = "raw"
    with pytest.raises(RenderError, match="raw"):
        CompiledMessage.from_json(json.dumps(stored))


def test_size_counts_the_longest_slots() -> None:
    """Bytes, not characters, with 512 for the unsubscribe address 254 for the reader's and 200 for the sentence around it."""
    assert MESSAGE.html_bytes == len('<a href=""></a>é'.encode()) + 512 + 254 + 200
