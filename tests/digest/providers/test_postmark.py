"""Postmark's requests and answers, as its documentation has them."""

from __future__ import annotations

import json

import pytest

from digest.message import Form, Slot, Slotted
from digest.model import OutcomeKind
from digest.providers.base import Answer, Letter
from digest.providers.postmark import Postmark

LETTER = Letter(
    sender="Die Flut <flut@example.org>",
    reply_to="desk@example.org",
    subject=Form(('“Salz” \\ "Licht" \u2028 {{7*7}}',)),
    html=Form(("<p>", Slot("address", "html"), "</p>")),
    text=Form(("An ", Slot("address", "text"), "\n")),
    headers=(("List-Unsubscribe", Slotted(("<", Slot("unsubscribe_url", "header"), ">"))),),
    stream="broadcast",
)
VALUES = {
    "to": "Zoë “Z” <zoe@example.org>",
    "address": "zoe+<b>@example.org",
    "delivery": "1-2-abc",
    "unsubscribe_url": "https://digest.example.org/u/t",
}
NAMES = ["1-1-a", "1-2-b", "1-3-c"]


def outcomes(status: int, body: object, **headers: str) -> list[OutcomeKind]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [outcome.kind for outcome in Postmark().outcomes(NAMES, Answer(status, headers, raw))]


def ok(number: int) -> dict[str, object]:
    return {"To": "x@example.org", "SubmittedAt": "2026", "MessageID": f"m{number}", "ErrorCode": 0, "Message": "OK"}


def test_a_call_is_one_batch_of_json() -> None:
    """Two messages make one array, filled for each reader and escaped for its place."""
    adapter = Postmark()
    wire = adapter.wire(LETTER)
    call = adapter.call([wire.message(VALUES), wire.message(VALUES | {"delivery": "1-3-d"})], key="k-1")

    first, second = json.loads(call.body)

    assert (call.method, call.path) == ("POST", "/email/batch")
    assert first == {
        "From": "Die Flut <flut@example.org>",
        "To": "Zoë “Z” <zoe@example.org>",
        "Subject": '“Salz” \\ "Licht" \u2028 {{7*7}}',
        "HtmlBody": "<p>zoe+&lt;b&gt;@example.org</p>",
        "TextBody": "An zoe+<b>@example.org\n",
        "Headers": [
            {"Name": "List-Unsubscribe", "Value": "<https://digest.example.org/u/t>"},
            {"Name": "X-PM-KeepID", "Value": "true"},
        ],
        "Metadata": {"delivery": "1-2-abc"},
        "MessageStream": "broadcast",
        "TrackOpens": False,
        "TrackLinks": "None",
        "ReplyTo": "desk@example.org",
    }
    assert second["Metadata"] == {"delivery": "1-3-d"}


def test_the_token_is_no_part_of_the_call() -> None:
    """Credentials are added when the call is made, so that what is kept of it holds none."""
    adapter = Postmark()

    assert adapter.credentials("secret") == (("X-Postmark-Server-Token", "secret"),)
    assert "secret" not in repr(adapter.call([[b"{}"]], key="k-1"))


def test_the_size_of_a_wire_is_what_every_message_has() -> None:
    """Batches are cut by it: the literal bytes, without what is filled in."""
    wire = Postmark().wire(LETTER)
    filled = wire.message(dict.fromkeys(VALUES, ""))

    assert wire.size == len(b"".join(filled))


