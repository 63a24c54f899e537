"""A missed day: what a provider would have reported, asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from digest.delivery.transport import Carrier, Silence
from digest.errors import ProviderError
from digest.model import Event
from digest.providers.pulls import PULLS

MOST_PAGES = 10_000
"""Of one list: a vendor that never ends it is stopped."""


def pulled(account: Carrier, kind: str, *, since: datetime, until: datetime) -> Iterator[list[Event]]:
    """The events of that time, a page at a time. Raises ProviderError."""
    pull = PULLS.get(kind)
    if pull is None:
        raise ProviderError(
            f'accounts of kind = "{kind}" keep no list of events that could be asked for; those of '
            f"{', '.join(PULLS)} do"
        )
    asking = pull.first(since, until)
    for _ in range(MOST_PAGES):
        answer = account.post(asking)
        if isinstance(answer, Silence):
            raise ProviderError(f"provider.{account.name} did not answer ({answer.detail}); try again")
        page = pull.read(asking, answer)
        if page is None:
            raise ProviderError(
                f"provider.{account.name} answered {answer.status} and no list of events; "
                "check the token, and whether the account's plan keeps events for so long"
            )
        yield page.events
        if page.next is None:
            return
        asking = page.next
