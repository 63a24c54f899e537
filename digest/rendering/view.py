"""What a template sees: an edition as plain strings, numbers, lists and dicts, cleaned of controls.

No object with methods of its own reaches a template, so nothing in one can reach further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from digest.errors import RenderError
from digest.message import shorten
from digest.model import Quote, Story
from digest.rendering.brand import brand_view
from digest.rendering.content import EditionContent, StoryImage
from digest.rendering.language import listing, long_date, marks, sides, tag
from digest.rendering.untrusted import clean, http_url
from digest.rendering.words import ENGLISH, Words

ALSO = 3
"""Other publishers of a story that are named."""
LARGE_QUOTE = 180
"""Code points up to which a quotation of the lead is set in the largest type."""
CREDIT_LENGTH = 80
"""Code points; a line under the picture."""
ALT_LENGTH = 250
"""Code points; a screen reader reads them in one breath, and cannot skip within them."""


def frame(content: EditionContent, words: Words = ENGLISH) -> dict[str, Any]:
    """What a digest template is given beside the stories; `words`: our own.

    Raises RenderError when there is no usable address of the online edition.
    """
    view_url = http_url(content.view_url)
    if view_url is None:
        raise RenderError(f"the online address of an edition must be http or https, not {content.view_url!r}")
    language = tag(content.language, "en")
    return {
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


def shown(
    story: Story,
    content: EditionContent,
    words: Words = ENGLISH,
    *,
    takes: int,
    quotes: int,
    image: bool = True,
    dek: bool = True,
) -> dict[str, Any]:
    """A story with as many quick takes and key quotes, at most; with its picture and its dek if it has them."""
    said = [quote for quote in story.key_quotes if clean(quote.speaker or "")]
    own = tag(story.language, tag(content.language, "en"))
    return {
        **sides(own),
        "topic": clean(story.topic or ""),
        "headline": clean(story.headline),
        "dek": clean(story.dek or "") if dek else "",
        "takes": [clean(take.text) for take in story.takes[:takes]],
        "quotes": [quote_view(quote, own) for quote in said[:quotes]],
        "image": _image(content.images.get(story.article)) if image else None,
        "url": http_url(story.url),
        "publisher": clean(story.publisher or ""),
        "also": listing([clean(report.publisher) for report in story.also[:ALSO]], words.language),
    }


def _image(image: StoryImage | None) -> dict[str, Any] | None:
    url = http_url(image.url) if image else None
    if image is None or url is None:
        return None
    return {
        "url": url,
        "width": image.width,
        "height": image.height,
        "alt": shorten(clean(image.alt), ALT_LENGTH),
        "credit": shorten(clean(image.credit), CREDIT_LENGTH),
    }


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


def line(story: Story, content: EditionContent) -> dict[str, Any]:
    """A story in one line of the summary: its headline, which alone needs nothing beside it to be understood."""
    return {**sides(tag(story.language, tag(content.language, "en"))), "text": clean(story.headline)}


def words_in(shown: Mapping[str, Any]) -> int:
    """How many words are read of a story, or of a line."""
    texts = [shown[part] for part in ("text", "headline", "dek") if part in shown]
    texts += shown.get("takes", [])
    texts += [quote[part] for quote in shown.get("quotes", []) for part in ("text", "speaker", "role")]
    return sum(len(text.split()) for text in texts)
