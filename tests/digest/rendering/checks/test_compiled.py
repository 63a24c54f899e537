"""What the shipped templates make of their samples passes the checks, and an article cannot look like a fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.message import LONGEST
from digest.model import Severity
from digest.rendering.checks import Proof, check, proof_of, proof_of_notice
from digest.rendering.content import StoryImage
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.notice import NOTICES, compile_notice, sample_notice
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.resources import shipped

NONCE = "k3n9x2p7q1"
SAMPLES = sorted((path.parent.name, path.stem) for path in shipped("templates/email").glob("[!_]*/sample*.toml"))


def proof(templates: Templates, name: str, case: str) -> Proof:
    sample = templates.sample(name, case)
    if name in NOTICES:
        notice = sample_notice(name, sample)
        return proof_of_notice(compile_notice(notice, templates=templates, nonce=NONCE), notice)
    content = replace(sample_content(sample), template=name)
    return proof_of(compile_edition(content, templates=templates, nonce=NONCE), content)


@pytest.mark.parametrize(("name", "case"), SAMPLES)
def test_every_template_passes(templates: Templates, name: str, case: str) -> None:
    """No error in any sample of any e-mail."""
    found = check(proof(templates, name, case))
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


def test_slots_hold_what_readers_get(templates: Templates, content: EditionContent) -> None:
    """Sample values where a person reads, the longest ones where bytes are counted."""
    made = proof(templates, "digest", "sample")
    assert made.unsubscribe_url in made.text
    assert "reader@example.org, a subscriber since 2 March 2026." in made.flat_text
    assert len(made.longest_html.encode()) >= len(made.html.encode()) + LONGEST["unsubscribe_url"] - 100
    assert made.heaviest >= len(made.html.encode())
    assert made.story_urls == tuple(story.url for story in content.stories)


def test_prose_about_markup_is_no_fault(templates: Templates, content: EditionContent) -> None:
    """An article that speaks of links, images, style sheets and entities is not taken for one."""
    lead = replace(
        content.stories[0],
        headline='<a href="javascript:x">, <img src="y"> and <h1> in one message',
        dek="<style>@media print{.a{color:rgb(0 1 2)}}</style> <!--[if mso]> <b>bold</b> &amp; &nbsp;",
    )
    told = replace(content, stories=(lead, *content.stories[1:]))
    plain = {
        finding.code for finding in check(proof_of(compile_edition(content, templates=templates, nonce=NONCE), content))
    }
    found = check(proof_of(compile_edition(told, templates=templates, nonce=NONCE), told))
    assert {finding.code for finding in found} <= plain


@pytest.mark.parametrize("headline", ["Here", "Read more…", "MEHR"])
def test_a_headline_that_says_nothing_holds_no_edition(
    templates: Templates, content: EditionContent, headline: str
) -> None:
    """No publisher's headline, nor what a picture shows, stops the other stories; an editor is told."""
    shown = StoryImage(url="https://tide.example/a.jpg", width=600, height=300, alt=headline)
    for told in (
        replace(content, stories=(*content.stories[:-1], replace(content.stories[-1], headline=headline))),
        replace(content, images={content.stories[0].article: shown}),
    ):
        found = check(proof_of(compile_edition(told, templates=templates, nonce=NONCE), told))
        assert {finding.severity for finding in found if finding.code == "link-text"} == {Severity.WARNING}


@pytest.mark.parametrize("topic", ["Food &amp; Drink", "<b>News</b>"])
def test_a_topic_that_a_feed_escaped_twice_holds_no_edition(
    templates: Templates, content: EditionContent, topic: str
) -> None:
    """The text part says what the HTML shows, in capitals as it may be."""
    told = replace(content, stories=(replace(content.stories[0], topic=topic), *content.stories[1:]))
    found = check(proof_of(compile_edition(told, templates=templates, nonce=NONCE), told))
    assert "text-markup" not in {finding.code for finding in found}
