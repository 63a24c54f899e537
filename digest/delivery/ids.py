"""The id that a delivery carries out into the world and back in a webhook."""

from __future__ import annotations

import hashlib
import hmac


class DeliveryIds:
    """Ids of the form `EDITION-SUBSCRIBER-PROOF`, the same for a delivery every time.

    They name the row, so that an event finds it, and nobody without the key can make one up:
    a forged webhook cannot speak of a delivery that it has not seen. Letters, digits and
    hyphens only, at most 64 characters: what every provider's metadata can hold.
    """

    def __init__(self, key: str) -> None:
        proof_key = hashlib.blake2b(key.encode(), digest_size=32, person=b"delivery id").digest()
        self._keyed = hashlib.blake2b(key=proof_key, digest_size=10)

    def make(self, edition_id: int, subscriber_id: int) -> str:
        """The id of one edition for one subscriber."""
        name = f"{edition_id}-{subscriber_id}"
        return f"{name}-{self._proof(name)}"

    def read(self, text: str) -> tuple[int, int] | None:
        """Edition and subscriber, or None for anything that `make` did not make."""
        name, _, proof = text.rpartition("-")
        if not text.isascii() or len(text) > 64 or not hmac.compare_digest(self._proof(name), proof):
            return None
        edition, _, subscriber = name.partition("-")
        return int(edition), int(subscriber)

    def _proof(self, name: str) -> str:
        proof = self._keyed.copy()
        proof.update(name.encode())
        return proof.hexdigest()
