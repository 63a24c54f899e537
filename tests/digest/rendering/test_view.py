"""What templates see of an edition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digest.errors import RenderError
from digest.model import Report
from digest.rendering.edition import EditionContent, Rendering, compile_edition
from digest.rendering.templates import Templates
from digest.rendering.view import frame, line, shown, words_in


def first(content: EditionContent, **changes: Any) -> dict[str, Any]:
    """The first story as a template sees it, with these changes."""
    return shown(replace(content.stories[0], **changes), content, takes=5, quotes=3, image=True)


def plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(plain, value))
    return value is None or type(value) in (str, int, bool)


def test_only_plain_values(content: EditionContent) -> None:
    """Strings, numbers, booleans, lists and dicts: nothing that a template could reach through."""
    assert plain(frame(content))
    assert all(plain(shown(story, content, takes=5, quotes=3, image=True)) for story in content.stories)
    assert plain(line(content.stories[0], content))


def test_as_much_as_is_asked_for(content: EditionContent) -> None:
    """Takes and quotes are limited, and a picture is shown where there is room for it."""
    little = shown(content.stories[0], content, takes=1, quotes=2, image=False)
    assert (len(little["takes"]), len(little["quotes"]), little["image"]) == (1, 2, None)
    assert first(content)["image"] is not None


def test_summary_is_headlines(content: EditionContent) -> None:
    """Never a take or a dek that stands below."""
    assert line(content.stories[0], content)["text"] == content.stories[0].headline


def test_a_quotation_without_speaker_is_not_shown(content: EditionContent) -> None:
    """Nor is one that is not a key quote; key quotes come best first."""
    one, two, three = content.stories[0].quotes
    quotes = (replace(one, speaker=None), replace(two, rank=None), replace(three, rank=2))
    assert [quote["speaker"] for quote in first(content, quotes=quotes)["quotes"]] == [three.speaker]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We won,", "We won."),
        ("ربحنا،", "ربحنا."),
        ("We won.", "We won."),
        ("Did we win?", "Did we win?"),
        ("We won, and lost", "We won, and lost"),
    ],
)
def test_only_a_last_comma_gives_way(content: EditionContent, text: str, expected: str) -> None:
    """A quotation is shown word for word; the comma before its cue becomes a full stop."""
    quotes = (replace(content.stories[0].quotes[0], text=text),)
    assert first(content, quotes=quotes)["quotes"][0]["text"] == expected


def test_links_only_to_the_web(content: EditionContent) -> None:
    """A story with an unsafe address is shown without a link; an edition with one is refused."""
    assert first(content, url="javascript:alert(1)")["url"] is None
    with pytest.raises(RenderError, match="http or https"):
        frame(replace(content, view_url="javascript:alert(1)"))


def test_an_edition_needs_a_story(content: EditionContent, templates: Templates) -> None:
    """Nothing to say is an error, in words."""
    with pytest.raises(RenderError, match="at least one story"):
        Rendering(replace(content, stories=()), templates=templates, nonce="n" * 16)


def test_words_are_counted_where_they_are_read(content: EditionContent) -> None:
    """Those of the digest itself, its quotations with who said them; not those of the article."""
    bare = first(content, headline="one two", dek="three", takes=(), quotes=(), words=90_000)
    assert words_in(bare) == 3
    quote = replace(content.stories[0].quotes[0], text="four five", speaker="Six Seven", role="eight")
    assert words_in(first(content, headline="one two", dek="three", takes=(), quotes=(quote,))) == 8


def test_who_else_reported_it(content: EditionContent) -> None:
    """Other publishers stand under the story in both parts, three at most and as text; others have no such line."""
    reports = tuple(Report(f"Coast & <b>{number}</b>", "https://coast.example/") for number in range(4))
    told = replace(content, stories=(replace(content.stories[0], also=reports), *content.stories[1:]))
    assert first(content, also=reports)["also"] == "Coast & <b>0</b>, Coast & <b>1</b>, and Coast & <b>2</b>"
    message = compile_edition(told, templates=Templates([]), nonce="n" * 16)
    slots = dict.fromkeys(("sent_to", "unsubscribe_url"), "x")
    html, text = message.html.fill(slots), message.text.fill(slots)
    assert html.count("Also reported by") == 1
    assert "Also reported by Coast &amp; &lt;b&gt;0&lt;/b&gt;, Coast" in html
    assert "\nAlso reported by Coast & <b>0</b>, Coast & <b>1</b> and Coast & <b>2</b>\n" in text
