"""The sweep of kills, as much of it as fits beside the other tests; `make sweep` runs all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SWEEP = Path(__file__).parent / "sweep.py"

pytestmark = pytest.mark.slow


def sweep(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SWEEP, *arguments], capture_output=True, text=True, timeout=400)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_nobody_is_lost_or_mailed_twice_wherever_a_process_dies(engine: str) -> None:
    """A send is killed at every seventh point, and its recovery: what is left is what the mail API took."""
    done = sweep("--points", "1", "--few", "--engine", engine)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 violations" in done.stdout


@pytest.mark.parametrize(
    ("bug", "violation"),
    [
        ("flights of the dead are ready again", "got it 2 times"),
        ("who left is sent to", "who had left"),
        ("events prove nothing", "the webhook told"),
    ],
)
def test_the_sweep_notices_a_ledger_that_is_wrong(bug: str, violation: str) -> None:
    """With a mistake made on purpose, some run ends with what cannot be."""
    done = sweep("--points", "1", "--few", "--bug", bug)

    assert done.returncode == 1, done.stdout + done.stderr
    assert violation in done.stdout
