"""Which stories a reader gets, where each of them stands, and what the message then says of itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from operator import getitem
from typing import NamedTuple

from digest.errors import RenderError

SUMMARY = "summary"
"""The list of the first stories, one line each."""
DERIVED = ("subject", "preheader", "minutes")
"""Slots that depend on the selection and on no reader: the lead's headline, what an inbox shows after it, and the
reading time in words."""
SUBJECT_LENGTH = 78
"""Code points; RFC 5322 2.1.1 asks for lines of at most 78 characters, and no client shows more."""
PREHEADER_LENGTH = 130
SAID_KEPT = 1024
"""What selections say of themselves that is kept; some 500 bytes each."""
_BETWEEN = " · "
"""Stands between the headlines of a preheader."""
WORDS_A_MINUTE = 238
"""Silent reading of English non-fiction: Brysbaert, "How many words do we read per minute?", 2019."""

Layout = Mapping[str, slice]
"""Section → which stories of a selection stand there; it depends on no more than how many there are."""


@dataclass(slots=True, eq=False)
class Chosen:
    """A selection, laid out. Equal to nothing but itself, so that what was made of it is found again at once."""

    order: tuple[int, ...] = ()
    """The positions of its stories in the edition, the first one leading."""
    layout: Layout = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in the slots of `DERIVED`; selections that say the same may share it."""
    made: bool = field(default=False, init=False, repr=False)
    """A message of it was made: one that comes again is worth joining for those that follow."""

    @property
    def lists(self) -> dict[str, tuple[int, ...]]:
        """Section → the positions of its stories."""
        return {name: self.order[own] for name, own in self.layout.items()}


