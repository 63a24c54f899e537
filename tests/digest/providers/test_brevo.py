"""Brevo's requests and answers, as its documentation has them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from letters import LETTERS, UNICODE, reader

from digest.errors import RenderError
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer
from digest.providers.brevo import Brevo

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT
ID = "<202611230700.12345678901@smtp-relay.mailin.example>"


def outcome(status: int, body: object = b"", **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    (only,) = Brevo().outcomes(["1-1-a"], Answer(status, named, raw))
    return only


def error(code: str, message: str = "words") -> dict[str, str]:
    return {"code": code, "message": message}


def request(number: int = 0, letter: Any = UNICODE, **values: str) -> dict[str, Any]:
    adapter = Brevo()
    read: dict[str, Any] = json.loads(
        adapter.call([adapter.wire(letter).message(reader(number) | values)], key="k-1").body
    )
    return read


def test_the_fields_of_a_message_are_the_vendors() -> None:
    """Those of its reference, and no other; nothing that belongs to stored templates."""
    assert set(request()) == {
        "sender",
        "to",
        "replyTo",
        "subject",
        "htmlContent",
        "textContent",
        "headers",
    }
    assert "replyTo" not in request(letter=LETTERS["long"])


def test_headers_are_ascii_in_the_order_of_rfc_8058() -> None:
    """The delivery id is the field that events repeat; one beyond ASCII would arrive as raw bytes, and is left out."""
    fields = request()["headers"]
    assert uuid.UUID(fields.pop("idempotencyKey"))
    assert list(fields.items()) == [
        ("List-Unsubscribe", "<https://digest.example.org/u/t0ken-0>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", '"The Morning Tide" <morning.news.example.org>'),
        ("Auto-Submitted", "auto-generated"),
        ("X-Mailin-custom", "7-0-0f"),
    ]


def test_names_are_written_as_this_vendor_reads_them() -> None:
    """It loses a name that has a special character besides a letter beyond ASCII; none is no member."""
    readers = [request(number)["to"] for number in range(5)]
    assert readers == [
        [{"email": "reader+0@example.org", "name": "Ann Weir"}],
        [{"email": "reader+1@example.org"}],
        [{"email": "reader+2@example.org", "name": "=?utf-8?b?Wm/DqyAiWiIgT+KAmUhhcmE=?="}],
        [{"email": "reader+3@example.org", "name": "Doe, Jane; Esq."}],
        [{"email": "reader+4@example.org", "name": "李 小龍"}],
    ]


def test_a_request_is_for_one_reader() -> None:
    """Versions have no header fields of their own in the vendor's documents."""
    message = Brevo().wire(UNICODE).message(reader(0))
    with pytest.raises(ValueError, match="too many values"):
        Brevo().call([message, message], key="k-1")


def test_no_control_character_enters_a_header() -> None:
    """Such a reader's message is not made."""
    with pytest.raises(RenderError):
        request(unsubscribe_url="https://x/\r\nBcc: y")
    with pytest.raises(RenderError):
        request(to="Ann\n <ann@example.org>")


def test_accepted_is_201_with_an_id() -> None:
    """The id keeps its brackets, as events write it."""
    taken = outcome(201, {"messageId": ID})
    assert (taken.kind, taken.provider_id) == (ACCEPTED, ID)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b""),
        (201, b"{"),
        (201, b"[" * 100_000),
        (201, b"<html>"),
        (201, {"messageId": ""}),
        (201, {"messageId": None}),
        (201, {"messageIds": [ID]}),
        (200, {"messageId": ID}),
        (200, b""),
        (202, {"messageId": ID}),
        (301, b""),
        (302, {"messageId": ID}),
        (400, error("duplicate_parameter")),
        (400, error("duplicate_request")),
        (408, b""),
        (409, b""),
        (500, error("internal")),
        (502, b"<html>"),
        (503, b""),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: object) -> None:
    """A duplicate is one of something that was taken, or is being taken."""
    assert outcome(status, body).kind is UNKNOWN


def test_an_answer_for_several_is_unknown() -> None:
    """No call of ours has several."""
    answer = Answer(201, {}, json.dumps({"messageId": ID}).encode())
    assert [each.kind for each in Brevo().outcomes(["1-1-a", "1-2-b"], answer)] == [UNKNOWN] * 2


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, error("invalid_parameter", "email is not valid in to"), REJECTED, "invalid"),
        (400, error("invalid_parameter", "to is not valid"), REJECTED, "invalid"),
        (400, error("invalid_parameter", "valid sender email required"), PAUSE, "sender"),
        (400, error("invalid_parameter", "email is not valid in replyTo"), PAUSE, "other"),
        (400, error("invalid_parameter", "Invalid headers to send"), PAUSE, "other"),
        (400, error("missing_parameter", "to is missing"), PAUSE, "other"),
        (400, error("bad_request"), PAUSE, "other"),
        (400, error("not_enough_credits"), PAUSE, "quota"),
        (400, b"<html>", PAUSE, "other"),
        (400, {"code": "x" * 99, "message": 7}, PAUSE, "other"),
        (401, error("unauthorized", "Key not found"), PAUSE, "auth"),
        (401, b"", PAUSE, "auth"),
        (402, error("not_enough_credits"), PAUSE, "quota"),
        (402, error("account_under_validation"), PAUSE, "auth"),
        (403, error("permission_denied", "account not yet activated"), PAUSE, "auth"),
        (404, b"<html>", PAUSE, "other"),
        (413, b"<html>", SPLIT, "too-large"),
        (429, error("too_many_requests"), RETRY, "rate"),
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
        ({"retry_after": "7", "x_sib_ratelimit_reset": "9"}, 7.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after": "Mon, 23 Nov 2026 07:00:30 GMT", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 30.0),
        ({"retry_after": "Mon, 23 Nov 2026 07:00:30 GMT"}, None),
        ({"x_sib_ratelimit_reset": "17"}, 17.0),
        ({"x_sib_ratelimit_reset": "999999"}, 3600.0),
        ({"x_sib_ratelimit_reset": "soon"}, None),
        ({"retry_after": "-1"}, None),
        ({}, None),
    ],
)
def test_it_is_asked_again_when_it_says(headers: dict[str, str], seconds: float | None) -> None:
    """The vendor tells the seconds until its window opens again."""
    assert outcome(429, b"", **headers).retry_after == seconds
