"""A roll in a real SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine

from subscribers.tables import metadata

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    """The instant at which the tests happen."""
    return NOON


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty roll."""
    engine = create_engine(f"sqlite:///{tmp_path / 'roll.sqlite3'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def conn(engine: Engine) -> Iterator[Connection]:
    """A transaction on the empty roll."""
    with engine.begin() as conn:
        yield conn
