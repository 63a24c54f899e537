"""How workers on one PostgreSQL share an edition, and what becomes of it when the server is restarted under them.

Usage: python benchmarks/workers.py [--readers 100000] [--workers 1 2 4] [--restart-every SECONDS] [--schedulers 1]

Each worker is a process of its own with one request under way; the server runs for this only, with its durability
switched on, on this machine like everything else. A mail API on loopback reads every message and writes down whom it
is for. Prints readers a second from the first worker's start to the last one's end, and how many readers got no
message, one, or more.

The journey that must hold: python benchmarks/workers.py --workers 8 --schedulers 2 --restart-every 20
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from fleet import sail  # noqa: E402
from postgres import Server  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--schedulers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--restart-every", type=float)
    options = parser.parse_args()
    bad = 0
    print(
        f"{'workers':>8} {'readers':>9} {'readers/s':>10} {'restarts':>9} {'none':>6} {'once':>9} {'more':>6}  states"
    )
    for workers in options.workers:
        with Server() as server, tempfile.TemporaryDirectory() as folder:
            voyage = sail(
                server,
                Path(folder),
                readers=options.readers,
                workers=workers,
                schedulers=options.schedulers,
                batch=options.batch,
                restart_every=options.restart_every,
            )
        once, reached = voyage.copies[1], voyage.copies.total()
        print(
            f"{workers:>8} {options.readers:>9,} {options.readers / voyage.seconds:>10,.0f} {voyage.restarts:>9}"
            f" {options.readers - reached:>6} {once:>9,} {reached - once:>6}  {voyage.counts}"
        )
        bad += voyage.counts != {"accepted": options.readers} or once != options.readers
    return bad


if __name__ == "__main__":
    sys.exit(main())
