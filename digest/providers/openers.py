"""What a vendor's merge engine looks for, kept out of everything that it is given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from digest.errors import RenderError
from digest.message import Chosen, Form, Section, Slot, Slotted
from digest.providers.base import Letter

_WORD_JOINER = "\u2060"
_STYLE = re.compile(r"(<style\b.*?(?:</style\s*>|\Z))", re.IGNORECASE | re.DOTALL)

Change = Callable[[str], str]


class Openers:
    """Pairs of characters by which an engine knows its own language, such as `{{`.

    The first of a pair is also taken out where a text ends, since a slot's value or another text may follow.
    Without pairs nothing is changed.
    """

    def __init__(self, pairs: Iterable[str]) -> None:
        found = [rf"{re.escape(first)}(?={re.escape(second)}|\Z)" for first, second in map(tuple, pairs)]
        self._found = re.compile("|".join(found) or "(?!)")
        self.none = not found
        """Whether there is nothing to look for."""

    def text(self, text: str) -> str:
        """A word joiner, which is not seen, stands between the two."""
        return self._found.sub(lambda found: found[0] + _WORD_JOINER, text)

    def html(self, text: str) -> str:
        """The first becomes a character reference; a style sheet has none, but takes a space there."""
        pieces = _STYLE.split(text)
        pieces[::2] = [self._found.sub(lambda found: f"&#{ord(found[0])};", piece) for piece in pieces[::2]]
        pieces[1::2] = [self.header(piece) for piece in pieces[1::2]]
        return "".join(pieces)

    def header(self, text: str) -> str:
        """A space stands between the two: a header value stays ASCII."""
        return self._found.sub(lambda found: found[0] + " ", text)

    def address(self, address: str) -> str:
        """The address, which cannot be written otherwise. Raises RenderError when it holds an opener."""
        if self._found.search(address):
            raise RenderError(
                "the address holds what the vendor would take for a variable, so no message is made for it"
            )
        return address

    def letter(self, letter: Letter) -> Letter:
        """The letter without an opener in anything that is ready."""
        return replace(
            letter,
            subject=_form(letter.subject, self.text),
            html=_form(letter.html, self.html),
            text=_form(letter.text, self.text),
            headers=tuple((name, _slotted(value, self.header)) for name, value in letter.headers),
        )

    def chosen(self, chosen: Chosen) -> Chosen:
        """The selection without one in what it says of itself; itself when it has none."""
        values = {name: self.text(value) for name, value in chosen.values.items()}
        return chosen if values == chosen.values else replace(chosen, values=values)


def _form(form: Form, change: Change) -> Form:
    return Form(tuple(_part(part, change) for part in form.parts))


def _part(part: str | Slot | Section, change: Change) -> str | Slot | Section:
    if isinstance(part, Section):
        return replace(
            part,
            opening=_slotted(part.opening, change),
            items=tuple(_slotted(item, change) for item in part.items),
            closing=_slotted(part.closing, change),
        )
    return part if isinstance(part, Slot) else change(part)


def _slotted(value: Slotted, change: Change) -> Slotted:
    return Slotted(tuple(part if isinstance(part, Slot) else change(part) for part in value.parts))
