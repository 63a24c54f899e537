"""Approved editions made ready to be filled, each once in a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, cast

from digest.delivery.letters import Values, form_letter, letter
from digest.errors import ConfigError, RenderError
from digest.log import get
from digest.message import Chosen, CompiledEdition, CompiledMessage, Form, Plan
from digest.providers.base import Adapter, Filled, Letter, MergedWire, Merging, Wire
from digest.signing import key_of
from digest.storage.batches import Reader
from digest.storage.editions import Editions

KEPT = 8
"""Editions that a process holds ready; a compiled one is some 100 kB in each language."""
WISHES_KEPT = 4096
"""Languages and topics of readers whose selection is held ready; a selection is some 100 bytes."""
MERGED_KEPT = 8
"""Selections of an edition that are held ready as one body for many."""

Wish = tuple[str, str]
"""A reader's language and topics."""

log = get(__name__)


class Terms(NamedTuple):
    """What an account in config.toml says about the messages of its editions."""

    adapter: Adapter
    kind: str


class Version(NamedTuple):
    """An edition in one language and in its provider's format, ready but for the selection and the slots."""

    letter: Letter
    wire: Wire
    values: Values
    plan: Plan


class Shape(NamedTuple):
    """How a request is made, and its size."""

    adapter: Adapter
    """Whose limits hold."""
    size: int
    """Bytes of each message, without what is filled in."""
    shared: int
    """Bytes that the request has once."""


class Press:
    """An approved edition, ready to be made for any of its readers."""

    def __init__(self, provider: str, adapter: Adapter, edition: CompiledEdition, versions: Mapping[str, Version]):
        """`versions` by language."""
        self.provider = provider
        self.adapter = adapter
        self.size = max(version.wire.size for version in versions.values())
        """Bytes that no reader's message passes, without what is filled in."""
        self._edition = edition
        self._versions = versions
        self._wish = lru_cache(maxsize=WISHES_KEPT)(self._grant)
        self._place = lru_cache(maxsize=WISHES_KEPT)(self._placed)
        self._merged = lru_cache(maxsize=MERGED_KEPT)(self._merge)

    def shape(self, wishes: Sequence[Wish]) -> Shape:
        """How requests to readers with these wishes are made: with one body for all, or with a whole message for each.

        One body when the account may merge, and all of them get the same stories in the same language.
        """
        if not isinstance(self.adapter, Merging):
            return Shape(self.adapter, self.size, 0)
        merged = self._one_body(wishes)
        return Shape(self.adapter, merged.size, merged.shared) if merged else Shape(self.adapter.whole, self.size, 0)

    def filler(self, readers: Sequence[Reader]) -> Callable[[Reader], Filled]:
        """What makes each reader's part of one request to all of these: one alone always gets a whole message.

        It raises RenderError when a value does not fit its place. Raises ConfigError when the batch was cut for one
        body that its account no longer makes.
        """
        merged = self._one_body([(reader.language, reader.topics) for reader in readers]) if len(readers) > 1 else None
        if merged is None:
            whole = self.adapter.whole if isinstance(self.adapter, Merging) else self.adapter
            if len(readers) > whole.capabilities.max_readers:
                raise ConfigError(
                    f"the readers of a batch share one body; put `merge = true` back into [provider.{self.provider}]"
                )
            return self.message
        version, _ = self._wish(readers[0].language, readers[0].topics)
        return lambda reader: merged.message(version.values.of(reader))

    def message(self, reader: Reader) -> Filled:
        """One reader's message: in the nearest language, with the lead and the stories of the reader's topics.

        Raises RenderError when a value does not fit its place.
        """
        version, chosen = self._wish(reader.language, reader.topics)
        return version.wire.message(version.values.of(reader), chosen)

    def delivery(self, subscriber_id: int) -> str:
        """The id that the subscriber's message carries, in any language."""
        return next(iter(self._versions.values())).values.delivery(subscriber_id)

    def _one_body(self, wishes: Sequence[Wish]) -> MergedWire | None:
        """The wire that all readers with these wishes can share, if there is one."""
        if not isinstance(self.adapter, Merging):
            return None
        places = {self._place(*wish) for wish in wishes}
        return self._merged(*places.pop()) if len(places) == 1 else None

    def _placed(self, language: str, topics: str) -> tuple[str, tuple[int, ...]]:
        """What a wish comes to: a language of the edition, and the positions of its stories."""
        granted = self._edition.language(language)
        return granted, self._versions[granted].plan.of_topics(topics)

    def _merge(self, language: str, positions: tuple[int, ...]) -> MergedWire | None:
        """None for a letter that the vendor has no room for in this form; it goes out whole."""
        version = self._versions[language]
        chosen, whole = version.plan.choose(positions or None), version.letter
        subject, html, text = (Form(form.select(chosen).parts) for form in (whole.subject, whole.html, whole.text))
        try:
            return cast(
                MergedWire, self.adapter.wire(replace(whole, subject=subject, html=html, text=text, plan=Plan()))
            )
        except RenderError as reason:
            log.warning("not merged", provider=self.provider, reason=str(reason))
            return None

    def _grant(self, language: str, topics: str) -> tuple[Version, Chosen]:
        version = self._versions[self._edition.language(language)]
        return version, version.plan.choose(version.plan.of_topics(topics) or None)


