"""The sandbox, started with the command that needs it unless it is running already."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.cli.house import House
from digest.errors import AlreadyRunning

if TYPE_CHECKING:
    from digest.sandbox.reports import Reports


@contextmanager
def sandbox(house: House, provider: str | None = None) -> Iterator[str | None]:
    """The inbox's address while the block runs; None when it is not needed.

    It is for `provider` if that is an account there, else for the sandbox that a newsletter uses.

    Raises AlreadyRunning when another program listens at the sandbox's address.
    """
    settings = house.settings
    used = [provider] if provider else [each.provider for each in settings.newsletter.values()]
    name = next((each for each in used if each in settings.provider and settings.in_sandbox(each)), None)
    if name is None:
        yield None
        return
    account = settings.provider[name]
    from digest.pages.server import Server
    from digest.sandbox.app import sandbox_app
    from digest.sandbox.mailbox import Mailbox

    parts = urlsplit(account.base_url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    if is_ours(account.base_url):
        yield account.base_url
        return
    with (
        _reports(house, name) as reports,
        Mailbox(house.settings.storage_folder / "inbox", clock=house.clock) as mailbox,
        Server(sandbox_app(mailbox, media=house.media, clock=house.clock, reports=reports), host=host, port=port),
    ):
        yield account.base_url


@contextmanager
def _reports(house: House, name: str) -> Iterator[Reports | None]:
    """What tells the hook of an account in Postmark's format what becomes of messages; it is on this machine."""
    site = house.settings.site
    if house.settings.provider[name].kind not in ("sandbox", "postmark") or not site.port:
        yield None
        return
    from digest.sandbox.reports import Reports

    host = "127.0.0.1" if site.host in ("0.0.0.0", "::") else site.host  # noqa: S104 - it listens to all of them
    with Reports(f"http://{host}:{site.port}{house.hooks[name].path}") as reports:
        yield reports


def is_ours(url: str) -> bool:
    """Whether a sandbox answers there. Raises AlreadyRunning when something else does."""
    import httpx

    from digest.http import provider_client
    from digest.sandbox.app import SERVICE

    with provider_client(url, timeout=2.0) as client:
        try:
            answer = client.get("/healthz")
        except httpx.ConnectError:
            return False
        except httpx.HTTPError as error:
            raise AlreadyRunning(f"{url} is taken by something that does not answer ({error}); {_ADVICE}") from error
    try:
        service = answer.json().get("service")
    except (ValueError, AttributeError):
        service = None
    if service != SERVICE:
        raise AlreadyRunning(f"{url} is another program's; {_ADVICE}")
    return True


_ADVICE = "stop it, or give the sandbox another base_url in config.toml"
