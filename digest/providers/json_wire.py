"""A letter as JSON, encoded once; what is made for a reader is only joined."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby
from typing import NamedTuple

import msgspec

from digest.errors import RenderError
from digest.message import DERIVED, SUMMARY, Chosen, Context, Form, Plan, Section, Slot, Slotted
from digest.providers.base import SELECTIONS_KEPT, WHOLE, Filled

_PLAIN = re.compile(r"[ +-:@-Z_a-z]+\Z")
"""A value that is the same in HTML, in text, in a header and in JSON: most addresses and the sentence around one,
every link of ours. Letters, digits and `@.,:/_+ -`, in as few ranges as there are: half the time of one for each."""


class _List(NamedTuple):
    """A section in JSON."""

    name: str
    opening: tuple[bytes | Slot, ...]
    items: tuple[tuple[bytes | Slot, ...], ...]
    closing: tuple[bytes | Slot, ...]
    ready: tuple[bytes, ...] | None = None
    """Each item as one piece, when no part of the section has a slot; then so are these two."""
    before: bytes = b""
    after: bytes = b""


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
        encoded: list[bytes | Slot | _List] = []
        _encode(members, encoded)
        parts = self._parts = list(_merged(encoded))
        self._sha256 = hashlib.sha256(msgspec.msgpack.encode(parts)).digest()
        """Of every piece, slot and section, in order."""
        self._slots = tuple(dict.fromkeys(slot for slot in _slots(parts) if slot.name not in DERIVED))
        self._seen = lru_cache(maxsize=SELECTIONS_KEPT)(_Seen)
        self.size = _heaviest(parts, plan or Plan())
        # Every selection has these pieces; sections are put in from the last to the first, so that places hold.
        self._frame = [part if isinstance(part, bytes) else b"" for part in parts]
        lists = [(at, part) for at, part in enumerate(parts) if isinstance(part, _List)]
        self._ready = all(part.ready is not None for _, part in lists)
        self._sections = [
            (at, part.name, part.before, part.ready.__getitem__, part.after)
            for at, part in reversed(lists)
            if part.ready
        ]
        derived = [slot for slot in _slots(parts) if slot.name in DERIVED]
        self._derived = [(slot.name, slot.context, places) for slot, places in _places(parts, derived)]
        self._personal = [(at, self._slots.index(slot)) for slot, own in _places(parts, self._slots) for at in own]

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """The object with the chosen stories and each slot filled, escaped for its place and then for JSON."""
        plain = {name: value.encode() if _PLAIN.match(value) else None for name, value in values.items()}
        filled = [plain[slot.name] or _json_inner(slot.escape(values[slot.name])) for slot in self._slots]
        seen = self._seen(chosen)
        own = (self._sha256, chosen.lists, chosen.values, *filled)
        if self._ready and not seen.again:
            seen.again = True
            return Filled(self._fresh(filled, chosen), own)
        # A selection that comes again is worth joining; one that never does is not.
        laid = seen.laid = seen.laid or _join(self._lay(chosen))
        pieces = Filled(laid.pieces, own)
        for place, index in laid.places:
            pieces[place] = filled[index]
        return pieces

    def _fresh(self, filled: Sequence[bytes], chosen: Chosen) -> list[bytes]:
        pieces = self._frame.copy()
        for place, index in self._personal:
            pieces[place] = filled[index]
        lists, known = chosen.lists, chosen.values
        for name, context, places in self._derived:
            value = _derived(context, known[name])
            for place in places:
                pieces[place] = value
        for place, name, before, item, after in self._sections:
            if own := lists[name]:
                pieces[place : place + 1] = [before, *map(item, own), after]
        return pieces

    def _lay(self, chosen: Chosen) -> _Laid:
        laid = _Laid([], [])
        for part in self._parts:
            if isinstance(part, _List):
                if own := chosen.lists[part.name]:
                    for run in (part.opening, *[part.items[position] for position in own], part.closing):
                        self._put(run, chosen, laid)
            else:
                self._put((part,), chosen, laid)
        return laid

    def _put(self, run: Iterable[bytes | Slot], chosen: Chosen, laid: _Laid) -> None:
        for part in run:
            if isinstance(part, bytes):
                laid.pieces.append(part)
            elif part.name in DERIVED:
                laid.pieces.append(_derived(part.context, chosen.values[part.name]))
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


def _places(parts: Sequence[object], slots: Iterable[Slot]) -> list[tuple[Slot, list[int]]]:
    """Where each of these slots stands among the parts."""
    return [(slot, [at for at, part in enumerate(parts) if part == slot]) for slot in dict.fromkeys(slots)]


_encoder = msgspec.json.Encoder()


def _json_inner(text: str) -> bytes:
    """The text as it stands between the quotation marks of a JSON string."""
    try:
        return _encoder.encode(text)[1:-1]
    except UnicodeEncodeError as error:
        raise RenderError("a message holds half of a surrogate pair; the source's charset was misread") from error


@lru_cache(maxsize=4096)
def _derived(context: Context, value: str) -> bytes:
    """A value that depends on the selection: many readers' selections have the same."""
    return _json_inner(Slot("", context).escape(value))


