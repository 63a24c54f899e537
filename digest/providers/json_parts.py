"""A JSON object in parts: ready bytes, the slots between them, and sections of stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

import msgspec

from digest.errors import RenderError
from digest.message import SUMMARY, Form, Plan, Section, Slot, Slotted


class Listed(NamedTuple):
    """A section in JSON."""

    name: str
    opening: tuple[bytes | Slot, ...]
    items: tuple[tuple[bytes | Slot, ...], ...]
    closing: tuple[bytes | Slot, ...]
    ready: tuple[bytes, ...] | None = None
    """Each item as one piece, when no part of the section has a slot; then so are these two."""
    before: bytes = b""
    after: bytes = b""


Part = bytes | Slot | Listed

_encoder = msgspec.json.Encoder()


def encoded(members: Mapping[str, object]) -> list[Part]:
    """The object in as few parts as there can be; no two of them that follow each other are bytes."""
    return list(_merged(_parts(members)))


def inner(text: str) -> bytes:
    """The text as it stands between the quotation marks of a JSON string."""
    try:
        return _encoder.encode(text)[1:-1]
    except UnicodeEncodeError as error:
        raise RenderError("a message holds half of a surrogate pair; the source's charset was misread") from error


def slots_in(parts: Iterable[Part]) -> Iterator[Slot]:
    """Every slot, as often as it stands there, those of sections too."""
    for part in parts:
        if isinstance(part, Listed):
            yield from slots_in((*part.opening, *chain.from_iterable(part.items), *part.closing))
        elif isinstance(part, Slot):
            yield part


def heaviest(parts: Sequence[Part], plan: Plan) -> int:
    """Bytes of the largest object, slots being empty; see `digest.message.Plan.heaviest`."""
    weights = {name: [0, *[0] * len(plan.stories)] for name in (*(name for name, _ in plan.sections), SUMMARY)}
    for part in parts:
        if isinstance(part, Listed):
            runs = ((*part.opening, *part.closing), *part.items)
            weights[part.name] = [
                weight + len(_joined(run)) for weight, run in zip(weights[part.name], runs, strict=True)
            ]
    return plan.heaviest(len(_joined(parts)), [(frame, items) for frame, *items in weights.values()])


def _parts(value: object) -> Iterator[Part]:
    if isinstance(value, Slotted | Form):
        yield b'"'
        for part in value.parts:
            yield _listed(part) if isinstance(part, Section) else _inner(part)
        yield b'"'
    elif isinstance(value, Mapping):
        for count, (key, member) in enumerate(value.items()):
            yield (b"," if count else b"{") + _encoder.encode(key) + b":"
            yield from _parts(member)
        yield b"}" if value else b"{}"
    elif isinstance(value, tuple | list):
        yield b"["
        for count, member in enumerate(value):
            if count:
                yield b","
            yield from _parts(member)
        yield b"]"
    else:
        yield _encoder.encode(value)


def _inner(part: str | Slot) -> bytes | Slot:
    return part if isinstance(part, Slot) else inner(part)


def _listed(section: Section) -> Listed:
    opening, closing = tuple(map(_inner, section.opening.parts)), tuple(map(_inner, section.closing.parts))
    items = tuple(tuple(map(_inner, item.parts)) for item in section.items)
    if any(isinstance(part, Slot) for run in (opening, closing, *items) for part in run):
        return Listed(section.name, opening, items, closing)
    ready = tuple(map(_joined, items))
    return Listed(section.name, opening, items, closing, ready, _joined(opening), _joined(closing))


def _joined(parts: Iterable[Part]) -> bytes:
    return b"".join([part for part in parts if isinstance(part, bytes)])


def _merged(parts: Iterable[Part]) -> Iterator[Part]:
    for literal, run in groupby(parts, key=lambda part: isinstance(part, bytes)):
        if literal:
            yield _joined(run)
        else:
            yield from run
