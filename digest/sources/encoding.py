"""Bytes of a file or page → text, or a refusal: a wrong guess would be published."""

from __future__ import annotations

import codecs
import re

from digest.errors import SourceError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""<(?:meta\s[^>]*?charset|\?xml\s[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_WESTERN = 0.2
"""Largest share of bytes above ASCII in text of a Western European language; other 8-bit encodings exceed it."""


def decode(data: bytes, *, markup: bool = False) -> str:
    """The text, with LF for every line ending and without a byte order mark.

    In this order: what the mark says, UTF-8, what a page's own markup declares (`markup`), Windows-1252
    where that is plausible. Raises SourceError, which says where the first wrong byte is.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            break
    else:
        if b"\x00" in data:
            raise SourceError("this is a binary file, not text; save it as plain text, Markdown or HTML")
        text = _unmarked(data, markup)
    if "\x00" in text:
        raise SourceError("this is a binary file, not text; save it as plain text, Markdown or HTML")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unmarked(data: bytes, markup: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if markup and (declared := _DECLARED.search(data, 0, 4096)):
            return _strict(data, declared[1].decode("ascii"))
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"line {line} is not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
    high = sum(byte > 0x7F for byte in data)
    partly = any(character > "\x7f" for character in data.decode("utf-8", "ignore"))
    if partly or high > _WESTERN * len(data):
        raise SourceError(wrong)
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise SourceError(wrong) from None


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise SourceError(f"the text is not the {encoding} that it says it is; save it as UTF-8") from None
