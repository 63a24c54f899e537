"""Bytes → text, or a refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.sources.encoding import decode

TEXT = "Zoë said: “It’s £5 – or nothing.”\nShe left.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_what_word_processors_write_is_read(encoding: str, ending: str) -> None:
    """Each of their encodings and line endings gives the same text, without a mark."""
    assert decode(TEXT.replace("\n", ending).encode(encoding)) == TEXT


@pytest.mark.parametrize(
    ("markup", "encoding"),
    [
        ('<meta charset="iso-8859-2">', "iso-8859-2"),
        ("<meta http-equiv=Content-Type content='text/html; charset=windows-1250'>", "cp1250"),
        ('<?xml version="1.0" encoding="iso-8859-2"?>', "iso-8859-2"),
    ],
)
def test_a_page_says_its_encoding_itself(markup: str, encoding: str) -> None:
    """A declared 8-bit encoding is believed in a page and ignored in a text."""
    page = f"{markup}<p>Žluťoučký kůň úpěl ďábelské ódy.</p>"
    assert decode(page.encode(encoding), markup=True) == page


def test_utf8_wins_over_a_wrong_declaration() -> None:
    """A page that was saved again as UTF-8 keeps its old declaration; the bytes decide."""
    page = '<meta charset="iso-8859-1"><p>Zoë</p>'
    assert decode(page.encode(), markup=True) == page


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("Вчера в Москве прошли переговоры.\n".encode("koi8-r") * 9, "line 1 is not UTF-8"),
        (b"fine\nfine\n" + "“curly” ".encode() + b"\xff\n", "line 3 is not UTF-8"),
        (b"Mostly plain text with one byte that nobody knows: \x81", "line 1 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("text\x00text".encode("utf-16"), "binary"),
        (b"\xff\xfea", "utf-16-le"),
        (b"\xef\xbb\xbf\xff", "utf-8"),
    ],
)
def test_a_doubtful_encoding_is_refused(data: bytes, message: str) -> None:
    """Rather than publish a guess; the message says where it went wrong."""
    with pytest.raises(SourceError, match=message):
        decode(data)


@pytest.mark.parametrize("declared", ["no-such-code", "utf-8", "hex"])
def test_a_declaration_that_does_not_hold_is_refused(declared: str) -> None:
    """Unknown names, wrong ones and codecs that make no text."""
    page = f'<meta charset="{declared}">'.encode() + "Zoë – Žižek".encode("cp1250")
    with pytest.raises(SourceError):
        decode(page, markup=True)


@given(st.text())
def test_every_text_survives_utf8(text: str) -> None:
    """Code point by code point, but for line endings, the mark and NUL."""
    plain = text.replace("\r", "").replace("\x00", "").lstrip("\ufeff")
    data = plain.encode("utf-8", "ignore")
    assert decode(data) == data.decode("utf-8")


@given(st.binary(), st.booleans())
def test_any_bytes_are_text_or_a_source_error(data: bytes, markup: bool) -> None:
    """Hostile bytes have no third way out."""
    try:
        text = decode(data, markup=markup)
    except SourceError:
        return
    assert "\r" not in text
    assert "\x00" not in text


@pytest.mark.parametrize(
    ("declared", "head", "encoding"),
    [
        ("iso-8859-1", "", "utf-8"),
        ("windows-1252", "", "cp1252"),
        ("iso-8859-1", "", "cp1252"),
        ("utf-8", '<meta charset="windows-1252">', "cp1252"),
        ("utf-8", "", "cp1252"),
        ("no-such-code", "", "cp1252"),
        ("unicode_escape", "", "cp1252"),
        (None, '<meta charset="latin1">', "cp1252"),
    ],
)
def test_a_server_is_believed_less_than_the_page(declared: str | None, head: str, encoding: str) -> None:
    """A wrong header does no harm: UTF-8 and the page's own word win, and the marks of “latin1” are Windows-1252."""
    page = f"{head}<p>“Zoë’s harbour” – said the mayor, and everybody in the room agreed at once.</p>"
    assert decode(page.encode(encoding), markup=True, declared=declared) == page


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("koi8-r", "koi8-r"), ("gb2312", "gb18030"), ("shift_jis", "cp932"), ("iso-2022-jp", "iso-2022-jp")],
)
def test_a_server_says_the_encoding(declared: str, encoding: str) -> None:
    """What nothing else tells comes from the header, also where its bytes would pass as ASCII."""
    text = "Переговоры идут" if encoding == "koi8-r" else "日本"
    assert decode(text.encode(encoding), declared=declared) == text
