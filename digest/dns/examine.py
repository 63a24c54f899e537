"""A sender's domain as mailbox providers see it: everything that they ask of who sends to many.

Sources: Gmail's and Yahoo's sender guidelines and Outlook.com's of 2025 (SPF, DKIM of 1,024 bits or more, DMARC,
alignment, a domain that takes mail).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from digest.dns import dkim, dmarc, mx, spf
from digest.dns.records import finding, line, unanswered
from digest.dns.resolver import Resolve
from digest.model import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the DNS is held against: the operator's words, and what the vendor's documents say should stand there."""

    vendor: str = ""
    selector: str = ""
    """The DKIM selector that the operator named."""
    selectors: tuple[str, ...] = ()
    """Those that the vendor's documents name; an account has one of them at least."""
    includes: tuple[str, ...] = ()
    """Of which SPF has to include one."""
    return_path: str = ""
    """The label of the subdomain that bounces come back to, when that is where SPF counts."""
    signs: str = ""
    """The domain that the vendor signs for, where it is configured apart from the sender's."""


class Examined(NamedTuple):
    """One subject of the examination."""

    subject: str
    """SPF, DKIM, DMARC or MX."""
    summary: str
    """What there is, in a few words; may be empty."""
    findings: tuple[Finding, ...]


def examine(domain: str, resolve: Resolve, setup: Setup) -> Iterator[Examined]:
    """What the DNS says of mail from `domain`, which is in lower case and ASCII; one subject after the other."""
    found = resolve(domain, "SOA")
    if found.trouble or not found.exists:
        problem = (
            unanswered(found, domain)
            if found.trouble
            else finding(
                "domain-missing",
                Severity.ERROR,
                f"There is no domain {domain}.",
                "Correct the name, or register it; a domain that has just been registered takes a few hours.",
                at=domain,
            )
        )
        yield Examined("domain", "", (problem,))
        return
    policy = dmarc.check(domain, resolve)
    yield _spf(domain, resolve, setup)
    keys = _keys(domain, policy.organisational, setup, resolve)
    yield Examined("DKIM", "; ".join(key.summary for key in keys if key.summary), _dkim(domain, keys, setup, resolve))
    aligned = _alignment(domain, policy, keys, setup)
    yield Examined("DMARC", policy.summary, (*policy.findings, *aligned))
    findings, summary = mx.check(domain, resolve)
    yield Examined("MX", summary, tuple(findings))


def _spf(domain: str, resolve: Resolve, setup: Setup) -> Examined:
    includes = () if setup.return_path else setup.includes
    findings, summary = spf.check(domain, resolve, vendor=setup.vendor, includes=includes)
    if setup.return_path:
        own, _ = spf.check(
            f"{setup.return_path}.{domain}", resolve, vendor=setup.vendor, includes=setup.includes, envelope=True
        )
        findings += own
    return Examined("SPF", summary, tuple(findings))


def _keys(domain: str, organisational: str, setup: Setup, resolve: Resolve) -> list[dkim.Key]:
    selectors = (setup.selector,) if setup.selector else setup.selectors
    places = (setup.signs,) if setup.signs else tuple(dict.fromkeys((domain, organisational)))
    looked = (dkim.look(selector, place, resolve) for place in places for selector in selectors)
    return [key for key in looked if key]


def _dkim(domain: str, keys: Sequence[dkim.Key], setup: Setup, resolve: Resolve) -> tuple[Finding, ...]:
    place = setup.signs or domain
    if keys:
        return tuple(finding for key in keys for finding in key.findings)
    if setup.selector or len(setup.selectors) == 1:
        return (dkim.missing(setup.selector or setup.selectors[0], place, resolve, setup.vendor),)
    if setup.selectors:
        return (
            finding(
                "dkim-missing",
                Severity.WARNING,
                f"{place} has none of the keys that {setup.vendor} asks for: {', '.join(setup.selectors)}.",
                f"Look up the selector on {setup.vendor}'s pages, and name it: --selector NAME.",
                at=f"_domainkey.{place} TXT",
            ),
        )
    return (
        finding(
            "dkim-unknown",
            Severity.INFO,
            "The DKIM key was not looked at: only your provider knows the name (selector) of it.",
            "Name it: --selector NAME. It is on your provider's pages, and is s= in the DKIM-Signature of a message.",
            at=f"_domainkey.{domain} TXT",
        ),
    )


def _alignment(domain: str, policy: dmarc.Policy, keys: Sequence[dkim.Key], setup: Setup) -> Iterator[Finding]:
    """Whether what DKIM and SPF prove is what DMARC wants proved."""
    signing = sorted({key.domain for key in keys} or ({setup.signs} if setup.signs else set()))
    above = policy.organisational
    if signing and not any(each == above or each.endswith(f".{above}") for each in signing):
        yield finding(
            "dmarc-unaligned",
            Severity.ERROR,
            f"Mail from {domain} is signed for {', '.join(signing)}, which is another organisation's, so DMARC fails.",
            f"Have {setup.vendor or 'your provider'} sign for {above} or a domain below it, or send from there.",
            at=f"_dmarc.{policy.domain} TXT",
        )
    loose = line(f"_dmarc.{policy.domain}", "TXT", dmarc.relaxed(policy.record)) if policy.strict else None
    if "adkim" in policy.strict and signing and domain not in signing:
        yield finding(
            "dmarc-strict-dkim",
            Severity.ERROR,
            f"adkim=s wants signatures for {domain} itself, and they are for {', '.join(signing)}.",
            "Take adkim=s out.",
            at=f"_dmarc.{policy.domain} TXT",
            has=policy.record,
            add=loose,
        )
    if "aspf" in policy.strict and setup.return_path:
        yield finding(
            "dmarc-strict-spf",
            Severity.WARNING,
            f"aspf=s wants bounces to go to {domain} itself, and they go to {setup.return_path}.{domain}.",
            "Take aspf=s out; until then DKIM alone has to pass.",
            at=f"_dmarc.{policy.domain} TXT",
            has=policy.record,
            add=loose,
        )
