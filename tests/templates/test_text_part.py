"""The plain-text part says what the HTML says, to people who read it in a terminal."""

from __future__ import annotations

import re

import lxml.html
from specimens import Specimen

from digest.rendering.notice import Notice
from digest.rendering.templates import TEXT_WIDTH
from digest.rendering.untrusted import clean


def test_every_link_of_the_html_stands_alone_on_a_line(specimen: Specimen) -> None:
    """Each address that the HTML links to can be copied from the text part; so readers can leave and write, too."""
    lines = {line.strip() for line in specimen.text.splitlines()}
    linked = {link.get("href", "") for link in lxml.html.document_fromstring(specimen.html).iter("a")}
    assert linked
    assert linked - lines == set()
    assert clean(specimen.content.postal_address) in flat(specimen.text)


def test_every_story_is_told(specimen: Specimen) -> None:
    """Whatever headline and speaker the HTML shows of an edition, the text part has too."""
    if isinstance(specimen.content, Notice):
        assert specimen.content.title in flat(specimen.text)
        return
    shown = flat(lxml.html.document_fromstring(specimen.html).text_content())
    told = flat(specimen.text)
    for story in specimen.content.stories:
        assert clean(story.headline) in told
        speakers = {clean(quote.speaker) for quote in story.quotes if quote.speaker}
        assert {name for name in speakers if name in shown} == {name for name in speakers if name in told}


def test_lines_are_short_and_plain(specimen: Specimen) -> None:
    """No line but one of a single long word passes 72 columns, and nothing is escaped for HTML."""
    for line in specimen.text.splitlines():
        only = line.lstrip(" *—·0123456789.")
        assert len(line) <= TEXT_WIDTH or " " not in only.strip() or "@example.net" in line, line
    if specimen.variation != "markup":
        assert not re.search(r"&(amp|lt|gt|quot|#\d+);|</?[a-z]+[ >]", specimen.text)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)
