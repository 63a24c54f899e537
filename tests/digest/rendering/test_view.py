"""What templates see of an edition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digest.errors import RenderError
from digest.model import Report, Story
from digest.rendering import view
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.layout import layout
from digest.rendering.templates import Templates
from digest.rendering.view import PREHEADER_LENGTH, SUBJECT_LENGTH, shorten, slots_of
from digest.rendering.words import ENGLISH

SHAPE = layout(Templates().folders, "digest")
FULL_STORIES = 5


def view_of(content: EditionContent) -> dict[str, Any]:
    return view.view_of(content, SHAPE)


def slots(content: EditionContent) -> dict[str, str]:
    return slots_of(view_of(content), SHAPE, ENGLISH)


def plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(plain, value))
    return value is None or type(value) in (str, int, bool)


def lead(content: EditionContent, **changes: Any) -> EditionContent:
    return replace(content, stories=(replace(content.stories[0], **changes), *content.stories[1:]))


def test_only_plain_values(content: EditionContent) -> None:
    """Strings, numbers, booleans, lists and dicts: nothing that a template could reach through."""
    assert plain(view_of(content))


def test_order_and_limits(content: EditionContent) -> None:
    """The first story leads, four follow in full, the rest in brief; takes and quotes are limited."""
    view = view_of(content)
    assert view["lead"][0]["headline"] == content.stories[0].headline
    assert [story["headline"] for story in view["stories"]] == [s.headline for s in content.stories[1:FULL_STORIES]]
    assert [story["headline"] for story in view["briefs"]] == [s.headline for s in content.stories[FULL_STORIES:]]
    assert len(view["lead"][0]["quotes"]) == 3
    assert all(len(story["takes"]) <= 3 and len(story["quotes"]) <= 1 for story in view["stories"])


def test_summary_takes_the_first_take_or_the_headline(content: EditionContent) -> None:
    """Three lines: the first take if it is short enough, the headline if there is none; none for a single story."""
    story = content.stories[0]
    assert view_of(content)["summary"][0]["text"] == story.takes[0].text
    assert view_of(lead(content, takes=()))["summary"][0]["text"] == story.headline
    long = (replace(story.takes[0], text="word " * 60),)
    assert view_of(lead(content, takes=long))["summary"][0]["text"] == story.headline
    assert view_of(replace(content, stories=content.stories[:1]))["summary"] == []


def test_a_quotation_without_speaker_is_not_shown(content: EditionContent) -> None:
    """Nor is one that is not a key quote; key quotes come best first."""
    first, second, third = content.stories[0].quotes
    quotes = (replace(first, speaker=None), replace(second, rank=None), replace(third, rank=2))
    shown = view_of(lead(content, quotes=quotes))["lead"][0]["quotes"]
    assert [quote["speaker"] for quote in shown] == [third.speaker]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("We won,", "We won."),
        ("ربحنا،", "ربحنا."),
        ("We won.", "We won."),
        ("Did we win?", "Did we win?"),
        ("We won, and lost", "We won, and lost"),
    ],
)
def test_only_a_last_comma_gives_way(content: EditionContent, text: str, shown: str) -> None:
    """A quotation is shown word for word; the comma before its cue becomes a full stop."""
    quotes = (replace(content.stories[0].quotes[0], text=text),)
    assert view_of(lead(content, quotes=quotes))["lead"][0]["quotes"][0]["text"] == shown


def test_subject_and_preheader(content: EditionContent) -> None:
    """The subject is the lead's headline, cut at a word; the preheader tells of other stories, or more of the lead."""
    view = slots(content)
    assert len(view["subject"]) <= SUBJECT_LENGTH
    assert content.stories[0].headline.startswith(view["subject"].removesuffix("…"))
    assert view["preheader"].startswith(f"Also: {content.stories[1].headline}")
    assert len(view["preheader"]) <= PREHEADER_LENGTH
    alone = slots(replace(content, stories=content.stories[:1]))
    assert str(content.stories[0].dek).startswith(alone["preheader"].removesuffix("…"))


def test_shorten() -> None:
    """Whole words before an ellipsis, never longer than asked, even without a space."""
    assert shorten("one two three", 13) == "one two three"
    assert shorten("one two three four", 13) == "one two…"
    assert len(shorten("x" * 100, 20)) == 20


def test_links_only_to_the_web(content: EditionContent) -> None:
    """A story with an unsafe address is shown without a link; an edition with one is refused."""
    assert view_of(lead(content, url="javascript:alert(1)"))["lead"][0]["url"] is None
    with pytest.raises(RenderError, match="http or https"):
        view_of(replace(content, view_url="javascript:alert(1)"))


def test_an_edition_needs_a_story(content: EditionContent) -> None:
    """Nothing to say is an error, in words."""
    with pytest.raises(RenderError, match="at least one story"):
        view_of(replace(content, stories=()))


def test_reading_time_counts_what_is_shown(content: EditionContent) -> None:
    """238 words a minute, rounded up, of the digest itself: not of the articles."""
    headline = replace(content.stories[0], headline="word " * 10, takes=(), quotes=(), dek=None, words=90_000)
    for words, minutes in ((228, 1), (229, 2), (466, 2), (467, 3)):
        story: Story = replace(headline, dek="word " * words)
        assert slots(replace(content, stories=(story,)))["minutes"] == f"{minutes} min read", words


def test_who_else_reported_it(content: EditionContent) -> None:
    """Other publishers stand under the story in both parts, three at most and as text; others have no such line."""
    reports = tuple(Report(f"Coast & <b>{number}</b>", "https://coast.example/") for number in range(4))
    told = lead(content, also=reports)
    view = view_of(told)
    assert view["lead"][0]["also"] == "Coast & <b>0</b>, Coast & <b>1</b>, and Coast & <b>2</b>"
    assert {story["also"] for story in view["stories"]} == {""}
    message = compile_edition(told, templates=Templates([]), nonce="n" * 16)
    slots = dict.fromkeys(("sent_to", "unsubscribe_url"), "x")
    html, text = message.html.fill(slots), message.text.fill(slots)
    assert html.count("Also reported by") == 1
    assert "Also reported by Coast &amp; &lt;b&gt;0&lt;/b&gt;, Coast" in html
    assert "\nAlso reported by Coast & <b>0</b>, Coast & <b>1</b> and Coast & <b>2</b>\n" in text
