"""One run: several processes of production code on one database, a provider, people, and what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import httpx

from digest.clock import Clock
from digest.delivery.pacing import Pacing
from digest.delivery.plan import Planner
from digest.delivery.presence import FileLocks
from digest.delivery.press import Presses, Terms
from digest.delivery.reconcile import Policy, Reconciler
from digest.delivery.transport import Account
from digest.delivery.worker import Worker
from digest.errors import DigestError, StorageError
from digest.schedule.open_edition import EditionOpener
from digest.settings import Delivery
from digest.storage import tables
from digest.storage.accounts import Accounts
from digest.storage.deliveries import Deliveries
from digest.storage.editions import Editions
from digest.storage.instance import BEAT_SECONDS, Instance
from digest.storage.ledger import Ledger

from .auditor import Auditor, Flight
from .database import SimulatedDatabase, Writing
from .faults import OF_CLOCKS, OF_READERS, Faults
from .newsroom import KEY, Newsroom
from .people import Person
from .policies import Choice
from .provider import Network, Provider, Reader
from .reports import Vendor
from .scheduler import Death, Scheduler, Task, Violation
from .stage import BEGINNING, NEWSLETTER, Stage

EARLY = 5.0
DUE = BEGINNING + timedelta(seconds=EARLY)
CALM_POINTS = 6_000
IDLE = 1.0
RESEND_AFTER = 7200.0
"""Seconds of grace."""


class World:
    """Everything of one seed; `play` runs it and raises what did not hold."""

    def __init__(self, seed: int, policy: Choice, stage: Stage) -> None:
        self.seed = seed
        self.policy = policy
        self.stage = stage
        self.rng = rng = random.Random(seed)  # noqa: S311 - a seed, not a secret
        self.scheduler = Scheduler(rng, tempo=rng.choice((0.01, 0.1, 1.0, 5.0)), haste=rng.choice((0.0, 0.3, 0.7)))
        self.scheduler.strike = self._strike
        self.faults = Faults.of(rng)
        self.readers = rng.randint(3, 11)
        self.lease = rng.choice((20.0, 60.0, 180.0))
        self.writing = Writing()
        self.restores = "restored backup" in self.faults.kinds
        if self.restores:
            # A clock that is wrong by hours looks like a copy, too; that is a question to a person, and no fault.
            self.faults.kinds -= {*OF_CLOCKS, "pause", "cancel", "power cut"}
        self.restored = False
        self._down = False
        self._cut_off: list[FileLocks] = []
        self._changes = 0
        """Of what a worker may see: commits that changed something, and deaths."""
        self._skew = 0.0
        self._kept: Any = None
        everybody = range(1, self.readers + 1)
        self.provider = Provider(
            self,
            rng.choice(policy.apis),
            *(frozenset(n for n in everybody if self.faults.hit(kind) and rng.random() < 0.5) for kind in OF_READERS),
            full_from=rng.choice((0.0, 60.0, RESEND_AFTER)),
        )
        self.vendor = Vendor(self)
        self.auditor: Auditor

    def play(self) -> None:
        """Run it to its end. Raises Violation, or what the code under test should not have raised."""
        with self.stage.set_for(self, self.readers):
            self.auditor = Auditor(self, self.stage.connection)
            self._begin()
            self.scheduler.spawn("weather", self._weather, mortal=False)
            self.scheduler.run()
            self.auditor.at_the_end()

    # Clocks.

    def database_seconds(self) -> float:
        """Seconds since 1970 by the database's clock."""
        return BEGINNING.timestamp() + self.scheduler.now + self._skew

    def host_clock(self, host: Host) -> Clock:
        """The clock of a host, aware UTC."""
        return lambda: BEGINNING + timedelta(seconds=self.scheduler.now + host.skew)

    # Processes.

    def _begin(self) -> None:
        self.hosts = [Host(number, self.stage.databases[number]) for number in range(4)]
        for number in range(self.rng.choice((2, 2, 3))):
            self._start(f"worker {number + 1}", self.hosts[number], self._work, after=1.4 * EARLY * self.rng.random())
        for number in range(self.rng.choice((1, 2))):
            self._start(f"scheduler {number + 1}", Host(number, self.stage.databases[4 + number]), self._schedule)
        person = Person(self, self.stage.databases[6])
        if self.faults.kinds & {"webhooks", "forgery"}:
            self._start("web", Host(0, self.stage.databases[7]), self._answer_hooks)
        self.scheduler.spawn("person", person.live, mortal=False)
        self._fixer = person

    def _start(self, name: str, host: Host, body: Callable[[Host], None], after: float = 0.0) -> None:
        def live() -> None:
            self.scheduler.until(lambda: not self._down, "the machine is down", patience=3600.0)
            body(host)

        def ended(failure: BaseException | None) -> None:
            self._changes += 1
            if failure is None:
                return
            if not isinstance(failure, (Death, StorageError)):
                raise failure
            # A supervisor starts it again.
            self._start(name, host, body, after=self.rng.choice((0.5, 5.0, 300.0)))

        self.scheduler.spawn(
            name,
            live,
            after=after,
            ended=ended,
            weight=self.rng.choice((0.05, 0.3, 1.0, 1.0, 3.0)),
        )

    def _work(self, host: Host) -> None:
        """A worker's process, as `Worker.run` has it: house-keeping and batches in any order."""
        database, clock = host.database, self.host_clock(host)
        adapter = self.provider.api.adapter
        timeout = self.lease / 2 - 1
        presence = FileLocks(self.stage.folder / "workers" / host.kernel)
        editions = Editions(database)
        with (
            Leaving(presence, self._cut_off if self.rng.random() < 0.3 else None),
            httpx.Client(base_url="http://provider.example", transport=Network(self, timeout), trust_env=False) as http,
        ):
            accounts = {"main": Account("main", adapter, http, "token")}
            presses = self._presses(editions)
            worker = Worker(
                ledger=Ledger(database),
                deliveries=Deliveries(database),
                editions=editions,
                presses=presses,
                accounts=accounts,
                presence=presence,
                pacing=Pacing(Accounts(database), chance=self.rng.random),
                reconciler=Reconciler(
                    database=database,
                    presses=presses,
                    accounts=accounts,
                    policies={"main": Policy(self.policy.name, RESEND_AFTER)},  # type: ignore[arg-type]
                    clock=clock,
                ),
                clock=clock,
                lease=self.lease,
                concurrency=1,
            )
            instance = self._instance(host)
            beat = self.scheduler.now
            idle = IDLE
            while self.faults.on or self.waiting():
                if self.restores and self.scheduler.now - beat >= BEAT_SECONDS:
                    beat = self.scheduler.now
                    instance.beat()
                looked = self._sight()
                if worker.step():
                    idle = IDLE
                    if self.rng.random() < 0.2:
                        worker.keep_house()
                else:
                    worker.keep_house()
                    idle = self._idle(idle, looked)

    def _idle(self, idle: float, looked: Sight) -> float:
        """Wait, longer each time, until there may be something else to see than at the last look.

        A worker looks twice a second. Most looks are left out, and all that can see nothing new: nobody
        committed since or died, and no instant that stands in the ledger has come.
        """
        while self.faults.on or self.waiting():
            self.scheduler.wait(idle * (0.5 + self.rng.random()), "idle")
            idle = min(idle * 5, 7200.0)
            if self._news(looked):
                break
        return idle

    def _sight(self) -> Sight:
        return Sight(self._changes, self.database_seconds())

    def _news(self, looked: Sight) -> bool:
        early, late = sorted((looked.at, self.database_seconds()))
        return looked.changes != self._changes or any(
            early <= instant <= late for wait in self.auditor.now.waits for instant in wait if instant
        )

    def _schedule(self, host: Host) -> None:
        """A scheduler's process, as `Alarm` has it: it rings when the edition is due, and looks again now and then."""
        database, clock = host.database, self.host_clock(host)
        editions = Editions(database)
        presses = self._presses(editions)
        settings = Delivery(batch_readers=self.rng.choice((2, 3, 4)))
        planner = Planner(
            deliveries=Deliveries(database),
            editions=editions,
            presses=presses,
            settings=settings,
            rates={},
            clock=clock,
        )
        newsroom = Newsroom(editions, clock, kind=self.provider.api.kind)
        instance = self._instance(host)
        opener = EditionOpener(
            desk=newsroom,  # type: ignore[arg-type]
            editions=editions,
            planner=planner,
            fenced_at=instance.fenced_at,
            clock=clock,
        )
        self.scheduler.wait(EARLY + self.rng.choice((0.0, 0.01, 3.0)) * self.rng.random(), "until it is due")
        pause = 20.0
        while self.faults.on or self.waiting():
            try:
                opener.open_edition(NEWSLETTER, DUE.date(), DUE)
            except DigestError as error:
                self.scheduler.note(f"not opened: {type(error).__name__}")
            if not self.faults.kinds & {"power cut", "restored backup"} and not self._unopened():
                return
            self.scheduler.wait(pause, "until it looks again")
            pause = min(7200.0, pause * 8)

    def _instance(self, host: Host) -> Instance:
        """Looks at the data as every process does that sends; only where a backup is restored, since it takes time."""
        instance = Instance(host.database, self.stage.folder / "instance", clock=self.host_clock(host))
        if self.restores:
            instance.start()
        return instance

    def _presses(self, editions: Editions) -> Presses:
        api = self.provider.api
        return Presses(editions=editions, terms={"main": Terms(api.adapter, api.kind)}, keys=[KEY])

    def _answer_hooks(self, host: Host) -> None:
        self.vendor.live(host.database, self.host_clock(host))

    def _unopened(self) -> bool:
        """Whether a scheduler has still something to do; it would go on looking, and find nothing."""
        known = self.auditor.now.editions.values()
        return not known or any(edition.state in ("draft", "approved", "held") for edition in known)

    def waiting(self) -> bool:
        """Whether anything is still to be done, by a program or by a person."""
        held = any(edition.state == "held" for edition in self.auditor.now.editions.values())
        return self.auditor.open() or (held and not self.restored)

    # What goes wrong.

    def _strike(self, task: Task, label: str) -> float | None:
        if self.faults.hit("death"):
            self.scheduler.note("dies")
            task.doomed = True
        elif self.faults.hit("freeze"):
            seconds = self.rng.choice((5.0, 15.0, self.lease, 2 * self.lease, 4000.0)) * (0.5 + self.rng.random())
            self.scheduler.note(f"is frozen for {seconds:.0f} s")
            return seconds
        return None

    def committed(self, *, durable: bool) -> None:
        """Somebody committed."""
        self._changes += self.auditor.committed()
        if durable and "power cut" in self.faults.kinds and self.faults.on:
            self._kept = self.stage.copy()

    def _weather(self) -> None:
        """Clocks that jump, power that fails, and an end of it all: then a person mends what was held."""
        span = EARLY + self.rng.choice((5.0, 30.0, 200.0, 2000.0)) * self.rng.random()
        events = self.rng.randint(1, 4)
        backup: Any = None
        for _ in range(events):
            self.scheduler.wait(EARLY * (events == 1) + span * self.rng.random() / events, "weather")
            if self.restores and backup is None:
                self.scheduler.note("backup")
                backup = self.stage.copy()
            self._jump()
            if self._kept is not None and self.faults.hit("power cut"):
                self._replace(lambda: self._kept, "power cut")
        self.scheduler.wait(max(1.0, span - self.scheduler.now), "weather")
        if backup is not None and self._is_older(backup):
            self.restored = True
            self._replace(lambda: backup, "restored backup")
        self.faults.stop()
        self.scheduler.note("calm")
        calm, pause = self.scheduler.points, 60.0
        while self.waiting():
            if self.scheduler.points - calm > CALM_POINTS:
                raise Violation("no end although nothing goes wrong any more")
            if not self.restored:
                self._fixer.mend()
            self.scheduler.wait(pause, "waits for the end")
            pause = min(3600.0, pause * 1.5)

    def _jump(self) -> None:
        kind = self.faults.one(OF_CLOCKS)
        by = self.rng.choice((-3600.0, -100.0, 100.0, 3600.0, 90_000.0)) * self.rng.random()
        if kind:
            self.scheduler.note(f"the {kind} jumps by {by:.0f} s")
        if kind == "database clock":
            self._skew += by
        elif kind == "host clock":
            self.rng.choice(self.hosts).skew += by

    def _is_older(self, backup: Any) -> bool:
        """Whether a sign of life was given since; without one, a backup cannot be told from the data themselves."""
        file = self.stage.folder / "instance" / "epoch"
        epoch = tables.instance.c.keys().index("epoch")
        return file.exists() and any(int(file.read_text()) > row[epoch] for row in backup["instance"])

    def _replace(self, kept: Callable[[], Any], why: str) -> None:
        """Every process dies, and starts again on data of an earlier time."""
        self.scheduler.note(why)
        self._down = True
        for task in self.scheduler.tasks():
            if task.mortal:
                self.scheduler.kill(task)
        self.scheduler.wait(0.0, "until all are dead")
        while self.writing.writer or any(task.mortal and task.doomed for task in self.scheduler.tasks()):
            self.scheduler.wait(0.001, "until all are dead")
        self.stage.restore(kept())
        self.auditor.again()
        self._changes += 1
        self._down = False

    def policy_allows(self, earlier: Flight | None, flight: Flight, reader: Reader) -> None:
        """Raises Violation where a reader is carried again too soon after a request that was taken."""
        if earlier is None or not self.policy.may_repeat or self.faults.kinds & {"database clock", "power cut"}:
            return
        if flight.at - earlier.at < RESEND_AFTER and any(
            taken.reader == reader and taken.request == earlier.request and not taken.twin
            for taken in self.provider.taken
        ):
            raise Violation(f"{reader} is sent to again after {flight.at - earlier.at:.0f} s, sooner than the grace")

    def spoils(self, subscriber: int) -> bool:
        """Whether the provider refused requests for this reader as a whole."""
        return subscriber in self.provider.poison or "too large" in self.faults.kinds


class Sight(NamedTuple):
    """What a worker had before it when it looked."""

    changes: int
    at: float
    """By the database's clock."""


class Host:
    """Where a process runs."""

    def __init__(self, number: int, database: SimulatedDatabase) -> None:
        self.database = database
        self.skew = 0.0
        self.kernel = "one" if number < 2 else "two"
        """Its workers see each other's locks."""


class Leaving:
    """Enters a presence; a death frees its lock, or not yet, as when a host is cut off."""

    def __init__(self, presence: FileLocks, kept: list[FileLocks] | None) -> None:
        """Where `kept` is given, a lock that is not freed goes there: forgotten, it would be freed some time."""
        self._presence = presence
        self._kept = kept

    def __enter__(self) -> FileLocks:
        return self._presence.__enter__()

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None or self._kept is None:
            self._presence.__exit__(kind, *rest)
        else:
            self._kept.append(self._presence)
