"""A letter as JSON, encoded once; what is made for a reader is only joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple

import msgspec

from digest.message import DERIVED, Chosen, Plan, Slot
from digest.providers.base import SELECTIONS_KEPT, WHOLE, Filled
from digest.providers.json_parts import Listed, encoded, heaviest, inner, slots_in
from digest.providers.json_shape import Shape, shaped, taking

SAID_KEPT = 1024
"""What selections say of themselves that is kept encoded; some 500 bytes each."""

_BARE = bytes({ord("\n"), *range(0x20, 0x7F)} - set(b'"\\'))
"""What is the same in a header, in text and in JSON, and what stands between two values when they are told together."""
_BARE_HTML = bytes(set(_BARE) - set(b"&<>'"))
"""What is the same in HTML, too: most addresses and the sentence around one, every link of ours."""


class _Laid(NamedTuple):
    """The pieces of one selection, and which of them a reader's slots fill."""

    pieces: list[bytes]
    places: list[tuple[int, int]]
    """Of a piece, and of its slot."""


class JsonWire:
    """A JSON object whose strings may hold slots and sections, encoded once and joined for each reader."""

    def __init__(self, members: Mapping[str, object], plan: Plan | None = None) -> None:
        """`plan`: how stories are laid out in the sections, if there are any."""
        self._parts = encoded(members)
        self._plan = plan or Plan()
        self.size = heaviest(self._parts, self._plan)
        self._sha256 = hashlib.sha256(
            msgspec.msgpack.encode((self._parts, self._plan.sections, self._plan.summary))
        ).digest()
        """Of every piece, slot and section, in order, and of how stories are laid out."""
        slots = tuple(dict.fromkeys(slots_in(self._parts)))
        self._slots = tuple(slot for slot in slots if slot.name not in DERIVED)
        self._derived = tuple(slot for slot in slots if slot.name in DERIVED)
        in_html = {slot.name for slot in self._slots if slot.context not in ("header", "text")}
        names = sorted(dict.fromkeys(slot.name for slot in self._slots), key=lambda name: name not in in_html)
        kinds = ((names[: len(in_html)], _BARE_HTML), (names[len(in_html) :], _BARE))
        self._kinds = tuple((taking(own), len(own), same) for own, same in kinds if own)
        self._in_slots = taking([names.index(slot.name) for slot in self._slots])
        self._sayings = tuple(dict.fromkeys(slot.name for slot in self._derived))
        self._take_sayings = taking(self._sayings)
        self._said = lru_cache(maxsize=SAID_KEPT)(self._say)
        self._laid = lru_cache(maxsize=SELECTIONS_KEPT)(self._lay)
        self._ready = all(part.ready is not None for part in self._parts if isinstance(part, Listed))
        self._first = self._plan.placed
        self._shape = cache(self._shaped)

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """The object with the chosen stories and each slot filled, escaped for its place and then for JSON."""
        filled = self._fill(values)
        own = (self._sha256, chosen.order, chosen.values, *filled)
        if self._ready and not chosen.made:  # joining is worth it for a selection that comes again, and for no other
            chosen.made = True
            shape = self._shape(min(len(chosen.order), self._first + 1))
            pieces = Filled(shape.frame, own)
            shape.put(pieces, filled + self._said(self._take_sayings(chosen.values)), chosen.order)
            return pieces
        laid = self._laid(chosen)
        pieces = Filled(laid.pieces, own)
        for place, index in laid.places:
            pieces[place] = filled[index]
        return pieces

    def _fill(self, values: Mapping[str, str]) -> tuple[bytes, ...]:
        """What stands in each personal slot. Values that need no escaping are told together, and encoded once."""
        bare: list[bytes | None] = []
        plain = True
        for take, count, same in self._kinds:
            told = "\n".join(take(values))
            if told.isascii() and not (line := told.encode()).translate(None, same):
                each = line.split(b"\n")
                if len(each) == count:  # and no value has a line of its own
                    bare += each
                    continue
            bare += [None] * count
            plain = False
        filled = self._in_slots(bare)
        if plain:
            return filled
        return tuple(
            inner(slot.escape(values[slot.name])) if ready is None else ready
            for slot, ready in zip(self._slots, filled, strict=True)
        )

    def _shaped(self, count: int) -> Shape:
        slots = (*self._slots, *self._derived)
        return shaped(self._parts, slots, self._plan.layout(count), self._first)

    def _say(self, values: tuple[str, ...]) -> tuple[bytes, ...]:
        """What stands in each slot of `DERIVED`: many readers' selections have the same."""
        known = dict(zip(self._sayings, values, strict=True))
        return tuple(inner(slot.escape(known[slot.name])) for slot in self._derived)

    def _lay(self, chosen: Chosen) -> _Laid:
        laid, lists = _Laid([], []), chosen.lists
        said = dict(zip(self._derived, self._said(self._take_sayings(chosen.values)), strict=True))
        for part in self._parts:
            if isinstance(part, Listed):
                if own := lists[part.name]:
                    for run in (part.opening, *[part.items[position] for position in own], part.closing):
                        self._put(run, said, laid)
            else:
                self._put((part,), said, laid)
        return _join(laid)

    def _put(self, run: Iterable[bytes | Slot], said: Mapping[Slot, bytes], laid: _Laid) -> None:
        for part in run:
            if isinstance(part, bytes):
                laid.pieces.append(part)
            elif part in said:
                laid.pieces.append(said[part])
            else:
                laid.places.append((len(laid.pieces), self._slots.index(part)))
                laid.pieces.append(b"")


def _join(laid: _Laid) -> _Laid:
    """The same in as few pieces as there can be."""
    slots, joined = dict(laid.places), _Laid([], [])
    for personal, run in groupby(range(len(laid.pieces)), key=slots.__contains__):
        if not personal:
            joined.pieces.append(b"".join([laid.pieces[place] for place in run]))
            continue
        for place in run:
            joined.places.append((len(joined.pieces), slots[place]))
            joined.pieces.append(b"")
    return joined
