"""How an approved edition's audience is cut into requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from digest.clock import Clock
from digest.delivery.press import Presses, Wish
from digest.providers.base import Adapter
from digest.settings import Delivery
from digest.storage.deliveries import Deliveries
from digest.storage.editions import Editions

TURNS = 100
"""Batches after which the turns of accounts begin again."""
PERSONAL_BYTES = 7_000
"""Room for what is filled into one message, if all of it is at its longest (see `digest.message.LONGEST`): the reader's
name as encoded words and the address (1,600), the sentence about the reader twice, the link three times, the subject
three times, what an inbox shows after it and the reading time; all of it with room for escapes."""


def readers_per_batch(adapter: Adapter, message_bytes: int, settings: Delivery, *, shared: int = 0) -> int:
    """The largest batch that neither the provider's limits nor the operator's are too small for; at least one.

    `shared`: bytes that a request has once, however many messages it carries.
    """
    room = (min(settings.batch_bytes, adapter.capabilities.max_bytes) - shared) // (message_bytes + PERSONAL_BYTES)
    return max(1, min(settings.batch_readers, adapter.capabilities.max_readers, room))


def turns(shares: Mapping[str, float]) -> tuple[str, ...]:
    """Which account carries which batch, over and over: each as often as its share says, evenly mixed.

    There are at most `TURNS` of them, so a share is kept to about a hundredth; one that is 0 has none. It is the
    smooth weighted round robin of nginx's upstream module.
    """
    carrying = {account: share for account, share in shares.items() if share > 0}
    whole = sum(carrying.values())
    smallest = min(carrying.values())
    count = min(TURNS, round(whole / smallest)) if len(carrying) > 1 else 1
    owed = dict.fromkeys(carrying, 0.0)
    order = []
    for _ in range(count):
        for account, share in carrying.items():
            owed[account] += share
        chosen = max(owed, key=lambda account: owed[account])
        owed[chosen] -= whole
        order.append(chosen)
    return tuple(order)


class Planner:
    """Freezes audiences, in batches that fit each of the edition's accounts."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        editions: Editions,
        presses: Presses,
        settings: Delivery,
        rates: Mapping[str, float | None],
        clock: Clock,
    ) -> None:
        """`rates`: readers in a second that an account may be sent to at most, where it has such a limit."""
        self._deliveries = deliveries
        self._editions = editions
        self._rates = rates
        self._presses = presses
        self._settings = settings
        self._clock = clock

    def freeze(self, edition_id: int) -> int:
        """Freeze the audience of an approved edition, so that workers can send it; how many readers."""
        presses = self._presses.all(edition_id)

        def size(wishes: Sequence[Wish]) -> int:
            found = self._settings.batch_readers
            for press in presses:
                shape = press.shape(wishes)
                most = readers_per_batch(shape.adapter, shape.size, self._settings, shared=shape.shared)
                # One second's worth at most: a batch that spends a minute's at once is refused by the minute's limit.
                found = max(1, min(found, most, int(self._rates.get(press.provider) or most)))
            return found

        sender = self._editions.sender(edition_id)
        shares = {presses[0].provider: 1.0} | {spare.name: spare.share for spare in sender.spares}
        return self._deliveries.freeze(
            edition_id,
            readers_per_batch=size,
            accounts=tuple(shares),
            turns=turns(shares),
            at=self._clock(),
        )
