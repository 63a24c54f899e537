"""Which stories an edition carries, in which order, and why the others do not.

The order is the editor's: the newsletter's sources in the order of config.toml, and in each
source its own order. The first story leads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.model import Finding, Report, Severity, Story

_Reason = tuple[str, str, str]
"""Code, clause and advice."""


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
    first_seen: Mapping[str, str] | None = None,
    sent_before: Collection[str] = (),
    overrides: Mapping[str, str] | None = None,
    strangers: Collection[str] = (),
) -> Selection:
    """Choose for an edition that is due at `due` (aware UTC).

    Of articles with the same story, which `first_seen` maps to the first of them, one goes in and
    says who else has it. `sent_before` holds digests of articles that another edition of the
    newsletter carried; an error finding whose code is in `overrides` counts as mended, but not in
    the articles that `strangers` names: nobody had seen them when the reasons were given.
    """
    same = first_seen or {}
    chosen: dict[str, Story] = {}
    left_out: list[Story] = []
    told = {same.get(digest, digest) for digest in sent_before}
    for story in stories:
        name = same.get(story.article, story.article)
        if name in chosen:
            chosen[name] = _also(chosen[name], story)
            reason: _Reason | None = (
                "duplicate",
                f"it is the same story as “{chosen[name].headline}”",
                "nothing to do; the first source in config.toml wins",
            )
        else:
            mended = {} if story.article in strangers else overrides or {}
            reason = _reason(story, rules=rules, due=due, told=name in told, overrides=mended)
        if reason is None and len(chosen) == rules.max_stories:
            reason = ("over-limit", f"the edition already has its {rules.max_stories} stories", "raise max_stories")
        if reason is None:
            chosen[name] = story
        else:
            code, message, advice = reason
            finding = Finding(code=code, severity=Severity.INFO, message=f"Left out: {message}.", advice=advice)
            left_out.append(replace(story, findings=(*story.findings, finding)))
    return Selection(chosen=tuple(chosen.values()), left_out=tuple(left_out))


def _reason(
    story: Story,
    *,
    rules: Rules,
    due: datetime,
    told: bool,
    overrides: Mapping[str, str],
) -> _Reason | None:
    """Why it is left out; None for a story that may go in."""
    if rules.leave_out_errors:
        codes = sorted({finding.code for finding in story.errors} - overrides.keys())
        if codes:
            return (
                "left-out-error",
                f"it has the error {' and '.join(codes)}",
                f"mend the article, or send with --override {codes[0]}=REASON",
            )
    if told:
        return "sent-before", "an earlier edition carried it", "nothing to do; a changed text counts as new"
    if rules.max_age is not None and story.published_at is not None and due - story.published_at > rules.max_age:
        age = due - story.published_at
        shown = f"{age.days} days" if age >= timedelta(days=2) else f"{age // timedelta(hours=1)} hours"
        return "too-old", f"it is {shown} old", "raise max_age, or remove the article"
    return None


def _also(story: Story, other: Story) -> Story:
    """The story with the publisher of the other one, unless it is its own or nobody knows it."""
    publisher = _publisher(other)
    if not publisher or publisher in {_publisher(story), *(report.publisher for report in story.also)}:
        return story
    return replace(story, also=(*story.also, Report(publisher, other.url)))


def _publisher(story: Story) -> str:
    host = urlsplit(story.url).hostname if story.url else None
    return story.publisher or (host or "").removeprefix("www.")
