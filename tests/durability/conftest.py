"""A mail API on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sink import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink
