"""Budgets: what gives way, in which order, and that it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Severity, Story
from digest.rendering import budget
from digest.rendering.budget import Shown, Trim, first_that_fits, steps
from digest.rendering.edition import EditionContent, Rendering
from digest.rendering.layout import Layout, Section
from digest.rendering.templates import Templates

LAYOUT = Layout((Section("lead", 1, 3, 2), Section("stories", 2, 2, 1), Section("briefs", None)), summary=2)
NONCE = "k3n9x2p7q1"


def test_takes_then_quotes_then_places() -> None:
    """Takes to one from the last story up, then quotes but the lead's first, then stories move to the last section."""
    made = steps(LAYOUT, [Shown(9, 9), Shown(2, 1), Shown(1, 0)])
    assert made == [
        Trim((Shown(3, 2), Shown(2, 1), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(3, 2), Shown(1, 1), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(2, 2), Shown(1, 1), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(1, 2), Shown(1, 1), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(1, 2), Shown(1, 0), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(1, 1), Shown(1, 0), Shown(1, 0)), (1, 2, None)),
        Trim((Shown(1, 1), Shown(1, 0), Shown(1, 0)), (1, 1, None)),
        Trim((Shown(1, 1), Shown(1, 0), Shown(1, 0)), (1, 0, None)),
    ]


def test_a_page_of_quotes_keeps_one_of_each() -> None:
    """Where nothing else is shown of a story, its first quote stays until nothing else is left to give way."""
    pages = Layout((Section("cover", 1, 0, 2), Section("voices", None, 0, 1)))
    assert [trim.stories for trim in steps(pages, [Shown(0, 2), Shown(0, 2)])][-2:] == [
        (Shown(0, 1), Shown(0, 1)),
        (Shown(0, 1), Shown(0, 0)),
    ]


def test_no_more_than_needed() -> None:
    """The first step that fits is taken; the last one when none does."""
    made = steps(LAYOUT, [Shown(3, 2), Shown(2, 1)])
    assert first_that_fits(made, lambda trim: trim.stories[0].takes <= 2) is made[2]
    assert first_that_fits(made, lambda trim: True) is made[0]
    assert first_that_fits(made, lambda trim: False) is made[-1]


def long(content: EditionContent, stories: int, factor: int) -> EditionContent:
    """An edition of so many stories whose takes and quotes are `factor` times as long as the sample's."""

    def longer(story: Story, at: int) -> Story:
        return replace(
            story,
            article=f"{at:064x}",
            takes=tuple(replace(take, text=" ".join([take.text] * factor)) for take in story.takes),
            quotes=tuple(replace(quote, text=" ".join([quote.text] * factor)) for quote in story.quotes),
        )

    full = [story for story in content.stories if story.takes]
    return replace(content, stories=tuple(longer(full[at % len(full)], at) for at in range(stories)))


@pytest.mark.parametrize("template", ["digest", "brief", "quotes"])
def test_a_long_day_stays_under_the_limit(template: str, content: EditionContent, templates: Templates) -> None:
    """Sixty stories, the most that a newsletter may have, stay under 90,000 bytes for every selection."""
    edition = replace(long(content, 60, 1), template=template)
    message = Rendering(edition, templates=templates, nonce=NONCE).compile()
    assert message.html_bytes <= budget.BYTES


def test_what_is_too_long_is_trimmed_and_told(content: EditionContent, templates: Templates) -> None:
    """Whole items go, never a part of one; the editor reads how many; what is left is as if rendered so."""
    rendering = Rendering(long(content, 12, 90), templates=templates, nonce=NONCE)
    message = rendering.compile()
    assert message.html_bytes <= budget.BYTES
    (finding,) = message.trimmed
    assert finding.severity is Severity.INFO
    assert "fewer quick takes" in finding.message
    assert message.select((0, 3, 7)) == rendering.alone((0, 3, 7))
    said = [take.text for story in long(content, 12, 90).stories for take in story.takes]
    text = " ".join(message.text.fill({"sent_to": "", "unsubscribe_url": ""}).split())
    shown = [take for take in said if take[:60] in text]
    assert 0 < len(shown) < len(said)
    assert all(take in text for take in shown)


def test_nothing_is_trimmed_without_need(content: EditionContent, templates: Templates) -> None:
    """The sample is shown as it is, and nothing is told."""
    assert Rendering(content, templates=templates, nonce=NONCE).compile().trimmed == ()


@pytest.mark.parametrize("minutes", [1, 3])
def test_reading_time_is_a_budget(content: EditionContent, templates: Templates, minutes: int) -> None:
    """So many stories are read in the minutes that the newsletter allows, whichever a reader chose."""
    told = replace(long(content, 4 * minutes, 4), reading_minutes=minutes)
    message = Rendering(told, templates=templates, nonce=NONCE).compile()
    assert message.choose().values["minutes"] == f"{minutes} min read"
    assert message.plan.longest_minutes == minutes
    assert f"{minutes} min of reading" in message.trimmed[0].message


def test_what_cannot_be_met_is_told(content: EditionContent, templates: Templates) -> None:
    """Sixty headlines are not read in a minute: everything is trimmed, nothing is cut, and a warning says so."""
    told = replace(long(content, 60, 1), reading_minutes=1)
    trimmed, warning = Rendering(told, templates=templates, nonce=NONCE).compile().trimmed
    assert (trimmed.severity, warning.severity) == (Severity.INFO, Severity.WARNING)
    assert "4 stories moved to “briefs”" in trimmed.message
    assert "reading_minutes allows 1" in warning.message