def _encode(value: object, pieces: list[bytes | Slot | _List]) -> None:
    if isinstance(value, Slotted | Form):
        pieces.append(b'"')
        pieces.extend(_list(part) if isinstance(part, Section) else _inner(part) for part in value.parts)
        pieces.append(b'"')
    elif isinstance(value, Mapping):
        for count, (key, member) in enumerate(value.items()):
            pieces.append((b"{" if count == 0 else b",") + _encoder.encode(key) + b":")
            _encode(member, pieces)
        pieces.append(b"}" if value else b"{}")
    elif isinstance(value, tuple | list):
        pieces.append(b"[")
        for count, member in enumerate(value):
            if count:
                pieces.append(b",")
            _encode(member, pieces)
        pieces.append(b"]")
    else:
        pieces.append(_encoder.encode(value))


def _inner(part: str | Slot) -> bytes | Slot:
    return part if isinstance(part, Slot) else _json_inner(part)


def _list(section: Section) -> _List:
    opening, closing = tuple(map(_inner, section.opening.parts)), tuple(map(_inner, section.closing.parts))
    items = tuple(tuple(map(_inner, item.parts)) for item in section.items)
    if any(isinstance(part, Slot) for run in (opening, closing, *items) for part in run):
        return _List(section.name, opening, items, closing)
    ready = tuple(map(_joined, items))
    return _List(section.name, opening, items, closing, ready, _joined(opening), _joined(closing))


def _slots(parts: Iterable[bytes | Slot | _List]) -> Iterator[Slot]:
    for part in parts:
        if isinstance(part, _List):
            yield from _slots((*part.opening, *chain.from_iterable(part.items), *part.closing))
        elif isinstance(part, Slot):
            yield part


def _joined(parts: Iterable[bytes | Slot | _List]) -> bytes:
    return b"".join([part for part in parts if isinstance(part, bytes)])


def _merged(parts: Iterable[bytes | Slot | _List]) -> Iterator[bytes | Slot | _List]:
    for literal, run in groupby(parts, key=lambda part: isinstance(part, bytes)):
        if literal:
            yield _joined(run)
        else:
            yield from run


def _heaviest(parts: Sequence[bytes | Slot | _List], plan: Plan) -> int:
    """Bytes of the largest message; see `digest.message.Plan.heaviest`."""
    weights = {name: [0, *[0] * len(plan.stories)] for name in (*(name for name, _ in plan.sections), SUMMARY)}
    for part in parts:
        if isinstance(part, _List):
            runs = ((*part.opening, *part.closing), *part.items)
            weights[part.name] = [
                weight + len(_joined(run)) for weight, run in zip(weights[part.name], runs, strict=True)
            ]
    return plan.heaviest(len(_joined(parts)), [(frame, items) for frame, *items in weights.values()])
