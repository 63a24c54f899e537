"""A letter as a raw message (RFC 5322), encoded once; what is made for a reader is only joined."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.errors import RenderError
from digest.message import Chosen, Slot, Slotted
from digest.message.mime import fields
from digest.providers.base import SELECTIONS_KEPT, WHOLE, Filled, Letter

_NEWLINE = re.compile(r"\r\n|\r|\n")
_SOFT = b"=\r\n"
"""A soft line break, which is not part of the text: after it a line begins anew (RFC 2045 6.7)."""
_PART = 'Content-Type: text/{}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


class _Selected(NamedTuple):
    """A message of one selection, ready but for its slots."""

    pieces: tuple[bytes | Slot, ...]
    sha256: bytes


class MimeWire:
    """A `multipart/alternative` message: text, then HTML, both UTF-8 in quoted-printable, lines ended by CRLF.

    It reads as what `digest.message.mime.compose` makes of the same, in lines of other lengths. It has no Date: that is
    when it leaves.
    """

    def __init__(self, letter: Letter, envelope: Callable[[Mapping[str, str]], bytes]) -> None:
        """`envelope`: the first piece of each reader's message, which is no part of it."""
        self._letter = letter
        self._envelope = envelope
        self._personal = [(name, value) for name, value in letter.headers if value.slots]
        self._same = b"MIME-Version: 1.0\r\n" + fields(
            [
                ("From", letter.sender),
                *([("Reply-To", letter.reply_to)] if letter.reply_to else []),
                *((name, value.fill({})) for name, value in letter.headers if not value.slots),
            ]
        )
        self._selected = lru_cache(maxsize=SELECTIONS_KEPT)(self._select)
        whole = self._selected(letter.plan.choose())
        self.size = len(self._same) + sum(len(piece) for piece in whole.pieces if isinstance(piece, bytes))

    def message(self, values: Mapping[str, str], chosen: Chosen = WHOLE) -> Filled:
        """Raises RenderError for an address that no header field can carry, or a control character in a field."""
        selected = self._selected(chosen)
        envelope = self._envelope(values)
        # List-Unsubscribe stands first among them, as RFC 8058 shows it.
        personal = fields([("To", values["to"]), *((name, value.fill(values)) for name, value in self._personal)])
        filled = [
            piece if isinstance(piece, bytes) else _encoded(piece.escape(values[piece.name]))
            for piece in selected.pieces
        ]
        own = [envelope, personal, *(one for one, of in zip(filled, selected.pieces, strict=True) if one is not of)]
        return Filled([envelope, personal, self._same, *filled], (selected.sha256, self._same, *own))

    def _select(self, chosen: Chosen) -> _Selected:
        letter = self._letter
        text, html = letter.text.select(chosen), letter.html.select(chosen)
        subject = fields([("Subject", letter.subject.select(chosen).fill({}))])
        # "=_" cannot occur in quoted-printable, so the boundary cannot occur in a part.
        boundary = "=_" + hashlib.sha256(repr((text, html)).encode(errors="replace")).hexdigest()[:32]
        pieces: list[bytes | Slot] = [
            subject + f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode()
        ]
        for kind, body in (("plain", text), ("html", html)):
            pieces += [f"--{boundary}\r\n{_PART.format(kind)}".encode(), *_quoted(body), b"\r\n"]
        pieces.append(f"--{boundary}--\r\n".encode())
        return _Selected(tuple(pieces), hashlib.sha256(repr(pieces).encode()).digest())


def _quoted(body: Slotted) -> Sequence[bytes | Slot]:
    """The text in quoted-printable; after each part a line begins anew, so that each can be encoded by itself.

    A text that ends with a slot gets a line break there: the last line may not end softly.
    """
    *parts, last = body.parts or ("",)
    quoted: list[bytes | Slot] = [part if isinstance(part, Slot) else _encoded(part) for part in parts]
    return [*quoted, last, b"\r\n"] if isinstance(last, Slot) else [*quoted, _encoded(last).removesuffix(_SOFT)]


def _encoded(text: str) -> bytes:
    try:
        encoded = binascii.b2a_qp(_NEWLINE.sub("\r\n", text).encode(), istext=True)
    except UnicodeEncodeError as error:
        raise RenderError("a message holds half of a surrogate pair; the source's charset was misread") from error
    # Soft line breaks are those of the text's first line break, and without one they are no CRLF.
    return encoded.replace(b"=\n", _SOFT) + _SOFT
