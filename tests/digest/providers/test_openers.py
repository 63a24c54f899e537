"""Merge engines find nothing of their language in what they are given, however it came together."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import PLAIN, reader

from digest.delivery.letters import mailbox
from digest.errors import RenderError
from digest.message import Form, Plan, Section, Slot, Slotted
from digest.message.selection import Told
from digest.providers.base import Adapter, Letter
from digest.providers.brevo import Brevo
from digest.providers.mailjet import Mailjet
from digest.providers.openers import Openers

BREVO, MAILJET = ("{{", "{%", "{#"), ("{{", "{%", "{#", "[[")

hostile = st.text(alphabet="{[%#}]a <>/", max_size=12) | st.sampled_from(
    ["{{ contact.EMAIL }}", "{{params.x}}", "{% if 1 %}", "{# x #}", "[[var:x]]", "[[data:name]]", "{{{", "[[["]
)
slots = st.sampled_from(["sent_to", "subject", "minutes"])


def forms(context: Any) -> st.SearchStrategy[Form]:
    parts = hostile | st.builds(Slot, slots, st.just(context))
    slotted = st.lists(parts, max_size=3).map(lambda run: Slotted(tuple(run)))
    section = st.builds(lambda one, two, three: Section("stories", one, (two,), three), slotted, slotted, slotted)
    return st.lists(parts | section, max_size=6).map(lambda run: Form(tuple(run)))


letters = st.builds(
    lambda subject, body, text, title, headline: Letter(
        sender=mailbox(f"T {title}", "tide@news.example.org"),
        reply_to="",
        subject=subject,
        html=body,
        text=text,
        headers=(("List-Id", Slotted((f'"{title}" <morning.news.example.org>',))),),
        stream="broadcast",
        plan=Plan(
            sections=(("stories", None),),
            stories=(Told(headline, "", "", (1, 1)),),
            minutes=(f"one {title}",),
        ),
    ),
    forms("text"),
    forms("html"),
    forms("text"),
    hostile,
    hostile.filter(str.strip),
)


def strings(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [text for member in value.values() for text in strings(member)]
    if isinstance(value, list):
        return [text for member in value for text in strings(member)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(("adapter", "pairs"), [(Brevo(), BREVO), (Mailjet(), MAILJET)], ids=["brevo", "mailjet"])
@given(letter=letters, name=hostile, sent_to=hostile)
def test_no_request_holds_an_opener(
    adapter: Adapter, pairs: tuple[str, ...], letter: Letter, name: str, sent_to: str
) -> None:
    """Not in subject, bodies, fields or names; not where a slot, a section or a selection put two halves together."""
    wire, chosen = adapter.wire(letter), letter.plan.choose()
    values = {"to": mailbox(f"N{name}", "ann@example.org"), "sent_to": sent_to, "delivery": "7-0-0f"}
    for _ in range(3):  # a selection that comes again is joined in another way
        body = adapter.call([wire.message(values, chosen)], key="k-1").body
        for text in strings(json.loads(body)):
            assert not [pair for pair in pairs if pair in text]


@given(text=hostile | st.text())
def test_what_a_reader_sees_is_the_same(text: str) -> None:
    """A character reference is the character, and a word joiner takes no room."""
    openers = Openers(MAILJET)
    assert html.unescape(openers.html(text)) == html.unescape(text)
    assert openers.text(text).replace("\u2060", "") == text.replace("\u2060", "")


def test_style_sheets_are_style_sheets_still() -> None:
    """A character reference means nothing in one; a space after a brace does not change it."""
    sheet = "<STYLE type='text/css'>@media print{#a{color:red}}</STYLE>"
    assert Openers(BREVO).html(f"{{#{sheet}{{#") == f"&#123;#{sheet.replace('{#', '{ #')}&#123;#"


def test_what_is_no_opener_stays() -> None:
    """One brace or bracket is only that."""
    for text in ("{a} [1] a[0]", "<!--[if mso]><![endif]-->", "p{color:red}", "}}"):
        openers = Openers(MAILJET)
        assert (openers.text(text), openers.html(text), openers.header(text)) == (text, text, text)


def test_an_address_cannot_be_written_otherwise() -> None:
    """RFC 5322 allows such an address; its reader is set aside rather than somebody else written to."""
    wire = Brevo().wire(PLAIN)
    with pytest.raises(RenderError, match="variable"):
        wire.message(reader(0) | {"to": "{{contact.EMAIL}}@example.org"})