class Presses:
    """The presses of all editions under way."""

    def __init__(self, *, editions: Editions, terms: Mapping[str, Terms], keys: Sequence[str]) -> None:
        self._editions = editions
        self._terms = terms
        self._keys = keys
        self._ready: OrderedDict[tuple[int, str], Press] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, edition_id: int, account: str) -> Press:
        """The edition's press for one of its accounts.

        Raises ConfigError when the account or the edition's signing key is no longer configured.
        """
        wanted = edition_id, account
        with self._lock:
            press = self._ready.get(wanted)
            if press is None:
                press = self._ready[wanted] = self._make(edition_id, account)
                if len(self._ready) > KEPT:
                    self._ready.popitem(last=False)
            self._ready.move_to_end(wanted)
            return press

    def all(self, edition_id: int) -> tuple[Press, ...]:
        """The edition's presses for each of its accounts, its own first."""
        edition, sender = self._editions.get(edition_id), self._editions.sender(edition_id)
        return tuple(self.of(edition_id, name) for name in (edition.provider, *(spare.name for spare in sender.spares)))

    def letter(self, edition_id: int, *, subject_prefix: str = "") -> Letter:
        """The whole edition in its default language, before any provider's format."""
        edition = self._editions.get(edition_id)
        message = self._compiled(edition_id).message
        return letter(
            message,
            self._editions.sender(edition_id),
            scheduled=edition.scheduled,
            subject=subject_prefix + message.subject,
        )

    def values(self, edition_id: int) -> Values:
        """What fills the slots of the default language."""
        return self._values(edition_id, self._compiled(edition_id).message)

    def _compiled(self, edition_id: int) -> CompiledEdition:
        return CompiledEdition.from_json(self._editions.message(edition_id))

    def _values(self, edition_id: int, message: CompiledMessage) -> Values:
        sender = self._editions.sender(edition_id)
        return Values(
            edition_id=edition_id,
            newsletter=self._editions.get(edition_id).newsletter,
            sender=sender,
            sent_to=message.sent_to,
            key=key_of(self._keys, sender.signing_key),
        )

    def _make(self, edition_id: int, account: str) -> Press:
        edition, sender = self._editions.get(edition_id), self._editions.sender(edition_id).through(account)
        terms = self._terms.get(account)
        if terms is None or terms.kind != sender.kind:
            raise ConfigError(
                f"config.toml has no [provider.{account}] of kind {sender.kind}, which this edition was "
                "approved for; put it back"
            )
        compiled = self._compiled(edition_id)
        whole = terms.adapter.whole if isinstance(terms.adapter, Merging) else terms.adapter
        versions = {}
        for language, message in compiled.messages.items():
            made = form_letter(message, sender, scheduled=edition.scheduled)
            versions[language] = Version(made, whole.wire(made), self._values(edition_id, message), message.plan)
        return Press(account, terms.adapter, compiled, versions)
