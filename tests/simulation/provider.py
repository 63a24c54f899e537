"""The simulated mail provider: what it accepted for whom is the oracle that the ledger is held against.

It knows nothing of the code under test but the bytes of its requests, and it is plain: a list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from .apis import Api, Verdict
from .faults import OF_NETWORK, OF_PROVIDER

if TYPE_CHECKING:
    from .world import World

WINDOW = timedelta(hours=24)
"""How long the provider remembers an idempotency key."""
LATEST = 19 * 3600.0
"""Seconds that a request may be under way; one that outlives the memory of its key is beyond help."""
WAITS = (None, "2", "45", "3600", "-5", "soon", "99999999")
"""What stands in Retry-After."""

Reader = tuple[int, int]
"""Edition and subscriber."""


class Taken(NamedTuple):
    """One message that the provider took."""

    reader: Reader
    request: int
    at: float
    twin: bool
    """The network brought the request a second time: no sender can help that."""


class Reply(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    proves: dict[Reader, str]
    """What it proves of whom beyond doubt: `accepted` or `rejected`."""
    refuses: bool = False
    """It proves that nothing of this request was taken."""
    puts_off: frozenset[Reader] = frozenset()
    """Of whom it proves that they were not taken, this time."""


class Request(NamedTuple):
    """One request as it left."""

    number: int
    deliveries: tuple[str, ...]
    readers: tuple[Reader, ...]
    key: str
    body: bytes


@dataclass
class Provider:
    """One account."""

    world: World
    api: Api
    invalid: frozenset[int]
    inactive: frozenset[int]
    poison: frozenset[int]
    put_off: frozenset[int]
    """Subscribers whose address is none, who bounced there before, whose message spoils a whole request, and who are
    put off each time, from a moment on."""
    full_from: float
    taken: list[Taken] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    away_until: float = 0.0
    """Until then every request is answered with an error."""
    _keys: dict[str, tuple[float, str, Reply]] = field(default_factory=dict)

    def request(self, sent: httpx.Request) -> Request:
        """What a worker is about to send."""
        body = b"".join(sent.stream)  # type: ignore[arg-type]  # a client of threads sends plain bytes
        deliveries = tuple(self.api.deliveries(body))
        request = Request(
            len(self.requests),
            deliveries,
            tuple(map(_reader, deliveries)),
            sent.headers.get("Idempotency-Key", ""),
            body,
        )
        self.requests.append(request)
        return request

    def receive(self, request: Request, *, twin: bool = False) -> Reply:
        """Work a request through; what goes wrong here is the provider's own."""
        fault = "error before" if self.world.scheduler.now < self.away_until else self.world.faults.one(OF_PROVIDER)
        self.world.scheduler.note(f"provider gets request {request.number}: {fault or 'takes it'}")
        if fault == "rate":
            wait = self.world.rng.choice(WAITS)
            return self._refusal(429, {} if wait is None else {"retry-after": wait}, {})
        if fault == "refused account":
            status, body = self.api.account()
            return self._refusal(status, {}, body)
        if fault == "too large":
            return self._refusal(413, {}, {})
        if fault == "error before":
            return Reply(self.world.rng.choice((500, 502, 503, 504)), {}, b"", {})
        if request.key and (kept := self._kept(request)) is not None:
            return kept
        if self.poison & {subscriber for _, subscriber in request.readers}:
            status, body = self.api.spoiled()
            return self._refusal(status, {}, body)
        return self._take(request, fault, twin)

    def _take(self, request: Request, fault: str | None, twin: bool) -> Reply:
        verdicts, proves, puts_off = [], {}, []
        for delivery, reader in zip(request.deliveries, request.readers, strict=True):
            wrong = self._fault(reader[1])
            verdicts.append(Verdict(delivery, "" if wrong else f"m-{len(self.taken) + 1}", wrong))
            if wrong == "put off":
                puts_off.append(reader)
            else:
                proves[reader] = "rejected" if wrong else "accepted"
            if not wrong:
                self.taken.append(Taken(reader, request.number, self.world.scheduler.now, twin))
                self.world.vendor.took(reader, delivery, verdicts[-1].taken)
        results = self.api.results(verdicts)
        good = Reply(200, {}, json.dumps(results).encode(), proves, puts_off=frozenset(puts_off))
        if request.key:
            self._keys[request.key] = (self.world.scheduler.now, _sum(request.body), good)
        return self._spoil(good, results, verdicts, fault)

    def _fault(self, subscriber: int) -> str:
        if subscriber in self.invalid:
            return "invalid"
        if subscriber in self.inactive:
            return "inactive"
        full = self.api.puts_off and subscriber in self.put_off and self.world.scheduler.now >= self.full_from
        return "put off" if full else ""

    def _spoil(self, good: Reply, results: Any, verdicts: list[Verdict], fault: str | None) -> Reply:
        """The answer to what was taken, as far as the fault leaves it."""
        if fault == "error after":
            return Reply(self.world.rng.choice((500, 503)), {}, b"{}", {})
        if fault == "garbage":
            return Reply(200, {}, b"<html>proxy error</html>", {})
        if fault == "empty":
            return Reply(200, {}, b"", {})
        listed = self.api.list_of(results)
        if fault == "short" and listed:
            listed.pop(self.world.rng.randrange(len(listed)))
        elif fault == "long" and listed:
            listed.insert(self.world.rng.randrange(len(listed) + 1), self.world.rng.choice(listed))
        elif fault == "no id":
            nameless = [verdict._replace(taken="") for verdict in verdicts]
            listed = self.api.list_of(self.api.results(nameless))
        elif fault == "reordered" and not self.api.in_order:
            self.world.rng.shuffle(listed)
            if listed == self.api.list_of(results):
                return good
            taken = {reader: fate for reader, fate in good.proves.items() if fate == "accepted"}
            return good._replace(body=self._with(results, listed), proves=taken, puts_off=frozenset())
        else:
            return good
        # A message that was put off has no id anyway.
        puts_off = good.puts_off if fault == "no id" else frozenset()
        return good._replace(body=self._with(results, listed), proves={}, puts_off=puts_off)

    def _with(self, results: Any, listed: list[Any]) -> bytes:
        if isinstance(results, dict):
            name = next(iter(results))
            return json.dumps(results | {name: listed}).encode()
        return json.dumps(listed).encode()

    def _kept(self, request: Request) -> Reply | None:
        kept = self._keys.get(request.key)
        if kept is None or self.world.scheduler.now - kept[0] > WINDOW.total_seconds():
            return None
        if kept[1] != _sum(request.body):
            return Reply(409, {}, b'{"name":"invalid_idempotent_request"}', {})
        return kept[2]

    def _refusal(self, status: int, headers: dict[str, str], body: Any) -> Reply:
        return Reply(status, headers, json.dumps(body).encode(), {}, refuses=True)


