"""The keys that sign links and delivery ids: newest first, old ones kept so that old mail works."""

from __future__ import annotations

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
