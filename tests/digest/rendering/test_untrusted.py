"""What comes from outside is harmless to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.untrusted import clean, http_url


@given(st.text(st.characters(), max_size=60))
def test_cleaned_text_is_one_line_without_controls(text: str) -> None:
    """Whatever comes in: no control, no line break, no override, no surrogate goes out, and cleaning twice is once."""
    cleaned = clean(text)
    assert not [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff")
    assert clean(cleaned) == cleaned
    cleaned.encode()


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=60))
def test_printable_text_is_kept(text: str) -> None:
    """Letters, digits, punctuation and symbols come out as they went in."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It\x92s open", "It’s open"),
        ("\x93Yes\x94", "“Yes”"),
        ("one\r\ntwo\u2028three", "one two three"),
        ("no\xa0break", "no\xa0break"),
        ("a\x00b\x07c\x81", "abc"),
        ("שלום\u200f!", "שלום\u200f!"),
        ("pay \u202edetrevni\u202c", "pay detrevni"),
    ],
)
def test_known_characters(text: str, expected: str) -> None:
    """Windows-1252 bytes become their characters; marks that prose needs stay; overrides go."""
    assert clean(text) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.com/a?b=1&c=%20d#e",
        "http://127.0.0.1:8024/editions/1",
        "https://zeitung.example/straße",
        "https://news.example.com/a_(b),c;d!e~f|g'h",
    ],
)
def test_web_addresses_pass(url: str) -> None:
    """Plain http and https addresses are kept to the letter."""
    assert http_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//news.example.com/a",
        "/a",
        "news.example.com",
        "https://",
        "https:///a",
        "https://bank.example.com@evil.example/",
        "https://news.example.com/a b",
        'https://news.example.com/"onmouseover=alert(1)',
        "https://news.example.com/<script>",
        "https://news.example.com/\r\nSet-Cookie:x",
        "https://news.example.com/\u2028x",
        "https://news.example.com\\@evil.example/",
        "https://news.example.com:port/",
        "https://[::1/",
        "https://news.example.com/{{7*7}}",
        "https://news.example.com/" + "a" * 2000,
    ],
)
def test_other_addresses_are_no_links(url: str | None) -> None:
    """Anything that is not plainly a web address gives no link."""
    assert http_url(url) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example/a\u202egpj.exe", "https://x.example/a%E2%80%AEgpj.exe"),
        ("https://x.example/می\u200cروم", "https://x.example/می%E2%80%8Cروم"),
        ("https://x.example/\ufeff", "https://x.example/%EF%BB%BF"),
        ("https://x.example/é", "https://x.example/é"),
    ],
)
def test_what_nobody_sees_in_an_address_is_encoded(url: str, shown: str) -> None:
    """It still leads to the same page, and turns no line of the text part around."""
    assert http_url(url) == shown


@given(st.text(max_size=80))
def test_any_text_is_either_an_address_or_none(text: str) -> None:
    """No text raises, and what passes begins with http."""
    passed = http_url(text)
    assert passed is None or passed.lower().startswith(("http://", "https://"))
