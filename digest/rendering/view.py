"""What a template sees: an edition as plain strings, numbers, lists and dicts, cleaned of controls.

No object with methods of its own reaches a template, so nothing in one can reach further.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from digest.errors import RenderError
from digest.model import Quote, Story
from digest.rendering.content import EditionContent, StoryImage
from digest.rendering.language import direction, listing, long_date, marks, tag
from digest.rendering.untrusted import clean, http_url
from digest.rendering.words import ENGLISH, Words

FULL_STORIES = 5
"""The lead and four more; what follows is told in brief, so that a long day still fits and still reads."""
SUMMARY_LINES = 3
SUMMARY_LENGTH = 170
"""Code points. A take beyond this does not fit thirty seconds: the headline stands instead."""
LEAD_TAKES, LEAD_QUOTES = 5, 3
STORY_TAKES, STORY_QUOTES = 3, 1
ALSO = 3
"""Other publishers of a story that are named."""
LARGE_QUOTE = 180
"""Code points up to which a quotation of the lead is set in the largest type."""
SUBJECT_LENGTH = 78
"""Code points; RFC 5322 2.1.1 asks for lines of at most 78 characters, and no client shows more."""
PREHEADER_LENGTH = 130
ALT_LENGTH = 250
"""Code points; a screen reader reads them in one breath, and cannot skip within them."""
WORDS_A_MINUTE = 238
"""Silent reading of English non-fiction: Brysbaert, "How many words do we read per minute?", 2019."""


def view_of(content: EditionContent, words: Words = ENGLISH) -> dict[str, Any]:
    """The values that a digest template is rendered with; `words`: our own.

    Raises RenderError when there is no story or no usable address of the online edition.
    """
    if not content.stories:
        raise RenderError(f"an edition of {content.title!r} needs at least one story")
    view_url = http_url(content.view_url)
    if view_url is None:
        raise RenderError(f"the online address of an edition must be http or https, not {content.view_url!r}")
    language = tag(content.language, "en")
    full, rest = content.stories[:FULL_STORIES], content.stories[FULL_STORIES:]
    lead = _story(full[0], language, words, takes=LEAD_TAKES, quotes=LEAD_QUOTES)
    lead["image"] = _image(content.images.get(full[0].article))
    stories = [_story(story, language, words, takes=STORY_TAKES, quotes=STORY_QUOTES) for story in full[1:]]
    briefs = [_story(story, language, words, takes=0, quotes=0) for story in rest]
    view: dict[str, Any] = {
        **_sides(language),
        "title": clean(content.title),
        "tagline": clean(content.tagline),
        "postal_address": clean(content.postal_address),
        "why": clean(content.why)
        or words.gettext("You get this because you signed up for %(title)s.", title=clean(content.title)),
        "date": long_date(content.issue_date, language),
        "number": None if content.number is None else words.number(content.number),
        "subject": shorten(lead["headline"], SUBJECT_LENGTH),
        "preheader": _preheader(lead, stories + briefs, words),
        "summary": [_summary(story, language) for story in full[:SUMMARY_LINES]] if len(content.stories) > 1 else [],
        "lead": lead,
        "stories": stories,
        "briefs": briefs,
        "view_url": view_url,
        "voice": _sides(words.language),
    }
    view["minutes"] = _minutes(view)
    return view


def strings(view: object) -> Iterator[str]:
    """Every string in a view, at any depth."""
    if isinstance(view, str):
        yield view
    elif isinstance(view, Mapping):
        for value in view.values():
            yield from strings(value)
    elif isinstance(view, list):
        for value in view:
            yield from strings(value)


def shorten(text: str, length: int) -> str:
    """The text, or as many whole words of it as fit before an ellipsis; at most `length` code points."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space >= length // 2 else cut).rstrip(" ,;:–—-") + "…"


def _sides(language: str) -> dict[str, Any]:
    way = direction(language)
    left = way == "ltr"
    return {
        "lang": language,
        "dir": way,
        "start": "left" if left else "right",
        "end": "right" if left else "left",
        "onward": "→" if left else "←",
    }


def _story(story: Story, language: str, words: Words, *, takes: int, quotes: int) -> dict[str, Any]:
    said = [quote for quote in story.key_quotes if quote.speaker]
    own = tag(story.language, language)
    return {
        **_sides(own),
        "topic": clean(story.topic or ""),
        "headline": clean(story.headline),
        "dek": clean(story.dek or ""),
        "takes": [clean(take.text) for take in story.takes[:takes]],
        "quotes": [_quote(quote, own) for quote in said[:quotes]],
        "image": None,
        "url": http_url(story.url),
        "publisher": clean(story.publisher or ""),
        "also": listing([clean(report.publisher) for report in story.also[:ALSO]], words.language),
    }


def _image(image: StoryImage | None) -> dict[str, Any] | None:
    url = http_url(image.url) if image else None
    if image is None or url is None:
        return None
    return {"url": url, "width": image.width, "height": image.height, "alt": shorten(clean(image.alt), ALT_LENGTH)}


def _quote(quote: Quote, language: str) -> dict[str, Any]:
    # “…,” he said: the comma belongs to the sentence around the quotation, which is not shown here. What was
    # said ends there, and a full stop says so; no other character of a quotation is ever touched.
    text = clean(quote.text)
    shown = text[:-1].rstrip() + "." if text.endswith((",", "،")) else text
    return {
        "text": shown,
        "marks": marks(language, shown)._asdict(),
        "speaker": clean(quote.speaker or ""),
        "role": clean(quote.role or ""),
        "large": len(shown) <= LARGE_QUOTE,
    }


def _summary(story: Story, language: str) -> dict[str, Any]:
    first = clean(story.takes[0].text) if story.takes else ""
    text = first if 0 < len(first) <= SUMMARY_LENGTH else clean(story.headline)
    return {**_sides(tag(story.language, language)), "text": text}


def _preheader(lead: Mapping[str, Any], others: list[dict[str, Any]], words: Words) -> str:
    """What an inbox shows after the subject: the other headlines, as many as fit, else more of the lead."""
    line = ""
    for story in others:
        longer = f"{line} · {story['headline']}" if line else f"{words.gettext('Also:')} {story['headline']}"
        if line and len(longer) > PREHEADER_LENGTH:
            break
        line = longer
    return shorten(line or lead["dek"] or next(iter(lead["takes"]), "") or lead["publisher"], PREHEADER_LENGTH)


def _minutes(view: Mapping[str, Any]) -> int:
    texts = [line["text"] for line in view["summary"]]
    for story in (view["lead"], *view["stories"], *view["briefs"]):
        texts += [story["headline"], story["dek"], *story["takes"]]
        texts += [quote[part] for quote in story["quotes"] for part in ("text", "speaker", "role")]
    return max(1, math.ceil(sum(len(text.split()) for text in texts) / WORDS_A_MINUTE))