def test_results_are_read_in_order() -> None:
    """Each result is for the message in its place: taken, refused for this reader, or refused for good."""
    inactive = {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."}

    found = Postmark().outcomes(NAMES, Answer(200, {}, json.dumps([ok(1), inactive, ok(3)]).encode()))

    assert [outcome.kind for outcome in found] == [OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.ACCEPTED]
    assert [outcome.delivery for outcome in found] == NAMES
    assert [outcome.provider_id for outcome in found] == ["m1", None, "m3"]
    assert found[1].suppress
    assert "recipient" not in found[1].detail


@pytest.mark.parametrize(
    "body",
    [
        [ok(1), ok(2)],
        [ok(1), ok(2), ok(3), ok(4)],
        [],
        {},
        b"",
        b"<html>502</html>",
        b'[{"ErrorCode":0',
        [ok(1), ok(2), {"ErrorCode": "0"}],
        [1, 2, 3],
        "accepted",
        b"\xff\xfe",
        b'[{"ErrorCode":0,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}]",
    ],
)
def test_an_answer_that_proves_nothing_is_unknown(body: object) -> None:
    """A short, long, unreadable or empty 200 leaves every delivery unknown."""
    assert outcomes(200, body) == [OutcomeKind.UNKNOWN] * 3


def test_an_id_that_stands_there_twice_proves_nothing() -> None:
    """Each message has one of its own; which of the two was taken nobody knows, and the third is proved."""
    assert outcomes(200, [ok(1), ok(2), ok(1)]) == [OutcomeKind.UNKNOWN, OutcomeKind.ACCEPTED, OutcomeKind.UNKNOWN]


def test_accepted_without_an_id_is_unknown() -> None:
    """An acceptance that names no message is no evidence."""
    assert outcomes(200, [ok(1), {"ErrorCode": 0}, ok(3)])[1] is OutcomeKind.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"ErrorCode": 10, "Message": "token"}, OutcomeKind.PAUSE),
        (403, b"", OutcomeKind.PAUSE),
        (404, b"not here", OutcomeKind.PAUSE),
        (422, {"ErrorCode": 400, "Message": "sender"}, OutcomeKind.PAUSE),
        (422, {"ErrorCode": 405, "Message": "credits"}, OutcomeKind.PAUSE),
        (422, {"ErrorCode": 402, "Message": "json"}, OutcomeKind.SPLIT),
        (422, {"ErrorCode": 1235, "Message": "stream"}, OutcomeKind.PAUSE),
        (400, b"<html>", OutcomeKind.PAUSE),
        (413, b"", OutcomeKind.SPLIT),
        (429, {"ErrorCode": 429}, OutcomeKind.RETRY),
        (500, {"ErrorCode": 0}, OutcomeKind.UNKNOWN),
        (502, b"<html>", OutcomeKind.UNKNOWN),
        (302, b"", OutcomeKind.UNKNOWN),
        (202, [ok(1), ok(2), ok(3)], OutcomeKind.UNKNOWN),
        (408, b"", OutcomeKind.UNKNOWN),
    ],
)
def test_a_refused_call_is_told_from_an_ambiguous_one(status: int, body: object, kind: OutcomeKind) -> None:
    """Only what the vendor documents as refused may ever be sent again."""
    assert outcomes(status, body) == [kind] * 3


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (300, OutcomeKind.REJECTED),
        (406, OutcomeKind.REJECTED),
        (403, OutcomeKind.REJECTED),
        (1235, OutcomeKind.PAUSE),
        (100, OutcomeKind.RETRY),
        (10, OutcomeKind.PAUSE),
        (412, OutcomeKind.PAUSE),
    ],
)
def test_an_error_inside_a_200_concerns_its_message_alone(code: int, kind: OutcomeKind) -> None:
    """Each error code means what Postmark's list of them says."""
    assert outcomes(200, [ok(1), {"ErrorCode": code}, ok(3)]) == [OutcomeKind.ACCEPTED, kind, OutcomeKind.ACCEPTED]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5", 5.0), ("0", 0.0), ("999999", 3600.0), ("-5", None), ("soon", None), ("", None), ("Wed, 21 Oct", None)],
)
def test_retry_after_is_bounded(value: str, seconds: float | None) -> None:
    """Seconds up to an hour; anything else leaves the pause to our own rule."""
    (first, *_) = Postmark().outcomes(NAMES, Answer(429, {"retry-after": value}, b""))

    assert first.retry_after == seconds
