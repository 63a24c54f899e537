"""Which stories an edition carries, in which order, and why the others do not.

The order is the editor's: the newsletter's sources in the order of config.toml, and in each
source its own order. The first story leads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.model import Finding, Severity, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a newsletter asks of its stories."""

    max_stories: int
    max_age: timedelta | None
    """Before the edition is due; None takes any age. A story without a date is never too old."""
    leave_out_errors: bool
    """Whether a story with an error finding is left out; else it stays and holds the edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The stories chosen and those left out, each of the latter with a finding that says why."""

    chosen: tuple[Story, ...]
    left_out: tuple[Story, ...]


def select(
    stories: Sequence[Story],
    *,
    rules: Rules,
    due: datetime,
    sent_before: Collection[str] = (),
    overrides: Mapping[str, str] | None = None,
) -> Selection:
    """Choose for an edition that is due at `due` (aware UTC).

    `sent_before` holds digests of articles that another edition of the newsletter carried;
    an error finding whose code is in `overrides` counts as mended.
    """
    chosen: list[Story] = []
    left_out: list[Story] = []
    seen: set[str] = set()
    for story in stories:
        reason = _reason(story, rules=rules, due=due, sent_before=sent_before, seen=seen, overrides=overrides or {})
        if reason is None and len(chosen) == rules.max_stories:
            reason = ("over-limit", f"the edition already has its {rules.max_stories} stories", "raise max_stories")
        if reason is None:
            chosen.append(story)
            seen |= _names(story)
        else:
            code, message, advice = reason
            finding = Finding(code=code, severity=Severity.INFO, message=f"Left out: {message}.", advice=advice)
            left_out.append(replace(story, findings=(*story.findings, finding)))
    return Selection(chosen=tuple(chosen), left_out=tuple(left_out))


def _reason(
    story: Story,
    *,
    rules: Rules,
    due: datetime,
    sent_before: Collection[str],
    seen: Collection[str],
    overrides: Mapping[str, str],
) -> tuple[str, str, str] | None:
    """Code, clause and advice; None for a story that may go in."""
    if rules.leave_out_errors:
        codes = sorted({finding.code for finding in story.errors} - overrides.keys())
        if codes:
            return (
                "left-out-error",
                f"it has the error {' and '.join(codes)}",
                f"mend the article, or send with --override {codes[0]}=REASON",
            )
    if _names(story) & set(seen):
        return "duplicate", "it is in this edition already", "remove one of the two"
    if story.article in sent_before:
        return "sent-before", "an earlier edition carried it", "nothing to do; a changed text counts as new"
    if rules.max_age is not None and story.published_at is not None and due - story.published_at > rules.max_age:
        age = (due - story.published_at).days
        return "too-old", f"it is {age} days old", "raise max_age, or remove the article"
    return None


def _names(story: Story) -> set[str]:
    return {story.article} | ({story.url} if story.url else set())
