"""Holds the ledger against what is promised: at every commit, at every request, and at the end.

It reads the database's rows with plain SQL over a connection of its own, and believes only the
provider's list. Nothing here shares code with what is under test.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .provider import Reader, Reply, Request
from .scheduler import Task, Violation

if TYPE_CHECKING:
    from .world import World

DELIVERIES = "SELECT edition_id, subscriber_id, state, attempt FROM deliveries"
BATCHES = "SELECT edition_id, number, first, last, state, fence FROM batches"
ATTEMPTS = "SELECT id, readers, outcome, key, edition_id, batch, fence FROM attempts"
EDITIONS = "SELECT id, state, planned, reason, newsletter, issue_date FROM editions"
GONE = (
    "SELECT subscriber_id FROM subscriptions WHERE state <> 'active' "
    "UNION SELECT s.id FROM subscribers s JOIN suppressions x ON x.address = s.address"
)

WAITS = (
    "SELECT not_before, lease_until, again_at, look_at FROM batches UNION ALL SELECT open_at, failures, width, 0 "
    "FROM accounts"
)

PUT_OFF_SECONDS = 1800.0
"""How long somebody is tried whom the provider puts off; three days where nothing is simulated."""

STALL = 10.0
"""Seconds that may pass between the record of a flight and its request."""

MOVES = {
    "pending": {"in_flight", "suppressed", "cancelled", "quarantined"},
    "in_flight": {"accepted", "rejected", "unknown", "pending", "cancelled", "quarantined", "suppressed"},
    "unknown": {"accepted", "rejected", "held"},
    "held": {"accepted", "rejected"},
}
"""What a delivery may become under every policy; what is missing is final."""
DOUBTFUL = {"in_flight", "unknown", "held", "pending"}
OPEN_EDITIONS = {"draft", "approved", "sending"}
OPEN_BATCHES = {"ready", "claimed", "flying"}


class Batch(NamedTuple):
    edition: int
    number: int
    first: int
    last: int
    state: str
    fence: int


class Attempt(NamedTuple):
    readers: int
    outcome: str | None
    key: str
    edition: int
    batch: int
    fence: int


class Edition(NamedTuple):
    id: int
    state: str
    planned: int
    reason: str
    newsletter: str
    issue_date: str


@dataclass
class Flight:
    """An attempt on record."""

    attempt: str
    task: Task
    readers: frozenset[Reader]
    at: float
    again: frozenset[Reader] = frozenset()
    """Who was carried before."""
    spent: bool = False
    request: int | None = None
    reply: Reply | None = None
    """The answer, once its last byte was read."""
    written: bool = False
    """Its sender has committed something since."""


@dataclass
class Snapshot:
    """The ledger after a commit."""

    deliveries: dict[Reader, tuple[str, str | None]] = field(default_factory=dict)
    batches: dict[tuple[int, int], Batch] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    editions: dict[int, Edition] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    waits: list[tuple[float | None, ...]] = field(default_factory=list)
    """What stands in the ledger of when something may go on; most of it instants by the database's clock."""


