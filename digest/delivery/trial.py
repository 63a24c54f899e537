"""Messages outside the ledger: for files to look at, and a test send to addresses of one's own."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime

from digest.delivery.letters import Values
from digest.delivery.transport import Carrier, Silence
from digest.errors import AccountPaused, ProviderError
from digest.message.mime import compose
from digest.model import Outcome, OutcomeKind
from digest.providers.base import Letter, Merging
from digest.storage.batches import Reader

TRIAL_READER = Reader(0, "reader@example.org", "reader@example.org", "A Reader", None)
"""Nobody: subscriber 0 is on no roll, so the links of such a message change nothing."""


def headers(letter: Letter, values: Mapping[str, str], *, at: datetime) -> dict[str, str]:
    """Every header field of one reader's message, as a provider sends it."""
    return {
        "From": letter.sender,
        "To": values["to"],
        "Reply-To": letter.reply_to,
        "Subject": letter.subject.fill(values),
        "Date": format_datetime(at),
        **{name: value.fill(values) for name, value in letter.headers},
    }


def as_mail(letter: Letter, values: Mapping[str, str], *, at: datetime) -> bytes:
    """The letter as a complete RFC 5322 message."""
    return compose(headers(letter, values, at=at), html=letter.html.fill(values), text=letter.text.fill(values))


def send_trial(account: Carrier, letter: Letter, values: Values, addresses: Sequence[str]) -> list[Outcome]:
    """Send the letter to these addresses, no row of the ledger; an outcome for each.

    The unsubscribe link of a trial unsubscribes nobody. Raises AccountPaused when the provider
    refuses the account, ProviderError when it cannot be reached.
    """
    adapter = account.adapter.whole if isinstance(account.adapter, Merging) else account.adapter
    wire = adapter.wire(letter)
    readers = [TRIAL_READER._replace(address=address, shown=address, name="") for address in addresses]
    # An id of its own each time: mail programs fold messages of one id together.
    filled = [{**values.of(reader), "delivery": f"test-{secrets.token_hex(10)}"} for reader in readers]
    most = adapter.capabilities.max_readers
    outcomes: list[Outcome] = []
    for start in range(0, len(addresses), most):
        messages = [wire.message(each) for each in filled[start : start + most]]
        answer = account.post(adapter.call(messages, key=secrets.token_urlsafe(16)))
        if isinstance(answer, Silence):
            raise ProviderError(f"provider.{account.name}: {answer.detail}; is its base_url right, and is it running?")
        # Some vendors repeat the id of a delivery in their answer, so it is read by that, and told by address.
        found = adapter.outcomes([each["delivery"] for each in filled[start : start + most]], answer)
        outcomes += [
            outcome._replace(delivery=address)
            for outcome, address in zip(found, addresses[start : start + most], strict=True)
        ]
        refused = next((outcome for outcome in outcomes if outcome.kind is OutcomeKind.PAUSE), None)
        if refused is not None:
            raise AccountPaused(f"provider.{account.name} refused the account: {refused.reason} ({refused.detail})")
    return outcomes
