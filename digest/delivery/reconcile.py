"""What becomes of readers whose request was never answered: it is found out, or done as their account says.

A late answer and a webhook settle them by themselves (`digest.storage.settlement`, `digest.storage.proofs`).
Here is the rest, driven by the worker's housekeeping: the provider is asked after 5, 30 and 120 minutes and
24 hours where its adapter can ask; the account's policy is followed; and after 72 hours a person is left to decide.

A click on an unsubscribe link is no proof: its token names the reader and the newsletter, and is the same in
every edition, since it must work for ever.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from digest.clock import Clock
from digest.delivery.evidence import evidence
from digest.delivery.press import Press, Presses
from digest.delivery.transport import Carrier, Silence
from digest.errors import ConfigError, DigestError, RenderError, StorageError
from digest.log import get
from digest.model import DeliveryState, OutcomeKind
from digest.providers.base import Call, LookUp
from digest.storage.batches import Claim, Flight
from digest.storage.engine import Database
from digest.storage.proofs import Proof, prove
from digest.storage.uncertain import Doubt, Uncertain

LOOKS = (300.0, 1800.0, 7200.0, 86400.0)
"""Seconds from the flight to each time that the provider is asked."""

HELD_AFTER = 72 * 3600.0
"""Seconds after which nothing more is to be expected."""

FIRST_REPEAT = 2.0
LONGEST_WINDOW = 3600.0
SAFE_PART = 3
"""A key is used for a third of the time that the vendor remembers it, and an hour at most.