class Told(NamedTuple):
    """What is known of a story beside its ready items."""

    headline: str
    aside: str
    """What follows its headline in an inbox when it is the only one."""
    topic: str
    """As its article says; comma-separated if it has several, empty if it has none."""
    words: tuple[int, ...]
    """How many are read of it in each section, and in the summary."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The sections of a compiled message, and how a selection is laid out in them."""

    sections: tuple[tuple[str, int | None], ...] = ()
    """Name, and how many stories of a selection stand there; None: all that are left."""
    summary: int = 0
    """Lines; a selection of one story has none."""
    stories: tuple[Told, ...] = ()
    also: str = ""
    """The words before other headlines."""
    minutes: tuple[str, ...] = ()
    """The reading time in words: of one minute, of two, and so on."""
    _subjects: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _layouts: tuple[Layout, ...] = field(init=False, repr=False, compare=False)
    """By how many stories a selection has."""
    _told: tuple[Mapping[int, int], ...] = field(init=False, repr=False, compare=False)
    """Of each place in a selection: for each story of the edition a bit of its own and, above those bits, how many
    words of it are read there. So one sum tells how long a selection is, and whether each of its stories is one."""
    _told_alone: tuple[Mapping[int, int], ...] = field(init=False, repr=False, compare=False)
    """The same of a selection of one story."""
    _shift: int = field(init=False, repr=False, compare=False)
    """Bits that hold the sum of as many stories' bits as there are stories, each once or one of them again."""
    _bits: int = field(init=False, repr=False, compare=False)
    """All of them."""
    _heard: int = field(init=False, repr=False, compare=False)
    """On how many stories at the start of a selection its preheader depends at most."""
    _said: Callable[[tuple[int, ...], int], Mapping[str, str]] = field(init=False, repr=False, compare=False)
    """By those stories, and minutes."""
    _topics: tuple[frozenset[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # What would otherwise be looked up again for every reader.
        count = len(self.stories)
        shift = count + count.bit_length()
        made = {
            "_subjects": tuple(shorten(told.headline, SUBJECT_LENGTH) for told in self.stories),
            "_layouts": tuple(map(self._lay_out, range(count + 1))),
            "_shift": shift,
            "_bits": (1 << shift) - 1,
            "_told": self._read(count, shift),
            "_told_alone": self._read(min(count, 1), shift),
            "_heard": self._hear(),
            "_said": lru_cache(maxsize=SAID_KEPT)(self._say),
            "_topics": tuple(_topics(told.topic) for told in self.stories),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def layout(self, count: int) -> Layout:
        """Which stories of a selection of so many stand in which section."""
        return self._layouts[count]

    @property
    def placed(self) -> int:
        """How many stories at the start of a selection stand in places of their own: those after them only follow."""
        return max(self.summary, sum(room or 0 for _, room in self.sections))

    def choose(self, positions: Sequence[int] | None = None) -> Chosen:
        """A selection of stories by their positions in the edition, the first one leading; None: all of them.

        Raises RenderError for none, one twice, or one that the edition does not have.
        """
        order = tuple(range(len(self.stories)) if positions is None else positions)
        count = len(order)
        if not count and positions is None:
            return Chosen(layout=self._layouts[0])
        try:
            told = sum(map(getitem, self._told if count > 1 else self._told_alone, order))
        except KeyError:
            told = 0
        if not count or (told & self._bits).bit_count() != count:
            raise RenderError(
                f"a selection names one or more of the positions 0 to {len(self.stories) - 1}, each once, "
                f"not {positions!r}"
            )
        return Chosen(order, self._layouts[count], self._said(order[: self._heard], minutes_of(told >> self._shift)))

    def _say(self, first: tuple[int, ...], minutes: int) -> Mapping[str, str]:
        """What a selection says of itself that begins with these stories and takes so long to read."""
        return {
            "subject": self._subjects[first[0]],
            "preheader": self._preheader(first),
            "minutes": self.minutes[min(minutes, len(self.minutes)) - 1],
        }

    def _hear(self) -> int:
        """The lead, as many of the others as a preheader can have, and the one that it has no room for."""
        room = PREHEADER_LENGTH - len(self.also)
        lengths = accumulate(sorted(len(told.headline) + len(_BETWEEN) for told in self.stories))
        return 2 + sum(length <= room + len(_BETWEEN) for length in lengths)

    def _lay_out(self, count: int) -> Layout:
        layout, at = {}, 0
        for name, room in self.sections:
            end = count if room is None else min(at + room, count)
            layout[name] = slice(at, end)
            at = end
        layout[SUMMARY] = slice(0, min(self.summary, count) if count > 1 else 0)
        return layout

    def _read(self, count: int, shift: int) -> tuple[Mapping[int, int], ...]:
        """See `_told`: of each place in a selection of so many."""
        shown = [range(count)[own] for own in self._lay_out(count).values()]
        tables = []
        for place in range(min(count, self.placed + 1)):
            words = [sum(told.words[at] for at, own in enumerate(shown) if place in own) for told in self.stories]
            tables.append({position: (read << shift) + (1 << position) for position, read in enumerate(words)})
        return (*tables, *tables[-1:] * (count - len(tables)))

    def of_topics(self, topics: str) -> tuple[int, ...]:
        """The lead, which everybody gets, and the stories of these comma-separated topics, in their order.

        A story has a topic, or several; none wanted are all stories. Topics are compared without case, width and
        composition of their letters.
        """
        wanted = _topics(topics)
        return tuple(at for at, own in enumerate(self._topics) if at == 0 or not wanted or own & wanted)

    def _preheader(self, order: Sequence[int]) -> str:
        """What an inbox shows after the subject: the other headlines, as many as fit, else more of the lead."""
        if len(order) == 1:
            return shorten(self.stories[order[0]].aside, PREHEADER_LENGTH)
        line = f"{self.also} {self.stories[order[1]].headline}"
        for at in order[2:]:
            longer = f"{line}{_BETWEEN}{self.stories[at].headline}"
            if len(longer) > PREHEADER_LENGTH:
                break
            line = longer
        return shorten(line, PREHEADER_LENGTH)

    @property
    def longest_minutes(self) -> int:
        """The reading time of no selection is longer."""
        return minutes_of(
            self.heaviest(
                0, [(0, [told.words[place] for told in self.stories]) for place in range(len(self.sections) + 1)]
            )
        )

    def heaviest(self, empty: int, sections: Sequence[tuple[int, Sequence[int]]]) -> int:
        """The largest weight of any selection that keeps the order of the edition, exactly.

        `empty` weighs what every message has. Of each section, then of the summary: what its frame weighs, and
        each of its items by position. Nothing weighs less than nothing, so no story makes a selection lighter.
        """
        rooms = [room for _, room in self.sections if room is not None]
        # A story's weight depends on how many stand before it, and on no more than whether there are `steps`.
        steps = max(sum(rooms) + 1, self.summary, 2)
        places = [place for place, room in enumerate(rooms) for _ in range(room)]
        places += [len(self.sections) - 1] * (steps + 1 - len(places))
        frame, lines = sections[-1]
        alone = empty
        best: list[int | None] = [empty, *[None] * steps]
        for at in range(len(self.stories)):
            for before in range(steps, -1, -1):
                so_far = best[before]
                if so_far is None:
                    continue
                place = places[before]
                weight = so_far + sections[place][1][at]
                if before == 0 or places[before - 1] != place:
                    weight += sections[place][0]
                if before == 0:  # the summary comes with the second story
                    alone = max(alone, weight)
                if before < self.summary:
                    weight += lines[at] + (frame if before == 0 else 0)
                after = min(before + 1, steps)
                best[after] = max(best[after] or 0, weight)
        return max(alone, *(weight or 0 for weight in best[2:]))


def _topics(told: str) -> frozenset[str]:
    """Each topic of a comma-separated text, in the form in which equal ones are equal."""
    parts = re.split("[,;]", unicodedata.normalize("NFKC", told).casefold())
    return frozenset(filter(None, (" ".join(part.split()) for part in parts)))


def minutes_of(words: int) -> int:
    """Whole minutes, rounded up, at 238 words each; at least one."""
    return max(1, -(-words // WORDS_A_MINUTE))


def shorten(text: str, length: int) -> str:
    """The text, or as many whole words of it as fit before an ellipsis; at most `length` code points."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space >= length // 2 else cut).rstrip(" ,;:–—-") + "…"
