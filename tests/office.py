"""A small real post office for tests: a database, a roll, an approved edition, a worker and a sink."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx

from digest.delivery.pacing import Pacing
from digest.delivery.presence import presence_on
from digest.delivery.press import Presses, Terms
from digest.delivery.reconcile import HOLD, Policy, Reconciler
from digest.delivery.transport import Account
from digest.delivery.worker import Worker
from digest.http import provider_client
from digest.message import CompiledEdition, CompiledMessage, Slot, Slotted
from digest.model import DeliveryState, EditionState
from digest.providers.base import Adapter
from digest.providers.postmark import Postmark
from digest.signing import key_id
from digest.storage.accounts import Accounts
from digest.storage.deliveries import Deliveries
from digest.storage.drafts import Draft, Sender
from digest.storage.editions import Editions
from digest.storage.ledger import Ledger, Pace
from digest.storage.schema import ready
from subscribers import roll

KEY = "a-signing-key-for-tests-0123456789"
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
POSTMARK = Postmark()

MESSAGE = CompiledMessage.plain(
    subject="The Morning Tide: Salt works reopen",
    html=Slotted(
        (
            "<!DOCTYPE html><html><body><p>“Salt & light”</p><p>",
            Slot("sent_to", "html"),
            '</p><a href="',
            Slot("unsubscribe_url", "html"),
            '">Unsubscribe</a></body></html>',
        )
    ),
    text=Slotted(("“Salt & light”\n\n", Slot("sent_to", "text"), "\n", Slot("unsubscribe_url", "text"), "\n")),
)


@cache
def migrated() -> bytes:
    """An empty database of the newest version: migrating takes alembic a third of a second, copying does not."""
    with tempfile.TemporaryDirectory() as folder:
        ready(Path(folder) / "digest.sqlite3").close()
        return (Path(folder) / "digest.sqlite3").read_bytes()


class Office:
    """Everything a send needs, on a real database: a file in the folder, or behind an address."""

    def __init__(
        self, folder: Path, place: Path | str | None = None, *, message: CompiledMessage | CompiledEdition = MESSAGE
    ) -> None:
        self.folder = folder
        self.place = place or folder / "digest.sqlite3"
        if isinstance(self.place, Path) and not self.place.exists():
            self.place.write_bytes(migrated())
        self.database = ready(self.place)
        self.editions = Editions(self.database)
        self.ledger = Ledger(self.database)
        self.deliveries = Deliveries(self.database)
        self.compiled = message if isinstance(message, CompiledEdition) else CompiledEdition.alone(message)
        self.time = NOW

    def clock(self) -> datetime:
        return self.time

    def enrol(self, count: int, *, newsletter: str = "morning", domain: str = "example.org") -> list[str]:
        """Readers `reader1@…` to `readerN@…`; their addresses."""
        addresses = [f"reader{number}@{domain}" for number in range(1, count + 1)]
        with self.database.write() as connection:
            for address in addresses:
                roll.add(connection, address=address, newsletter=newsletter, name="Ada Ö", at=NOW, source="test")
        return addresses

    def edition(
        self,
        *,
        day: int = 23,
        scheduled: bool = False,
        approve: bool = True,
        sender: Callable[[Sender], Sender] = lambda sender: sender,
    ) -> int:
        """An edition of `morning` with the test message, from what `sender` makes of its sender; its id."""
        draft = Draft(
            newsletter="morning",
            issue_date=date(2026, 11, day),
            public_id=f"public{day}",
            subject=self.compiled.message.subject,
            stories=(),
            left_out=(),
            findings=(),
            message=self.compiled.to_json(),
            sender=sender(
                Sender(
                    title="The Morning Tide",
                    from_name="The Morning Tide",
                    from_address="tide@news.example.org",
                    reply_to="desk@news.example.org",
                    list_id="morning.news.example.org",
                    language="en",
                    base_url="https://digest.example.org",
                    kind="postmark",
                    stream="broadcast",
                    signing_key=key_id(KEY),
                )
            ),
            provider="main",
            overrides={},
            scheduled=scheduled,
        )
        edition_id = self.editions.save(draft, (), state=EditionState.DRAFT, reason="", at=NOW)
        if approve:
            self.editions.approve(edition_id, fingerprint=draft.fingerprint, by="test", at=NOW)
        return edition_id

    def frozen(self, readers: int, *, batch: int = 10, day: int = 23) -> int:
        """An edition with that many readers, ready to be sent; its id."""
        self.enrol(readers)
        edition_id = self.edition(day=day)
        self.deliveries.freeze(edition_id, readers_per_batch=batch, at=NOW)
        return edition_id

    def reconcile(self) -> None:
        """What a worker without accounts does about requests that were never answered: it holds."""
        presses = Presses(editions=self.editions, terms={}, keys=[KEY])
        Reconciler(database=self.database, presses=presses, accounts={}, policies={}, clock=self.clock).run()

    @contextmanager
    def worker(
        self,
        url: str,
        *,
        lease: float = 60.0,
        concurrency: int = 2,
        timeout: float = 5.0,
        adapter: Adapter = POSTMARK,
        policy: Policy = HOLD,
        pace: Pace | None = None,
        prepare: Callable[[httpx.Client], None] = lambda _: None,
        **spares: str,
    ) -> Iterator[Worker]:
        """A worker that sends to the mail API at `url`, whatever it speaks; `prepare` gets its client first.

        Its account is `main`; `spares` are further ones and their addresses.
        """
        with ExitStack() as stack:
            accounts = {}
            for name, address in {"main": url, **spares}.items():
                client = stack.enter_context(provider_client(address, timeout=timeout))
                prepare(client)
                accounts[name] = Account(name, adapter, client, "token")
            terms = dict.fromkeys(accounts, Terms(adapter, "postmark"))
            presses = Presses(editions=self.editions, terms=terms, keys=[KEY])
            presence = stack.enter_context(presence_on(self.database, self.folder))
            yield Worker(
                ledger=self.ledger,
                deliveries=self.deliveries,
                editions=self.editions,
                presses=presses,
                accounts=accounts,
                presence=presence,
                reconciler=Reconciler(
                    database=self.database,
                    presses=presses,
                    accounts=accounts,
                    policies={"main": policy},
                    clock=self.clock,
                ),
                pacing=Pacing(Accounts(self.database), paces={"main": pace} if pace else {}, chance=lambda: 0.5),
                clock=self.clock,
                lease=lease,
                concurrency=concurrency,
            )

    def drain(self, url: str, *, lease: float = 60.0, timeout: float = 5.0) -> None:
        """Send until nothing more can be done."""
        with self.worker(url, lease=lease, timeout=timeout) as worker:
            worker.run(drain=True)

    def counts(self, edition_id: int) -> dict[str, int]:
        """Readers by state, without the empty states."""
        return {state.value: count for state, count in self.deliveries.counts(edition_id).items() if count}

    def state(self, edition_id: int) -> EditionState:
        return self.editions.get(edition_id).state

    def unknown(self, edition_id: int) -> list[str]:
        return [row.address for row in self.deliveries.listing(edition_id, DeliveryState.UNKNOWN)]

    def later(self, **delta: float) -> None:
        self.time += timedelta(**delta)


@contextmanager
def opened(
    folder: Path,
    place: Path | str,
    url: str,
    *,
    timeout: float = 5.0,
    lease: float = 60.0,
    adapter: Adapter = POSTMARK,
) -> Iterator[Worker]:
    """A worker of the office in that folder and on that database, for a process of its own."""
    office = Office(folder, place)
    try:
        with office.worker(url, concurrency=1, timeout=timeout, lease=lease, adapter=adapter) as worker:
            yield worker
    finally:
        office.database.close()
