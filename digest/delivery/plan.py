"""How an approved edition's audience is cut into requests."""

from __future__ import annotations

from digest.clock import Clock
from digest.delivery.press import Presses
from digest.providers.base import Adapter
from digest.settings import Delivery
from digest.storage.deliveries import Deliveries

PERSONAL_BYTES = 2_000
"""Room for what is filled into one message: about ten slots of at most some hundred bytes."""


def readers_per_batch(adapter: Adapter, message_bytes: int, settings: Delivery) -> int:
    """The largest batch that neither the provider's limits nor the operator's are too small for; at least one."""
    room = min(settings.batch_bytes, adapter.capabilities.max_bytes) // (message_bytes + PERSONAL_BYTES)
    return max(1, min(settings.batch_readers, adapter.capabilities.max_readers, room))


class Planner:
    """Freezes audiences, in batches that fit the edition's provider."""

    def __init__(self, *, deliveries: Deliveries, presses: Presses, settings: Delivery, clock: Clock) -> None:
        self._deliveries = deliveries
        self._presses = presses
        self._settings = settings
        self._clock = clock

    def freeze(self, edition_id: int) -> int:
        """Freeze the audience of an approved edition, so that workers can send it; how many readers."""
        press = self._presses.of(edition_id)
        size = readers_per_batch(press.adapter, press.size, self._settings)
        return self._deliveries.freeze(edition_id, readers_per_batch=size, at=self._clock())
