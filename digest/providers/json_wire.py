"""A letter as JSON, encoded once; what is made for a reader is only joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import msgspec

from digest.message import DERIVED, Chosen, Plan, Slot
from digest.providers.base import SELECTIONS_KEPT, WHOLE, Filled
from digest.providers.json_parts import Listed, encoded, heaviest, inner, slots_in
from digest.providers.json_shape import Shape, shape, taking

SAID_KEPT = 1024
"""What selections say of themselves that is kept encoded; some 500 bytes each."""

_BARE = bytes(set(range(0x20, 0x7F)) - set(b'"\\'))
"""What is the same in a header, in text and in JSON."""
_BARE_HTML = bytes(set(_BARE) - set(b"&<>'"))
"""What is the same in HTML, too: most addresses and the sentence around one, every link of ours."""


class _Laid(NamedTuple):
    """The pieces of one selection, and which of them a reader's slots fill."""

    pieces: list[bytes]
    places: list[tuple[int, int]]
    """Of a piece, and of its slot."""


class _Seen:
    """What is kept of a selection: nothing the first time, its joined pieces from the second on."""

    __slots__ = ("again", "laid")

    def __init__(self, _: Chosen) -> None:
        self.again = False
        self.laid: _Laid | None = None


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
        self._kinds = ((taking(names[: len(in_html)]), _BARE_HTML), (taking(names[len(in_html) :]), _BARE))
        self._in_slots = taking([names.index(slot.name) for slot in self._slots])
        self._sayings = tuple(dict.fromkeys(slot.name for slot in self._derived))
        self._take_sayings = taking(self._sayings)
        self._said = lru_cache(maxsize=SAID_KEPT)(self._say)
        self._seen = lru_cache(maxsize=SELECTIONS_KEPT)(_Seen)
        self._ready = all(part.ready is not None for part in self._parts if isinstance(part, Listed))
        self._shapes: dict[int, Shape] = {}
        """By how many stories a selection has."""

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """The object with the chosen stories and each slot filled, escaped for its place and then for JSON."""
        filled = self._fill(values)
        seen = self._seen(chosen)
        own = (self._sha256, chosen.order, chosen.values, *filled)
        if self._ready and not seen.again:
            seen.again = True
            return self._fresh(filled, chosen, own)
        # A selection that comes again is worth joining; one that never does is not.
        laid = seen.laid = seen.laid or _join(self._lay(chosen))
        pieces = Filled(laid.pieces, own)
        for place, index in laid.places:
            pieces[place] = filled[index]
        return pieces

    def _fill(self, values: Mapping[str, str]) -> tuple[bytes, ...]:
        """What stands in each personal slot. Values that need no escaping are told together, and encoded once."""
        bare: list[bytes | None] = []
        for take, same in self._kinds:
            given = take(values)
            text = "".join(given)
            if text.isascii() and not text.encode().translate(None, same):
                bare += [value.encode() for value in given]
            else:
                bare += [None] * len(given)
        filled = self._in_slots(bare)
        if None not in filled:
            return filled
        return tuple(
            inner(slot.escape(values[slot.name])) if ready is None else ready
            for slot, ready in zip(self._slots, filled, strict=True)
        )

    def _fresh(self, filled: Iterable[bytes], chosen: Chosen, own: tuple[object, ...]) -> Filled:
        count = len(chosen.order)
        found = self._shapes.get(count)
        if found is None:
            slots = (*self._slots, *self._derived)
            found = self._shapes[count] = shape(self._parts, slots, self._plan.layout(count))
        pieces = Filled(found.frame, own)
        found.put(pieces, (*filled, *self._said(self._take_sayings(chosen.values))), chosen.order)
        return pieces

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
        return laid

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
