"""What an edition says, as plain values: all that a template can know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from digest.model import Story
from digest.rendering.brand import Brand


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryImage:
    """The lead image of a story as readers get it."""

    url: str
    """Ours, never the publisher's: nobody learns from it who reads what."""
    width: int
    """Pixels of the file, up to twice what an e-mail is wide."""
    height: int
    alt: str = ""
    """What it shows; empty for one that only decorates."""
    credit: str = ""
    """Who took or made it; empty when the article does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionContent:
    """The content of one edition. Nothing in it is personal, and nothing in it is trusted."""

    title: str
    """Of the newsletter."""
    tagline: str = ""
    from_name: str
    postal_address: str
    language: str = "en"
    """BCP 47 tag of the newsletter; a story may have another."""
    why: str = ""
    """Why readers get this, as one sentence; empty: a sentence that names the title."""
    issue_date: date
    stories: tuple[Story, ...]
    """In the order of the digest; the first one leads."""
    images: Mapping[str, StoryImage] = field(default_factory=dict)
    """By the digest of the story's article; a story without one is shown without."""
    brand: Brand = field(default_factory=Brand)
    view_url: str
    """Where this edition can be read online, for everybody."""
    number: int | None = None
    reading_minutes: int | None = None
    """How long reading it may take, at most; None: as long as it takes."""
    template: str = "digest"
    """Folder of the template."""
