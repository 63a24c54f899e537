"""What `digest doctor --dns` asks and shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digest.cli.terminal import say, say_finding, say_json
from digest.errors import UsageError
from digest.model import Severity

if TYPE_CHECKING:
    from digest.dns import Setup
    from digest.settings import Settings


def report(settings: Settings, domain: str, *, selector: str | None, nameserver: str | None, as_json: bool) -> int:
    """Show what the DNS says of a sender's domain, subject by subject; the exit code.

    Raises UsageError for a domain that is none.
    """
    from digest.dns import Resolver, examine
    from digest.dns.records import is_domain

    name = _ascii(domain)
    if not is_domain(name):
        raise UsageError(
            f"{domain!r} is no domain; expected the one behind the @ of a sender, such as news.example.org"
        )
    setup = _setup(settings, name, selector or "")
    if not as_json:
        with_whom = f", and {setup.vendor} sends for it" if setup.vendor else ""
        say(f"{name}{with_whom}", bold=True)
    worst = 0
    for subject, summary, findings in examine(name, Resolver(nameserver), setup):
        if as_json:
            say_json({"subject": subject, "summary": summary, "findings": [asdict(each) for each in findings]})
        elif not findings:
            say(f"✓ {subject}: {summary or 'in order'}", fg="green")
        else:
            say(f"  {subject}: {summary}" if summary else f"  {subject}")
        for each in findings:
            worst = worst or int(each.severity is Severity.ERROR)
            if not as_json:
                say_finding(each, indent="  ")
                if each.suggestion:
                    click.echo("    → The record:\n")
                    say(f"{each.suggestion}\n", bold=True)
    return worst


def _ascii(domain: str) -> str:
    """As the DNS has it: in lower case, with letters beyond ASCII as IDNA writes them."""
    bare = domain.strip().rpartition("@")[2].removesuffix(".").lower()
    try:
        return bare.encode("idna").decode() if not bare.isascii() else bare
    except UnicodeError:
        return ""


def _setup(settings: Settings, domain: str, selector: str) -> Setup:
    """What the vendor of the newsletters that are sent from this domain wants there."""
    from digest.dns import Setup
    from digest.providers.accounts import INQUIRIES

    for newsletter in settings.newsletter.values():
        account = settings.provider[newsletter.provider]
        vendor = INQUIRIES.get(account.kind)
        if vendor and newsletter.from_address.rpartition("@")[2].lower() == domain:
            return Setup(
                vendor=vendor.title,
                selector=selector,
                selectors=vendor.records.selectors,
                includes=vendor.records.includes,
                return_path=vendor.records.return_path,
                signs=account.domain or "",
            )
    return Setup(selector=selector)
