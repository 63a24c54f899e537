"""Several workers on one PostgreSQL: everyone exactly once, whatever happens to the server."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleet import sail
from postgres import Server

pytestmark = pytest.mark.slow


def test_four_workers_share_an_edition(postgres: Server, tmp_path: Path) -> None:
    """Four processes, two schedulers that freeze its audience together: every reader once, and the sum balances."""
    voyage = sail(postgres, tmp_path, readers=2_000, workers=4, schedulers=2, batch=50)
    assert voyage.codes == [0] * 4
    assert voyage.counts == {"accepted": 2_000}
    assert voyage.copies == {1: 2_000}


def test_workers_outlive_their_database(tmp_path: Path) -> None:
    """The server is restarted every three seconds: every reader once. `benchmarks/workers.py` has the whole journey."""
    with Server() as server:
        voyage = sail(server, tmp_path, readers=4_000, workers=4, batch=20, restart_every=3.0, lease=9.0)
    assert voyage.restarts >= 1
    assert voyage.codes == [0] * 4
    assert voyage.counts == {"accepted": 4_000}
    assert voyage.copies == {1: 4_000}
