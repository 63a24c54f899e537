"""Resend's requests and answers, as its documentation has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from letters import LETTERS, PLAIN, UNICODE, reader

from digest.delivery.plan import readers_per_batch
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer
from digest.providers.resend import Resend
from digest.settings import Delivery

NAMES = ["1-1-a", "1-2-b", "1-3-c"]
TO = {"message": "Invalid `to` field. The email address needs to follow the `email@example.com` format."}
DOMAIN = {"message": "The news.example.org domain is not verified."}

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT


def outcomes(status: int, body: object, **headers: str) -> list[Outcome]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Resend().outcomes(
        NAMES, Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)
    )


def kinds(status: int, body: object) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes(status, body)]


def ids(*names: str) -> list[dict[str, str]]:
    return [{"id": name} for name in names]


def error(name: str, message: str = "words") -> dict[str, object]:
    return {"statusCode": 0, "name": name, "message": message}


def requests(count: int = 2, letter: Any = UNICODE) -> list[dict[str, Any]]:
    adapter = Resend()
    wire = adapter.wire(letter)
    read: list[dict[str, Any]] = json.loads(
        adapter.call([wire.message(reader(number)) for number in range(count)], key="k-1").body
    )
    return read


def test_a_reader_sees_nobody_else() -> None:
    """One address in each message, whose tag names our delivery in letters that the vendor allows."""
    for number, message in enumerate(requests(5)):
        (to,) = message["to"]
        assert to.endswith(f"reader+{number}@example.org>" if "<" in to else f"reader+{number}@example.org")
        assert message["tags"] == [{"name": "delivery", "value": f"7-{number}-0f"}]


def test_names_are_written_as_this_vendor_reads_them() -> None:
    """Quotation marks are refused in both fields, encoded words in `from`."""
    first, *others = requests(5)
    assert first["from"] == 'Die Flut, "täglich" <flut@news.example.org>'
    assert first["to"] == ["Ann Weir <reader+0@example.org>"]
    assert [message["to"][0].partition("=?utf-8?")[0] for message in others] == ["reader+1@example.org", "", "", ""]


def test_header_values_are_ascii() -> None:
    """Nothing says that the vendor encodes them; Message-ID it writes itself."""
    (message,) = requests(1)
    assert message["headers"] == {
        "List-Unsubscribe": "<https://digest.example.org/u/t0ken-0>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": '"The Morning Tide" <morning.news.example.org>',
        "Auto-Submitted": "auto-generated",
        "X-Series": "=?utf-8?q?Ebbe_und_Flut=2C_t=C3=A4glich?=",
    }


def test_answers_go_to_the_sender_when_nobody_else_is_named() -> None:
    """No empty member."""
    assert "reply_to" not in requests(1, LETTERS["long"])[0]


def test_a_hundred_and_one_readers_are_two_requests() -> None:
    """Whatever the operator allows, the vendor takes 100."""
    settings = Delivery(batch_readers=1000)
    assert readers_per_batch(Resend(), Resend().wire(PLAIN).size, settings) == 100


def test_one_invalid_message_does_not_spoil_the_others() -> None:
    """The call asks for that, and reads whom it concerns by its place."""
    made = Resend().call([[b"{}"]], key="k-1")
    assert ("x-batch-validation", "permissive") in made.headers
    found = outcomes(200, {"data": ids("a", "c"), "errors": [{"index": 1, **TO}]})
    assert [outcome.kind for outcome in found] == [ACCEPTED, REJECTED, ACCEPTED]
    assert [outcome.provider_id for outcome in found] == ["a", None, "c"]
    assert not found[1].suppress


def test_a_message_that_is_invalid_for_the_sender_fails_nobody() -> None:
    """A domain that is not verified is no fault of the reader's."""
    answer = {"data": [], "errors": [{"index": place, **DOMAIN} for place in range(3)]}
    assert kinds(200, answer) == [PAUSE] * 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"data": ids("a", "b")}, [UNKNOWN] * 3),
        ({"data": ids("a", "b", "c", "d")}, [UNKNOWN] * 3),
        ({"data": ids("a", "b", "b")}, [ACCEPTED, UNKNOWN, UNKNOWN]),
        ({"data": [{"id": "a"}, {}, {"id": "c"}]}, [ACCEPTED, UNKNOWN, ACCEPTED]),
        ({"data": ids("a"), "errors": [{"index": 1, **TO}]}, [UNKNOWN, REJECTED, UNKNOWN]),
        ({"data": ids("a", "b", "c"), "errors": [{"index": 1, **TO}]}, [UNKNOWN, REJECTED, UNKNOWN]),
        ({"data": ids("a", "b"), "errors": [{"index": 3, **TO}]}, [UNKNOWN] * 3),
        ({"data": ids("a", "b"), "errors": [{"index": -1, **TO}]}, [UNKNOWN] * 3),
        ({"data": ids("a"), "errors": [{"index": 1, **TO}, {"index": 1, **TO}]}, [UNKNOWN] * 3),
        ({"data": ids("a", "b"), "errors": [TO]}, [UNKNOWN] * 3),
        ({"data": None}, [UNKNOWN] * 3),
        ({}, [UNKNOWN] * 3),
        (ids("a", "b", "c"), [UNKNOWN] * 3),
        (b"", [UNKNOWN] * 3),
        (b"<html>OK</html>", [UNKNOWN] * 3),
        (b'{"data":[{"id":"a"}', [UNKNOWN] * 3),
        (b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}", [UNKNOWN] * 3),
    ],
)
def test_what_an_answer_leaves_unproved_is_unknown(body: object, expected: list[OutcomeKind]) -> None:
    """Short, long, doubled, unreadable: exactly the rows without proof, and no others."""
    assert kinds(200, body) == expected


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, error("validation_error", "Invalid `to` field."), SPLIT, "content"),
        (422, error("validation_error", "Invalid 'to' field."), SPLIT, "content"),
        (422, error("validation_error", "Invalid `from` field."), PAUSE, "other"),
        (422, error("invalid_from_address"), PAUSE, "sender"),
        (422, error("missing_required_field"), PAUSE, "other"),
        (401, error("missing_api_key"), PAUSE, "auth"),
        (401, error("restricted_api_key"), PAUSE, "auth"),
        (403, error("invalid_api_key"), PAUSE, "auth"),
        (403, error("validation_error", "The domain is not verified."), PAUSE, "sender"),
        (403, b"<html>Forbidden</html>", PAUSE, "auth"),
        (404, error("not_found"), PAUSE, "other"),
        (405, error("method_not_allowed"), PAUSE, "other"),
        (413, b"<html>too large</html>", SPLIT, "too-large"),
        (429, error("rate_limit_exceeded"), RETRY, "rate"),
        (429, b"<html>slow down</html>", RETRY, "rate"),
        (429, error("daily_quota_exceeded"), PAUSE, "quota"),
        (429, error("monthly_quota_exceeded"), PAUSE, "quota"),
        (451, error("security_error"), PAUSE, "other"),
        (400, b"<html>", PAUSE, "other"),
        (409, error("invalid_idempotent_request"), UNKNOWN, "answer"),
        (409, error("concurrent_idempotent_requests"), UNKNOWN, "answer"),
        (500, error("application_error"), UNKNOWN, "answer"),
        (502, b"<html>", UNKNOWN, "answer"),
        (302, b"", UNKNOWN, "answer"),
        (201, {"data": ids("a", "b", "c")}, UNKNOWN, "answer"),
    ],
)
def test_a_refused_call_is_told_from_an_ambiguous_one(
    status: int, body: object, kind: OutcomeKind, reason: str
) -> None:
    """Only what the vendor documents as refused may ever be sent again, and only for `to` is a reader looked for."""
    assert {(outcome.kind, outcome.reason) for outcome in outcomes(status, body)} == {(kind, reason)}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7", "ratelimit_reset": "2"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"ratelimit_reset": "2"}, 2.0),
        ({"retry_after": "soon", "ratelimit_reset": "1"}, 1.0),
        ({"retry_after": "Mon, 23 Nov 2026 07:00:30 GMT", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 30.0),
        ({}, None),
    ],
)
def test_it_is_asked_again_when_it_says(headers: dict[str, str], seconds: float | None) -> None:
    """The vendor's own word first, then the end of its window, then our rule."""
    assert {outcome.retry_after for outcome in outcomes(429, error("rate_limit_exceeded"), **headers)} == {seconds}


def test_what_it_says_of_a_reader_is_not_kept() -> None:
    """Details go to the log; an error may quote the address."""
    found = outcomes(422, error("ann@example.org", "`to` ann@example.org")) + outcomes(
        200, {"data": [], "errors": [{"index": place, "message": "`to` ann@example.org"} for place in range(3)]}
    )
    assert not any("@" in outcome.detail for outcome in found)
