"""The public pages over a real database, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from digest.pages.pages import Pages
from digest.pages.server import Server
from digest.resources import shipped
from digest.storage.engine import Database
from digest.storage.schema import ready
from digest.web.app import public_app
from digest.web.readers import Readers
from subscribers import roll
from subscribers.tokens import UnsubscribeTokens

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with one reader of `daily`, Maya, whose id is 1."""
    opened = ready(tmp_path / "digest.sqlite3")
    with opened.write() as connection:
        roll.add(connection, address="maya@example.net", newsletter="daily", name="Maya", at=NOW, source="import")
    yield opened
    opened.close()


@pytest.fixture
def tokens() -> UnsubscribeTokens:
    """Signs with a new key and still knows an old one."""
    return UnsubscribeTokens(["the new key, which signs since today", "the old key, which signs no more"])


@pytest.fixture
def readers(database: Database, tokens: UnsubscribeTokens) -> Readers:
    """The roll as the pages see it."""
    return Readers(database, tokens, titles={"daily": "The Daily <Lens>"}, clock=lambda: NOW)


@pytest.fixture
def server(readers: Readers) -> Iterator[Server]:
    """The public pages; the one edition online is `first`."""
    online = {"first": "<!DOCTYPE html><title>First</title><style>p{color:red}</style><p>Edition 1</p>"}
    app = public_app(pages=Pages(shipped("templates/pages")), roll=readers, edition_html=online.get)
    with Server(app) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    """Follows no redirect."""
    with httpx.Client(base_url=server.url) as opened:
        yield opened


@pytest.fixture
def token(tokens: UnsubscribeTokens) -> str:
    """Maya's, for `daily`."""
    return tokens.make(1, "daily")
