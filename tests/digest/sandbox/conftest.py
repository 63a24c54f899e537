"""A sandbox on loopback, and messages to post to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from digest.pages.server import Server
from digest.sandbox.app import sandbox_app
from digest.sandbox.mailbox import Mailbox
from digest.storage.media import Media

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)

API_HEADERS = {
    "X-Postmark-Server-Token": "any",
    "Accept": "application/json",
    "Content-Type": "application/json",
}


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """An empty mailbox whose clock stands still."""
    with Mailbox(tmp_path / "mail", clock=lambda: NOW) as box:
        yield box


@pytest.fixture
def media(tmp_path: Path) -> Media:
    """The pictures of this installation."""
    return Media(tmp_path / "media")


@pytest.fixture
def server(mailbox: Mailbox, media: Media) -> Iterator[Server]:
    """The sandbox over `mailbox`, on a free port."""
    app = sandbox_app(mailbox, media=media, clock=lambda: NOW, inactive=frozenset({"gone@example.net"}))
    with Server(app) as running:
        yield running


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    """A client with the headers that the API wants."""
    with httpx.Client(base_url=server.url, headers=API_HEADERS) as client:
        yield client


def post(**members: Any) -> dict[str, Any]:
    """A message as an adapter posts it; `members` replace or add."""
    return {
        "From": "The Daily Lens <lens@example.com>",
        "To": "maya@example.net",
        "Subject": "Central banks blink first",
        "HtmlBody": "<p>Hello</p>",
        "TextBody": "Hello",
        "MessageStream": "broadcast",
    } | members


@pytest.fixture
def posted() -> Callable[..., dict[str, Any]]:
    """Makes messages to post."""
    return post
