"""Mistakes that a ledger could make, to see that the sweep notices them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import false, update

from digest.delivery import events
from digest.model import BatchState, DeliveryState
from digest.storage import ledger
from digest.storage.ledger import Ledger
from digest.storage.tables import batches, deliveries


def _ready_again() -> None:
    """What a dead worker had sent without hearing back is sent again."""
    expire = Ledger.expire

    def forgetful(self: Ledger, dead: Iterable[str] = ()) -> int:
        given_up = expire(self, dead)
        with self._database.write() as connection:
            connection.execute(update(batches).where(batches.c.state == BatchState.UNKNOWN).values(state="ready"))
            unknown = deliveries.c.state == DeliveryState.UNKNOWN
            connection.execute(update(deliveries).where(unknown).values(state=DeliveryState.PENDING))
        return given_up

    Ledger.expire = forgetful  # type: ignore[method-assign]


def _left_all_the_same() -> None:
    """Who leaves after the audience was frozen is not looked for again before the flight."""
    ledger._DROP = update(deliveries).where(false()).values(state=DeliveryState.SUPPRESSED)


def _deaf() -> None:
    """What the webhook tells of a delivery in doubt proves nothing."""
    events.prove = lambda *_, **__: 0  # type: ignore[attr-defined]


BUGS: dict[str, Callable[[], None]] = {
    "flights of the dead are ready again": _ready_again,
    "who left is sent to": _left_all_the_same,
    "events prove nothing": _deaf,
}