class Network(httpx.BaseTransport):
    """What lies between a worker and the provider."""

    def __init__(self, world: World, timeout: float) -> None:
        self._world = world
        self._timeout = timeout

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange; raises what httpx raises for what goes wrong on the way."""
        world, scheduler = self._world, self._world.scheduler
        began = scheduler.now
        world.auditor.begins()
        scheduler.point("request begins")
        fault = world.faults.one(OF_NETWORK)
        if not world.provider.away_until and world.faults.hit("outage"):
            fault = "outage"
        if fault == "unreachable":
            scheduler.note("unreachable")
            raise httpx.ConnectError("refused")
        sent = world.provider.request(request)
        scheduler.note(f"request {sent.number} leaves for {[s for _, s in sent.readers]}: {fault or 'arrives'}")
        flight = world.auditor.leaves(sent)
        if world.faults.hit("forgery"):
            victim = world.rng.randrange(len(sent.readers))
            world.vendor.forge(sent.readers[victim], sent.deliveries[victim])
        if fault == "reset before":
            raise httpx.WriteError("reset")
        if fault == "request late":
            late = world.rng.choice((self._timeout, 2 * self._timeout, 4000.0, LATEST)) * world.rng.random()
            scheduler.spawn("network", lambda: self._arrive(sent), after=late, mortal=False)
        if fault in ("request lost", "request late"):
            self._silence(began)
        reply = world.provider.receive(sent)
        if fault == "request twice":
            world.provider.receive(sent, twin=True)
        scheduler.point("provider has answered")
        if fault == "outage":
            world.provider.away_until = scheduler.now + 3600.0 * world.rng.uniform(0.2, 40.0)
        if fault in ("answer lost", "outage"):
            self._silence(began)
        if fault == "reset after":
            raise httpx.ReadError("reset")
        scheduler.wait(world.rng.random() ** 4 * self._timeout * (1.5 if fault == "answer late" else 0.5), "answer")
        # A process that was frozen may find the answer waiting, or its own time over.
        if scheduler.now - began > self._timeout and (fault == "answer late" or world.rng.random() < 0.5):
            scheduler.note("time is over")
            raise httpx.ReadTimeout("over")
        return httpx.Response(
            reply.status, headers=reply.headers, stream=_Pieces(world, reply, flight, cut=fault == "answer cut")
        )

    def _arrive(self, sent: Request) -> None:
        self._world.provider.receive(sent)

    def _silence(self, began: float) -> None:
        left = max(0.0, self._timeout - (self._world.scheduler.now - began))
        self._world.scheduler.wait(left, "no answer")
        raise httpx.ReadTimeout("over")


class _Pieces(httpx.SyncByteStream):
    """The body of an answer, in two pieces with a point before each."""

    def __init__(self, world: World, reply: Reply, flight: object, *, cut: bool) -> None:
        self._world = world
        self._reply = reply
        self._flight = flight
        self._cut = cut

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._reply.body) // 2
        self._world.scheduler.point("answer is read")
        yield self._reply.body[:half]
        if self._cut:
            raise httpx.ReadError("reset")
        yield self._reply.body[half:]
        self._world.auditor.answered(self._flight, self._reply)


def _reader(delivery: str) -> Reader:
    edition, subscriber, _ = delivery.split("-")
    return int(edition), int(subscriber)


def _sum(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
