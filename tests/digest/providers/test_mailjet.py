"""Mailjet's requests and answers, as its documentation has them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from letters import LETTERS, UNICODE, reader

from digest.delivery.plan import readers_per_batch
from digest.errors import RenderError
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Answer
from digest.providers.mailjet import Mailjet
from digest.settings import Delivery

ACCEPTED, REJECTED, UNKNOWN = OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
PAUSE, RETRY, SPLIT = OutcomeKind.PAUSE, OutcomeKind.RETRY, OutcomeKind.SPLIT
NAMES = ["1-1-a", "1-2-b", "1-3-c"]


def outcomes(body: object, status: int = 200, **headers: str) -> list[Outcome]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Mailjet().outcomes(NAMES, Answer(status, named, raw))


def kinds(*results: object, status: int = 200) -> list[OutcomeKind]:
    return [outcome.kind for outcome in outcomes({"Messages": list(results)}, status)]


def ok(place: int, **members: object) -> dict[str, object]:
    to = {"Email": "x@example.org", "MessageUUID": f"u{place}", "MessageID": 10 + place, "MessageHref": "h"}
    return {"Status": "success", "CustomID": NAMES[place], "To": [to], "Cc": [], "Bcc": []} | members


def bad(code: str, *related: str, status: int = 400) -> dict[str, object]:
    return {"Status": "error", "Errors": [fault(code, *related, status=status)]}


def fault(code: str, *related: str, status: int = 400) -> dict[str, object]:
    return {
        "ErrorIdentifier": "f987008f",
        "ErrorCode": code,
        "StatusCode": status,
        "ErrorMessage": "words",
        "ErrorRelatedTo": list(related),
    }


def messages(*numbers: int, letter: Any = UNICODE, **values: str) -> list[dict[str, Any]]:
    adapter = Mailjet()
    wire = adapter.wire(letter)
    call = adapter.call([wire.message(reader(number) | values) for number in numbers or (0,)], key="k-1")
    read = json.loads(call.body)
    assert list(read) == ["Messages"]
    made: list[dict[str, Any]] = read["Messages"]
    return made


def test_the_fields_of_a_message_are_the_vendors() -> None:
    """Those of its reference, in each message; nothing stands in `Globals`, which may or may not be merged."""
    for made in messages(0, 1):
        assert set(made) == {
            "From",
            "To",
            "ReplyTo",
            "Subject",
            "TextPart",
            "HTMLPart",
            "Headers",
            "CustomID",
            "TemplateLanguage",
            "TrackOpens",
            "TrackClicks",
        }
    assert "ReplyTo" not in messages(letter=LETTERS["long"])[0]


def test_nothing_is_interpreted_and_nothing_is_tracked() -> None:
    """For each message, whatever the account's settings."""
    (made,) = messages()
    assert (made["TemplateLanguage"], made["TrackOpens"], made["TrackClicks"]) == (False, "disabled", "disabled")


def test_headers_are_ascii_in_the_order_of_rfc_8058() -> None:
    """Without Message-ID and List-Id, for which the vendor refuses a message."""
    (made,) = messages()
    assert list(made["Headers"].items()) == [
        ("List-Unsubscribe", "<https://digest.example.org/u/t0ken-0>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Series", "=?utf-8?q?Ebbe_und_Flut=2C_t=C3=A4glich?="),
    ]


def test_a_message_is_for_one_reader_by_name() -> None:
    """Names stand as they are; none is no member."""
    assert [made["To"] for made in messages(*range(5))] == [
        [{"Email": "reader+0@example.org", "Name": "Ann Weir"}],
        [{"Email": "reader+1@example.org"}],
        [{"Email": "reader+2@example.org", "Name": 'Zoë "Z" O’Hara'}],
        [{"Email": "reader+3@example.org", "Name": "Doe, Jane; Esq."}],
        [{"Email": "reader+4@example.org", "Name": "李 小龍"}],
    ]
    assert [made["CustomID"] for made in messages(0, 1)] == ["7-0-0f", "7-1-0f"]


def test_fifty_readers_are_a_call() -> None:
    """The vendor counts the recipients of the whole request."""
    adapter = Mailjet()
    assert readers_per_batch(adapter, adapter.wire(UNICODE).size, Delivery(batch_readers=1000)) == 50


def test_no_control_character_enters_a_header() -> None:
    """Such a reader's message is not made."""
    with pytest.raises(RenderError):
        messages(unsubscribe_url="https://x/\r\nBcc: y")
    with pytest.raises(RenderError):
        messages(to="Ann\n <ann@example.org>")


def test_each_message_has_a_result_of_its_own() -> None:
    """An error's status says only that one of them has failed."""
    found = outcomes({"Messages": [ok(0), bad("mj-0013", "To[0].Email"), ok(2)]}, status=400)
    assert [(each.kind, each.provider_id, each.reason) for each in found] == [
        (ACCEPTED, "10", None),
        (REJECTED, None, "invalid"),
        (ACCEPTED, "12", None),
    ]
    assert found[1].detail == "Mailjet, mj-0013"


