"""The rules of a newsletter: each story that is left out is left out for one reason, which is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.editing.select import Rules, Selection, select
from digest.model import Finding, Severity, Story

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
RULES = Rules(max_stories=3, max_age=timedelta(hours=36), leave_out_errors=True)
FINDINGS = {
    severity: Finding(code=f"{severity}-code", severity=severity, message="Look.", advice="Do.")
    for severity in Severity
}


def story(name: str, *findings: Finding, age: timedelta | None = None) -> Story:
    return Story(
        article=name,
        ref=name,
        headline=name,
        dek=None,
        caption=None,
        takes=(),
        quotes=(),
        findings=findings,
        published_at=None if age is None else NOW - age,
    )


def pick(
    *stories: Story, rules: Rules = RULES, sent: set[str] | None = None, overrides: dict[str, str] | None = None
) -> Selection:
    return select(
        stories,
        rules=rules,
        due=NOW,
        first_seen={each.article: each.article for each in stories},
        sent_before=sent or set(),
        overrides=overrides,
    )


def reasons(selection: Selection) -> dict[str, str]:
    return {left.article: left.findings[-1].message for left in selection.left_out}


def test_the_order_is_the_editors() -> None:
    """Stories keep the order in which the sources gave them; the first leads."""
    assert [each.article for each in pick(story("c"), story("a"), story("b")).chosen] == ["c", "a", "b"]
    assert pick().chosen == pick().left_out == ()


def test_an_error_leaves_a_story_out_with_its_code_and_the_way_out() -> None:
    """Warnings do not; an override of that code lets it in; a newsletter that holds keeps it in for a person."""
    wrong = story("wrong", FINDINGS[Severity.ERROR])
    others = story("doubtful", FINDINGS[Severity.WARNING]), story("noted", FINDINGS[Severity.INFO])

    found = pick(wrong, *others)
    assert found.chosen == others
    assert reasons(found) == {"wrong": "Left out: it has the error error-code."}
    assert found.left_out[0].findings[0] == wrong.findings[0], "what was found stays in front of the reason"
    assert "--override error-code=REASON" in found.left_out[0].findings[-1].advice
    assert found.left_out[0].findings[-1].severity is Severity.INFO

    assert pick(wrong, *others, overrides={"error-code": "checked"}).left_out == ()
    assert pick(wrong, *others, overrides={"other-code": "checked"}).left_out == found.left_out
    assert pick(wrong, *others, rules=replace(RULES, leave_out_errors=False)).chosen == (wrong, *others)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(hours=36, seconds=1), "36 hours"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=40, hours=23), "40 days"),
    ],
)
def test_an_old_story_is_left_out_with_its_age(age: timedelta, shown: str) -> None:
    """The age when the edition is due, in words that are never "0 days"."""
    assert reasons(pick(story("old", age=age))) == {"old": f"Left out: it is {shown} old."}


def test_a_story_is_old_only_beyond_the_limit() -> None:
    """At the limit it is in; without a date, or without a limit, no story is too old."""
    young = story("limit", age=timedelta(hours=36)), story("undated"), story("future", age=-timedelta(hours=1))
    assert pick(*young).chosen == young
    ancient = story("ancient", age=timedelta(days=9000))
    assert pick(ancient, rules=replace(RULES, max_age=None)).chosen == (ancient,)


def test_the_edition_has_room_for_so_many() -> None:
    """What is left out for another reason takes no room; what comes after the last place is told the limit."""
    found = pick(story("a"), story("x", FINDINGS[Severity.ERROR]), story("b"), story("c"), story("d"), story("e"))
    assert [each.article for each in found.chosen] == ["a", "b", "c"]
    full = "Left out: the edition already has its 3 stories."
    assert reasons(found) == {"x": "Left out: it has the error error-code.", "d": full, "e": full}


def test_what_was_sent_before_is_left_out() -> None:
    """By the article's digest: a changed text is another article."""
    found = pick(story("told"), story("new"), sent={"told"})
    assert [each.article for each in found.chosen] == ["new"]
    assert reasons(found) == {"told": "Left out: an earlier edition carried it."}


def test_every_story_is_somewhere() -> None:
    """Chosen or left out, once, whatever the reasons."""
    many = [
        story(
            str(number),
            *([FINDINGS[Severity.ERROR]] if number % 3 == 0 else []),
            age=timedelta(hours=12 * (number % 5)),
        )
        for number in range(30)
    ]
    found = pick(*many, sent={"4", "7"})
    assert sorted(each.article for each in (*found.chosen, *found.left_out)) == sorted(each.article for each in many)
    assert all(left.findings[-1].message.startswith("Left out: ") for left in found.left_out)
