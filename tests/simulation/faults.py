"""What goes wrong in a run, and how often: every seed has kinds and rates of its own.

Few kinds at a time reach further than all at once (swarm testing: Groce and others, ISSTA 2012): where
every request fails, nothing ever comes to the states in which a rarer fault would matter.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

OF_PROCESSES = ("death", "freeze")
OF_DATABASE = ("busy", "refused commit", "kept commit")
"""A lock that is not given back; a commit that fails; one that is kept and said to have failed."""
OF_POWER = ("power cut", "restored backup")
"""Every process dies, and with them the commits after the last durable one, or all since a backup."""
OF_NETWORK = (
    "unreachable",
    "request lost",
    "request late",
    "request twice",
    "reset before",
    "reset after",
    "answer lost",
    "answer late",
    "answer cut",
)
OF_PROVIDER = (
    "rate",
    "refused account",
    "too large",
    "error before",
    "error after",
    "garbage",
    "empty",
    "short",
    "long",
    "reordered",
    "no id",
)
OF_DAYS = ("outage",)
"""The provider takes a request, does not answer, and is away for up to two days."""
OF_CLOCKS = ("database clock", "host clock")
OF_PEOPLE = ("leave", "pause", "cancel", "settle")
OF_READERS = ("invalid", "inactive", "poison", "put off")
OF_REPORTS = ("webhooks", "webhook lost", "webhook repeated", "forgery")
"""The first is no fault: some vendors report, some do not."""
KINDS = (
    OF_PROCESSES
    + OF_DATABASE
    + OF_POWER
    + OF_NETWORK
    + OF_PROVIDER
    + OF_DAYS
    + OF_CLOCKS
    + OF_PEOPLE
    + OF_READERS
    + OF_REPORTS
)


@dataclass
class Faults:
    """The kinds that this seed has, until `stop`."""

    rng: random.Random
    kinds: set[str] = field(default_factory=set)
    rate: dict[str, float] = field(default_factory=dict)
    """Probability at each occasion."""
    on: bool = True
    struck: Counter[str] = field(default_factory=Counter)
    """How often each came to pass."""

    @classmethod
    def of(cls, rng: random.Random) -> Faults:
        """A draw of kinds and rates."""
        breadth = rng.choice((0.15, 0.3, 0.5))
        faults = cls(rng, {kind for kind in KINDS if rng.random() < breadth})
        scales = dict.fromkeys(OF_PROCESSES, 0.01) | dict.fromkeys(OF_DATABASE, 0.02)
        for kind in KINDS:
            faults.rate[kind] = scales.get(kind, 0.3) * rng.choice((0.3, 1.0, 2.0))
        return faults

    def stop(self) -> None:
        """From now on nothing goes wrong."""
        self.on = False

    def hit(self, kind: str) -> bool:
        """Whether this goes wrong now."""
        struck = self.on and kind in self.kinds and self.rng.random() < self.rate[kind]
        if struck:
            self.struck[kind] += 1
        return struck

    def one(self, kinds: tuple[str, ...]) -> str | None:
        """Which of these goes wrong now, if any."""
        able = [kind for kind in kinds if kind in self.kinds] if self.on else []
        if not able:
            return None
        kind = self.rng.choice(able)
        return kind if self.hit(kind) else None
