"""The plain-text part says what the HTML says."""

from __future__ import annotations

import re

from digest.message import CompiledMessage
from digest.model import Severity
from digest.rendering.edition import EditionContent
from digest.rendering.lint import lint
from digest.rendering.templates import TEXT_WIDTH
from digest.rendering.untrusted import clean


def test_every_story_is_told_and_linked(content: EditionContent, text: str) -> None:
    """Each headline and each story's address stands in the text part, the address alone on its line."""
    flat = re.sub(r"\s+", " ", text)
    for story in content.stories:
        assert clean(story.headline) in flat
        if story.url:
            assert story.url in [line.strip() for line in text.splitlines()]


def test_a_reader_can_leave_and_write(content: EditionContent, text: str) -> None:
    """Unsubscribe address, online edition, postal address, and to whom it was sent."""
    assert "https://briefing.example.com/u/4f3c2b1a?a=1&b=2" in text.splitlines()
    assert content.view_url in text.splitlines()
    assert clean(content.postal_address) in re.sub(r"\s+", " ", text)
    assert "maya@example.net, a subscriber since 2 March 2026." in text


def test_lines_are_short_and_plain(content: EditionContent, text: str) -> None:
    """No line but a single long word passes 72 columns, and nothing is HTML-escaped."""
    for line in text.splitlines():
        indented = line.lstrip(" *—0123456789.")
        assert len(line) <= TEXT_WIDTH or " " not in indented.strip() or "maya@example.net" in line, line
    assert not re.search(r"&(amp|lt|gt|quot|#\d+);", text)


def test_lint_finds_no_error(content: EditionContent, message: CompiledMessage) -> None:
    """The checks of a message pass for every sample."""
    assert [finding for finding in lint(message, content) if finding.severity is Severity.ERROR] == []
