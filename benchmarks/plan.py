"""How long it takes to freeze an edition's audience.

Usage: python benchmarks/plan.py [--readers 1000000] [--engine sqlite postgres]

Puts that many readers on the roll, then writes one delivery for each and cuts them into batches: one
transaction, inside the database. PostgreSQL runs for this only, with its durability switched on.
Prints seconds, readers a second, and bytes that the edition takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from office import NOW, Office  # noqa: E402
from postgres import Server  # noqa: E402
from sqlalchemy import text  # noqa: E402

ENGINES = ("sqlite", "postgres")


@contextmanager
def office_on(engine: str) -> Iterator[tuple[Office, Server | None]]:
    """An empty office on an engine of its own."""
    with tempfile.TemporaryDirectory() as folder:
        if engine == "sqlite":
            office = Office(Path(folder))
            yield office, None
            office.database.close()
            return
        with Server() as server:
            office = Office(Path(folder), server.create("office"))
            yield office, server
            office.database.close()


def fill(office: Office, readers: int) -> None:
    """Put readers on the roll of the newsletter `morning`, straight into the tables."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {readers:d})"
    at = "'2026-11-23 07:00:00.000000'"
    with office.database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO subscribers (id, address, shown, name, language, zone, created_at)"
                f" {numbers} SELECT i, 'reader' || i || '@example.org', 'reader' || i || '@example.org', '', '', '',"
                f" {at} FROM n"
            )
        )
        connection.execute(
            text(
                "INSERT INTO subscriptions (subscriber_id, newsletter, state, since, topics)"
                f" SELECT id, 'morning', 'active', {at}, '' FROM subscribers"
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=ENGINES, nargs="+", default=list(ENGINES))
    options = parser.parse_args()
    print(f"{'engine':>9} {'readers':>10} {'freeze s':>9} {'readers/s':>10} {'bytes each':>11}")
    for engine in options.engine:
        with office_on(engine) as (office, server):
            fill(office, options.readers)
            edition = office.edition()
            held = _size(office, server)
            start = time.perf_counter()
            planned = office.deliveries.freeze(edition, readers_per_batch=500, at=NOW)
            seconds = time.perf_counter() - start
            assert planned == options.readers
            each = (_size(office, server) - held) / planned
            print(f"{engine:>9} {planned:>10,} {seconds:>9.1f} {planned / seconds:>10,.0f} {each:>11,.0f}")


def _size(office: Office, server: Server | None) -> int:
    """Bytes on the disk: of the file and its log, or of all tables."""
    if server is None:
        return sum(file.stat().st_size for file in office.folder.glob("digest.sqlite3*"))
    return int(server.execute("SELECT pg_database_size('office')")[0][0])


if __name__ == "__main__":
    main()
