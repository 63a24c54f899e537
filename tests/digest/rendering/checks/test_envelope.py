"""Complete messages, as a mail server gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.message.mime import compose
from digest.rendering.checks.envelope import check_raw
from digest.rendering.untrusted import clean

WIRE = compose({"From": "a@example.com", "Subject": "A day"}, html="<p>one</p>", text="one")


def codes(wire: bytes, subject: str = "A day") -> list[str]:
    return [finding.code for finding in check_raw(wire, subject)]


def test_what_we_compose_is_sound() -> None:
    """Short lines, text before HTML, and a subject that says itself, in every script."""
    assert codes(WIRE) == []
    for subject in ("Größe " * 20, "بلدة ساحلية تطفئ أنوارها لتستعيد نجومها " * 3, "=?utf-8?b?QQ==?="):
        assert codes(compose({"Subject": subject}, html="<p>one</p>", text="one"), subject) == []


@given(st.text(max_size=120).map(clean).filter(bool))
def test_any_subject_decodes(subject: str) -> None:
    """Whatever a headline holds once it is cleaned, the check and the encoder agree on it."""
    assert codes(compose({"Subject": subject}, html="<p>one</p>", text="one"), subject) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<p>one</p>", b"<p>" + b"x" * 995 + b"</p>", "mime-lines"),
        (b"one\r\n", b"one\n", "mime-lines"),
        (b"multipart/alternative", b"multipart/mixed", "mime-parts"),
        (b"text/plain", b"text/html", "mime-parts"),
        (b"Subject: A day", b"Subject: =?utf-8?b?QSBkYXk", "subject-encoding"),
        (b"Subject: A day\r\n", b"", "subject-encoding"),
        (b"Subject: A day", b"Subject: =?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "subject-encoding"),
    ],
)
def test_a_message_broken_on_the_way_is_found(old: bytes, new: bytes, code: str) -> None:
    """A line of 1,002 bytes, a bare line feed, wrong parts, an encoded word cut in the middle of a letter."""
    assert old in WIRE
    assert codes(WIRE.replace(old, new)) == [code]
