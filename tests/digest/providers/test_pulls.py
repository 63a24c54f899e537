"""Lists of events, page by page: what is asked, what is read, and when it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from reporting import AT, report

from digest.model import EventKind
from digest.providers.base import Answer, Call
from digest.providers.pulls import PULLS, Page

SINCE, UNTIL = datetime(2026, 11, 22, 3, 30, tzinfo=UTC), datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def read(kind: str, asked: Call, body: object, status: int = 200) -> Page | None:
    return PULLS[kind].read(asked, Answer(status, {}, json.dumps(body).encode()))


def asked(call: Call | None) -> tuple[str, dict[str, str]]:
    assert call is not None
    assert (call.method, call.body) == ("GET", b"")
    parts = urlsplit(call.path)
    return parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_mailgun() -> None:
    """Oldest first between two instants; what follows is asked at our own address, until a page is empty."""
    first = PULLS["mailgun"].first(SINCE, UNTIL)
    assert asked(first) == (
        "/events",
        {"begin": str(SINCE.timestamp()), "end": str(UNTIL.timestamp()), "ascending": "yes", "limit": "300"},
    )
    item = report("mailgun", "bounced", delivery="7-1-proof")
    paging = {"next": "https://evil.example/v3/mg.example.org/events/W3siYSI6=="}
    page = read("mailgun", first, {"items": [item, report("mailgun", "clicked")], "paging": paging})
    assert page is not None
    assert [(event.kind, event.permanent, event.delivery) for event in page.events] == [
        (EventKind.BOUNCED, True, "7-1-proof"),
        (EventKind.CLICKED, False, ""),
    ]
    assert asked(page.next) == ("/events/W3siYSI6==", {})
    assert read("mailgun", first, {"items": [], "paging": paging}) == Page([], None)
    long = "W3siYSI6" * 100
    further = read("mailgun", first, {"items": [item], "paging": {"next": f"https://x/v3/d/events/{long}%3D%3D"}})
    assert further is not None
    assert asked(further.next) == (f"/events/{long}%3D%3D", {})
    assert read("mailgun", first, {"items": [item]}) == Page(page.events[:1], None)
    # What leads nowhere that is known is said, instead of half a day being taken for a whole one.
    assert read("mailgun", first, {"items": [item], "paging": {"next": "https://x/../../messages"}}) is None


def test_postmark() -> None:
    """By the clocks of New York, by offset, and no further than Postmark answers."""
    first = PULLS["postmark"].first(SINCE, UNTIL)
    path, query = asked(first)
    assert path == "/bounces"
    assert query == {
        "count": "500",
        "offset": "0",
        "fromdate": "2026-11-21T22:30:00",
        "todate": "2026-11-23T02:00:00",
    }
    bounce = {"Type": "HardBounce", "MessageID": "m-1", "Email": "ann@example.org", "BouncedAt": AT.isoformat()}
    page = read("postmark", first, {"TotalCount": 501, "Bounces": [bounce] * 500})
    assert page is not None
    assert (page.events[0].address, page.events[0].permanent, page.events[0].at) == ("ann@example.org", True, AT)
    assert asked(page.next)[1] == query | {"offset": "500"}
    last = read("postmark", page.next or first, {"Bounces": [bounce]})
    assert last is not None
    assert (len(last.events), last.next) == (1, None)
    furthest = first._replace(path=first.path.replace("offset=0", "offset=9500"))
    end = read("postmark", furthest, {"Bounces": [bounce] * 500})
    assert end is not None
    assert end.next is None


def test_brevo() -> None:
    """By whole days; the list's own spelling of events is the same event as the webhook's."""
    first = PULLS["brevo"].first(SINCE, UNTIL)
    assert asked(first) == (
        "/v3/smtp/statistics/events",
        {"limit": "2500", "offset": "0", "sort": "asc", "startDate": "2026-11-22", "endDate": "2026-11-23"},
    )
    event = {
        "email": "ann@example.org",
        "date": "2026-11-23T08:05:00.000+01:00",
        "messageId": "<m-1>",
        "event": "hardBounces",
        "reason": "550 5.1.1 unknown",
    }
    page = read("brevo", first, {"events": [event] * 2500})
    assert page is not None
    told = page.events[0]
    assert (told.kind, told.permanent, told.at, told.message) == (EventKind.BOUNCED, True, AT, "m-1")
    assert asked(page.next)[1]["offset"] == "2500"
    assert read("brevo", first, {}) == Page([], None)


@pytest.mark.parametrize("kind", sorted(PULLS))
@pytest.mark.parametrize(
    ("status", "body"), [(401, b'{"message": "no"}'), (200, b"<html>"), (200, b'{"else": 1}'), (500, b""), (200, b"[]")]
)
def test_what_is_no_list(kind: str, status: int, body: bytes) -> None:
    """An error page or something else is none of it, and not the end either."""
    assert PULLS[kind].read(PULLS[kind].first(SINCE, UNTIL), Answer(status, {}, body)) is None
