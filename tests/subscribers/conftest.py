"""A roll in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from postgres import Server
from sqlalchemy import Connection, Engine, create_engine

from digest.storage.postgres import PostgresDatabase
from subscribers.tables import metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    """The instant at which the tests happen."""
    return NOON


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty roll; every test runs on both engines."""
    if request.param == "SQLite":
        engine = create_engine(f"sqlite:///{tmp_path / 'roll.sqlite3'}")
        metadata.create_all(engine)
        yield engine
        engine.dispose()
        return
    server: Server = request.getfixturevalue("postgres")
    database = PostgresDatabase(server.url("office"))
    yield database.engine
    database.close()
    server.empty("office")


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """A transaction on the empty roll."""
    with engine.begin() as conn:
        yield conn
