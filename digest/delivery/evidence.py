"""What is on record of a request before it leaves, and how it is checked later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from digest.delivery.press import Press
from digest.providers.base import Filled
from digest.storage.batches import Reader


def evidence(messages: Iterable[Filled]) -> str:
    """SHA-256, hex, of what determines the body of one request, at the cost of its personal bytes alone.

    It covers, of each message in the order of the body and each with its length: the SHA-256 of
    the wire (all ready pieces, slots and sections of the edition in one language and the provider's
    format), the chosen stories with what the message says of them, and every value as it was
    filled in. So a byte that is another in any message is another evidence. It does not cover
    what the adapter puts between messages (a bracket, a comma, a boundary), nor path, header fields or token.
    """
    return hashlib.sha256(msgspec.msgpack.encode([message.own for message in messages])).hexdigest()


def evidence_for(press: Press, readers: Iterable[Reader]) -> str:
    """The evidence of a request to these readers in this order, made again from the edition as it is stored.

    Where it is not what the attempt has on record, the edition, a reader's row or the provider's format is no
    longer what was sent. Raises RenderError and ConfigError as `Press.filler`.
    """
    whom = list(readers)
    return evidence(map(press.filler(whom), whom))
