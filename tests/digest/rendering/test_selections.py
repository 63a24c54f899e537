"""A joined selection is, byte for byte, what a separate rendering and inlining of it gives: in every digest."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.message import CompiledMessage
from digest.rendering.edition import Rendering
from digest.rendering.layout import is_digest
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates

TEMPLATES = Templates()
LANGUAGES = ("en-GB", "de", "fr", "ar")
CASES = [
    (name, path.stem)
    for name in TEMPLATES.names()
    if is_digest(TEMPLATES.folders, name)
    for path in sorted((TEMPLATES.folders[-1] / name).glob("sample*.toml"))
]
ODD = '“Straight” "quotes", one \' & <b>markup</b>, a no-break\u00a0space, 😀 and \u202bbidi\u202c {{ cut.end }}'


@cache
def compiled(name: str, case: str, language: str, odd: bool) -> tuple[Rendering, CompiledMessage]:
    content = replace(sample_content(TEMPLATES.sample(name, case)), template=name, language=language)
    if odd:
        stories = tuple(
            replace(story, headline=f"{at}. {ODD}", dek=None if at % 2 else ODD, takes=story.takes[: at % 3])
            for at, story in enumerate(content.stories)
        )
        content = replace(content, title=ODD, stories=stories)
    rendering = Rendering(content, templates=TEMPLATES, nonce="k3n9x2p7q1")
    return rendering, rendering.compile()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "case"), CASES)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), odd=st.booleans())
def test_joined_is_rendered(name: str, case: str, language: str, data: st.DataObject, odd: bool) -> None:
    """Any stories in any order, with plain and with odd text."""
    rendering, message = compiled(name, case, language, odd)
    count = len(message.plan.stories)
    positions = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count, unique=True))
    assert message.select(positions) == rendering.alone(positions)
    assert CompiledMessage.from_json(message.to_json()).select(positions) == message.select(positions)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_whole_edition(name: str, case: str) -> None:
    """What most readers get, and a single story."""
    rendering, message = compiled(name, case, "en-GB", False)
    every = range(len(message.plan.stories))
    assert message.select() == rendering.alone(every)
    assert [message.select((at,)) for at in every] == [rendering.alone((at,)) for at in every]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_no_selection_is_larger_than_the_bound(name: str, case: str) -> None:
    """The size that is held against Gmail's limit holds for selections of every length."""
    _, message = compiled(name, case, "en-GB", False)
    count = len(message.plan.stories)
    sizes = [
        message.select(range(start, stop)).html.longest
        for start in range(count)
        for stop in range(start + 1, count + 1)
    ]
    assert max(sizes) <= message.html_bytes
