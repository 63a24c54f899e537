"""One body for all readers of a call: what is a reader's own stands in variables that the vendor fills.

An account has to ask for it (`merge = true`). The vendor's engine then reads the whole letter, so nothing that is
ready may hold what the engine begins with, and values are escaped here, for the place where they will stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from digest.errors import RenderError
from digest.message import Form, Slot, Slotted
from digest.providers.base import Letter

Spell = Callable[[Slot], str]
"""How a vendor writes the variable of a slot."""
Ready = Callable[[str, bool, bool], str]
"""Ready text without what the vendor's engine begins with; a variable stands before it, and after it, or does not."""
Harmless = Callable[[Slot, str], str]
"""A value that is escaped for its slot, without what the vendor's engine begins with."""

_BARE = bytes(set(range(0x20, 0x7F)) - set(b"\"\\&<>'%{}[]"))
"""What is the same in HTML, in text, in a header and in JSON, and begins nothing in any vendor's engine."""
_encoder = msgspec.json.Encoder()


def variable(slot: Slot) -> str:
    """The name of a slot's variable: one for each place that escapes differently."""
    return f"{slot.name}_{slot.context}"


def spelled(value: Form | Slotted, spell: Spell, ready: Ready = lambda text, before, after: text) -> str:
    """The text with variables for its slots.

    Raises RenderError for a form that still has sections: a merged call has one selection.
    """
    parts: list[str] = []
    for place, part in enumerate(value.parts):
        if isinstance(part, str):
            parts.append(ready(part, place > 0, place < len(value.parts) - 1))
        elif isinstance(part, Slot):
            parts.append(spell(part))
        else:
            raise RenderError("a call with one body for all its readers cannot carry their own selections")
    return "".join(parts)


def slots_of(values: Iterable[Form | Slotted]) -> tuple[Slot, ...]:
    """Every slot that stands in these, once."""
    return tuple(dict.fromkeys(part for value in values for part in value.parts if isinstance(part, Slot)))


def bodies(letter: Letter) -> tuple[Form, Form, Form]:
    """What a merged call has once: subject, text and HTML."""
    return letter.subject, letter.text, letter.html


class Variables:
    """One reader's values, as a JSON object with a member for each variable."""

    def __init__(self, slots: Sequence[Slot], harmless: Harmless) -> None:
        named = [(slot, f'"{variable(slot)}":"'.encode()) for slot in slots]
        self._members = [(slot, (b'",' if place else b"{") + opening) for place, (slot, opening) in enumerate(named)]
        self._harmless = harmless

    def json(self, values: Mapping[str, str]) -> bytes:
        """Raises RenderError as `Slot.escape`."""
        pieces: list[bytes] = []
        for slot, opening in self._members:
            encoded = values[slot.name].encode(errors="replace")
            pieces += (opening, self._encoded(slot, values[slot.name]) if encoded.translate(None, _BARE) else encoded)
        return b"".join([*pieces, b'"}']) if pieces else b"{}"

    def _encoded(self, slot: Slot, value: str) -> bytes:
        return _encoder.encode(self._harmless(slot, slot.escape(value)))[1:-1]