class Auditor:
    """One run's."""

    def __init__(self, world: World, connection: Any) -> None:
        self._world = world
        self._query = connection.execute
        self.flights: dict[str, Flight] = {}
        self._latest: dict[Reader, Flight] = {}
        self._version = -1
        self.now = self._look()

    def again(self) -> None:
        """The database was replaced by an older state of itself."""
        self.now = self._look()

    def committed(self) -> bool:
        """Somebody committed: what they did must be allowed, and the sums must hold. Whether anything changed."""
        before = self.now
        if self._stands() != self._version:
            self.now = after = self._look()
            self._balance(after)
            self._fences(before, after)
            self._evidence(before, after)
            self._moves(before, after)
        self._written(self.now)
        return self.now != before

    def begins(self) -> None:
        """A sender has begun to send: it must not have stood still since its flight was put on record."""
        task, now = self._world.scheduler.task, self._world.scheduler.now
        waiting = [flight for flight in self.flights.values() if flight.task is task and not flight.spent]
        if waiting and now - waiting[-1].at > STALL:
            raise Violation(f"sent {now - waiting[-1].at:.0f} s after the flight was put on record")

    def leaves(self, request: Request) -> Flight:
        """A request is about to leave: its evidence must have been committed by its sender, and is used up by it."""
        if self._world.restored:
            raise Violation(f"request {request.number} leaves from a restored backup, and nobody said so")
        task = self._world.scheduler.task
        mine = [flight for flight in self.flights.values() if flight.task is task and not flight.spent]
        if not mine:
            raise Violation(f"request {request.number} leaves without evidence on record")
        flight = mine[-1]
        flight.spent = True
        flight.request = request.number
        if flight.readers != set(request.readers) or len(request.readers) != len(flight.readers):
            raise Violation(f"request {request.number} carries {request.readers}, on record are {flight.readers}")
        return flight

    def answered(self, flight: Flight, reply: Reply) -> None:
        """The sender has read an answer to its end."""
        flight.reply = reply

    def open(self) -> bool:
        """Whether anything is still to be done by itself."""
        return (
            not self.now.editions
            or any(edition.state in OPEN_EDITIONS for edition in self.now.editions.values())
            or any(
                batch.state == "flying"
                or (batch.state in OPEN_BATCHES and self.now.editions[batch.edition].state == "sending")
                for batch in self.now.batches.values()
            )
        )

    def at_the_end(self) -> None:
        """Everybody planned is in a state that the provider's list bears out."""
        accepted = Counter(taken.reader for taken in self._world.provider.taken if not taken.twin)
        self._twice(accepted)
        if self._world.restored:
            # These rows are of an earlier time: they wait for a person, who is told why.
            if any(edition.state == "sending" for edition in self.now.editions.values()):
                raise Violation("a restored backup goes on sending")
            return
        for reader, (state, _) in self.now.deliveries.items():
            took = accepted[reader] > 0
            if state == "accepted" and not any(taken.reader == reader for taken in self._world.provider.taken):
                raise Violation(f"{reader} is said to be accepted, and never was")
            if state == "suppressed" and reader[1] not in self.now.gone:
                raise Violation(f"{reader} is said to have left, and did not")
            if state in ("pending", "suppressed", "cancelled", "quarantined", "rejected") and took:
                raise Violation(f"{reader} is {state}, and the provider has the message")
            if state == "rejected" and reader[1] not in self._world.provider.invalid | self._world.provider.inactive:
                raise Violation(f"{reader} is rejected, and the provider has nothing against it")
            if state == "quarantined" and not (
                self._world.spoils(reader[1]) or reader[1] in self._world.provider.put_off
            ):
                raise Violation(f"{reader} is quarantined, and nothing is wrong with it")
            if state == "cancelled" and self.now.editions[reader[0]].state != "cancelled":
                raise Violation(f"{reader} is cancelled, its edition is not")
            if state in ("pending", "in_flight"):
                raise Violation(f"{reader} is forgotten: {state}")
        for reader in accepted:
            if reader not in self.now.deliveries:
                raise Violation(f"{reader} was sent to and is on no list")
        for edition in self.now.editions.values():
            if edition.state not in ("finished", "cancelled"):
                raise Violation(f"edition {edition.id} ends as {edition.state}: {edition.reason}")

    def _twice(self, accepted: Counter[Reader]) -> None:
        twice = {reader: count for reader, count in accepted.items() if count > 1}
        if twice and not self._world.policy.may_repeat:
            raise Violation(f"sent twice: {twice}")
        people: dict[int, int] = {}
        for edition_id, subscriber in accepted:
            if people.setdefault(subscriber, edition_id) != edition_id:
                raise Violation(f"subscriber {subscriber} got two editions, and one was due")

    def _stands(self) -> int:
        """Changes with every commit of others that wrote anything (https://sqlite.org/pragma.html#pragma_data_version)."""
        version: int = self._query("PRAGMA data_version").fetchone()[0]
        return version

    def _look(self) -> Snapshot:
        query = self._query
        self._version = self._stands()
        return Snapshot(
            {(edition, subscriber): (state, attempt) for edition, subscriber, state, attempt in query(DELIVERIES)},
            {(row[0], row[1]): Batch(*row) for row in query(BATCHES)},
            {row[0]: Attempt(*row[1:]) for row in query(ATTEMPTS)},
            {row[0]: Edition(*row) for row in query(EDITIONS)},
            {row[0] for row in query(GONE)},
            query(WAITS).fetchall(),
        )

    def _balance(self, now: Snapshot) -> None:
        """Planned is the sum of all states, and every open delivery is in exactly one batch that says so."""
        counted = Counter(edition for edition, _ in now.deliveries)
        for edition in now.editions.values():
            if counted[edition.id] != edition.planned:
                raise Violation(f"edition {edition.id}: planned {edition.planned}, found {counted[edition.id]}")
            if edition.state == "held" and not edition.reason:
                raise Violation(f"edition {edition.id} is held and nobody knows why")
        of: dict[int, list[Batch]] = {}
        for batch in now.batches.values():
            of.setdefault(batch.edition, []).append(batch)
        for reader, (state, _) in now.deliveries.items():
            homes = [batch for batch in of.get(reader[0], ()) if batch.first <= reader[1] <= batch.last]
            if len(homes) != 1:
                raise Violation(f"{reader} is in {len(homes)} batches")
            if state == "in_flight" and homes[0].state != "flying":
                raise Violation(f"{reader} is in flight, its batch is {homes[0].state}")
            if state == "pending" and homes[0].state not in OPEN_BATCHES:
                raise Violation(f"{reader} is pending, its batch is {homes[0].state}: nobody will send it")
        for edition in now.editions.values():
            if edition.state == "finished":
                left = [b for b in of.get(edition.id, ()) if b.state in OPEN_BATCHES]
                if left:
                    raise Violation(f"edition {edition.id} is finished with open batches {left}")

    def _fences(self, before: Snapshot, after: Snapshot) -> None:
        for key, batch in before.batches.items():
            new = after.batches.get(key)
            if new is None or new.fence < batch.fence:
                raise Violation(f"the fence of batch {key} fell")
            if new.state == "claimed" and batch.state != "claimed" and batch.fence == new.fence:
                raise Violation(f"batch {key} was claimed and its fence did not rise")

    def _evidence(self, before: Snapshot, after: Snapshot) -> None:
        """Attempts are only ever added, and what came of one is written once."""
        for attempt, was in before.attempts.items():
            if attempt not in after.attempts:
                raise Violation(f"attempt {attempt} was erased")
            if was.outcome is not None and after.attempts[attempt].outcome is None:
                raise Violation(f"what came of attempt {attempt} was erased")
        for attempt in after.attempts.keys() - before.attempts.keys():
            self._flight(attempt, before, after)

    def _flight(self, attempt: str, before: Snapshot, after: Snapshot) -> None:
        """A request may leave from now on."""
        row = after.attempts[attempt]
        readers = frozenset(
            reader
            for reader, (state, carried) in after.deliveries.items()
            if carried == row.key and state == "in_flight"
        )
        if len(readers) != row.readers:
            raise Violation(f"attempt {attempt} says {row.readers} readers, and has {sorted(readers)}")
        if row.fence != after.batches[row.edition, row.batch].fence:
            raise Violation(f"attempt {attempt} flies under fence {row.fence}, which is not the batch's any more")
        # By what was committed before this flight, not by what it did itself.
        if left := {subscriber for _, subscriber in readers} & before.gone:
            raise Violation(f"flown after leaving: {left}")
        if stopped := {e for e, _ in readers if before.editions[e].state != "sending"}:
            raise Violation(f"flown while stopped: editions {stopped}")
        again = readers & self._latest.keys()
        flight = Flight(attempt, self._world.scheduler.task, readers, self._world.scheduler.now, again)
        for reader in readers:
            self._world.policy_allows(self._latest.get(reader), flight, reader)
            self._latest[reader] = flight
        self.flights[attempt] = flight

    def _moves(self, before: Snapshot, after: Snapshot) -> None:
        policy = self._world.policy
        for reader, (state, _) in before.deliveries.items():
            if reader not in after.deliveries:
                raise Violation(f"the delivery of {reader} was erased")
            new = after.deliveries[reader][0]
            if new == state:
                continue
            if new not in MOVES.get(state, set()) | policy.moves.get(state, set()):
                raise Violation(f"{reader} went from {state} to {new}")
            if new == "quarantined":
                self._set_aside(reader)
            flight = self._latest.get(reader)
            if new == "unknown" and flight is not None and flight.reply is not None:
                self._not_ambiguous(reader, flight)
            reply = flight.reply if flight is not None and new == "pending" and state == "in_flight" else None
            if reply is not None and not reply.refuses and reader not in reply.proves.keys() | reply.puts_off:
                raise Violation(f"{reader} is to be sent again on an answer that proves nothing")

    def _set_aside(self, reader: Reader) -> None:
        """Whom the provider only puts off must have been tried for long."""
        # A flight's own time is from before its commit, in which its process may have been frozen.
        if self._world.spoils(reader[1]) or self._world.faults.kinds & {"host clock", "freeze"}:
            return
        first = min(flight.at for flight in self.flights.values() if reader in flight.readers)
        if self._world.scheduler.now - first < PUT_OFF_SECONDS:
            raise Violation(f"{reader} is set aside after {self._world.scheduler.now - first:.0f} s")

    def _written(self, after: Snapshot) -> None:
        """The first thing that a sender commits after it read an answer is what the answer proves."""
        task = self._world.scheduler.task
        for flight in self.flights.values():
            if flight.task is not task or flight.reply is None or flight.written:
                continue
            flight.written = True
            for reader in flight.readers:
                state, _ = after.deliveries[reader]
                if self._latest[reader] is flight and state in DOUBTFUL and reader in flight.reply.proves:
                    raise Violation(f"{reader} is {state} although its answer was read")
                if self._latest[reader] is flight and state == "in_flight":
                    raise Violation(f"{reader} is in flight although its answer was read")

    def _not_ambiguous(self, reader: Reader, flight: Flight) -> None:
        """An answer that proves something was read by a process that is now writing it down."""
        assert flight.reply is not None
        if self._world.scheduler.task is not flight.task:
            return
        # What refuses the second request for somebody says nothing of the first.
        not_taken = flight.reply.refuses or reader in flight.reply.puts_off
        if reader in flight.reply.proves or (not_taken and reader not in flight.again):
            raise Violation(f"{reader} is unknown, and the answer was {flight.reply.status}: {flight.reply.proves}")
