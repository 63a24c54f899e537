"""Sentinels: opaque words that stand for slots while a message is rendered and inlined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from digest.errors import RenderError
from digest.message import DERIVED, Context, Slot, Slotted

PERSONAL = ("sent_to", "unsubscribe_url")
"""The slots of a digest: the sentence that says to whom it was sent; the reader's own unsubscribe page."""


class Sentinels:
    """One sentinel for each slot and context, recognisable by a nonce that no article can know.

    Letters and digits only, so that neither HTML, an address, a template nor an inliner changes them.
    """

    def __init__(self, nonce: str) -> None:
        """`nonce`: 8 or more lower-case letters and digits, new for each build."""
        if not re.fullmatch(r"[a-z0-9]{8,}", nonce):
            raise RenderError(f"a nonce is 8 or more lower-case letters and digits, not {nonce!r}")
        self._nonce = nonce
        self._slots: list[Slot] = []
        self._pattern = re.compile(f"slot{nonce}n([0-9]{{3}})")

    def tokens(self, context: Context, names: Sequence[str] = PERSONAL) -> dict[str, str]:
        """Name of each of these slots → the sentinel that a template writes in this context."""
        tokens = {}
        for name in names:
            tokens[name] = f"slot{self._nonce}n{len(self._slots):03d}"
            self._slots.append(Slot(name, context))
        return tokens

    def found_in(self, text: str) -> bool:
        """Whether the nonce stands in text that no slot was written to."""
        return self._nonce in text.lower()

    def count(self, text: str) -> Counter[str]:
        """How often each sentinel stands in a text."""
        return Counter(self._pattern.findall(text))

    def split(self, text: str, *, inlined: bool = False) -> Slotted:
        """The text cut at its sentinels.

        In a document that an inliner wrote, a derived slot is escaped as the inliner would have escaped its value
        there, so that a joined message is the very message that a separate rendering would give.

        Raises RenderError for a derived slot in a comment, where no inliner escapes anything.
        """
        pieces = self._pattern.split(text)
        parts: list[str | Slot] = []
        before = ""
        for at, piece in enumerate(pieces):
            if at % 2:
                slot = self._slots[int(piece)]
                parts.append(slot._replace(context=_place(before)) if inlined and slot.name in DERIVED else slot)
                continue
            before = piece if "<" in piece or ">" in piece else before + piece
            if piece:
                parts.append(piece)
        return Slotted(tuple(parts))

    def show(self, text: str) -> str:
        """The text with each sentinel written as `[name]`, for people."""
        return self._pattern.sub(lambda found: f"[{self._slots[int(found[1])].name}]", text)


def _place(before: str) -> Context:
    if before.rfind("<!--") > before.rfind("-->"):
        raise RenderError("a conditional comment holds slots.subject, slots.preheader or slots.minutes; leave it out")
    return "attribute" if before.rfind("<") > before.rfind(">") else "element"
