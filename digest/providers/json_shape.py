"""What the messages of all selections of so many stories have in common, so that little is done for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import getitem, itemgetter
from typing import Any, NamedTuple

from digest.message import Layout, Slot
from digest.providers.json_parts import Listed, Part

OPENINGS_KEPT = 1024
"""First stories of selections whose pieces are kept; some 500 bytes each, since the pieces are those of the edition."""

Taking = Callable[[Any], tuple[Any, ...]]
Table = Sequence[bytes]
"""A piece for each story of the edition."""


def taking(places: Sequence[Any]) -> Taking:
    """What takes these members out of a mapping or a sequence, in a quarter of the time of one by one."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda members: tuple(members[place] for place in places)


_EMPTY: tuple[bytes, ...] = (b"",)


class Run(NamedTuple):
    """Sections that follow each other with nothing between."""

    place: slice
    """Of the piece that they replace."""
    steps: Taking
    """Of a selection: the first stories that stand here, by position, for each of the pieces before the rest."""
    tables: tuple[Table, ...]
    """Of each of these pieces."""
    rest: Table | None
    """Of the stories after the first ones; None when they do not stand here."""


class Shape:
    """A message but for what is filled in and for its stories."""

    def __init__(self, frame: Sequence[bytes], holes: Sequence[int], runs: Sequence[Run], first: int) -> None:
        """`frame`: ready pieces, and an empty one after each but the last.

        `holes`: what stands in each of the empty ones, by its place among what is filled in, and after that nothing.
        `runs`: the last one first, so that places hold while they are put in. `first`: how many stories are the first.
        """
        self.frame = frame
        self._holes = taking(holes)
        self._runs = runs
        self._first = first
        self._opening = lru_cache(maxsize=OPENINGS_KEPT)(self._open)

    def put(self, pieces: list[bytes], filled: tuple[bytes, ...], order: tuple[int, ...]) -> None:
        """Into a copy of the frame: what is filled in, and the stories of a selection."""
        pieces[1::2] = self._holes(filled + _EMPTY)
        take = taking(order[self._first :])
        for place, opening, rest in self._opening(order[: self._first]):
            pieces[place] = opening + take(rest) if rest else opening

    def _open(self, first: tuple[int, ...]) -> list[tuple[slice, tuple[bytes, ...], Table | None]]:
        return [(run.place, tuple(map(getitem, run.tables, run.steps(first))), run.rest) for run in self._runs]


class _Steps:
    """What a run has before its rest."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.tables: list[Table] = []

    def add(self, places: range, table: Table) -> None:
        self.places += places
        self.tables += [table] * len(places)

    def run(self, place: int, rest: Table | None) -> Run:
        return Run(slice(place, place + 1), taking(self.places), tuple(self.tables), rest)


def shaped(parts: Sequence[Part], slots: Sequence[Slot], layout: Layout, first: int) -> Shape:
    """The shape of an object whose sections have no slots.

    `slots`: in the order in which they are filled. `layout`: of the selections that it is for, the `first` of whose
    stories stand in places of their own, and all others after these in one section.
    """
    index: Mapping[Slot, int] = {slot: at for at, slot in enumerate(slots)}
    frame: list[bytes] = []
    holes: list[int] = []
    runs: list[Run] = []
    text = b""
    steps: _Steps | None = None
    for part in parts:
        if isinstance(part, Listed):
            own = range(layout[part.name].start, layout[part.name].stop)
            if not own:
                continue
            table = part.ready or ()
            text += part.before
            if steps is None:
                frame += [text, b""]
                holes.append(len(slots))
                steps = _Steps()
            else:  # what stands between two sections is a piece of the run: the same for every story
                steps.add(range(1), [text] * len(table))
            steps.add(range(own.start, min(own.stop, first)), table)
            text = part.after
            if own.stop > first:
                runs.append(steps.run(len(frame) - 1, table))
                steps = None
            continue
        if steps is not None:
            runs.append(steps.run(len(frame) - 1, None))
            steps = None
        if isinstance(part, Slot):
            frame += [text, b""]
            holes.append(index[part])
            text = b""
        else:
            text += part
    if steps is not None:
        runs.append(steps.run(len(frame) - 1, None))
    return Shape([*frame, text], holes, tuple(reversed(runs)), first)
