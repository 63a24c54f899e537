"""A missed day, asked for over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from office import NOW

from digest.delivery.pulling import pulled
from digest.delivery.transport import Account
from digest.errors import ProviderError
from digest.http import provider_client
from digest.providers.mailgun import Mailgun

PAGES = {
    "/v3/mg.example.org/events": ([{"event": "delivered", "recipient": "ann@example.org"}], "one"),
    "/v3/mg.example.org/events/one": ([{"event": "opened", "recipient": "bob@example.org"}], "two"),
    "/v3/mg.example.org/events/two": ([], "two"),
}


class Listing(BaseHTTPRequestHandler):
    """Mailgun's list of events on loopback, in three pages; it wants the account's key."""

    def do_GET(self) -> None:
        items, following = PAGES.get(self.path.partition("?")[0], (None, ""))
        body = json.dumps({"items": items, "paging": {"next": f"https://elsewhere.example/events/{following}"}})
        self.send_response(200 if self.headers["Authorization"].startswith("Basic ") else 401)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def listing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_every_page_is_asked_for(listing: str) -> None:
    """With the account's key, at its own address, until the list ends."""
    with provider_client(f"{listing}/v3/mg.example.org", timeout=5) as client:
        account = Account("main", Mailgun(), client, "key")
        pages = list(pulled(account, "mailgun", since=NOW, until=NOW))
    assert [[event.address for event in page] for page in pages] == [["ann@example.org"], ["bob@example.org"], []]


def test_what_cannot_be_asked(listing: str) -> None:
    """A kind without a list, an account that says something else, and one that says nothing."""
    with provider_client(f"{listing}/v3/mg.example.org", timeout=5) as client:
        account = Account("main", Mailgun(), client, "key")
        with pytest.raises(ProviderError, match="keep no list of events"):
            next(pulled(account, "resend", since=NOW, until=NOW))
        with pytest.raises(ProviderError, match="no list of events"):
            next(pulled(account, "postmark", since=NOW, until=NOW))
    with provider_client("http://127.0.0.1:9", timeout=5) as client:
        account = Account("main", Mailgun(), client, "key")
        with pytest.raises(ProviderError, match="did not answer"):
            next(pulled(account, "mailgun", since=NOW, until=NOW))
