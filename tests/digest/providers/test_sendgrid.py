"""SendGrid's requests and answers, as its documentation has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from letters import LETTERS, UNICODE, reader

from digest.delivery.plan import readers_per_batch
from digest.errors import RenderError
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer
from digest.providers.sendgrid import SendGrid
from digest.settings import Delivery

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT


def outcome(status: int, body: object = b"", **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    (only,) = SendGrid().outcomes(["1-1-a"], Answer(status, named, raw))
    return only


def faults(*fields: str | None, message: str = "words") -> dict[str, object]:
    return {"errors": [{"message": message, "field": field, "help": None} for field in fields]}


def request(number: int = 0, letter: Any = UNICODE, **values: str) -> dict[str, Any]:
    adapter = SendGrid()
    read: dict[str, Any] = json.loads(
        adapter.call([adapter.wire(letter).message(reader(number) | values)], key="k-1").body
    )
    return read


def test_a_reader_has_an_object_of_their_own() -> None:
    """Address, fields of RFC 8058 and delivery id; a field beyond ASCII is encoded by us."""
    (personalization,) = request()["personalizations"]
    assert personalization == {
        "to": [{"email": "reader+0@example.org", "name": "Ann Weir"}],
        "headers": {
            "List-Unsubscribe": "<https://digest.example.org/u/t0ken-0>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": '"The Morning Tide" <morning.news.example.org>',
            "Message-ID": "<7-0-0f@news.example.org>",
            "Auto-Submitted": "auto-generated",
            "X-Series": "=?utf-8?q?Ebbe_und_Flut=2C_t=C3=A4glich?=",
        },
        "custom_args": {"delivery": "7-0-0f"},
    }


def test_names_are_written_as_this_vendor_reads_them() -> None:
    """As they are, but for a comma or a semicolon in `to`, which it does not quote itself; none is no member."""
    names = [request(number)["personalizations"][0]["to"][0].get("name") for number in range(5)]
    assert names == ["Ann Weir", None, 'Zoë "Z" O’Hara', '"Doe, Jane; Esq."', "李 小龍"]
    assert request()["from"] == {"email": "flut@news.example.org", "name": 'Die Flut, "täglich"'}


def test_plain_text_stands_before_html() -> None:
    """The vendor wants that order, and neither may be empty."""
    assert [(part["type"], bool(part["value"])) for part in request()["content"]] == [
        ("text/plain", True),
        ("text/html", True),
    ]


def test_nothing_is_followed_added_or_substituted() -> None:
    """Off for each message, whatever the account's settings; without substitutions no tag means anything."""
    made = request()
    assert {name: setting["enable"] for name, setting in made["tracking_settings"].items()} == dict.fromkeys(
        ("click_tracking", "open_tracking", "subscription_tracking", "ganalytics"), False
    )
    assert made["mail_settings"] == {"footer": {"enable": False}}
    assert not {"substitutions", "template_id", "asm", "sections"} & {*made, *made["personalizations"][0]}
    assert "%recipient.name%" in made["subject"]


def test_answers_go_to_the_sender_when_nobody_else_is_named() -> None:
    """No empty member."""
    assert "reply_to" not in request(letter=LETTERS["long"])


def test_an_address_stands_once_in_a_request() -> None:
    """The vendor refuses a whole request for one that stands there twice; two readers are two requests."""
    adapter = SendGrid()
    assert readers_per_batch(adapter, adapter.wire(UNICODE).size, Delivery(batch_readers=1000)) == 1
    message = adapter.wire(UNICODE).message(reader(1))
    with pytest.raises(ValueError, match="too many values"):
        adapter.call([message, message], key="k-1")


def test_no_control_character_enters_a_header() -> None:
    """Such a reader's message is not made."""
    with pytest.raises(RenderError):
        request(unsubscribe_url="https://x/\r\nBcc: y")
    with pytest.raises(RenderError):
        request(to="Ann\n <ann@example.org>")


def test_accepted_is_202_with_an_id() -> None:
    """The body is empty; the id is what events begin with."""
    taken = outcome(202, x_message_id="abc123")
    assert (taken.kind, taken.provider_id) == (ACCEPTED, "abc123")


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (202, b"", {}),
        (202, b"", {"x_message_id": " "}),
        (200, b"", {"x_message_id": "abc"}),
        (200, b"", {}),
        (201, b"<html>", {}),
        (302, b"", {}),
        (301, b"<html>", {"x_message_id": "abc"}),
        (408, b"", {}),
        (409, b"", {}),
        (500, faults(None), {}),
        (502, b"<html>", {}),
        (503, b"", {"retry_after": "5"}),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: object, headers: dict[str, str]) -> None:
    """200 means the vendor's test mode, which we never ask for."""
    assert outcome(status, body, **headers).kind is UNKNOWN


def test_an_answer_for_several_is_unknown() -> None:
    """No call of ours has several."""
    found = SendGrid().outcomes(["1-1-a", "1-2-b"], Answer(202, {"x-message-id": "abc"}, b""))
    assert [outcome.kind for outcome in found] == [UNKNOWN] * 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (
            400,
            faults("personalizations.0.to.0.email", message="Not a valid address."),
            REJECTED,
            "invalid",
        ),
        (400, faults("personalizations.0.to"), REJECTED, "invalid"),
        (400, faults("personalizations.0.together"), PAUSE, "other"),
        (400, faults("personalizations", message="The personalizations field is required"), PAUSE, "other"),
        (
            400,
            faults("personalizations.0.to.0.email", "from.email"),
            PAUSE,
            "sender",
        ),
        (400, faults("from.email"), PAUSE, "sender"),
        (400, faults(None, message="Bad Request"), PAUSE, "other"),
        (400, {"errors": []}, PAUSE, "other"),
        (400, b"<html>", PAUSE, "other"),
        (401, faults(None, message="Maximum credits exceeded"), PAUSE, "quota"),
        (401, faults(None, message="The provided authorization grant is invalid"), PAUSE, "auth"),
        (403, faults("from", message="The from address does not match a verified Sender Identity."), PAUSE, "sender"),
        (403, b"<html>", PAUSE, "auth"),
        (404, faults(None), PAUSE, "other"),
        (413, b"<html>", SPLIT, "too-large"),
        (429, faults(None, message="too many requests"), RETRY, "rate"),
        (429, b"<html>", RETRY, "rate"),
    ],
)
def test_a_refused_call_is_told_apart(status: int, body: object, kind: OutcomeKind, reason: str) -> None:
    """Only an error about the address alone refuses the reader."""
    found = outcome(status, body)
    assert (found.kind, found.reason, found.suppress) == (kind, reason, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"x_ratelimit_reset": "1795417230", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"x_ratelimit_reset": "1795417230"}, None),
        ({"retry_after": "-1"}, None),
        ({}, None),
    ],
)
def test_it_is_asked_again_when_it_says(headers: dict[str, str], seconds: float | None) -> None:
    """The vendor tells the end of its window as Unix time, by its own clock."""
    assert outcome(429, b"", **headers).retry_after == seconds
