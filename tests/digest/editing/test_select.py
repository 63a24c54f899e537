"""Which stories an edition carries when several sources have the same one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from digest.editing.select import Rules, select
from digest.model import Finding, Report, Severity, Story

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
ERROR = Finding(code="title", severity=Severity.ERROR, message="Wrong title.", advice="Mend it.")


def story(name: str, publisher: str | None = None, url: str | None = None, *findings: Finding) -> Story:
    return Story(
        article=name,
        ref=name,
        headline=name,
        dek=None,
        caption=None,
        takes=(),
        quotes=(),
        findings=findings,
        publisher=publisher,
        url=url,
    )


def chosen(stories: list[Story], same: dict[str, str], **more: Any) -> tuple[list[Story], dict[str, str]]:
    """The stories that go in, and of the others the reason."""
    rules = Rules(max_stories=more.pop("most", 9), max_age=None, leave_out_errors=True)
    found = select(stories, rules=rules, due=NOW, first_seen=same, **more)
    return list(found.chosen), {left.article: left.findings[-1].code for left in found.left_out}


def test_the_others_are_named() -> None:
    """Each other publisher once, by its host where it has no name; the story's own and nobody's are not."""
    stories = [
        story("a", "Ledger", "https://ledger.example/1"),
        story("b", "Coast", "https://coast.example/1"),
        story("c", "Coast", "https://coast.example/2"),
        story("d", "Ledger", "https://ledger.example/2"),
        story("e", None, "https://www.bay.example/1"),
        story("f"),
    ]
    (card,), left = chosen(stories, dict.fromkeys("abcdef", "a"))
    assert card.article == "a"
    assert card.also == (Report("Coast", "https://coast.example/1"), Report("bay.example", "https://www.bay.example/1"))
    assert left == dict.fromkeys("bcdef", "duplicate")


def test_the_next_one_takes_the_place_of_one_that_cannot_go_in() -> None:
    """When the first article has an error the story still goes in, from the next source."""
    cards, left = chosen([story("a", "Ledger", None, ERROR), story("b", "Coast")], {"a": "a", "b": "a"})
    assert [card.article for card in cards] == ["b"]
    assert left == {"a": "left-out-error"}


def test_a_story_that_readers_know() -> None:
    """What an earlier edition carried from one source does not come again from another."""
    cards, left = chosen([story("a"), story("b"), story("c")], {"a": "a", "b": "a"}, sent_before={"b"})
    assert [card.article for card in cards] == ["c"]
    assert left == {"a": "sent-before", "b": "sent-before"}


def test_a_full_edition_still_learns_who_else_has_a_story() -> None:
    """A story that is in is no longer left out for want of room."""
    cards, left = chosen([story("a"), story("b", "Coast"), story("c")], {"a": "a", "b": "a"}, most=1)
    assert cards[0].also == (Report("Coast", None),)
    assert left == {"b": "duplicate", "c": "over-limit"}
