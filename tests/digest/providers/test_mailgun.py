"""Mailgun's requests and answers, as its documentation has them."""

from __future__ import annotations

import base64
import html
import json
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import LETTERS, PLAIN, UNICODE, reader

from digest.delivery.plan import readers_per_batch
from digest.errors import RenderError
from digest.message import Form
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer, Call, Letter
from digest.providers.mailgun import VARIABLE, Mailgun, harmless
from digest.settings import Delivery

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT
QUEUED = {"id": "<20261123070000.1.ABC@mg.example.org>", "message": "Queued. Thank you."}
VARIABLES = ["%recipient.name%", "%recipient%", "%RECIPIENT_EMAIL%", "%unsubscribe_url%", "%tag_unsubscribe_url%"]


def outcome(status: int, body: object = b"", **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    (only,) = Mailgun().outcomes(["1-1-a"], Answer(status, named, raw))
    return only


def call(letter: Letter = UNICODE, number: int = 0, **values: str) -> Call:
    adapter = Mailgun()
    return adapter.call([adapter.wire(letter).message(reader(number) | values)], key="k-1")


def fields(made: Call) -> list[tuple[str, str]]:
    """The form, read by a parser of MIME."""
    head = f"Content-Type: {dict(made.headers)['Content-Type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + made.body).get_payload()
    return [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True).decode()) for part in parts
    ]


def test_a_request_is_for_one_reader() -> None:
    """One address and no variables, without which several would see each other; 1,001 readers are 1,001 requests."""
    adapter = Mailgun()
    assert readers_per_batch(adapter, adapter.wire(PLAIN).size, Delivery(batch_readers=1000)) == 1
    message = adapter.wire(PLAIN).message(reader(1))
    with pytest.raises(ValueError, match="too many values"):
        adapter.call([message, message], key="k-1")
    names = [name for name, _ in fields(call())]
    assert names.count("to") == 1
    assert not {"cc", "bcc", "recipient-variables", "template", "t:variables"} & set(names)


def test_the_form_holds_every_field_once_and_in_order() -> None:
    """As a parser of MIME reads it, line ends included; a field beyond ASCII is encoded by us."""
    assert fields(call(number=3)) == [
        ("to", "=?utf-8?b?RG9lLCBKYW5lOyBFc3Eu?= <reader+3@example.org>"),
        ("from", "=?utf-8?b?RGllIEZsdXQsICJ0w6RnbGljaCI=?= <flut@news.example.org>"),
        ("h:Reply-To", "redaktion@news.example.org"),
        ("o:tracking", "no"),
        ("o:tracking-clicks", "no"),
        ("o:tracking-opens", "no"),
        ("subject", '„Salz“ \\ "Licht" 🌊 مرحبا \u2028 {{7*7}} 100% %\u2060recipient.name%'),
        ("h:List-Unsubscribe", "<https://digest.example.org/u/t0ken-3>"),
        ("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("h:List-Id", '"The Morning Tide" <morning.news.example.org>'),
        ("h:Message-ID", "<7-3-0f@news.example.org>"),
        ("h:Auto-Submitted", "auto-generated"),
        ("h:X-Series", "=?utf-8?q?Ebbe_und_Flut=2C_t=C3=A4glich?="),
        (
            "text",
            "Grüße 🌊 sent to reader+3@example.org <b>%\u2060recipient.email%</b>\r\n"
            "مرحبا %\u2060unsubscribe_url% 100%\n--\n",
        ),
        (
            "html",
            "<p>Grüße 🌊 sent to reader+3@example.org &lt;b&gt;&#37;recipient.email%&lt;/b&gt; مرحبا &amp; "
            "&#37;recipient.name% {{name}} <&#37;name%></p>",
        ),
        ("v:delivery", "7-3-0f"),
    ]


def test_the_boundary_is_not_in_what_it_bounds() -> None:
    """Text cannot end its own part: a boundary that was seen once is not used for other text."""
    first = call(PLAIN)
    boundary = dict(first.headers)["Content-Type"].partition("boundary=")[2]
    text = Form(
        (f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="bcc"\r\n\r\nx@example.org\r\n--{boundary}--',)
    )
    again = call(Letter(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | {"text": text}))
    assert dict(fields(again))["text"] == "".join(map(str, text.parts))
    assert "bcc" not in dict(fields(again))
    assert len(fields(again)) == len(fields(first))


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_article_speaks_to_the_vendor(variable: str) -> None:
    """What looks like a variable is none any more: in subject, text, HTML, fields, names, and what is filled in."""
    letter = Letter(
        sender=f'"{variable}" <tide@news.example.org>',
        reply_to="",
        subject=Form((variable,)),
        html=Form(("<p>%", variable, "</p><a href='https://x/?", variable, "'>", *PLAIN.html.parts)),
        text=Form(("%", variable[1:], *PLAIN.text.parts)),
        headers=PLAIN.headers,
        stream="",
    )
    made = call(letter, to=f'"{variable}" <ann@example.org>', sent_to=f"to {variable}")
    assert VARIABLE.search(made.body.decode()) is None
    assert variable in html.unescape(dict(fields(made))["html"])
    assert dict(fields(made))["text"].replace("\u2060", "").startswith(variable)


def test_an_address_that_is_a_variable_gets_no_message() -> None:
    """It cannot be written otherwise, and nobody else may be written to in its place."""
    with pytest.raises(RenderError, match="variable"):
        call(to="%recipient.x%@example.org")


@given(
    text=st.text() | st.lists(st.sampled_from([*VARIABLES, "%", "recipient", "%41", "é", "a%20b", ";"])).map("".join)
)
def test_harmless_text_looks_the_same(text: str) -> None:
    """Nothing of a variable is left, and a reader sees what stood there; percent-encoded letters stay."""
    assert VARIABLE.search(harmless(text, "html")) is None
    assert VARIABLE.search(harmless(text, "text")) is None
    assert html.unescape(harmless(text, "html")) == html.unescape(text)
    assert harmless(text, "text").replace("%\u2060", "%") == text.replace("%\u2060", "%")
    assert (
        harmless("https://x.example/caf%C3%A9.html%20?a=100%", "text") == "https://x.example/caf%C3%A9.html%20?a=100%"
    )


def test_each_reader_gets_their_own_stories() -> None:
    """A selection is joined for whoever chose it, and the size covers the largest one."""
    letter = LETTERS["chosen"]
    wire = Mailgun().wire(letter)
    one, all_of_them = (wire.message(reader(0), letter.plan.choose(order)) for order in ([1], None))
    assert b"<main><p>Story 1 at 5%</p></main>" in b"".join(one)
    assert b"Story 0 at 5%</p><p>Story 1 at 5%</p><p>Story 2" in b"".join(all_of_them)
    assert sum(map(len, one)) < sum(map(len, all_of_them))
    empty = dict.fromkeys(reader(0), "") | {"to": ""}
    assert sum(map(len, wire.message(empty, letter.plan.choose()))) <= wire.size + len("Headline 0")


def test_no_control_character_enters_a_header() -> None:
    """Such a reader's message is not made."""
    with pytest.raises(RenderError):
        call(unsubscribe_url="https://x/\r\nBcc: y")
    with pytest.raises(RenderError):
        call(to="Ann\n <ann@example.org>")


def test_half_a_character_makes_no_message() -> None:
    """A source whose charset was misread sets its reader aside, and says so."""
    with pytest.raises(RenderError, match="surrogate"):
        call(Letter(**{name: getattr(PLAIN, name) for name in PLAIN.__slots__} | {"text": Form(("\ud800",))}))


def test_the_key_is_a_password() -> None:
    """HTTP Basic for the user `api`, beside the call and not in it."""
    ((name, value),) = Mailgun().credentials("key-1")
    assert (name, base64.b64decode(value.removeprefix("Basic "))) == ("Authorization", b"api:key-1")


def test_accepted_has_the_id_that_events_have() -> None:
    """Without the brackets that only the answer has."""
    taken = outcome(200, QUEUED)
    assert (taken.kind, taken.provider_id) == (ACCEPTED, "20261123070000.1.ABC@mg.example.org")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, {"message": "Queued. Thank you."}),
        (200, {"id": "<>", "message": "Queued. Thank you."}),
        (200, {"id": "<1@x>"}),
        (200, {"id": "<1@x>", "message": "Thinking about it."}),
        (200, {"id": 7, "message": "Queued. Thank you."}),
        (200, [QUEUED]),
        (200, b"<html>OK</html>"),
        (200, b'{"id":"<1@x>","message":"Queu'),
        (202, QUEUED),
        (302, b""),
        (409, QUEUED),
        (500, {"message": "Internal Server Error"}),
        (502, b"<html>"),
        (503, b""),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: object) -> None:
    """Only a queued message with an id is taken."""
    assert outcome(status, body).kind is UNKNOWN


