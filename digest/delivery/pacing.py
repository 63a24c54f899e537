"""What an answer, or none, says about how fast its account may be used from now on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from digest.log import get
from digest.model import Outcome, OutcomeKind
from digest.providers.retry_after import until_refilled
from digest.storage.accounts import Accounts
from digest.storage.batches import Claim
from digest.storage.ledger import BROKEN_AFTER, NO_PACES, Pace

FIRST_REST = 2.0
"""Seconds that an account rests which was told to be too fast, and not for how long."""
FIRST_BREAK = 5.0
LONGEST_BREAK = 60.0
"""Seconds between two probes of an account that does not answer: each costs one reader a doubt at most."""
JITTER = 0.1
"""Part of every wait that is added by chance, so that not everybody comes back at once."""

log = get(__name__)


class Pacing:
    """Keeps accounts from being used faster than they bear; what it learns is in the database, for all workers."""

    def __init__(
        self, accounts: Accounts, *, paces: Mapping[str, Pace] = NO_PACES, chance: Callable[[], float]
    ) -> None:
        """`paces` are the operator's limits by account; `chance` gives numbers from 0 up to 1."""
        self.paces = paces
        self._accounts = accounts
        self._chance = chance

    def learn(self, claim: Claim, outcomes: Sequence[Outcome], headers: Mapping[str, str]) -> None:
        """After a request was settled: rest, narrow, break or open up its account. Usually nothing is to be done.

        Told to be too fast (429 and what vendors say in its place), the account rests as long as it asks, and
        fewer go at once afterwards. A request that came to nothing counts; after some in a row the account
        rests ever longer between two probes. An answer that says that its allowance is used up is heeded, too.
        """
        too_fast = [outcome for outcome in outcomes if outcome.kind is OutcomeKind.RETRY and outcome.reason == "rate"]
        if too_fast:
            wishes = [outcome.retry_after for outcome in too_fast if outcome.retry_after is not None]
            self._rest(claim, max(wishes, default=FIRST_REST), too_fast[0].detail, narrow=True)
        elif all(_came_to_nothing(outcome) for outcome in outcomes):
            failed = self._accounts.failed(claim.provider, reason=outcomes[0].detail)
            if failed >= BROKEN_AFTER:
                wait = min(LONGEST_BREAK, FIRST_BREAK * 2.0 ** min(failed - BROKEN_AFTER, 10))
                log.warning("an account does not answer", provider=claim.provider, failures=failed, wait=round(wait))
                self._rest(claim, wait, outcomes[0].detail, narrow=False)
        else:
            if claim.strained:
                self._accounts.answered(claim.provider)
            if refilled := until_refilled(headers):
                self._rest(claim, refilled, "the provider's allowance is used up for now", narrow=False)

    def _rest(self, claim: Claim, seconds: float, reason: str, *, narrow: bool) -> None:
        wait = seconds * (1.0 + JITTER * self._chance())
        self._accounts.rest(claim.provider, wait, reason=reason, narrow=narrow)


def _came_to_nothing(outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.UNKNOWN or (
        outcome.kind is OutcomeKind.RETRY and outcome.reason in ("transport", "answer")
    )
