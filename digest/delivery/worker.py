"""Workers: claim a batch, make its messages, put the flight on record, send once, settle.

Whatever dies at whatever point, a reader is never sent an edition twice and never forgotten:
before the flight is on record nothing has left; after it, only an answer, later evidence or a
person says what became of it. See DESIGN rules 3 and 4 and `digest.storage.ledger`.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from digest.clock import Clock
from digest.delivery.evidence import evidence
from digest.delivery.pacing import Pacing
from digest.delivery.presence import Presence
from digest.delivery.press import Press, Presses
from digest.delivery.reconcile import Reconciler
from digest.delivery.transport import Carrier, Silence
from digest.errors import ConfigError, DatabaseAway, DigestError, RenderError, StorageError, WrongState
from digest.log import get
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Adapter, Answer, Call, Filled, every
from digest.storage.batches import Claim, Flight, Reader
from digest.storage.deliveries import Deliveries
from digest.storage.editions import Editions
from digest.storage.ledger import Ledger

STALL_SECONDS = 10.0
"""A process that took longer from the record of a flight to its request does not send: it was
frozen, and somebody may have given the flight up by now."""

FIRST_BACKOFF = 2.0
LONGEST_BACKOFF = 300.0
AWAY_SECONDS = 1.0
"""How often a database that is away is tried again."""

IDLE_SECONDS = 0.5
"""How often an idle worker looks for work."""

PATIENCE_SECONDS = 60.0
"""A draining worker waits this long for a batch to be due again, and leaves when it takes longer."""

log = get(__name__)


@dataclass
class Tally:
    """What this worker did, for people; the ledger has the truth."""

    outcomes: Counter[str] = field(default_factory=Counter)
    given_up: int = 0
    finished: list[int] = field(default_factory=list)
    held: dict[int, str] = field(default_factory=dict)


class Worker:
    """Sends what is ready, with `concurrency` requests under way at once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        deliveries: Deliveries,
        editions: Editions,
        presses: Presses,
        accounts: Mapping[str, Carrier],
        presence: Presence,
        reconciler: Reconciler,
        pacing: Pacing,
        clock: Clock,
        lease: float,
        concurrency: int,
    ) -> None:
        self._ledger = ledger
        self._deliveries = deliveries
        self._editions = editions
        self._presses = presses
        self._accounts = accounts
        self._presence = presence
        self._reconciler = reconciler
        self._pacing = pacing
        self._clock = clock
        self._lease = lease
        self._concurrency = concurrency
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._failure: BaseException | None = None
        self._lock = threading.Lock()
        self._draining = False
        self.tally = Tally()

    def stop(self) -> None:
        """Claim nothing more and leave when the requests under way are settled."""
        self._stop.set()
        self._idle.set()

    def run(self, *, drain: bool = False, progress: Callable[[Tally], None] = lambda _: None) -> Tally:
        """Work until `stop`, or with `drain` until nothing more can be done now.

        A database that is away is waited for, with `drain` for a minute. Raises StorageError when the
        ledger cannot be written: no request leaves without a record.
        """
        self._draining = drain
        outage = _Outage(PATIENCE_SECONDS if drain else None, self._stop)
        threads = [
            threading.Thread(target=self._sender, name=f"sender-{number}", daemon=True)
            for number in range(1, self._concurrency + 1)
        ]
        for thread in threads:
            thread.start()
        try:
            while not self._stop.is_set():
                try:
                    self.keep_house()
                    if drain and self._nothing_left():
                        break
                    outage.over()
                except DatabaseAway as error:
                    outage.bear(error)
                progress(self.tally)
                self._idle.wait(IDLE_SECONDS)
                self._idle.clear()
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure
        with suppress(DatabaseAway):  # the next worker does it as well
            self.keep_house()
        progress(self.tally)
        return self.tally

    def _waits(self) -> bool:
        """Whether an answer is kept for however long the database is away."""
        return not self._draining and not self._stop.is_set()

    def _nothing_left(self) -> bool:
        waiting = self._ledger.waiting()
        return waiting is None or waiting > PATIENCE_SECONDS

    def keep_house(self) -> None:
        """Give up on the flights of the dead, look after what is in doubt, and close what is done."""
        dead = self._presence.dead()
        given_up = self._ledger.expire(dead)
        self._presence.forget(dead)
        self._reconciler.run()
        if given_up:
            self.tally.given_up += given_up
            log.warning("flights given up as unknown", batches=given_up)
        for edition_id in self._deliveries.finish(self._clock()):
            self.tally.finished.append(edition_id)
            log.info("edition finished", edition=edition_id)

    def _sender(self) -> None:
        outage = _Outage(PATIENCE_SECONDS if self._draining else None, self._stop)
        try:
            while not self._stop.is_set():
                try:
                    if not self.step():
                        self._idle.set()
                        self._ledger.wait(IDLE_SECONDS)
                    outage.over()
                except DatabaseAway as error:
                    outage.bear(error)
        except Exception as error:
            # Handed to `run`, which raises it in the main thread.
            self._failure = error
            self.stop()

    def step(self) -> bool:
        """Carry one batch from its claim to its settlement; whether there was one to claim."""
        if self._repeat():
            return True
        claim = self._ledger.claim(self._presence.owner, self._lease, self._pacing.paces)
        if claim is None:
            return False
        self._carry(claim)
        return True

    def _carry(self, claim: Claim) -> None:
        try:
            press = self._presses.of(claim.edition_id, claim.provider)
            account = self._account(claim.provider)
            readers, messages = self._compose(claim, press.filler)
        except StorageError:
            raise
        except DigestError as error:
            self._hold(claim.edition_id, str(error))
            self._ledger.release(claim)
            return
        attempt = secrets.token_urlsafe(16)
        bodies = _Bodies(partial(account.adapter.call, key=attempt), readers, messages)
        # Made before the flight's transaction, so that no other sender waits for it.
        bodies.evidence(tuple(reader.subscriber_id for reader in readers))
        started = time.monotonic()
        try:
            flight = self._ledger.fly(
                claim,
                readers,
                attempt=attempt,
                owner=self._presence.owner,
                lease=self._lease,
                evidence=bodies.evidence,
                at=self._clock(),
            )
        except DatabaseAway:
            # Whether the record was written is not known, but nothing has left: in either case they wait again.
            unsent = Flight(attempt, tuple(reader.subscriber_id for reader in readers), attempt)
            doubt = "not sent: the database broke off"
            outcomes = every(
                [press.delivery(s) for s in unsent.readers], OutcomeKind.RETRY, reason="transport", detail=doubt
            )
            self._settle(claim, unsent, outcomes, None)
            return
        if flight is not None:
            self._send(press, account, claim, flight, lambda: bodies.of(flight.readers), started)

    def _repeat(self) -> bool:
        """Make a request again that was never answered, under its key; whether there was one to look at."""
        claim = self._reconciler.next_repeat()
        if claim is None:
            return False
        started = time.monotonic()
        ready = self._reconciler.fly_again(claim, owner=self._presence.owner, lease=self._lease)
        if ready is not None:
            self._send(ready.press, ready.account, ready.claim, ready.flight, lambda: ready.call, started)
        return True

    def _send(
        self, press: Press, account: Carrier, claim: Claim, flight: Flight, call: Callable[[], Call], started: float
    ) -> None:
        """Make the request of a flight that is on record, once, and write down what came of it."""
        deliveries = [press.delivery(subscriber) for subscriber in flight.readers]
        answer: Answer | Silence = Silence(True, "not sent: the process was stalled")
        if time.monotonic() - started <= STALL_SECONDS:
            answer = account.post(call())
        status = None
        headers: Mapping[str, str] = {}
        if isinstance(answer, Silence):
            kind = OutcomeKind.RETRY if answer.not_sent else OutcomeKind.UNKNOWN
            outcomes = every(deliveries, kind, reason="transport", detail=answer.detail)
        else:
            status, headers = answer.status, answer.headers
            outcomes = self._read(account.adapter, deliveries, answer)
        self._settle(claim, flight, outcomes, status)
        self._pacing.learn(claim, outcomes, headers)
        self._note(claim, flight, outcomes)

    def _account(self, provider: str) -> Carrier:
        try:
            return self._accounts[provider]
        except KeyError:
            raise ConfigError(f"provider.{provider} cannot send: it has no token in this process's secrets") from None

    def _read(self, adapter: Adapter, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves; an answer that our own reading fails on proves nothing."""
        try:
            return adapter.outcomes(deliveries, answer)
        except Exception as error:
            log.error("an answer could not be read", provider=adapter.name, error=type(error).__name__)
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=f"HTTP {answer.status}, unreadable")

    def _compose(
        self, claim: Claim, filler: Callable[[Sequence[Reader]], Callable[[Reader], Filled]]
    ) -> tuple[list[Reader], list[Filled]]:
        """Every message of the batch; whoever none can be made for is set aside, the others go on."""
        readers, messages, refused = [], [], []
        pending = self._ledger.pending(claim)
        message = filler(pending)
        for reader in pending:
            try:
                messages.append(message(reader))
                readers.append(reader)
            except RenderError as error:
                refused.append((reader.subscriber_id, str(error)))
        if refused:
            self._ledger.quarantine(claim, refused)
        return readers, messages

    def _settle(self, claim: Claim, flight: Flight, outcomes: Sequence[Outcome], status: int | None) -> None:
        """Write the answer down, patiently: it is the only proof of what the provider did."""
        patience = time.monotonic() + self._lease / 2
        while True:
            try:
                self._ledger.settle(
                    claim, flight, outcomes, status=status, not_before=_wait(claim, outcomes), at=self._clock()
                )
            except StorageError as error:
                if time.monotonic() > patience and not (isinstance(error, DatabaseAway) and self._waits()):
                    raise
                log.warning("an answer cannot be written yet", edition=claim.edition_id, batch=claim.number)
                threading.Event().wait(1.0)
            else:
                return

    def _note(self, claim: Claim, flight: Flight, outcomes: Sequence[Outcome]) -> None:
        kinds = {kind.value: count for kind, count in Counter(outcome.kind for outcome in outcomes).items()}
        with self._lock:
            self.tally.outcomes.update(kinds)
        log.debug("batch", edition=claim.edition_id, batch=claim.number, attempt=flight.attempt, **kinds)
        paused = next((outcome for outcome in outcomes if outcome.kind is OutcomeKind.PAUSE), None)
        if paused is not None:
            self._refused(claim, f"{paused.reason}: {paused.detail}")

    def _refused(self, claim: Claim, words: str) -> None:
        """Go on through the edition's next account, or let it wait for a person where there is none."""
        following = self._deliveries.fail_over(claim.edition_id, claim.provider, reason=words)
        if following is None:
            self._hold(
                claim.edition_id,
                f"the provider refused the account {claim.provider} ({words}); "
                f"mend that, then `digest send {claim.edition_id}` goes on",
            )
        else:
            log.error("an account refuses", edition=claim.edition_id, account=claim.provider, following=following)

    def _hold(self, edition_id: int, reason: str) -> None:
        try:
            self._editions.hold(edition_id, reason=reason)
        except WrongState:
            return  # another sender held it, or a person stopped it
        with self._lock:
            self.tally.held[edition_id] = reason
        log.error("edition held", edition=edition_id, reason=reason)


class _Outage:
    """How long the database has been away, as one thread sees it, and how long that is borne; None: for ever."""

    def __init__(self, longest: float | None, stop: threading.Event) -> None:
        self._longest = longest
        self._stop = stop
        self._since: float | None = None

    def over(self) -> None:
        if self._since is not None:
            log.info("the database is back", seconds=round(time.monotonic() - self._since, 1))
            self._since = None

    def bear(self, error: DatabaseAway) -> None:
        """Wait a second, or raise the error when that has been done for long enough."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
            log.warning("the database is away", error=str(error))
        if self._longest is not None and now - self._since > self._longest:
            raise error
        self._stop.wait(AWAY_SECONDS)


class _Bodies:
    """The request for those of a batch who stay in it; made once in the usual case that all do."""

    def __init__(
        self, call: Callable[[Sequence[Filled]], Call], readers: Sequence[Reader], messages: Sequence[Filled]
    ) -> None:
        self._call = call
        self._messages = {reader.subscriber_id: message for reader, message in zip(readers, messages, strict=True)}
        self._made: tuple[tuple[int, ...], Call, str] | None = None

    def of(self, subscribers: tuple[int, ...]) -> Call:
        return self._make(subscribers)[1]

    def evidence(self, subscribers: tuple[int, ...]) -> str:
        return self._make(subscribers)[2]

    def _make(self, subscribers: tuple[int, ...]) -> tuple[tuple[int, ...], Call, str]:
        if self._made is None or self._made[0] != subscribers:
            messages = [self._messages[subscriber] for subscriber in subscribers]
            self._made = subscribers, self._call(messages), evidence(messages)
        return self._made


def _wait(claim: Claim, outcomes: Sequence[Outcome]) -> float:
    """Seconds until the batch may be tried again: what the provider asks for, else twice as long each time."""
    wishes = [outcome.retry_after for outcome in outcomes if outcome.retry_after is not None]
    if wishes:
        return max(wishes)
    if any(outcome.kind is OutcomeKind.RETRY for outcome in outcomes):
        return min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** min(claim.refusals, 10))
    return 0.0
