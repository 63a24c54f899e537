"""A batch: the readers of one request, who holds it, and where its deliveries say it stands."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from digest.model import BatchState, DeliveryState, EditionState
from digest.storage.dialect import seconds_now
from digest.storage.tables import batches, deliveries, editions

NOW: Any = seconds_now()

UNFINISHED: Any = or_(
    batches.c.state.in_((BatchState.READY, BatchState.CLAIMED, BatchState.FLYING)),
    and_(batches.c.state == BatchState.UNKNOWN, batches.c.again_at.is_not(None)),
)
"""The condition that something still happens in a batch by itself, beside finding out."""

RESENT = "resent"
"""Why a pending delivery is to be sent although it may have been taken: by policy or a person's wish.

It is never taken to be unsent: whoever leaves, or the edition's end, makes it unknown again.
"""

FIRST_LOOK = 300.0
"""Seconds after a flight until the provider is first asked what became of it."""


class Claim(NamedTuple):
    """A batch that one worker may prepare; the fence proves it."""

    edition_id: int
    number: int
    first: int
    last: int
    fence: int
    refusals: int
    provider: str
    """The account that is to carry it."""
    strained: bool = False
    """The account has failed lately, so that an answer is news: see `digest.storage.accounts`."""

    def parameters(self) -> dict[str, Any]:
        """What the prepared statements of this module and of the ledger take."""
        return {
            "of_edition": self.edition_id,
            "of_number": self.number,
            "of_first": self.first,
            "of_last": self.last,
            "of_fence": self.fence,
        }


COLUMNS: Any = [batches.c[name] for name in Claim._fields[:-1]]
"""What a claim is made of, but for its account's strain."""


class Reader(NamedTuple):
    """A pending delivery, as the audience was frozen."""

    subscriber_id: int
    address: str
    shown: str
    name: str
    since: date | None
    """Subscribed since that date, UTC."""
    language: str = ""
    """What the reader wishes to be spoken to in, BCP 47; empty for the edition's own."""
    topics: str = ""
    """Comma-separated; empty for every story."""


class Flight(NamedTuple):
    """A request on record that may leave now, once."""

    attempt: str
    readers: tuple[int, ...]
    """Subscriber ids, in the order of the body."""
    key: str
    """The id of the first attempt with this body: the request's idempotency key."""

    @property
    def repeated(self) -> bool:
        """Whether the request may have been taken before, under the same key."""
        return self.attempt != self.key


IN_BATCH: Any = and_(
    deliveries.c.edition_id == bindparam("of_edition"),
    deliveries.c.subscriber_id.between(bindparam("of_first"), bindparam("of_last")),
)
"""The condition that a delivery is in the batch; see `Claim.parameters`."""

NAMED: Any = and_(batches.c.edition_id == bindparam("of_edition"), batches.c.number == bindparam("of_number"))
"""The condition that a row is the batch."""

HELD: Any = and_(NAMED, batches.c.fence == bindparam("of_fence"))
"""The condition that the batch is still the claim's: its fence has not risen."""

LOCK = select(batches).where(NAMED).with_for_update()
"""The batch's row, locked before its deliveries are touched: so no two transactions wait for each other."""

# Statements that run for every batch are made once: making them costs more than running them.
_COUNTS = select(deliveries.c.state, func.count()).where(IN_BATCH).group_by(deliveries.c.state)
_RELEASE = (
    update(batches)
    .where(HELD)
    .values(
        state=bindparam("to"),
        not_before=NOW + bindparam("wait"),
        refusals=batches.c.refusals + bindparam("refused"),
        again_at=None,
        look_at=None,
    )
)
DOUBTED: dict[str, Any] = {
    "state": BatchState.UNKNOWN,
    "again_at": 0.0,
    "look_at": func.coalesce(batches.c.flown_at, NOW) + FIRST_LOOK,
}
"""What makes a batch unknown, and `digest.delivery.reconcile` look after it."""
_DOUBT = update(batches).where(HELD).values(**DOUBTED)
_STOP = (
    update(editions)
    .where(editions.c.id == bindparam("of_edition"), editions.c.state == EditionState.SENDING)
    .values(state=EditionState.HELD, reason=bindparam("why"))
)


def cut(connection: Connection, claim: Claim, middle: int) -> None:
    """Move the readers from subscriber `middle` on to a new batch of the same account, ready to be claimed."""
    of = claim.parameters()
    number = func.max(batches.c.number) + 1
    other = connection.execute(select(number).where(batches.c.edition_id == claim.edition_id)).scalar_one()
    moved = connection.execute(
        select(func.count()).where(
            deliveries.c.edition_id == claim.edition_id, deliveries.c.subscriber_id.between(middle, claim.last)
        )
    ).scalar_one()
    connection.execute(
        insert(batches).values(
            edition_id=claim.edition_id,
            number=other,
            first=middle,
            last=claim.last,
            state=BatchState.READY,
            readers=moved,
            provider=claim.provider,
        )
    )
    connection.execute(update(batches).where(NAMED).values(last=middle - 1, readers=batches.c.readers - moved), of)


def release(connection: Connection, claim: Claim, *, not_before: float = 0.0, refused: bool = False) -> None:
    """Put the batch where its deliveries say it is, if the claim is still ours.

    Its range may have been cut by `digest.storage.settlement`, so it is read again. A batch that has
    not the readers any more that it was made with stops its edition: something else wrote into the ledger.
    """
    of = claim.parameters()
    batch = connection.execute(LOCK, of).one()
    of |= {"of_first": batch.first, "of_last": batch.last}
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(_COUNTS, of)}
    if sum(counts.values()) != batch.readers:
        why = f"batch {claim.number} has {sum(counts.values())} readers, not {batch.readers}; run `digest db check`"
        connection.execute(_STOP, of | {"why": f"the ledger does not balance: {why}"})
    if DeliveryState.IN_FLIGHT in counts:
        return  # it flies: only an answer, its lease or its owner's death ends that
    if DeliveryState.UNKNOWN in counts and DeliveryState.PENDING not in counts:
        if batch.state != BatchState.UNKNOWN:
            connection.execute(_DOUBT, of)
        return
    to = BatchState.READY if DeliveryState.PENDING in counts else BatchState.SETTLED
    connection.execute(_RELEASE, of | {"to": to, "wait": not_before, "refused": int(refused)})
