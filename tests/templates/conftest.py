"""Every sample of every digest template, and variations that have broken e-mails before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import pytest

from digest.message import CompiledMessage
from digest.model import Story
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates

READER = {
    "sent_to": "It was sent to maya@example.net, a subscriber since 2 March 2026.",
    "unsubscribe_url": "https://briefing.example.com/u/4f3c2b1a?a=1&b=2",
}
UNBROKEN = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunt"


@lru_cache
def templates() -> Templates:
    return Templates()


def everyday() -> EditionContent:
    return sample_content(templates().sample("digest"))


def right_to_left() -> EditionContent:
    return sample_content(templates().sample("digest", "sample-rtl"))


def unbroken() -> EditionContent:
    """A word of sixty letters wherever a word can stand."""
    edition = everyday()
    stories = tuple(
        replace(
            story,
            topic=UNBROKEN,
            headline=f"{UNBROKEN} reopens",
            dek=f"A dek with {UNBROKEN}.",
            publisher=UNBROKEN,
            takes=tuple(replace(take, text=f"{UNBROKEN} in a take") for take in story.takes),
            quotes=tuple(replace(quote, text=UNBROKEN, speaker=UNBROKEN, role=UNBROKEN) for quote in story.quotes),
        )
        for story in edition.stories
    )
    return replace(edition, title=UNBROKEN, tagline=UNBROKEN, postal_address=UNBROKEN, stories=stories)


def emoji() -> EditionContent:
    edition = everyday()
    lead = replace(
        edition.stories[0], headline="🎉 Harbour reopens 👩‍🚀🇺🇳 – and a family 👨‍👩‍👧‍👦 waves", topic="🚢 World"
    )
    return replace(edition, title="📰 Harbour", stories=(lead, *edition.stories[1:]))


def bare() -> EditionContent:
    """Headlines and nothing else."""
    edition = everyday()
    return replace(edition, tagline="", number=None, stories=tuple(map(_bare, edition.stories)))


def _bare(story: Story) -> Story:
    return replace(story, topic=None, dek=None, takes=(), quotes=(), url=None, publisher=None)


def alone() -> EditionContent:
    edition = everyday()
    return replace(edition, stories=edition.stories[:1])


def markup() -> EditionContent:
    """Headlines that look like markup."""
    edition = everyday()
    lead = replace(
        edition.stories[0],
        headline='<script>alert(1)</script> & </td></table> <b class="page">',
        dek='<img src=x onerror=alert(1)> <!--[if mso]> --> {{7*7}} style="a; b"',
    )
    return replace(edition, stories=(lead, *edition.stories[1:]))


CASES: dict[str, Callable[[], EditionContent]] = {
    make.__name__: make for make in (everyday, right_to_left, unbroken, emoji, bare, alone, markup)
}


@lru_cache
def _compiled(name: str) -> CompiledMessage:
    return compile_edition(CASES[name](), templates=templates(), nonce="k3n9x2p7q1")


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> str:
    """The name of each case in turn."""
    return str(request.param)


@pytest.fixture
def content(case: str) -> EditionContent:
    return CASES[case]()


@pytest.fixture
def message(case: str) -> CompiledMessage:
    return _compiled(case)


@pytest.fixture
def html(message: CompiledMessage) -> str:
    """The inlined HTML as one reader gets it."""
    return message.html.fill(READER)


@pytest.fixture
def text(message: CompiledMessage) -> str:
    return message.text.fill(READER)


@pytest.fixture
def source(message: CompiledMessage) -> str:
    """The HTML before inlining, filled for the same reader."""
    shown = message.source_html
    for name, value in READER.items():
        shown = shown.replace(f"[{name}]", value.replace("&", "&amp;"))
    return shown
