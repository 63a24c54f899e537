"""Where mail to the sender's domain goes: answers, bounces, and receivers that check whether it goes anywhere."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

from digest.dns.records import finding, line, unanswered
from digest.dns.resolver import Resolve
from digest.hosts import is_near
from digest.model import Finding, Severity

NULL = "."
"""The target by which a domain says that it takes no mail (RFC 7505)."""


def addresses(name: str, resolve: Resolve) -> tuple[str, ...]:
    """The IP addresses of a host, of both families; none for a host that has none or that nobody knows."""
    return (*resolve(name, "A").values, *resolve(name, "AAAA").values)


def check(domain: str, resolve: Resolve) -> tuple[list[Finding], str]:
    """What is wrong with the MX records of a sender's domain, and in a few words what there is."""
    at, found = f"{domain} MX", resolve(domain, "MX")
    if found.trouble:
        return [unanswered(found, at)], ""
    if not found.values:
        return _without(domain, resolve)
    targets = [value.split()[-1] for value in sorted(found.values, key=lambda value: int(value.split()[0]))]
    if NULL in targets:
        code, more = ("mx-null", "") if targets == [NULL] else ("mx-null-among-others", " beside other MX records")
        wrong = finding(
            code,
            Severity.ERROR,
            f"The null MX{more} says that {domain} takes no mail, so receivers refuse mail from it (RFC 7505 4.2).",
            "Take it out, and name a host that takes answers and bounces.",
            at=at,
            has=", ".join(found.values),
            add=line(domain, "MX", f"10 mail.{domain}."),
        )
        return [wrong], ""
    faults = [(target, _fault(target, resolve)) for target in targets]
    # One host that takes mail is enough; with none the others are what keeps mail away.
    severity = Severity.WARNING if any(fault is None or fault.reached for _, fault in faults) else Severity.ERROR
    findings = [
        finding(fault.code, severity, fault.message, fault.advice, at=at, has=target)
        for target, fault in faults
        if fault
    ]
    return findings, ", ".join(targets)


def _without(domain: str, resolve: Resolve) -> tuple[list[Finding], str]:
    at, add = f"{domain} MX", line(domain, "MX", f"10 mail.{domain}.")
    advice = "Name the host that takes its mail; many receivers trust no sender who cannot be answered."
    if addresses(domain, resolve):
        message = f"{domain} has no MX record; mail to it goes to its web server's address (RFC 5321 5.1)."
        return [finding("mx-implicit", Severity.WARNING, message, advice, at=at, add=add)], ""
    message = f"{domain} has neither an MX record nor an address, so nobody can answer or bounce mail from it."
    return [finding("mx-missing", Severity.ERROR, message, advice, at=at, add=add)], ""


class _Fault(NamedTuple):
    code: str
    reached: bool
    message: str
    advice: str


def _fault(target: str, resolve: Resolve) -> _Fault | None:
    """What is wrong with one host."""
    if _is_address(target):
        message = f"The MX record names the address {target}; it must name a host (RFC 1035 3.3.9)."
        return _Fault(
            "mx-address", False, message, "Give the address a name with an A record, and put that name there."
        )
    found = resolve(target, "A")
    if found.canonical:
        message = f"The MX host {target} is an alias of {found.canonical}, which RFC 2181 10.3 forbids."
        return _Fault("mx-alias", True, message, f"Name {found.canonical} itself.")
    own = addresses(target, resolve)
    if not own and not found.trouble:
        message = f"The MX host {target} has no address."
        return _Fault("mx-dangling", False, message, "Correct its name, or take the record out.")
    if own and all(map(is_near, own)):
        message = f"The MX host {target} is at {own[0]}, which nobody outside can reach."
        return _Fault("mx-private", False, message, "Give it a public address, or take the record out.")
    return None


def _is_address(target: str) -> bool:
    try:
        ip_address(target)
    except ValueError:
        return False
    return True
