"""Everything a command needs, put together in one place from the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from digest import clock, log
from digest.delivery.crew import Crew, processors
from digest.delivery.letters import Values, letter
from digest.delivery.pacing import Pacing
from digest.delivery.plan import Planner
from digest.delivery.presence import presence_on
from digest.delivery.press import Presses, Terms
from digest.delivery.reconcile import Policy, Reconciler
from digest.delivery.transport import Account, Carrier
from digest.delivery.worker import Worker
from digest.http import provider_client
from digest.message import CompiledMessage
from digest.providers import adapter_of
from digest.settings import Settings, ensure_signing_key, load
from digest.storage.accounts import Accounts
from digest.storage.deliveries import Deliveries
from digest.storage.drafts import Sender
from digest.storage.editions import Editions
from digest.storage.engine import Database, connect
from digest.storage.instance import Instance
from digest.storage.ledger import Ledger, Pace
from digest.storage.schema import ready
from digest.storage.sources import Sources

if TYPE_CHECKING:
    from digest.cli.openings import Opening
    from digest.delivery.events import Reports
    from digest.delivery.health import Health
    from digest.editing.desk import Desk
    from digest.editing.picture_desk import PictureDesk
    from digest.rendering.templates import Templates
    from digest.storage.decisions import Decisions
    from digest.storage.events import Events
    from digest.storage.media import Media

FEW = 50_000
"""Readers who are sent to before further processes would have started."""


@contextmanager
def opened(settings: Settings, log_level: str) -> Iterator[Worker]:
    """A worker in a process of its own; see `digest.delivery.crew`."""
    house = House(settings, log_level=log_level)
    try:
        with house.worker() as worker:
            yield worker
    finally:
        house.database.close()


class House:
    """The rooms, opened when they are first entered."""

    def __init__(self, settings: Settings, *, log_level: str = "warning") -> None:
        """`log_level` is info for what runs by itself; a command with a person before it speaks to that person."""
        self.settings = ensure_signing_key(settings)
        self.clock = clock.now
        hidden = (*self.settings.provider_tokens.values(), *self.settings.source_tokens.values())
        tokens = [token.get_secret_value() for token in hidden]
        tokens += [password] if (password := self._password(self.settings)) else []
        tokens += [line for name in self.settings.provider_webhooks for line in self.settings.webhook_keys(name)]
        self._log_level = log_level
        log.configure(level=log_level, secrets=[*self.keys, *tokens])

    @classmethod
    def of(cls, config: str | None, *, log_level: str = "warning") -> House:
        """From `--config`. Raises ConfigError."""
        return cls(cls.settings_of(config), log_level=log_level)

    @staticmethod
    def settings_of(config: str | None) -> Settings:
        """The settings alone, for commands that must not make anything. Raises ConfigError."""
        return load(Path(config) if config else None)

    @cached_property
    def database(self) -> Database:
        """Made if there is none. Raises StorageError when it is of another version."""
        return ready(self.settings.database_place, password=self._password(self.settings))

    @staticmethod
    def database_of(settings: Settings) -> Database | None:
        """The database as it is, of whatever version; None where there is none yet, and none is made."""
        if settings.storage.url is None and not settings.database_path.exists():
            return None
        return connect(settings.database_place, password=House._password(settings))

    @staticmethod
    def _password(settings: Settings) -> str | None:
        return settings.database_password.get_secret_value() if settings.database_password else None

    @cached_property
    def instance(self) -> Instance:
        """This copy of the data, looked at before anything is sent from it."""
        found = Instance(self.database, self.settings.storage_folder, clock=self.clock)
        found.start()
        return found

    @cached_property
    def editions(self) -> Editions:
        return Editions(self.database)

    @cached_property
    def sources(self) -> Sources:
        return Sources(self.database)

    @cached_property
    def media(self) -> Media:
        from digest.storage.media import Media

        return Media(self.settings.media_folder)

    @cached_property
    def pictures(self) -> PictureDesk:
        from digest.editing.picture_desk import PictureDesk
        from digest.storage.pictures import Pictures

        return PictureDesk(settings=self.settings, media=self.media, memory=Pictures(self.database), clock=self.clock)

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.database)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database)

    @cached_property
    def hooks(self) -> dict[str, Opening]:
        """The hook of each account whose kind has one."""
        from digest.cli.openings import openings

        return openings(self.settings)

    @cached_property
    def events(self) -> Events:
        from digest.storage.events import Events

        return Events(self.database)

    @cached_property
    def reports(self) -> Reports:
        """The way in for what providers report."""
        from digest.delivery.events import Reports, Rules

        rules = Rules(self.settings.health.soft_bounces, self.settings.health.soft_bounce_window)
        return Reports(self.database, keys=self.keys, rules=rules, clock=self.clock)

    @cached_property
    def health(self) -> Health:
        """How editions are received."""
        from digest.delivery.health import Health, Limits
        from digest.storage.tallies import Tallies

        limits = self.settings.health
        return Health(
            tallies=Tallies(self.database),
            decisions=self.decisions,
            limits=Limits(limits.complaint_warning, limits.complaint_pause, limits.complaint_floor),
            clock=self.clock,
        )

    @cached_property
    def decisions(self) -> Decisions:
        from digest.storage.decisions import Decisions

        return Decisions(self.database)

    @cached_property
    def templates(self) -> Templates:
        from digest.rendering.templates import Templates

        return Templates(self.settings.templates_of("email"), self.settings.templates_of("locales"))

    @cached_property
    def desk(self) -> Desk:
        from digest.editing.desk import Desk

        return Desk(
            settings=self.settings,
            editions=self.editions,
            sources=self.sources,
            templates=self.templates,
            pictures=self.pictures,
            clock=self.clock,
            headers=self._headers,
        )

    def _headers(self, message: CompiledMessage, sender: Sender, newsletter: str) -> Mapping[str, str]:
        """What a message is sent with, for a reader that does not exist."""
        from digest.delivery.trial import TRIAL_READER, headers

        values = Values(edition_id=0, newsletter=newsletter, sender=sender, sent_to=message.sent_to, key=self.keys[0])
        return headers(letter(message, sender, scheduled=False), values.of(TRIAL_READER), at=self.clock())

    @cached_property
    def keys(self) -> list[str]:
        return [key.get_secret_value() for key in self.settings.signing_keys]

    @cached_property
    def presses(self) -> Presses:
        terms = {
            name: Terms(adapter_of(provider.kind, merge=provider.merge), provider.kind)
            for name, provider in self.settings.provider.items()
        }
        return Presses(editions=self.editions, terms=terms, keys=self.keys)

    @cached_property
    def planner(self) -> Planner:
        return Planner(
            deliveries=self.deliveries,
            editions=self.editions,
            presses=self.presses,
            settings=self.settings.delivery,
            rates={name: provider.readers_per_second for name, provider in self.settings.provider.items()},
            clock=self.clock,
        )

    @property
    def _pacing(self) -> Pacing:
        paces = {
            name: Pace(provider.readers_per_second, provider.requests_per_second)
            for name, provider in self.settings.provider.items()
            if provider.readers_per_second or provider.requests_per_second
        }
        return Pacing(Accounts(self.database), paces=paces, chance=SystemRandom().random)

    @contextmanager
    def account(self, name: str) -> Iterator[Carrier]:
        """An open account at a provider. Raises ConfigError when its token is missing."""
        found = self.settings.token(name)
        token = found.get_secret_value() if found else ""
        provider = self.settings.provider[name]
        adapter, timeout = adapter_of(provider.kind, merge=provider.merge), provider.timeout.total_seconds()
        if provider.kind == "smtp":
            from digest.delivery.submission import Server, Submission

            server = Server.of(provider.address)
            with Submission(name, adapter, server, token, timeout=timeout, clock=self.clock) as submission:
                yield submission
        else:
            connections = self.settings.delivery.concurrency
            with provider_client(provider.address, timeout=timeout, connections=connections) as client:
                yield Account(name, adapter, client, token or "sandbox", region=provider.region, clock=self.clock)

    @contextmanager
    def senders(self, readers: int | None = None) -> Iterator[Worker | Crew]:
        """What sends to so many readers, or for as long as the service runs: one worker, or one in each process."""
        processes = self.settings.delivery.processes or processors()
        with self.instance.alive():
            if processes == 1 or (readers is not None and readers < FEW):
                with self.worker() as worker:
                    yield worker
            else:
                yield Crew(partial(opened, self.settings, self._log_level), processes=processes)

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker with every account that can be opened; editions of the others are held with the reason."""
        with ExitStack() as stack:
            accounts = {
                name: stack.enter_context(self.account(name))
                for name in self.settings.provider
                if not self.settings.needs_token(name) or name in self.settings.provider_tokens
            }
            presence = stack.enter_context(presence_on(self.database, self.settings.storage_folder))
            yield Worker(
                ledger=self.ledger,
                deliveries=self.deliveries,
                editions=self.editions,
                presses=self.presses,
                accounts=accounts,
                presence=presence,
                reconciler=Reconciler(
                    database=self.database,
                    presses=self.presses,
                    accounts=accounts,
                    policies={
                        name: Policy(provider.on_unknown, provider.resend_after.total_seconds())
                        for name, provider in self.settings.provider.items()
                    },
                    clock=self.clock,
                ),
                pacing=self._pacing,
                clock=self.clock,
                lease=self.settings.delivery.lease.total_seconds(),
                concurrency=self.settings.delivery.concurrency,
            )
