"""Sample data of a digest template → the content of an edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from digest.errors import RenderError
from digest.model import Attribution, QuickTake, Quote, Span, Story, TakeOrigin
from digest.rendering.brand import Brand, Logo
from digest.rendering.content import EditionContent, StoryImage

T = TypeVar("T")


def sample_content(sample: Mapping[str, Any]) -> EditionContent:
    """The edition that a sample describes: a table `newsletter` and an array of tables `story`.

    The keys are the fields of EditionContent and Story; takes are strings, quotes are tables of
    `text`, `speaker` and `role`, an `image` is a table with the fields of StoryImage, and
    `[newsletter.brand]` has those of Brand. Raises RenderError that names a missing or unknown key.
    """
    try:
        newsletter, stories = dict(sample["newsletter"]), [dict(story) for story in sample["story"]]
        brand = dict(newsletter.pop("brand", {}))
        if "logo" in brand:
            brand["logo"] = Logo(**brand["logo"])
        images = [story.pop("image", None) for story in stories]
        return typed(
            EditionContent(
                **newsletter,
                brand=Brand(**brand),
                stories=tuple(_story(number, story) for number, story in enumerate(stories, start=1)),
                images={_digest(number): StoryImage(**image) for number, image in enumerate(images, start=1) if image},
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RenderError(
            f"sample.toml: {error}; expected [newsletter] and [[story]] with fields of EditionContent and Story"
        ) from None


def typed(value: T) -> T:
    """The same, if everything in it is what its fields say. Raises ValueError that tells where something is not."""
    return msgspec.convert(msgspec.to_builtins(value), type(value))


def _digest(number: int) -> str:
    return f"{number:064x}"


def _story(number: int, raw: dict[str, Any]) -> Story:
    takes = raw.pop("takes", [])
    quotes = raw.pop("quotes", [])
    return Story(
        article=_digest(number),
        ref=f"sample story {number}",
        headline=raw.pop("headline"),
        dek=raw.pop("dek", None),
        caption=None,
        takes=tuple(QuickTake(text=take, span=Span(0, len(take)), origin=TakeOrigin.AUTHOR) for take in takes),
        quotes=tuple(_quote(rank, quote) for rank, quote in enumerate(quotes, start=1)),
        findings=(),
        **raw,
    )


def _quote(rank: int, raw: Mapping[str, Any]) -> Quote:
    return Quote(
        text=raw["text"],
        span=Span(0, len(raw["text"])),
        speaker=raw.get("speaker"),
        role=raw.get("role"),
        attribution=Attribution.NAMED,
        confidence=1.0,
        rank=rank,
    )
