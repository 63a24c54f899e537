"""What mail APIs and what stands in front of them have been seen to do; no adapter may lose or fail a reader for it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from letters import PLAIN, reader

from digest.delivery.plan import readers_per_batch
from digest.model import OutcomeKind
from digest.providers import ADAPTERS, MERGING
from digest.providers.base import Adapter, Answer
from digest.settings import Delivery

HTTP = {
    **{kind: adapter() for kind, adapter in ADAPTERS.items() if kind != "smtp"},
    **{f"{kind}, merged": adapter() for kind, adapter in MERGING.items()},
}
every_way = pytest.mark.parametrize("adapter", HTTP.values(), ids=HTTP)

PAGE = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"
DATE = "Mon, 23 Nov 2026 07:00:00 GMT"
MOST = {
    "brevo": 1,
    "mailgun": 1,
    "mailgun, merged": 1000,
    "mailjet": 50,
    "postmark": 500,
    "resend": 100,
    "sandbox": 500,
    "scaleway": 1,
    "sendgrid": 1,
    "sendgrid, merged": 1000,
    "ses": 1,
    "ses, merged": 50,
}
"""Readers in one request, by the vendors' documents or by what we made of them."""


def kinds(
    adapter: Adapter, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> set[OutcomeKind]:
    """For as many readers as there are in a small request."""
    named = [f"7-{number}-0f" for number in range(min(3, adapter.capabilities.max_readers))]
    outcomes = adapter.outcomes(named, Answer(status, headers or {}, body))
    assert [outcome.delivery for outcome in outcomes] == named
    return {outcome.kind for outcome in outcomes}


@pytest.mark.parametrize("way", MOST)
def test_no_batch_has_more_readers_than_the_vendor_takes(way: str) -> None:
    """Of 51 entries, 101, 501 or 1,001 messages one is left for another request, whatever the operator allows."""
    adapter = HTTP[way]
    settings = Delivery(batch_readers=1000, batch_bytes=100_000_000)
    assert readers_per_batch(adapter, 100, settings) == adapter.capabilities.max_readers == MOST[way]


@pytest.mark.parametrize("way", [way for way, most in MOST.items() if most == 1])
def test_a_request_for_one_never_holds_two(way: str) -> None:
    """It would show readers to each other, or count as one."""
    adapter = HTTP[way]
    message = adapter.wire(PLAIN).message(reader(0))
    with pytest.raises(ValueError, match="unpack"):
        adapter.call([message, message], key="k-1")


@every_way
@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("body", [b"", b" ", b"null", b"{}", b"[]", b'""', PAGE, b"\xff\xfe", b"[" * 5000])
def test_success_without_what_was_promised_proves_nothing(adapter: Adapter, status: int, body: bytes) -> None:
    """An empty 200, or the page of a proxy that answers 200 to all."""
    assert kinds(adapter, status, body) == {OutcomeKind.UNKNOWN}


@every_way
@pytest.mark.parametrize("status", [200, 202, 400, 401, 422])
@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "\xe9", "Message": "\xe9", "__type": "\xe9", "MessageId": "\xe9", "messageId": "\xe9"}',
        b'{"Messages": [{"Status": "\xe9"}], "data": [{"id": "\xe9"}], "emails": [{"id": "\xe9"}]}',
        b'{"errors": [{"field": "\xe9"}], "BulkEmailEntryResults": [{"Status": "\xe9"}]}',
        b'[{"ErrorCode": 0, "MessageID": "\xe9"}]',
    ],
)
def test_latin_1_in_an_answer_fails_nobody(adapter: Adapter, status: int, body: bytes) -> None:
    """A server that does not write UTF-8 where it should is read as one that says nothing."""
    assert kinds(adapter, status, body) <= {OutcomeKind.PAUSE, OutcomeKind.UNKNOWN}


@every_way
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_proves_nothing_and_is_not_followed(adapter: Adapter, status: int) -> None:
    """What is behind it may have taken the body, or may be somebody else's."""
    assert kinds(adapter, status, PAGE, {"location": "https://login.example.org/"}) == {OutcomeKind.UNKNOWN}


@every_way
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_a_gateways_page_proves_nothing(adapter: Adapter, status: int) -> None:
    """Behind it the request may have gone through."""
    assert kinds(adapter, status, PAGE, {"content-type": "text/html", "retry-after": "30"}) == {OutcomeKind.UNKNOWN}


@every_way
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 415, 418, 422, 451])
def test_a_refusal_in_html_fails_nobody(adapter: Adapter, status: int) -> None:
    """A firewall, a captcha, a wrong path: at worst the edition waits for a person."""
    assert kinds(adapter, status, PAGE) <= {OutcomeKind.PAUSE, OutcomeKind.UNKNOWN}


@every_way
@pytest.mark.parametrize("body", [b"", PAGE, b"{}"])
def test_too_large_is_halved(adapter: Adapter, body: bytes) -> None:
    """The vendor's 413, or a proxy's."""
    assert kinds(adapter, 413, body) == {OutcomeKind.SPLIT}


@every_way
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": " 30 "}, 30.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٣٠"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 23 Nov 2026 07:01:00 GMT", "date": DATE}, 60.0),
        ({"retry-after": "Mon, 23 Nov 2026 06:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 07:01:00 GMT"}, None),
        ({"retry-after": "Mon, 99 Nov 2026 07:01:00 GMT", "date": DATE}, None),
        ({"retry-after": "2026-11-23T07:01:00Z", "date": DATE}, None),
    ],
    ids=lambda value: str(value.get("retry-after")) if isinstance(value, dict) else "",
)
@pytest.mark.parametrize("body", [b"", PAGE], ids=["empty", "page"])
def test_too_many_requests_are_made_again_when_it_is_wished(
    adapter: Adapter, headers: Mapping[str, str], seconds: float | None, body: bytes
) -> None:
    """Every form of Retry-After (RFC 9110 10.2.3), and none of what is none: then our own rule of waiting holds."""
    named = [f"7-{number}-0f" for number in range(min(3, adapter.capabilities.max_readers))]
    for outcome in adapter.outcomes(named, Answer(429, headers, body)):
        assert (outcome.kind, outcome.reason, outcome.retry_after) == (OutcomeKind.RETRY, "rate", seconds)
