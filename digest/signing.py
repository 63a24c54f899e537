"""The keys that sign links, delivery ids and the addresses of hooks: newest first, old ones kept for old mail."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from digest.errors import ConfigError


def key_id(key: str) -> str:
    """A name for a key that tells nothing about it: twelve hexadecimal digits."""
    return hashlib.sha256(b"digest signing key\0" + key.encode()).hexdigest()[:12]


def key_of(keys: Iterable[str], wanted: str) -> str:
    """The key of that id. Raises ConfigError when it is not among `keys`."""
    for key in keys:
        if key_id(key) == wanted:
            return key
    raise ConfigError(
        f"the edition was approved with signing key {wanted}, which is not in secrets/signing_keys; "
        "put it back below the newer ones: the links in mail that is out need it too"
    )


def hook_secret(key: str, account: str) -> str:
    """The secret in the address of an account's hook: 32 letters, digits, `-` and `_`, the same every time."""
    keyed = hashlib.blake2b(account.encode(), digest_size=24, key=hashlib.sha256(key.encode()).digest(), person=b"hook")
    return base64.urlsafe_b64encode(keyed.digest()).decode("ascii")
