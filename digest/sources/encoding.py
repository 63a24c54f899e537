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
_AS_BROWSERS_READ = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Declared encoding → the larger one that pages with that declaration are in (https://encoding.spec.whatwg.org)."""
_NEVER = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""What Python also calls encodings, and no page is in."""
_WESTERN = 0.2
"""Largest share of bytes above ASCII in text of a Western European language; other 8-bit encodings exceed it."""


def decode(data: bytes, *, markup: bool = False, declared: str | None = None) -> str:
    """The text, with LF for every line ending and without a byte order mark.

    In this order: what the mark says, UTF-8, what the server `declared`, what a page's own markup
    declares (`markup`), and where that says nothing Windows-1252, if it is plausible. Raises
    SourceError, which says where the first wrong byte is.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            text = _strict(data[len(mark) :], encoding)
            break
    else:
        if b"\x00" in data:
            raise SourceError("this is a binary file, not text; save it as plain text, Markdown or HTML")
        own = _DECLARED.search(data, 0, 4096) if markup else None
        text = _unmarked(data, declared, own[1].decode("ascii") if own else None)
    if "\x00" in text:
        raise SourceError("this is a binary file, not text; save it as plain text, Markdown or HTML")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unmarked(data: bytes, declared: str | None, own: str | None) -> str:
    names = [name for name in (declared, own) if name]
    # ISO-2022-JP shifts with an escape character and is ASCII to everybody else.
    for name in [*names, "utf-8"] if b"\x1b" in data else ["utf-8", *names]:
        try:
            codec = codecs.lookup(name).name
            if codec not in _NEVER:
                return data.decode(_AS_BROWSERS_READ.get(codec, codec))
        except (UnicodeError, LookupError):
            continue
    if own is not None:
        raise SourceError(f"the text is not the {own[:40]} that it says it is; save it as UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
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
