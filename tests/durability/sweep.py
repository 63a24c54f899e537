"""Kills a send at every point that it has, its recovery, too, and holds what is left against what the mail API took.

Usage: python tests/durability/sweep.py [--engine sqlite|postgres] [--points 2000] [--seed 1] [--only 12,40,7]

Each run tells the whole story of `story.py` in a process of its own that is killed (SIGKILL) at one point: before or
after a commit, or at one of five places of a request. A second process goes on and is killed at a point of its own;
every third run has a third. The last one is left alone. The points of the first process are gone through in order,
those of the others are drawn by the seed. Prints what was found wrong with the numbers that tell it again, and ends
with 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

from bugs import BUGS  # noqa: E402
from ground import ENGINES, Ground, ground  # noqa: E402
from office import Office  # noqa: E402
from points import kill_at  # noqa: E402
from postbox import Postbox  # noqa: E402
from story import BATCH, BOUNCED, DELIVERED, LEAVES, READERS, addresses, tell  # noqa: E402

from digest import log  # noqa: E402
from digest.model import EditionState  # noqa: E402
from digest.storage.events import Events  # noqa: E402
from subscribers import suppression  # noqa: E402

KILLED = -9
ENOUGH = 100
"""Violations after which there is nothing more to learn."""


@dataclass
class Found:
    """What the runs showed."""

    points: int
    """That an undisturbed story passes."""
    runs: int = 0
    kills: int = 0
    violations: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)


def in_a_process(ground: Ground, box: Postbox, kill: int) -> int:
    """Tell the story in a forked process and kill it at that point, 0 for never; how it ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            tell(ground.office, box.url, kill_at(kill))
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    ground.quiet()
    box.quiet()
    return os.waitstatus_to_exitcode(status)


def wrong(office: Office, taken: Sequence[str], kills: int) -> list[str]:
    """What cannot be, after the story has been told to its end."""
    found = []
    edition = office.editions.of("morning", office.time.date())
    if edition is None:
        return ["the edition is lost"]
    if edition.state is not EditionState.FINISHED:
        found.append(f"the edition is {edition.state}")
    rows = list(office.deliveries.listing(edition.id))
    if sorted(row.address for row in rows) != sorted(addresses()):
        found.append(f"planned {sorted(row.address for row in rows)}")
    if office.deliveries.unbalanced():
        found.append("the sum does not balance")
    took = Counter(taken)
    found += [f"{address} got it {times} times" for address, times in took.items() if times > 1]
    unknown = 0
    for row in rows:
        if row.state == "accepted" and not took[row.address]:
            found.append(f"{row.address} is said to have it and does not")
        elif row.state == "unknown":
            unknown += 1
            if took[row.address] and row.address in (DELIVERED, BOUNCED):
                found.append(f"{row.address} is unknown, though the webhook told")
        elif row.state == "suppressed":
            if row.address != LEAVES or took[row.address]:
                found.append(f"{row.address} is suppressed")
        elif row.state != "accepted":
            found.append(f"{row.address} is {row.state}")
    if unknown > kills * BATCH:
        found.append(f"{unknown} are unknown after {kills} kills")
    if took[LEAVES]:
        found.append("who had left before the first request got it")
    return found + _misheard(office, took)


def _misheard(office: Office, took: Counter[str]) -> list[str]:
    """What the webhook told and was not kept once, and what does not follow from it."""
    told = sorted(pair for pair in [("bounced", BOUNCED), ("delivered", DELIVERED)] if took[pair[1]])
    kept = sorted((event.kind, event.address) for event in Events(office.database).listing())
    with office.database.read() as connection:
        suppressed = [each.address for each in suppression.listing(connection)]
    found = [] if kept == told else [f"told {told}, kept {kept}"]
    return found if suppressed == [BOUNCED] * took[BOUNCED] else [*found, f"suppressed {suppressed}"]


def run(ground: Ground, box: Postbox, kills: Sequence[int], found: Found) -> None:
    """One story with processes killed at those points, then one that is left alone."""
    ground.clear()
    killed = 0
    faults = []
    for kill in [*kills, 0]:
        code = in_a_process(ground, box, kill)
        if code == KILLED:
            killed += 1
        elif code:
            faults.append(f"a process ended with {code}")
    office = ground.office
    faults += wrong(office, box.taken(), killed)
    edition = office.editions.of("morning", office.time.date())
    if edition is not None:
        found.states.update(office.counts(edition.id))
    office.database.close()
    found.violations += [f"--only {','.join(map(str, kills))}: {fault}" for fault in faults]
    found.runs += 1
    found.kills += killed


def points_of(ground: Ground, box: Postbox) -> list[str]:
    """Every point that an undisturbed story passes, by name; told in this process, which is warm after it."""
    names: list[str] = []
    ground.clear()
    tell(ground.office, box.url, names.append)
    ground.office.database.close()
    ground.quiet()
    box.taken()
    return list(names)  # the office goes on to note what it does here


def sweep(ground: Ground, box: Postbox, found: Found, *, kills: int, seed: int, step: int) -> None:
    """Run until so many processes were killed, at every `step`-th point of the story at least once."""
    chance = random.Random(seed)
    first = 0
    while (found.kills < kills or first < found.points) and len(found.violations) < ENOUGH:
        first += step
        others = [chance.randint(1, found.points) for _ in range(1 + (first % 3 == 0))]
        run(ground, box, [(first - 1) % found.points + 1, *others], found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--points", type=int, default=2_000, help="processes to kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--few", action="store_true", help="only every seventh point")
    parser.add_argument("--bug", choices=BUGS, help="break the ledger first, to see that it is noticed")
    parser.add_argument("--only", help="tell one run again: the points at which its processes are killed")
    options = parser.parse_args()
    started = time.perf_counter()
    log.configure(level="critical")
    if options.bug:
        BUGS[options.bug]()
    with ground(options.engine) as place, Postbox() as box:
        names = points_of(place, box)
        if sum(name.endswith("commit") for name in names) < 20 or len(set(names)) < 7:
            raise SystemExit(f"too few points to kill at: {Counter(names)}")
        found = Found(points=len(names))
        if options.only:
            run(place, box, [int(number) for number in options.only.split(",")], found)
        else:
            sweep(place, box, found, kills=options.points, seed=options.seed, step=7 if options.few else 1)
    for violation in found.violations:
        print(violation)
    readers = ", ".join(f"{count:,} {state}" for state, count in sorted(found.states.items()))
    print(f"{options.engine}: {found.points} points, {found.runs:,} runs of {READERS} readers, ", end="")
    print(f"{found.kills:,} processes killed: {readers}")
    print(f"{len(found.violations)} violations in {time.perf_counter() - started:.0f} s")
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main())
