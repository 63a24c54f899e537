"""What an edition may cost its readers, and what gives way when it costs more: whole items, never a sentence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from digest.model import Finding, Place, Severity
from digest.rendering.layout import Layout

BYTES = 90_000
"""Of inlined HTML with the longest slots: Gmail clips at 102,400, and a provider's tracking pixel and rewritten
links need room."""


TRIMMED, TOO_LONG = "edition-trimmed", "edition-too-long"
"""Codes of findings: what gave way, and that it was not enough."""


class Shown(NamedTuple):
    """How much of a story is shown, at most."""

    takes: int
    quotes: int


class Trim(NamedTuple):
    """How much of each story is shown, and how many stories stand in each section."""

    stories: tuple[Shown, ...]
    rooms: tuple[int | None, ...]
    """By section; None: all that are left."""

    def shown(self, layout: Layout, place: int, position: int) -> Shown:
        """What a story shows in a section."""
        section, most = layout.sections[place], self.stories[position]
        return Shown(min(section.takes, most.takes), min(section.quotes, most.quotes))

    def place(self, position: int) -> int:
        """The section in which a story of the whole edition stands."""
        for place, room in enumerate(self.rooms):
            if room is None or position < room:
                return place
            position -= room
        raise IndexError(position)


def steps(layout: Layout, stories: Sequence[Shown]) -> list[Trim]:
    """Everything that may be shown, then ever less of it: `stories` is what there is of each.

    First lists of takes are shortened to one, from the last story up; then the quotes go in the same order, all
    but the lead's first, or the first of each where a section shows nothing else; then the stories of every
    section but the first move on to the last. Where that shows more than headlines, all but the lead are left with
    theirs at last.
    """
    kept = any(section.quotes and not section.takes for section in layout.sections)
    rooms = tuple(section.stories for section in layout.sections)
    most = Shown(max(s.takes for s in layout.sections), max(s.quotes for s in layout.sections))
    now = [Shown(min(has.takes, most.takes), min(has.quotes, most.quotes)) for has in stories]
    made = [Trim(tuple(now), rooms)]
    for position in range(len(now) - 1, -1, -1):
        while now[position].takes > 1:
            now[position] = now[position]._replace(takes=now[position].takes - 1)
            made.append(Trim(tuple(now), rooms))
    for position in range(len(now) - 1, -1, -1):
        while now[position].quotes > (kept or position == 0):
            now[position] = now[position]._replace(quotes=now[position].quotes - 1)
            made.append(Trim(tuple(now), rooms))
    for place in range(len(rooms) - 2, 0, -1):
        for room in range((rooms[place] or 0) - 1, -1, -1):
            rooms = (*rooms[:place], room, *rooms[place + 1 :])
            made.append(Trim(tuple(now), rooms))
    if layout.sections[-1].takes or layout.sections[-1].quotes:
        for position in range(len(now) - 1, 0, -1):
            now[position] = Shown(0, 0)
            made.append(Trim(tuple(now), rooms))
    return made


def first_that_fits(made: Sequence[Trim], fits: Callable[[Trim], bool]) -> Trim:
    """The first step that fits, each being lighter than the one before; the last one if none does."""
    return made[min(bisect_left(made, True, key=fits), len(made) - 1)]


def trimmed(layout: Layout, full: Trim, trim: Trim, *, why: str) -> Iterator[Finding]:
    """What was trimmed of the whole edition, for its editor; nothing when nothing was. `why`: which budget asked."""
    takes = quotes = moved = 0
    for position in range(len(full.stories)):
        before, after = full.place(position), trim.place(position)
        had, has = full.shown(layout, before, position), trim.shown(layout, before, position)
        moved += before != after
        takes += before == after and has.takes < had.takes
        quotes += before == after and has.quotes < had.quotes
    parts = [
        words.format(count=count, stories="story" if count == 1 else "stories")
        for count, words in (
            (takes, "{count} {stories} with fewer quick takes"),
            (quotes, "{count} {stories} with fewer key quotes"),
            (moved, f"{{count}} {{stories}} moved to “{layout.sections[-1].name}”"),
        )
        if count
    ]
    if parts:
        yield Finding(
            code=TRIMMED,
            severity=Severity.INFO,
            message=f"To stay within {why}: {', '.join(parts)}.",
            advice="Lower max_stories of the newsletter, or leave a story out, to show more of the others.",
            places=(Place("edition"),),
        )


def too_long(minutes: int, allowed: int) -> Finding:
    """That an edition takes longer to read than its newsletter allows, with everything gone that could go."""
    return Finding(
        code=TOO_LONG,
        severity=Severity.WARNING,
        message=f"Reading it takes up to {minutes} min; reading_minutes allows {allowed}, and no more can be trimmed.",
        advice="Leave stories out, or lower max_stories of the newsletter.",
        places=(Place("edition"),),
    )
