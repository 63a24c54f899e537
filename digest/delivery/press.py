"""Approved editions made ready to be filled, each once in a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.delivery.letters import Values, form_letter, letter
from digest.errors import ConfigError
from digest.message import Chosen, CompiledEdition, CompiledMessage, Plan
from digest.providers.base import Adapter, Filled, Letter, Wire
from digest.signing import key_of
from digest.storage.batches import Reader
from digest.storage.editions import Editions

KEPT = 8
"""Editions that a process holds ready; a compiled one is some 100 kB in each language."""
WISHES_KEPT = 4096
"""Languages and topics of readers whose selection is held ready; a selection is some 100 bytes."""


class Terms(NamedTuple):
    """What an account in config.toml says about the messages of its editions."""

    adapter: Adapter
    kind: str


class Version(NamedTuple):
    """An edition in one language and in its provider's format, ready but for the selection and the slots."""

    wire: Wire
    values: Values
    plan: Plan


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

    def message(self, reader: Reader) -> Filled:
        """One reader's message: in the nearest language, with the lead and the stories of the reader's topics.

        Raises RenderError when a value does not fit its place.
        """
        version, chosen = self._wish(reader.language, reader.topics)
        return version.wire.message(version.values.of(reader), chosen)

    def delivery(self, subscriber_id: int) -> str:
        """The id that the subscriber's message carries, in any language."""
        return next(iter(self._versions.values())).values.delivery(subscriber_id)

    def _grant(self, language: str, topics: str) -> tuple[Version, Chosen]:
        version = self._versions[self._edition.language(language)]
        return version, version.plan.choose(version.plan.of_topics(topics) or None)


class Presses:
    """The presses of all editions under way."""

    def __init__(self, *, editions: Editions, terms: Mapping[str, Terms], keys: Sequence[str]) -> None:
        self._editions = editions
        self._terms = terms
        self._keys = keys
        self._ready: OrderedDict[int, Press] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, edition_id: int) -> Press:
        """The edition's press. Raises ConfigError when its account or its signing key is no longer configured."""
        with self._lock:
            press = self._ready.get(edition_id)
            if press is None:
                press = self._ready[edition_id] = self._make(edition_id)
                if len(self._ready) > KEPT:
                    self._ready.popitem(last=False)
            self._ready.move_to_end(edition_id)
            return press

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

    def _make(self, edition_id: int) -> Press:
        edition, sender = self._editions.get(edition_id), self._editions.sender(edition_id)
        terms = self._terms.get(edition.provider)
        if terms is None or terms.kind != sender.kind:
            raise ConfigError(
                f"config.toml has no [provider.{edition.provider}] of kind {sender.kind}, which this edition was "
                "approved for; put it back"
            )
        compiled = self._compiled(edition_id)
        versions = {
            language: Version(
                terms.adapter.wire(form_letter(message, sender, scheduled=edition.scheduled)),
                self._values(edition_id, message),
                message.plan,
            )
            for language, message in compiled.messages.items()
        }
        return Press(edition.provider, terms.adapter, compiled, versions)
