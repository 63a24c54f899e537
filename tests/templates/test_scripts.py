"""Arabic letters are joined: capitals and letter-spacing would tear them apart."""

from __future__ import annotations

import re
from dataclasses import replace

import lxml.html
import pytest

from digest.rendering.edition import compile_edition
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates

_ARABIC = re.compile("[\u0600-\u06ff]")
_TORN = re.compile("letter-spacing|text-transform|font-style")


def torn(html: str) -> list[str]:
    """Arabic texts that a style spaces, capitalises or slants, on their element or around it."""
    found = []
    for element in lxml.html.document_fromstring(html).iter("*"):
        for text in (element.text, *(child.tail for child in element)):
            if text and _ARABIC.search(text):
                around = [element, *element.iterancestors()]
                if any(_TORN.search(each.get("style") or "") for each in around):
                    found.append(text.strip())
    return found


@pytest.mark.parametrize("template", ["digest", "brief", "quotes"])
@pytest.mark.parametrize("lead", range(3))
@pytest.mark.parametrize("case", ["sample", "sample-rtl"])
def test_joined_letters_stay_joined(template: str, case: str, lead: int) -> None:
    """Whatever story leads, and in whatever language we speak beside it."""
    templates = Templates()
    content = replace(sample_content(templates.sample(template, case)), template=template)
    stories = content.stories[lead:] + content.stories[:lead]
    html = compile_edition(replace(content, stories=stories), templates=templates, nonce="k3n9x2p7q1").html.fill(
        {"sent_to": "أُرسلت إليك", "unsubscribe_url": "https://briefing.example.com/u/4f3c"}
    )
    assert torn(html) == []


def test_a_torn_word_is_seen() -> None:
    """The check above finds a word whose letters an element around it spaces."""
    assert torn('<p style="letter-spacing:1px"><span>سماء</span> · Sky</p>') == ["سماء"]
