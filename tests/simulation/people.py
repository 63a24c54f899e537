"""Readers who leave and an operator who pauses, goes on and cancels, by the production code behind link and command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import DigestError, StorageError
from digest.storage.decisions import Decisions
from digest.storage.editions import Editions
from digest.web.readers import Readers
from subscribers.tokens import UnsubscribeTokens

from .database import SimulatedDatabase
from .newsroom import KEY
from .scheduler import Violation
from .stage import NEWSLETTER

if TYPE_CHECKING:
    from .world import World

TOKENS = UnsubscribeTokens([KEY])


class Person:
    """Everybody who is no program."""

    def __init__(self, world: World, database: SimulatedDatabase) -> None:
        self._world = world
        self._editions = Editions(database)
        self._decisions = Decisions(database)
        clock = world.host_clock(world.hosts[-1])
        self._clock = clock
        self._readers = Readers(database, TOKENS, titles={}, clock=clock)

    def live(self) -> None:
        """A few acts, most of them while the edition goes out."""
        world, rng = self._world, self._world.rng
        kinds = [kind for kind in ("leave", "pause", "cancel", "settle") if kind in world.faults.kinds]
        if not kinds:
            return
        world.scheduler.wait(4.0, "before the edition")
        span = rng.choice((1.0, 10.0, 100.0, 9000.0))
        for _ in range(rng.randint(1, 6)):
            world.scheduler.wait(span * rng.random(), "between two acts")
            kind = rng.choice(kinds)
            if kind == "leave":
                # One stays: an edition without an audience waits for a person, for ever if need be.
                self._leave(rng.randint(1, world.readers - 1))
            elif kind == "pause":
                self._steer("pause")
                world.scheduler.wait(span * rng.random(), "paused")
                self._steer("resume")
            elif kind == "settle":
                self._steer("settle")
            elif rng.random() < 0.3:
                self._steer("cancel")

    def mend(self) -> None:
        """Let go on whatever waits for a person."""
        for edition in list(self._world.auditor.now.editions.values()):
            if edition.state != "held":
                continue
            try:
                if edition.planned:
                    self._decisions.resume(edition.id, by="person", at=self._clock())
                else:
                    held = self._editions.get(edition.id)
                    self._editions.approve(edition.id, fingerprint=held.fingerprint, by="person", at=self._clock())
            except DigestError:
                continue

    def _leave(self, subscriber: int) -> None:
        """One click. When it was answered, the departure is on record."""
        self._world.scheduler.note(f"subscriber {subscriber} leaves")
        try:
            self._readers.leave(TOKENS.make(subscriber, NEWSLETTER), source="one-click")
        except StorageError:
            return
        if subscriber not in self._world.auditor.now.gone and not self._world.restored:
            raise Violation(f"subscriber {subscriber} was told to be unsubscribed, and is not")

    def _steer(self, act: str) -> None:
        for edition in list(self._world.auditor.now.editions.values()):
            self._world.scheduler.note(f"{act} edition {edition.id}")
            try:
                if act == "pause":
                    self._decisions.pause(edition.id, by="person", at=self._clock())
                elif act == "resume":
                    self._decisions.resume(edition.id, by="person", at=self._clock())
                elif act == "cancel":
                    self._decisions.cancel(edition.id, reason="a mistake in it", by="person", at=self._clock())
                else:
                    self._settle(edition.id)
            except DigestError as error:
                self._world.scheduler.note(f"{act}: {type(error).__name__}")

    def _settle(self, edition: int) -> None:
        """Say of somebody unknown what the provider's own pages show."""
        taken = {message.reader for message in self._world.provider.taken}
        open_ = {reader for reader, (state, _) in self._world.auditor.now.deliveries.items() if state == "unknown"}
        for _, subscriber in sorted(taken & open_)[:1]:
            address = f"reader{subscriber}@example.org"
            self._decisions.settle(edition, accepted=True, address=address, by="person", at=self._clock())
