"""What a template sees: an edition as plain strings, numbers, lists and dicts, cleaned of controls.

No object with methods of its own reaches a template, so nothing in one can reach further.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from digest.errors import RenderError
from digest.model import Quote, Story
from digest.rendering.brand import brand_view
from digest.rendering.content import EditionContent, StoryImage
from digest.rendering.language import listing, long_date, marks, sides, tag
from digest.rendering.layout import SUMMARY, Layout, Section
from digest.rendering.untrusted import clean, http_url
from digest.rendering.words import ENGLISH, Words

SUMMARY_LENGTH = 170
"""Code points. A take beyond this does not fit thirty seconds: the headline stands instead."""
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


def view_of(content: EditionContent, layout: Layout, words: Words = ENGLISH) -> dict[str, Any]:
    """The values that a digest template is rendered with; `words`: our own.

    Each section of the layout is a list of its stories, and `summary` one of lines; `cut` and the `cut` of each
    story are empty here, see `digest.rendering.edition`.

    Raises RenderError when there is no story or no usable address of the online edition.
    """
    if not content.stories:
        raise RenderError(f"an edition of {content.title!r} needs at least one story")
    view_url = http_url(content.view_url)
    if view_url is None:
        raise RenderError(f"the online address of an edition must be http or https, not {content.view_url!r}")
    language = tag(content.language, "en")
    view: dict[str, Any] = {
        **sides(language),
        "title": clean(content.title),
        "tagline": clean(content.tagline),
        "postal_address": clean(content.postal_address),
        "why": clean(content.why)
        or words.gettext("You get this because you signed up for %(title)s.", title=clean(content.title)),
        "date": long_date(content.issue_date, language),
        "number": None if content.number is None else words.number(content.number),
        "view_url": view_url,
        "voice": sides(words.language),
        "brand": brand_view(content.brand),
        "cut": dict.fromkeys([SUMMARY, *(section.name for section in layout.sections), "rest", "end"], ""),
    }
    at = 0
    for section in layout.sections:
        own = content.stories[at:] if section.stories is None else content.stories[at : at + section.stories]
        at += len(own)
        view[section.name] = [_story(story, section, content, language, words) for story in own]
    lines = content.stories[: layout.summary] if len(content.stories) > 1 else ()
    view[SUMMARY] = [_summary(story, language) for story in lines]
    return view


def slots_of(view: Mapping[str, Any], layout: Layout, words: Words) -> dict[str, str]:
    """What depends on which stories there are: the subject, the preheader and the reading time in words."""
    stories = [story for section in layout.sections for story in view[section.name]]
    minutes = _minutes([*stories, *view[SUMMARY]])
    return {
        "subject": shorten(stories[0]["headline"], SUBJECT_LENGTH),
        "preheader": _preheader(stories[0], stories[1:], words),
        "minutes": words.ngettext("%(num)s min read", "%(num)s min read", minutes),
    }


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


def _story(story: Story, section: Section, content: EditionContent, language: str, words: Words) -> dict[str, Any]:
    said = [quote for quote in story.key_quotes if quote.speaker]
    own = tag(story.language, language)
    return {
        **sides(own),
        "cut": "",
        "topic": clean(story.topic or ""),
        "headline": clean(story.headline),
        "dek": clean(story.dek or ""),
        "takes": [clean(take.text) for take in story.takes[: section.takes]],
        "quotes": [quote_view(quote, own) for quote in said[: section.quotes]],
        "image": _image(content.images.get(story.article)) if section.image else None,
        "url": http_url(story.url),
        "publisher": clean(story.publisher or ""),
        "also": listing([clean(report.publisher) for report in story.also[:ALSO]], words.language),
    }


def _image(image: StoryImage | None) -> dict[str, Any] | None:
    url = http_url(image.url) if image else None
    if image is None or url is None:
        return None
    return {"url": url, "width": image.width, "height": image.height, "alt": shorten(clean(image.alt), ALT_LENGTH)}


def quote_view(quote: Quote, language: str) -> dict[str, Any]:
    """A quotation as it is shown: its text, the marks around it, who said it, and whether it can be set large."""
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
    return {**sides(tag(story.language, language)), "cut": "", "text": text}


def _preheader(lead: Mapping[str, Any], others: list[dict[str, Any]], words: Words) -> str:
    """What an inbox shows after the subject: the other headlines, as many as fit, else more of the lead."""
    line, also = "", words.gettext("Also:")
    for story in others:
        longer = f"{line} · {story['headline']}" if line else f"{also} {story['headline']}"
        if line and len(longer) > PREHEADER_LENGTH:
            break
        line = longer
    return shorten(line or lead["dek"] or next(iter(lead["takes"]), "") or lead["publisher"], PREHEADER_LENGTH)


def _minutes(shown: list[dict[str, Any]]) -> int:
    texts = []
    for each in shown:
        texts += [each[part] for part in ("text", "headline", "dek") if part in each]
        texts += each.get("takes", [])
        texts += [quote[part] for quote in each.get("quotes", []) for part in ("text", "speaker", "role")]
    return max(1, math.ceil(sum(len(text.split()) for text in texts) / WORDS_A_MINUTE))