def test_a_message_that_was_taken_names_its_delivery() -> None:
    """So the order of the answer does not matter to it; one that was refused names nothing."""
    found = outcomes({"Messages": [ok(2), ok(0), ok(1)]})
    assert [each.provider_id for each in found] == ["10", "11", "12"]
    assert kinds(ok(1), ok(0), bad("mj-0013", "To")) == [ACCEPTED, ACCEPTED, UNKNOWN]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((ok(0), ok(1)), [ACCEPTED, ACCEPTED, UNKNOWN]),
        ((ok(0), bad("mj-0013", "To")), [ACCEPTED, UNKNOWN, UNKNOWN]),
        ((ok(0), ok(1), ok(2), ok(2)), [ACCEPTED, ACCEPTED, UNKNOWN]),
        ((ok(0), ok(0), ok(2)), [UNKNOWN, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(0, To=ok(1)["To"]), ok(2)), [UNKNOWN, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, To=ok(0)["To"]), ok(2)), [UNKNOWN, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, CustomID="9-9-z"), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, CustomID=""), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, To=[]), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, To=[{"Email": "x", "MessageID": 0}]), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, Errors=[fault("mj-0013", "To")]), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), ok(1, Status="queued"), ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), 7, ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), {}, ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), bad("mj-0013", "To") | {"To": ok(1)["To"]}, ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), {"Status": "error"}, ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((ok(0), {"Status": "error", "Errors": []}, ok(2)), [ACCEPTED, UNKNOWN, ACCEPTED]),
        ((), [UNKNOWN] * 3),
    ],
)
def test_exactly_what_is_not_proved_is_unknown(results: tuple[object, ...], expected: list[OutcomeKind]) -> None:
    """Short, long, doubled, strange: each result is read by itself."""
    assert kinds(*results) == expected


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"{"),
        (200, b"[" * 100_000),
        (200, b"<html>"),
        (200, {"Messages": None}),
        (200, fault("mj-0002")),
        (201, {"Messages": [ok(0), ok(1), ok(2)]}),
        (302, {"Messages": [ok(0), ok(1), ok(2)]}),
        (400, b""),
        (400, b"<html>"),
        (400, {"ErrorMessage": "words"}),
        (400, fault("mj-0002", status=500)),
        (403, b"<html>"),
        (408, b""),
        (500, {"ErrorIdentifier": "D4DF574C", "StatusCode": 500}),
        (502, b"<html>"),
        (503, b""),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: object) -> None:
    """With an error's status some may have been taken, unless the vendor's own code says that none was."""
    assert [each.kind for each in outcomes(body, status)] == [UNKNOWN] * 3


@pytest.mark.parametrize(
    ("result", "kind", "reason"),
    [
        (bad("mj-0013", "To[0].Email"), REJECTED, "invalid"),
        (bad("mj-0013", "To"), REJECTED, "invalid"),
        (bad("mj-0012", "To[0].Email"), REJECTED, "invalid"),
        (bad("mj-0013", "From.Email"), PAUSE, "other"),
        (bad("mj-0013"), PAUSE, "other"),
        (bad("mj-0003", "To"), PAUSE, "other"),
        (bad("send-0008", "From", status=403), PAUSE, "sender"),
        (bad("send-0011", 'Headers["List-Id"]'), PAUSE, "other"),
        (bad("mj-0001", status=401), PAUSE, "auth"),
        (bad("mj-0006", "Subject"), PAUSE, "other"),
        (bad("send-0015", "To"), SPLIT, "content"),
        (bad("", status=429), RETRY, "rate"),
        (bad("", status=500), UNKNOWN, "answer"),
        (
            {"Status": "error", "Errors": [fault("mj-0013", "To"), fault("send-0008", "From")]},
            PAUSE,
            "sender",
        ),
        ({"Status": "error", "Errors": [fault("mj-0013", "To"), fault("mj-0003", "Subject")]}, PAUSE, "other"),
    ],
)
def test_a_refused_message_is_told_apart(result: object, kind: OutcomeKind, reason: str) -> None:
    """Only when all that is wrong with it is the address is the reader refused; nobody is suppressed for it."""
    found = outcomes({"Messages": [ok(0), result, ok(2)]}, status=400)[1]
    assert (found.kind, found.reason, found.suppress) == (kind, reason, False)


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, fault("mj-0002"), PAUSE, "other"),
        (400, fault("mj-0008", "Messages"), SPLIT, "content"),
        (400, fault("mj-0011"), SPLIT, "too-large"),
        (400, fault("mj-0013", "To"), SPLIT, "content"),
        (403, fault("send-0008", status=403), PAUSE, "sender"),
        (401, fault("mj-0015", status=401), PAUSE, "auth"),
        (401, b"", PAUSE, "auth"),
        (404, b"<html>", PAUSE, "other"),
        (413, b"<html>", SPLIT, "too-large"),
        (429, b"<html>", RETRY, "rate"),
    ],
)
def test_a_refused_call_is_told_apart(status: int, body: object, kind: OutcomeKind, reason: str) -> None:
    """All of it has the same outcome, and no reader is refused for what does not name one."""
    assert {(each.kind, each.reason) for each in outcomes(body, status)} == {(kind, reason)}


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
    assert {each.retry_after for each in outcomes(b"", 429, **headers)} == {seconds}


def test_the_token_is_both_keys() -> None:
    """As HTTP Basic has them, user and password."""
    assert Mailjet().credentials("key:secret") == (("Authorization", "Basic a2V5OnNlY3JldA=="),)
