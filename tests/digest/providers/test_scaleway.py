"""Scaleway's requests and answers, as its documentation and its SDKs have them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from letters import LETTERS, UNICODE, reader

from digest.errors import RenderError
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer
from digest.providers.scaleway import Scaleway

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT
ID = "655c27f2-b2a3-4a9f-8e1f-3e6dc268b1c4"


def outcome(status: int, body: object = b"", **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    (only,) = Scaleway().outcomes(["1-1-a"], Answer(status, named, raw))
    return only


def email(**members: object) -> dict[str, object]:
    return {"id": ID, "message_id": "m", "mail_rcpt": "x@example.org", "status": "new", "try_count": 0} | members


def invalid(*arguments: str) -> dict[str, object]:
    details = [{"argument_name": name, "reason": "constraint", "help_message": "words"} for name in arguments]
    return {"type": "invalid_arguments", "message": "words", "details": details}


def request(number: int = 0, letter: Any = UNICODE, **values: str) -> dict[str, Any]:
    adapter = Scaleway()
    read: dict[str, Any] = json.loads(
        adapter.call([adapter.wire(letter).message(reader(number) | values)], key="k-1").body
    )
    return read


def test_the_fields_of_a_message_are_the_vendors() -> None:
    """Those of its reference, in the account's project."""
    made = request()
    assert set(made) == {"project_id", "from", "to", "subject", "text", "html", "additional_headers"}
    assert made["project_id"] == UNICODE.stream
    assert made["from"] == {"email": "flut@news.example.org", "name": 'Die Flut, "täglich"'}


def test_headers_are_ascii_in_the_order_of_rfc_8058() -> None:
    """With our delivery id, and where answers go, for which there is no member."""
    assert [(field["key"], field["value"]) for field in request()["additional_headers"]] == [
        ("List-Unsubscribe", "<https://digest.example.org/u/t0ken-0>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", '"The Morning Tide" <morning.news.example.org>'),
        ("Auto-Submitted", "auto-generated"),
        ("X-Series", "=?utf-8?q?Ebbe_und_Flut=2C_t=C3=A4glich?="),
        ("X-Delivery", "7-0-0f"),
        ("Reply-To", "redaktion@news.example.org"),
    ]
    assert "Reply-To" not in [field["key"] for field in request(letter=LETTERS["long"])["additional_headers"]]


def test_a_reader_without_a_name_has_no_member_for_it() -> None:
    """Names of every script stand as they are."""
    assert [request(number)["to"][0].get("name") for number in range(5)] == [
        "Ann Weir",
        None,
        'Zoë "Z" O’Hara',
        "Doe, Jane; Esq.",
        "李 小龍",
    ]


def test_no_message_is_made_that_the_vendor_would_lose() -> None:
    """It takes one to an address beyond ASCII, and loses it."""
    with pytest.raises(RenderError, match="ASCII"):
        request(to="zoë@example.org")
    with pytest.raises(RenderError):
        request(unsubscribe_url="https://x/\r\nBcc: y")


def test_no_engine_reads_the_content() -> None:
    """The vendor has none, so nothing is changed."""
    assert "{{7*7}}" in request()["subject"]
    assert "{{name}}" in request()["html"]


def test_accepted_is_one_email_with_an_id() -> None:
    """That of the e-mail, which events name; not the id of the message."""
    for status in ("new", "sending", "sent"):
        taken = outcome(200, {"emails": [email(status=status)]})
        assert (taken.kind, taken.provider_id) == (ACCEPTED, ID)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{"),
        (200, b"[" * 100_000),
        (200, b"<html>"),
        (200, {}),
        (200, {"emails": []}),
        (200, {"emails": [email(), email()]}),
        (200, {"emails": [email(id="")]}),
        (200, {"emails": [email(status="failed")]}),
        (200, {"emails": [email(status="canceled")]}),
        (200, {"emails": [email(status="unknown")]}),
        (201, {"emails": [email()]}),
        (302, {"emails": [email()]}),
        (409, {"type": "transient_state"}),
        (500, {"message": "internal error"}),
        (502, b"<html>"),
        (503, b""),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: object) -> None:
    """None, two, or one that is not on its way is no answer to our request."""
    assert outcome(status, body).kind is UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, invalid("to"), REJECTED, "invalid"),
        (400, invalid("to.0.email"), REJECTED, "invalid"),
        (400, invalid("to_email", "to"), REJECTED, "invalid"),
        (400, invalid("to", "from"), PAUSE, "sender"),
        (400, invalid("total"), PAUSE, "other"),
        (400, invalid("from.email"), PAUSE, "sender"),
        (400, invalid("project_id"), PAUSE, "sender"),
        (400, invalid("subject"), PAUSE, "content"),
        (400, invalid(), PAUSE, "other"),
        (400, {"type": "invalid_arguments", "details": None}, PAUSE, "other"),
        (400, b"<html>", PAUSE, "other"),
        (401, {"type": "denied_authentication", "method": "api_key", "reason": "invalid_argument"}, PAUSE, "auth"),
        (403, {"type": "permissions_denied", "details": [{"resource": "email", "action": "write"}]}, PAUSE, "auth"),
        (403, {"type": "quotas_exceeded", "details": [{"resource": "emails", "quota": 1}]}, PAUSE, "quota"),
        (403, b"<html>", PAUSE, "auth"),
        (404, {"type": "not_found", "resource": "project"}, PAUSE, "sender"),
        (412, {"type": "precondition_failed"}, PAUSE, "sender"),
        (413, b"<html>", SPLIT, "too-large"),
        (429, {"type": "too_many_requests"}, RETRY, "rate"),
        (429, b"<html>", RETRY, "rate"),
    ],
)
def test_a_refused_call_is_told_apart(status: int, body: object, kind: OutcomeKind, reason: str) -> None:
    """Only an error about the address alone refuses the reader; nobody is suppressed for it."""
    found = outcome(status, body)
    assert (found.kind, found.reason, found.suppress) == (kind, reason, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "Mon, 23 Nov 2026 07:00:30 GMT", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"retry_after": "86400"}, 3600.0),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_it_is_asked_again_when_it_says(headers: dict[str, str], seconds: float | None) -> None:
    """The vendor documents no header of its own for that."""
    assert outcome(429, b"", **headers).retry_after == seconds
