"""`python -m tests.simulation`: run many seeds, replay one, or see whether planted defects are caught."""

from __future__ import annotations

import argparse
import sys
import time

from .defects import DEFECTS
from .policies import POLICIES
from .runs import Outcome, catch_all, close, processors, run, run_parallel

SENSITIVITY_LIMIT = 5_000


def main() -> int:
    """Exit status 1 when anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--policy", choices=[*POLICIES, "all"], default="all")
    parser.add_argument("--schedules", type=int, default=10_000, help="seeds for each policy")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="replay this one and show what happened")
    parser.add_argument("--defect", choices=DEFECTS, help="replay it with this defect planted")
    parser.add_argument("--sensitivity", action="store_true", help="plant every known defect, one at a time")
    parser.add_argument("-n", "--processes", type=int, default=processors())
    options = parser.parse_args()
    try:
        if options.seed is not None:
            return replay(options.seed, options.policy, options.defect)
        if options.sensitivity:
            return sensitivity([options.defect] if options.defect else list(DEFECTS), options.processes)
        policies = list(POLICIES) if options.policy == "all" else [options.policy]
        results = [simulate(policy, options.first, options.schedules, options.processes) for policy in policies]
        return max(results)
    finally:
        close()


def replay(seed: int, policy: str, defect: str | None) -> int:
    """Everything that happened under one seed, and what did not hold."""
    if defect:
        with DEFECTS[defect].planted():
            world, failure = run(seed, DEFECTS[defect].policy)
    else:
        world, failure = run(seed, "hold" if policy == "all" else policy)
    say(f"faults of this seed: {', '.join(sorted(world.faults.kinds))}")
    for moment, task, label in world.scheduler.trace:
        say(f"{moment:12.3f} s  {task:12} {label}")
    for reader, (state, _) in sorted(world.auditor.now.deliveries.items()):
        say(f"{reader} {state}, taken {sum(taken.reader == reader for taken in world.provider.taken)} times")
    say("everything held" if failure is None else f"{type(failure).__name__}: {failure}")
    return int(failure is not None)


def simulate(policy: str, first: int, count: int, processes: int) -> int:
    """Many seeds; one line of what came of them."""
    began = time.monotonic()
    total = Outcome()
    for part in run_parallel(first, count, policy, processes):
        total.add(part)
        for seed, words in part.failures:
            say(f"{policy}: seed {seed}: {words}")
            say(f"  python -m tests.simulation --policy {policy} --seed {seed}")
    seconds = time.monotonic() - began
    states = ", ".join(f"{count} {state}" for state, count in total.states.most_common())
    say(
        f"{policy}: {total.seeds} schedules, {len(total.failures)} failed; {total.requests} requests, "
        f"{sum(total.struck.values())} faults of {len(total.struck)} kinds, {total.points} points; {states}; "
        f"{seconds:.0f} s, {total.seeds / seconds:.0f} a second on {processes} processes"
    )
    return int(bool(total.failures))


def sensitivity(names: list[str], processes: int) -> int:
    """Each defect must be caught; one line for each."""
    began, missed = time.monotonic(), 0
    for name, seed, words in catch_all(names, SENSITIVITY_LIMIT, processes):
        missed += seed is None
        say(f"{name}: " + ("NOT CAUGHT" if seed is None else f"caught by seed {seed}: {words}"))
    say(f"{len(names) - missed} of {len(names)} defects caught in {time.monotonic() - began:.0f} s")
    return int(missed > 0)


def say(line: str) -> None:
    """A line of the report, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
