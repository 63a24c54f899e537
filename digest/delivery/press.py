"""Approved editions made ready to be filled, each once in a process."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from digest.delivery.letters import Values, letter
from digest.errors import ConfigError
from digest.message import CompiledMessage
from digest.providers.base import Adapter, Filled, Letter, Wire
from digest.signing import key_of
from digest.storage.batches import Reader
from digest.storage.editions import Editions

KEPT = 8
"""Editions that a process holds ready; a compiled one is about 30 kB."""


class Terms(NamedTuple):
    """What an account in config.toml says about the messages of its editions."""

    adapter: Adapter
    kind: str


class Press(NamedTuple):
    """An edition in its provider's format, ready but for the slots."""

    provider: str
    adapter: Adapter
    wire: Wire
    values: Values

    def message(self, reader: Reader) -> Filled:
        """One reader's message. Raises RenderError when a value does not fit its place."""
        return self.wire.message(self.values.of(reader))


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
        """What all readers of the edition get, before any provider's format."""
        edition = self._editions.get(edition_id)
        message = CompiledMessage.from_json(self._editions.message(edition_id))
        return letter(
            message,
            self._editions.sender(edition_id),
            scheduled=edition.scheduled,
            subject=subject_prefix + message.subject,
        )

    def values(self, edition_id: int) -> Values:
        """What fills its slots."""
        edition = self._editions.get(edition_id)
        sender = self._editions.sender(edition_id)
        return Values(
            edition_id=edition_id,
            newsletter=edition.newsletter,
            sender=sender,
            sent_to=CompiledMessage.from_json(self._editions.message(edition_id)).sent_to,
            key=key_of(self._keys, sender.signing_key),
        )

    def _make(self, edition_id: int) -> Press:
        provider = self._editions.get(edition_id).provider
        kind = self._editions.sender(edition_id).kind
        terms = self._terms.get(provider)
        if terms is None or terms.kind != kind:
            raise ConfigError(
                f"config.toml has no [provider.{provider}] of kind {kind}, which this edition was approved for; "
                "put it back"
            )
        return Press(provider, terms.adapter, terms.adapter.wire(self.letter(edition_id)), self.values(edition_id))
