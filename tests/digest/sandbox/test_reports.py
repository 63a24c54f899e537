"""What becomes of a message is told to the account's webhook, for addresses that ask for it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from digest.model import EventKind
from digest.pages.server import Server
from digest.providers.webhooks import HOOKS
from digest.sandbox.app import sandbox_app
from digest.sandbox.mailbox import Mailbox
from digest.sandbox.reports import Reports
from digest.storage.media import Media

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
HEADERS = {"X-Postmark-Server-Token": "any", "Accept": "application/json"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("maya@example.net", []),
        ("deliver+maya@example.net", [(EventKind.DELIVERED, False)]),
        ("Bounce+maya@example.net", [(EventKind.BOUNCED, True)]),
        ("complain+maya@example.net", [(EventKind.DELIVERED, False), (EventKind.COMPLAINED, True)]),
    ],
)
def test_reports_are_those_that_the_hook_reads(
    mailbox: Mailbox, media: Media, address: str, expected: list[tuple[EventKind, bool]]
) -> None:
    """Each is an event of the right kind about the message, the delivery and the address; others report nothing."""
    posted: list[bytes] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/hooks/sandbox/s"
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Hook) as hook:
        threading.Thread(target=hook.serve_forever, args=(0.01,), daemon=True).start()
        with (
            Reports(f"http://127.0.0.1:{hook.server_port}/hooks/sandbox/s") as reports,
            Server(sandbox_app(mailbox, media=media, clock=lambda: NOW, reports=reports)) as server,
        ):
            message = {"From": "lens@example.com", "To": address, "TextBody": "x", "Metadata": {"delivery": "1-2-f"}}
            answer = httpx.post(f"{server.url}/email", json=message, headers=HEADERS).json()
        hook.shutdown()

    events = [event for body in posted for event in HOOKS["sandbox"].events(body)]
    assert [(event.kind, event.permanent) for event in events] == expected
    for event in events:
        assert (event.message, event.delivery, event.address) == (answer["MessageID"], "1-2-f", address)
        assert event.at == NOW


def test_a_refused_message_has_no_report(mailbox: Mailbox, media: Media) -> None:
    """Nothing is reported of what was not kept, and a hook that is not there holds nobody up."""
    with (
        Reports("http://127.0.0.1:9/hooks/sandbox/s") as reports,
        Server(sandbox_app(mailbox, media=media, clock=lambda: NOW, reports=reports)) as server,
    ):
        message = {"From": "lens@example.com", "To": "bounce+maya@example.net", "TextBody": "x"}
        refused = httpx.post(f"{server.url}/email", json=message | {"Subject": "a\nb"}, headers=HEADERS)
        kept = httpx.post(f"{server.url}/email", json=message, headers=HEADERS)
    assert (refused.status_code, kept.status_code) == (422, 200)
    assert len(mailbox) == 1
