"""The hooks of this installation's accounts: where each is, and what it still lacks."""

from __future__ import annotations

from typing import NamedTuple

from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.base import Hook, Lock
from digest.settings import Settings
from digest.signing import hook_secret


class Opening(NamedTuple):
    """An account whose kind reports through webhooks."""

    hook: Hook
    lock: Lock
    secrets: tuple[str, ...]
    """One for each signing key, newest first."""
    path: str
    """Of the address, below the public one."""

    @property
    def lacks(self) -> list[str]:
        """What has to be configured before a report can be believed; the hook is closed until then."""
        return [need for need in sorted(self.hook.needs) if not getattr(self.lock, need)]


def openings(settings: Settings) -> dict[str, Opening]:
    """By the name of the account."""
    keys = [key.get_secret_value() for key in settings.signing_keys]
    found = {}
    for name, provider in settings.provider.items():
        hook = HOOKS.get(provider.kind)
        if hook is not None:
            secrets = tuple(hook_secret(key, name) for key in keys)
            lock = Lock(keys=settings.webhook_keys(name), topics=frozenset(provider.topics))
            found[name] = Opening(hook, lock, secrets, f"/hooks/{name}/{secrets[0]}")
    return found
