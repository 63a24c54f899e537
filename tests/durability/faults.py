"""Lets every write, every sync and every step of the network fail once, and holds what is left against the mail API.

Usage: python tests/durability/faults.py [--engine sqlite|postgres] [--every 1] [--only pwrite64:ENOSPC:12]

The story of `story.py` is told by a process whose n-th system call of a kind fails, as the kernel would let it fail
(strace puts the error in the call's place): no room, a broken disk, a locked file, a connection that is refused or
reset. The process may give up, with one of our own errors. Then the story is told again undisturbed, and nobody may
be lost or have got it twice. On PostgreSQL the files are the server's, and what fails is the connection to it and to
the mail API.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
PATHS = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]
sys.path[:0] = PATHS

from ground import ENGINES, Ground, ground  # noqa: E402
from postbox import Postbox  # noqa: E402
from sqlalchemy import update  # noqa: E402
from sweep import in_a_process, wrong  # noqa: E402

from digest import log  # noqa: E402
from digest.storage.tables import batches  # noqa: E402

OF_FILES = (
    ("pwrite64", "ENOSPC"),
    ("pwrite64", "EIO"),
    ("fsync", "EIO"),
    ("fdatasync", "EIO"),
    ("fcntl", "EIO"),
)
"""System calls on SQLite's files, and what they fail with."""

OF_THE_NETWORK = (("connect", "ECONNREFUSED"), ("recvfrom", "ECONNRESET"))
REQUESTS = ("sendto", "ECONNRESET")
"""Not with PostgreSQL: when sending fails, libpq reads what the server may have said last, and this server lives."""

GAVE_UP = 3

PROGRAM = f"""
import sys
from pathlib import Path
sys.path[:0] = {PATHS!r}
import ground
from office import Office
from story import tell
from digest.errors import DigestError
ground.hurry()
folder, place, url = sys.argv[1:]
try:
    tell(Office(Path(folder), place if "://" in place else Path(place)), url, lambda _: None)
except DigestError as error:
    print(error)
    sys.exit({GAVE_UP})
"""


def told(ground: Ground, box: Postbox, *options: str) -> subprocess.CompletedProcess[str]:
    """The story in a process under strace with these options, on an empty database."""
    strace = shutil.which("strace")
    if strace is None:
        raise SystemExit("strace is not on this machine; on Debian and Ubuntu: apt-get install strace")
    ground.clear()
    folder = ground.office.folder
    program = folder / "story.py"
    program.write_text(PROGRAM)
    command = [strace, "-f", "--seccomp-bpf", "-o", str(folder / "trace"), *options]
    command += [sys.executable, str(program), str(folder), str(ground.office.place), box.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    ground.quiet()
    box.quiet()
    return done


def calls(ground: Ground, box: Postbox, faults: Sequence[tuple[str, str]]) -> Counter[str]:
    """How often an undisturbed story makes each call on what it is about."""
    counted: Counter[str] = Counter()
    for call in dict(faults):
        done = told(ground, box, *_about(call, ground.office.folder))
        if done.returncode:
            raise SystemExit(f"the story cannot even be told undisturbed:\n{done.stderr}")
        box.taken()
        lines = (ground.office.folder / "trace").read_text().splitlines()
        counted[call] = sum(bool(re.match(rf"\d+ +{call}\(", line)) for line in lines)
    return counted


def _about(call: str, folder: Path) -> list[str]:
    options = ["-e", f"trace={call}"]
    if call in dict(OF_FILES):
        for ending in ("", "-wal", "-shm"):
            options += ["-P", str(folder / f"digest.sqlite3{ending}")]
    return options


def run(ground: Ground, box: Postbox, call: str, error: str, number: int) -> tuple[list[str], bool]:
    """One story with that call failing; what is wrong after it, and whether the process gave up."""
    office = ground.office
    done = told(ground, box, *_about(call, office.folder), "-e", f"inject={call}:error={error}:when={number}")
    found = []
    if done.returncode not in (0, GAVE_UP):
        found.append(f"it ended with {done.returncode}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    with office.database.write() as connection:
        connection.execute(update(batches).values(not_before=0))  # nobody waits here for a second attempt
    office.database.close()
    code = in_a_process(ground, box, 0)
    if code:
        found.append(f"told again, it ended with {code}")
    found += wrong(office, box.taken(), 1)
    office.database.close()
    return found, done.returncode == GAVE_UP


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--every", type=int, default=1, help="only every so many calls of a kind")
    parser.add_argument("--only", help="CALL:ERROR:NUMBER, to tell one run again")
    options = parser.parse_args()
    log.configure(level="critical")
    started, violations, runs = time.perf_counter(), 0, Counter[str]()
    faults = (*OF_FILES, *OF_THE_NETWORK, REQUESTS) if options.engine == "sqlite" else OF_THE_NETWORK
    with ground(options.engine) as place, Postbox() as box:
        counted = calls(place, box, faults)
        chosen = [
            (call, error, number) for call, error in faults for number in range(1, counted[call] + 1, options.every)
        ]
        if options.only:
            call, error, number = options.only.split(":")
            chosen = [(call, error, int(number))]
        for call, error, number in chosen:
            found, gave_up = run(place, box, call, error, number)
            runs["gave up" if gave_up else "went on"] += 1
            violations += len(found)
            for fault in found:
                print(f"--only {call}:{error}:{number}: {fault}")
    print(f"{options.engine}: {dict(counted)} calls; {len(chosen)} failed, each in a run of its own: {dict(runs)}")
    print(f"{violations} violations in {time.perf_counter() - started:.0f} s")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