def test_an_answer_for_several_is_unknown() -> None:
    """No call of ours has several."""
    found = Mailgun().outcomes(["1-1-a", "1-2-b"], Answer(200, {}, json.dumps(QUEUED).encode()))
    assert [outcome.kind for outcome in found] == [UNKNOWN] * 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, {"message": "'to' parameter is not a valid address. please check documentation"}, REJECTED, "invalid"),
        (400, {"message": "to parameter is not a valid address. please check documentation."}, REJECTED, "invalid"),
        (400, {"message": "'from' parameter is not a valid address. please check documentation"}, PAUSE, "other"),
        (400, {"message": "from parameter is missing"}, PAUSE, "other"),
        (
            400,
            {"message": "Send options (parameters starting with o:, h:, or v:) are limited to 16KB total"},
            PAUSE,
            "other",
        ),
        (400, b"<html>", PAUSE, "other"),
        (401, b'"Forbidden"', PAUSE, "auth"),
        (401, b"Forbidden", PAUSE, "auth"),
        (402, {"message": "Payment Required"}, PAUSE, "quota"),
        (403, {"message": "Domain is not allowed to send"}, PAUSE, "auth"),
        (404, {"message": "Domain not found: mg.example.org"}, PAUSE, "sender"),
        (413, b"<html>", SPLIT, "too-large"),
        (429, {"message": "limit exceeded"}, RETRY, "rate"),
        (200, b"Mailgun Magnificent API", PAUSE, "other"),
    ],
)
def test_a_refused_call_is_told_apart(status: int, body: object, kind: OutcomeKind, reason: str) -> None:
    """Only an error about the address alone refuses the reader; the vendor's greeting means a wrong path."""
    found = outcome(status, body)
    assert (found.kind, found.reason, found.suppress) == (kind, reason, False)


LIMIT = (
    "Domain example.com is not allowed to send: account-requests-per-sec limit exceeded, try again after 120 seconds"
)


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"message": LIMIT}, {}, 120.0),
        ({"message": LIMIT}, {"retry_after": "7"}, 7.0),
        ({"message": LIMIT.replace("120", "999999999")}, {}, 3600.0),
        ({"message": "slow down"}, {}, None),
        (b"<html>", {"retry_after": "Mon, 23 Nov 2026 07:00:30 GMT", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 30.0),
        (b"", {}, None),
    ],
)
def test_it_is_asked_again_when_it_says(body: object, headers: dict[str, str], seconds: float | None) -> None:
    """The vendor says it in words; a field, if there is one, is believed first."""
    assert outcome(429, body, **headers).retry_after == seconds