The rest is for a request that is under way long, and for clocks that disagree.
"""

REQUESTS = 3
"""Requests that carry the same reader at most, where the account says `resend`."""

ASKED_AT_ONCE = 20
"""Look-ups in one pass of housekeeping, which must not stand still for long."""

PROVED = {OutcomeKind.ACCEPTED: DeliveryState.ACCEPTED, OutcomeKind.REJECTED: DeliveryState.REJECTED}

log = get(__name__)


class Policy(NamedTuple):
    """What an account in config.toml says about its unanswered requests."""

    on_unknown: Literal["hold", "keyed", "resend"] = "hold"
    resend_after: float = 7200.0
    """Seconds."""


HOLD = Policy()


class Repeated(NamedTuple):
    """A request on record that may leave once more, now."""

    press: Press
    account: Carrier
    claim: Claim
    flight: Flight
    call: Call


class Reconciler:
    """Looks after the batches in doubt."""

    def __init__(
        self,
        *,
        database: Database,
        presses: Presses,
        accounts: Mapping[str, Carrier],
        policies: Mapping[str, Policy],
        clock: Clock,
    ) -> None:
        """`policies` by the account's name; one that is not there holds."""
        self._database = database
        self._uncertain = Uncertain(database)
        self._presses = presses
        self._accounts = accounts
        self._policies = policies
        self._clock = clock
        self._asking: deque[tuple[Doubt, int]] = deque()
        """Readers to be asked for; forgotten when the process ends, since there is a next time."""
        self._repeats: deque[Claim] = deque()

    def run(self) -> None:
        """One pass: what is due by now."""
        for doubt in self._uncertain.due():
            policy = self._policies.get(doubt.claim.provider, HOLD)
            if doubt.unplanned:
                self._uncertain.plan(doubt.claim, self._wait(policy, doubt))
            elif doubt.again:
                self._again(policy, doubt)
            if doubt.look:
                self._look(doubt)
        self._ask()

    def next_repeat(self) -> Claim | None:
        """A batch whose request is to be made again, for a sender; other processes may be at it, too."""
        try:
            return self._repeats.popleft()
        except IndexError:
            return None

    def fly_again(self, claim: Claim, *, owner: str, lease: float) -> Repeated | None:
        """Put it on record that the batch's request is made once more; None when it must not be.

        It is made only as it was, byte for byte, to all of its readers: the evidence must be that of the first
        attempt, and nobody may have left or been proved meanwhile. Otherwise they stay unknown.
        """
        repeat = self._uncertain.repeat(claim)
        press = self._press(claim)
        if repeat is None or press is None or press.provider not in self._accounts:
            self._uncertain.plan(claim, None)
            return None
        try:
            message = press.filler(repeat.readers)
            messages = [message(reader) for reader in repeat.readers]
        except (ConfigError, RenderError):
            messages = []
        now = self._clock()
        window = self._window(press.provider)
        # Both clocks must say that the vendor still knows the key.
        if evidence(messages) != repeat.evidence or not 0 <= (now - repeat.started_at).total_seconds() < window:
            self._uncertain.plan(claim, None)
            return None
        account = self._accounts[press.provider]
        call = account.adapter.call(messages, key=repeat.key)
        attempt = secrets.token_urlsafe(16)
        flown = self._uncertain.fly_again(
            claim, repeat, attempt=attempt, owner=owner, lease=lease, window=window, at=now
        )
        return None if flown is None else Repeated(press, account, *flown, call)

    def _window(self, provider: str) -> float:
        """Seconds for which a request to the account may be made again under its key; 0 where never."""
        account = self._accounts.get(provider)
        remembered = account.adapter.capabilities.idempotency if account else None
        if remembered is None or self._policies.get(provider, HOLD).on_unknown != "keyed":
            return 0.0
        return min(LONGEST_WINDOW, remembered.total_seconds() / SAFE_PART)

    def _wait(self, policy: Policy, doubt: Doubt) -> float | None:
        """Seconds until the policy's next step; None when there is none left."""
        if policy.on_unknown == "resend":
            return max(0.0, policy.resend_after - doubt.elapsed) if doubt.attempts < REQUESTS else None
        # As long again as it has been unknown, so that the waits double.
        wait = max(FIRST_REPEAT, doubt.elapsed)
        return wait if doubt.elapsed >= 0 and doubt.elapsed + wait < self._window(doubt.claim.provider) else None

    def _again(self, policy: Policy, doubt: Doubt) -> None:
        claim = doubt.claim
        if policy.on_unknown == "resend" and doubt.elapsed >= policy.resend_after:
            if resent := self._uncertain.resend(claim):
                log.warning("sent again without knowing", edition=claim.edition_id, batch=claim.number, readers=resent)
        elif policy.on_unknown == "keyed" and 0 <= doubt.elapsed < self._window(doubt.claim.provider):
            if claim not in self._repeats:
                self._repeats.append(claim)
        else:  # config.toml, a clock or the time since is another by now
            self._uncertain.plan(claim, None)

    def _look(self, doubt: Doubt) -> None:
        claim = doubt.claim
        if doubt.elapsed >= HELD_AFTER:
            if held := self._uncertain.hold(claim):
                log.error("waits for a person", edition=claim.edition_id, batch=claim.number, readers=held)
            return
        following = next(step for step in (*LOOKS, HELD_AFTER) if step > doubt.elapsed)
        readers = self._uncertain.take_look(claim, following - doubt.elapsed)
        account = self._accounts.get(doubt.claim.provider)
        if account and isinstance(account.adapter, LookUp):
            self._asking.extend((doubt, reader) for reader in readers)

    def _ask(self) -> None:
        proofs = list(self._answers())
        if proofs:
            with self._database.write() as connection:
                settled = prove(connection, proofs, at=self._clock())
            log.info("found out from the provider", readers=settled)

    def _answers(self) -> Iterator[Proof]:
        for _ in range(min(ASKED_AT_ONCE, len(self._asking))):
            doubt, reader = self._asking.popleft()
            edition_id = doubt.claim.edition_id
            press = self._press(doubt.claim)
            account = self._accounts[doubt.claim.provider]
            if press is None or not isinstance(account.adapter, LookUp):
                continue
            delivery = press.delivery(reader)
            answer = account.post(account.adapter.look_up(delivery))
            if isinstance(answer, Silence):
                self._asking.clear()  # it is away; the next look asks all again
                return
            found = account.adapter.found(delivery, answer)
            if found is not None and found.kind in PROVED:
                yield Proof(edition_id, reader, PROVED[found.kind], found.provider_id, found.reason, found.detail)

    def _press(self, claim: Claim) -> Press | None:
        try:
            return self._presses.of(claim.edition_id, claim.provider)
        except StorageError:
            raise
        except DigestError as error:
            log.error("cannot be looked up", edition=claim.edition_id, reason=str(error))
            return None
