"""A composed message is read alike by two parsers, and no header value can become two headers."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from digest.errors import RenderError
from digest.message.mime import check_header, compose

HEADERS = {
    "From": "Härbour Briefing <news@briefing.example.com>",
    "Reply-To": "desk@briefing.example.com",
    "To": "maya@example.net",
    "Subject": "Grüße aus Port Ellery: 🎉 Der Hafen öffnet wieder, und niemand weiß, wer für elf verlorene Tage zahlt",
    "Date": "Tue, 16 Mar 2027 06:00:00 +0000",
    "Message-ID": f"<{'d' * 64}@briefing.example.com>",
    "List-Id": "Häfen und Möwen <harbour.briefing.example.com>",
    "List-Unsubscribe": f"<https://briefing.example.com/u/{'t' * 200}>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Auto-Submitted": "auto-generated",
}
HTML = "<p>Grüße, “Maya” 🎉</p>\r\n" + "<td>" * 400 + "\n.\nFrom here\n"
TEXT = "Grüße\n.\nFrom here\n" + "word " * 400


def by_hand(wire: bytes) -> dict[str, str]:
    """Name → value of the headers, read without the email parser: unfold, part at the colon, decode RFC 2047."""
    head, _, _ = wire.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n(?=[ \t])", b"", head).split(b"\r\n")
    pairs = (line.decode("ascii").split(": ", 1) for line in lines)
    return {name: str(make_header(decode_header(value))) for name, value in pairs}


def test_two_parsers_agree_on_every_header() -> None:
    """Each header comes back exactly as given, once, from the email package and from a reader by hand."""
    wire = compose(HEADERS, html=HTML, text=TEXT)
    parsed = message_from_bytes(wire, policy=policy.default)
    hand = by_hand(wire)
    for name, value in HEADERS.items():
        assert [str(found) for found in parsed.get_all(name, [])] == [value]
        assert hand[name] == value
    assert sorted(hand) == sorted([*HEADERS, "MIME-Version", "Content-Type"])


def test_a_comma_in_a_name_does_not_make_two_senders() -> None:
    """A quoted name with a comma and an umlaut is still one mailbox on the wire."""
    wire = compose({"From": '"Härbour, The" <news@briefing.example.com>'}, html=HTML, text=TEXT)
    assert b"\r\nFrom:" in b"\r\n" + wire
    assert [
        (str(make_header(decode_header(name))), address)
        for name, address in getaddresses([wire.partition(b"\r\n")[0].decode().removeprefix("From: ")])
    ] == [("Härbour, The", "news@briefing.example.com")]


@pytest.mark.parametrize(
    "subject",
    [
        "a =?utf-8?q?=0D=0ABcc:_x?= b",
        "=?utf-8?b?ZXZpbA==?=",
        "é",
        "  é  é ",
        "👩‍🚀" * 30,
        "שלום עולם " * 9,
        "{{7*7}} %s",
    ],
)
def test_every_subject_comes_back_to_the_letter(subject: str) -> None:
    """Text that looks encoded, spaces beside letters with accents, joined emoji, Hebrew: nothing is changed."""
    wire = compose({"Subject": subject}, html=HTML, text=TEXT)
    assert message_from_bytes(wire, policy=policy.default)["Subject"] == subject
    assert by_hand(wire)["Subject"] == subject
    for word in re.findall(rb"=\?utf-8\?b\?[^?]*\?=", wire.partition(b"\r\n\r\n")[0]):
        assert str(make_header(decode_header(word.decode()))), "each word decodes alone"


def test_a_long_name_is_encoded_in_words_that_fit() -> None:
    """RFC 2047: lines of at most 76, white space between encoded words is not text, the address stays plain."""
    sender = "Nachrichten für Möwen, Häfen und Schleusen am nördlichen Meer"
    wire = compose({"From": f'"{sender}" <news@briefing.example.com>'}, html=HTML, text=TEXT)
    head = wire.partition(b"MIME-Version")[0]
    assert by_hand(wire)["From"] == f"{sender} <news@briefing.example.com>"
    assert max(map(len, head.split(b"\r\n"))) <= 76
    assert b"<news@briefing.example.com>" in head


def test_an_address_outside_ascii_is_refused() -> None:
    """A domain must come in its ASCII form: this message may pass servers without SMTPUTF8."""
    with pytest.raises(RenderError, match="xn--"):
        compose({"From": "Möwe <news@möwe.example>"}, html=HTML, text=TEXT)


def test_text_first_then_html_both_intact() -> None:
    """multipart/alternative of quoted-printable UTF-8, whose parts decode to what went in."""
    parsed = message_from_bytes(compose(HEADERS, html=HTML, text=TEXT), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.get_content_type() == "multipart/alternative"
    text, html = parsed.iter_parts()
    for part, kind, content in ((text, "text/plain", TEXT), (html, "text/html", HTML)):
        assert isinstance(part, EmailMessage)
        assert part.get_content_type() == kind
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"
        assert part.get_content().replace("\r\n", "\n").rstrip() == content.replace("\r\n", "\n").rstrip()


def test_lines_are_short_and_end_in_crlf() -> None:
    """No bare CR or LF, 7-bit only, no line beyond 998; body lines within 76; no RFC 2047 word beyond 75."""
    wire = compose(HEADERS, html=HTML, text=TEXT)
    assert wire.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", wire)
    head, _, body = wire.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?[bq]\?[^?]*\?=", head))


def test_addresses_of_pages_are_not_folded_or_encoded() -> None:
    """A long List-Unsubscribe stays one readable line."""
    wire = compose(HEADERS, html=HTML, text=TEXT)
    assert f"\r\nList-Unsubscribe: {HEADERS['List-Unsubscribe']}\r\n".encode() in wire


def test_equal_content_gives_equal_bytes() -> None:
    """Nothing random: the boundary comes from the content."""
    assert compose(HEADERS, html=HTML, text=TEXT) == compose(HEADERS, html=HTML, text=TEXT)


@pytest.mark.parametrize("name", ["Subject", "From", "To", "List-Unsubscribe", "X-Own"])
@pytest.mark.parametrize(
    "evil",
    ["\r\nBcc: x@evil.example", "\nBcc: x@evil.example", "\r", "\0", "\x0b", "\x85", "\u2028", "\u2029", "\ud800"],
)
def test_no_value_becomes_two_headers(name: str, evil: str) -> None:
    """Line breaks of every kind, NUL and lone surrogates are refused in every header."""
    with pytest.raises(RenderError, match=f"the header {name} holds"):
        compose({**HEADERS, name: f"a{evil}b"}, html=HTML, text=TEXT)


@pytest.mark.parametrize("name", ["", "Sub ject", "Subject:", "Sübject", "Subject\r\nBcc", "\0"])
def test_names_are_checked_too(name: str) -> None:
    """A header name is printable ASCII without a colon."""
    with pytest.raises(RenderError, match="not a header name"):
        check_header(name, "x")


@pytest.mark.parametrize("name", ["MIME-Version", "content-type", "Content-Transfer-Encoding"])
def test_headers_of_the_body_cannot_be_given(name: str) -> None:
    """What describes the body is made from the body."""
    with pytest.raises(RenderError, match="leave it out"):
        compose({name: "x"}, html=HTML, text=TEXT)


def test_a_header_given_twice_is_refused() -> None:
    """Two spellings of a header that may stand once are an error, not two headers."""
    with pytest.raises(RenderError, match="given twice"):
        compose({"Subject": "a", "subject": "b"}, html=HTML, text=TEXT)
