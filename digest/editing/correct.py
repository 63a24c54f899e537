"""Suggestions of the checks that an editor accepts, applied to what the digest shows.

The article itself is never touched, and neither is a quotation: a headline, a dek or a quick
take of the story gets the suggested words, and the record says who accepted what, and when.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from digest.model import Correction, Finding, Place, Story, TakeOrigin


def correct(story: Story, codes: Collection[str], *, by: str, at: datetime) -> tuple[Story, tuple[Correction, ...]]:
    """The story with the suggestion of every finding applied whose code is in `codes`.

    Such a finding is gone afterwards. One without a suggestion, or whose words are not found in
    its part, stays.
    """
    headline = story.headline
    made: list[Correction] = []
    kept: list[Finding] = []
    for finding in story.findings:
        place = finding.places[0] if finding.places else None
        changed = None
        if place is not None and finding.suggestion and finding.code in codes:
            changed = _replaced(story, place, finding.suggestion)
        if place is None or changed is None:
            kept.append(finding)
            continue
        story = changed
        made.append(
            Correction(
                code=finding.code,
                story=headline,
                part=place.part,
                before=place.excerpt,
                after=finding.suggestion or "",
                by=by,
                at=at,
            )
        )
    return replace(story, findings=tuple(kept)), tuple(made)


def first_made(corrections: Iterable[Correction], before: Iterable[Correction]) -> tuple[Correction, ...]:
    """The same corrections, each as it was made first."""

    def what(correction: Correction) -> tuple[str, ...]:
        return correction.code, correction.story, correction.part, correction.before, correction.after

    known = {what(correction): correction for correction in before}
    return tuple(known.get(what(correction), correction) for correction in corrections)


def _replaced(story: Story, place: Place, after: str) -> Story | None:
    """The story with the words of a place exchanged in the part that it names; None when they are not there."""
    part, _, number = place.part.partition(" ")
    if part == "headline" and place.excerpt in story.headline:
        return replace(story, headline=story.headline.replace(place.excerpt, after, 1))
    if part == "dek" and story.dek and place.excerpt in story.dek:
        return replace(story, dek=story.dek.replace(place.excerpt, after, 1))
    if part == "take" and number.isdigit() and 0 < int(number) <= len(story.takes):
        takes = list(story.takes)
        take = takes[int(number) - 1]
        if place.excerpt in take.text:
            text = take.text.replace(place.excerpt, after, 1)
            takes[int(number) - 1] = replace(take, text=text, origin=TakeOrigin.EDITED)
            return replace(story, takes=tuple(takes))
    return None
