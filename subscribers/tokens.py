"""The signed token behind every unsubscribe link.

A token names one subscriber and one newsletter and is good for ever: a link in an e-mail of
last year must still work (RFC 8058; DESIGN rule 5). It changes nothing by itself and
tells nobody the address.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import NamedTuple

from itsdangerous import Signer
from itsdangerous.encoding import base64_encode

from subscribers.errors import BadToken, SubscriberError

MAX_LENGTH = 512
"""Longest token, in characters; anything longer is refused unread."""

_PURPOSE = b"subscribers.tokens.unsubscribe"
"""Salt: a signature made with the same key for something else is no unsubscribe token."""


class UnsubscribeClaim(NamedTuple):
    """Who leaves what."""

    subscriber_id: int
    newsletter: str


class UnsubscribeTokens:
    """Makes and reads tokens. `keys` are newest first: the first signs, every one verifies.

    Raises SubscriberError when a key is missing or shorter than 16 characters.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise SubscriberError(
                "each signing key needs at least 16 characters; `openssl rand -hex 32` makes a good one"
            )
        self._keyed = [_keyed(key) for key in keys]

    def make(self, subscriber_id: int, newsletter: str) -> str:
        """The token: letters, digits, `-`, `_` and `.` only; the same for the same key and arguments."""
        token = _make(self._keyed[0], subscriber_id, newsletter)
        if len(token) > MAX_LENGTH:
            raise SubscriberError(f"the newsletter key {newsletter[:20]!r}… is too long for an unsubscribe link")
        return token

    def read(self, token: str) -> UnsubscribeClaim:
        """What the token claims, proved by its signature. Raises BadToken for anything else."""
        claim = _claim(token)
        # Made again and compared whole, so that no second spelling of a token (base64 has some) passes.
        matches = [hmac.compare_digest(_make(keyed, *claim), token) for keyed in self._keyed]
        if not any(matches):
            raise BadToken(_REFUSED)
        return claim


_REFUSED = "this unsubscribe link is not one of ours, or it is incomplete; copy the whole link from the e-mail"


def _keyed(key: str) -> hmac.HMAC:
    """HMAC-SHA-256 that has taken its key in already: each token is signed with a copy."""
    derived = Signer(key, salt=_PURPOSE, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()
    return hmac.new(derived, digestmod=hashlib.sha256)


def _make(keyed: hmac.HMAC, subscriber_id: int, newsletter: str) -> str:
    """Payload and signature as itsdangerous' `Signer` joins them, which takes twice as long for each reader."""
    payload = base64.urlsafe_b64encode(f"{subscriber_id}:{newsletter}".encode()).rstrip(b"=")
    signing = keyed.copy()
    signing.update(payload)
    return f"{payload.decode()}.{base64_encode(signing.digest()).decode()}"


def _claim(token: str) -> UnsubscribeClaim:
    """What the token says, not yet to be believed."""
    if len(token) > MAX_LENGTH or not token.isascii():
        raise BadToken(_REFUSED)
    payload, _, _ = token.partition(".")
    try:
        reader, _, newsletter = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().partition(":")
        if not (reader.isascii() and reader.isdigit()):
            raise BadToken(_REFUSED)
        return UnsubscribeClaim(int(reader), newsletter)
    except (binascii.Error, UnicodeDecodeError):
        raise BadToken(_REFUSED) from None
