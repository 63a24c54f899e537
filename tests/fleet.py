"""Many workers and schedulers on one PostgreSQL, each a process of its own, while the server goes away and comes back.

A worker's process ends when nothing more can be done; what it says goes to its standard error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from office import NOW, Office, opened  # noqa: E402
from postgres import Server  # noqa: E402

from digest.errors import NobodyToMail, StorageError, WrongState  # noqa: E402
from subscribers.newcomers import newcomer  # noqa: E402
from subscribers.roll import enrol  # noqa: E402


@dataclass
class Voyage:
    """What became of a send."""

    counts: dict[str, int]
    """Readers by state, as the ledger has it."""
    copies: Counter[int]
    """How many messages the mail API took for one reader → how many readers."""
    seconds: float
    """From the first worker's start to the last one's end."""
    restarts: int
    codes: list[int]
    """Of the workers' processes."""


def fill(office: Office, readers: int) -> None:
    """Put readers on the roll of the newsletter `morning`."""
    for start in range(0, readers, 5_000):
        numbers = range(start, min(start + 5_000, readers))
        people = [newcomer(f"reader{number}@example.org", since=NOW) for number in numbers]
        with office.database.write() as connection:
            enrol(connection, people, newsletter="morning", at=NOW, source="test")


def sail(
    server: Server,
    folder: Path,
    *,
    readers: int,
    workers: int,
    schedulers: int = 1,
    batch: int = 500,
    restart_every: float | None = None,
    lease: float = 20.0,
) -> Voyage:
    """Send one edition to that many readers, with that many processes; `schedulers` freeze its audience together."""
    place = server.create("fleet")
    office = Office(folder, place)
    fill(office, readers)
    edition = office.edition()
    office.database.close()
    log = folder / "taken"
    log.touch()
    sink = _run(HERE / "sink.py", "--log", log, stdout=subprocess.PIPE)
    try:
        assert sink.stdout is not None
        url = sink.stdout.readline().decode().strip()
        frozen = [_run(__file__, "schedule", folder, place, edition, batch) for _ in range(schedulers)]
        # One freezes it, the others find that done.
        assert sorted(process.wait(600) for process in frozen) == [0] + [3] * (schedulers - 1)
        started = last = time.monotonic()
        fleet = [_run(__file__, "work", folder, place, url, lease) for _ in range(workers)]
        restarts = 0
        while any(process.poll() is None for process in fleet):
            time.sleep(0.1)
            if not log.stat().st_size:
                last = time.monotonic()  # they are still starting
            elif restart_every and time.monotonic() - last > restart_every:
                server.stop()
                server.start()
                restarts, last = restarts + 1, time.monotonic()
        seconds = time.monotonic() - started
    finally:
        sink.kill()
        sink.communicate()
    taken = Counter(json.loads(line)[0] for line in log.read_text().splitlines())
    office = Office(folder, place)
    voyage = Voyage(office.counts(edition), Counter(taken.values()), seconds, restarts, [p.returncode for p in fleet])
    office.database.close()
    server.drop("fleet")
    return voyage


def _run(program: str | Path, *arguments: object, stdout: int | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(program), *map(str, arguments)], stdout=stdout)


def _schedule(folder: str, place: str, edition: str, batch: str) -> int:
    office = Office(Path(folder), place)
    try:
        office.deliveries.freeze(int(edition), readers_per_batch=int(batch), at=NOW)
    except WrongState:
        return 3
    except (NobodyToMail, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _work(folder: str, place: str, url: str, lease: str) -> int:
    with opened(Path(folder), place, url, timeout=float(lease) / 3, lease=float(lease)) as worker:
        worker.run(drain=True)
    return 0


if __name__ == "__main__":
    sys.exit({"schedule": _schedule, "work": _work}[sys.argv[1]](*sys.argv[2:]))
