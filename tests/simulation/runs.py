"""Many runs: each seed on its own, spread over processes."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from .defects import DEFECTS
from .policies import POLICIES
from .stage import Stage
from .world import World

CHUNK = 25


@dataclass
class Outcome:
    """What one run or many came to."""

    seeds: int = 0
    points: int = 0
    requests: int = 0
    states: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    """Faults that came to pass."""
    failures: list[tuple[int, str]] = field(default_factory=list)
    """Seed and what did not hold."""

    def add(self, other: Outcome) -> None:
        """Sum them up."""
        self.seeds += other.seeds
        self.points += other.points
        self.requests += other.requests
        self.states.update(other.states)
        self.struck.update(other.struck)
        self.failures += other.failures


_stage: Stage | None = None


def stage() -> Stage:
    """This process's."""
    global _stage
    if _stage is None:
        _stage = Stage()
    return _stage


def close() -> None:
    """Remove this process's folder."""
    global _stage
    if _stage is not None:
        _stage.close()
        _stage = None


def run(seed: int, policy: str) -> tuple[World, BaseException | None]:
    """One seed; what did not hold, if anything."""
    world = World(seed, POLICIES[policy], stage())
    try:
        world.play()
    except Exception as failure:
        return world, failure
    return world, None


def run_all(seeds: Iterable[int], policy: str) -> Outcome:
    """Many seeds, here."""
    outcome = Outcome()
    for seed in seeds:
        world, failure = run(seed, policy)
        outcome.seeds += 1
        outcome.points += world.scheduler.points
        outcome.requests += len(world.provider.requests)
        outcome.states.update(state for state, _ in world.auditor.now.deliveries.values())
        outcome.struck.update(world.faults.struck)
        if failure is not None:
            outcome.failures.append((seed, f"{type(failure).__name__}: {failure}"))
    return outcome


def run_parallel(first: int, count: int, policy: str, processes: int) -> Iterator[Outcome]:
    """Many seeds on several processes, a part at a time, in order."""
    parts = [(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
    with _pool(processes) as pool:
        yield from pool.imap(partial(_star, policy), parts)


def _star(policy: str, part: tuple[int, int]) -> Outcome:
    return run_all(range(*part), policy)


def catch(name: str, limit: int) -> tuple[str, int | None, str]:
    """The first seed that shows a defect, and by what; none within the limit."""
    defect = DEFECTS[name]
    with defect.planted():
        for seed in range(limit):
            _, failure = run(seed, defect.policy)
            if failure is not None:
                return name, seed, f"{type(failure).__name__}: {failure}"
    return name, None, ""


def catch_all(names: Iterable[str], limit: int, processes: int) -> Iterator[tuple[str, int | None, str]]:
    """Every defect, on several processes, in the order in which they are caught."""
    with _pool(processes) as pool:
        yield from pool.imap_unordered(partial(_catch, limit), names)


def _catch(limit: int, name: str) -> tuple[str, int | None, str]:
    return catch(name, limit)


def _pool(processes: int) -> multiprocessing.pool.Pool:
    # Forked before any thread is made here; each child makes a stage of its own.
    close()
    return multiprocessing.get_context("fork").Pool(processes, initializer=_leave_tidily)


def _leave_tidily() -> None:
    """Children of a pool end without `atexit`; multiprocessing has its own list."""
    from multiprocessing.util import Finalize

    Finalize(None, close, exitpriority=100)


def processors() -> int:
    """As many as this process may use."""
    return len(os.sched_getaffinity(0))
