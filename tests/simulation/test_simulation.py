"""The simulation itself, and a few hundred of its schedules; `make simulation` runs tens of thousands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulation import runs
from simulation.defects import DEFECTS
from simulation.policies import POLICIES

QUICK = ("a flight whose lease is over is ready again", "a time-out is a failure", "departures are not read again")


@pytest.fixture(autouse=True, scope="module")
def _tidy() -> Iterator[None]:
    yield
    runs.close()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("first", [0, 50])
def test_what_is_promised_holds(policy: str, first: int) -> None:
    """Nobody lost, nobody twice, nobody after leaving, and an end: under whatever these seeds bring."""
    outcome = runs.run_all(range(first, first + 50), policy)

    assert outcome.failures == []
    assert outcome.seeds == 50
    assert sum(outcome.struck.values()) > 50


def test_a_seed_replays() -> None:
    """The same seed is the same run, to the last point and whatever ran in between."""
    first, _ = runs.run(7, "hold")
    runs.run(8, "resend")
    again, _ = runs.run(7, "hold")

    assert first.scheduler.trace == again.scheduler.trace
    assert first.provider.taken == again.provider.taken


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_defect_is_caught(name: str) -> None:
    """The simulation can fail: designs that are wrong do not pass it."""
    _, seed, words = runs.catch(name, 500)

    assert seed is not None
    assert "Violation" in words


def test_there_are_forty_defects() -> None:
    """`make simulation` plants at least so many, under every policy."""
    assert len(DEFECTS) >= 40
    assert {defect.policy for defect in DEFECTS.values()} == set(POLICIES)
