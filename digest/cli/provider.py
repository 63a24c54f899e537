"""`digest provider`: the accounts at mail APIs, and what their vendors say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digest.delivery.transport import Silence
    from digest.model import Finding
    from digest.providers.base import Answer, Call
    from digest.settings import Settings

SECONDS = 15.0
"""For one question; an account that takes longer to answer is not one to send with."""


@click.group()
def provider() -> None:
    """List the accounts at mail APIs, and check one.

    An account is a table [provider.NAME] of config.toml.
    """


@provider.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(config: str | None, as_json: bool) -> None:
    """List the accounts, what they speak and who uses them."""
    from digest.cli.house import House
    from digest.cli.terminal import say, say_json

    settings = House.settings_of(config)
    for name, account in settings.provider.items():
        used = [each for each, newsletter in settings.newsletter.items() if newsletter.provider == name]
        token = (
            "none needed" if settings.in_sandbox(name) else "there" if name in settings.provider_tokens else "missing"
        )
        if as_json:
            line = {"name": name, "kind": account.kind, "address": account.address, "token": token, "newsletters": used}
            say_json(line)
        else:
            said = f"{name}  {account.kind}  {account.address}  token {token}  "
            say(said + (f"used by {', '.join(used)}" if used else "used by nobody"))


@provider.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def check(config: str | None, name: str, as_json: bool) -> int:
    """Ask the vendor whether an account may send.

    The key, the sender of each newsletter that uses it, and what else the vendor tells. Nothing is sent.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say, say_finding, say_json
    from digest.errors import UsageError
    from digest.model import Severity

    settings = House.settings_of(config)
    if name not in settings.provider:
        known = ", ".join(settings.provider) or "none"
        raise UsageError(f"there is no account [provider.{name}] in config.toml; there are: {known}")
    findings = list(dict.fromkeys(_findings(settings, name)))
    if as_json:
        say_json({"provider": name, "findings": [asdict(each) for each in findings]})
    else:
        for each in findings:
            say_finding(each)
        if not findings:
            used = next((each for each, letter in settings.newsletter.items() if letter.provider == name), None)
            fine = (
                "at the sandbox, which wants no key"
                if settings.in_sandbox(name)
                else "nothing wrong with key and sender"
            )
            next_step = f"digest send {used} --to you@example.org" if used else "name it in a newsletter"
            say(f"✓ provider.{name}: {fine}; next: {next_step}", fg="green")
    return int(any(each.severity is Severity.ERROR for each in findings))


def _findings(settings: Settings, name: str) -> list[Finding]:
    """What is wrong with an account. Raises ConfigError without its token."""
    from digest.cli.local import is_ours
    from digest.delivery.transport import Silence
    from digest.providers.accounts import INQUIRIES
    from digest.providers.accounts.base import Use, error, unseen

    account = settings.provider[name]
    if settings.in_sandbox(name):
        is_ours(account.base_url)
        return []
    inquiry = INQUIRIES.get(account.kind)
    if inquiry is None:
        return [unseen(account.kind, "the account", "Send an edition to yourself: digest send NEWSLETTER --to …")]
    senders = [each.from_address for each in settings.newsletter.values() if each.provider == name]
    found: list[Finding] = []
    with _asked(settings, name) as post:
        told: dict[Call, Answer] = {}
        for sender in dict.fromkeys(senders or [""]):
            use = Use(sender=sender, stream=account.outlet, domain=account.domain or "", project=account.project or "")
            calls = inquiry.check(use)
            for call in calls:
                answer = told.get(call) or post(call)
                if isinstance(answer, Silence):
                    message = f"{account.base_url} cannot be asked: {answer.detail}."
                    return [error("account-unreachable", message, "Correct base_url, or look at the network.")]
                told[call] = answer
            found += inquiry.checked(use, [told[call] for call in calls])
    return found


@contextmanager
def _asked(settings: Settings, name: str) -> Iterator[Callable[[Call], Answer | Silence]]:
    """What asks the vendor. Raises ConfigError without the account's token."""
    from digest.delivery.transport import Account
    from digest.http import provider_client
    from digest.providers import ADAPTERS

    account, found = settings.provider[name], settings.token(name)
    token, timeout = found.get_secret_value() if found else "", min(SECONDS, account.timeout.total_seconds())
    if account.kind == "smtp":
        from digest.delivery.handshake import Handshake
        from digest.delivery.submission import Server

        yield lambda call: Handshake(Server.of(account.base_url), token, timeout=timeout).post(call)
    else:
        with provider_client(account.base_url, timeout=timeout) as client:
            yield Account(name, ADAPTERS[account.kind](), client, token, region=account.region).post
