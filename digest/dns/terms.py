"""The words of an SPF record (RFC 7208 4.6, 5 and 6)."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import NamedTuple

from digest.dns.records import is_domain
from digest.dns.resolver import Found

_RECORD = re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE)
_TERM = re.compile(r"([-+~?]?)([a-z0-9]+)(?:([:=/])(.*))?\Z", re.IGNORECASE)
MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
_CIDR = re.compile(r"(?:/\d{1,2})?(?://\d{1,3})?\Z")


class Term(NamedTuple):
    """One word of a record."""

    word: str
    qualifier: str
    name: str
    """In lower case."""
    target: str
    """Domain, network, or nothing; without a prefix length."""
    fault: str = ""
    """What is wrong with how it is written."""


def published(found: Found) -> list[str]:
    """The SPF records among the TXT records of a name."""
    return [value for value in found.values if _RECORD.match(value)]


def parsed(record: str) -> list[Term]:
    """The words behind `v=spf1`."""
    return [_term(word) for word in record.split(" ")[1:] if word]


def _term(word: str) -> Term:
    found = _TERM.match(word)
    if not found:
        return Term(word, "", "", "", "is no term of SPF; look for a typographic quote, a comma or a stray mark")
    qualifier, name, mark, rest = found[1], found[2].lower(), found[3] or "", found[4] or ""
    if mark == "=":
        if name in MECHANISMS:
            return Term(word, qualifier, name, rest, f"is ignored; {name} takes a colon: {name}:{rest}")
        fault = "" if name != "redirect" or _is_target(rest) else "leads to no domain"
        return Term(word, qualifier, name, rest, fault)
    if name not in MECHANISMS:
        return Term(word, qualifier, name, rest, "is a mechanism that SPF does not have")
    return Term(word, qualifier, name, "" if mark == "/" else rest.partition("/")[0], _misused(name, mark, rest))


def _misused(name: str, mark: str, rest: str) -> str:
    if name in ("ip4", "ip6"):
        try:
            right = mark == ":" and ip_network(rest, strict=False).version == int(name[2])
        except ValueError:
            right = False
        example = "ip4:192.0.2.7 or ip4:192.0.2.0/24" if name == "ip4" else "ip6:2001:db8::/32"
        return "" if right else f"has no address that can be read; expected {example}"
    if name == "all":
        return "takes nothing behind it" if mark else ""
    if name in ("include", "exists"):
        return "" if mark == ":" and _is_target(rest) else f"leads to no domain; expected {name}:example.org"
    target, slash, length = rest.partition("/") if mark == ":" else ("", mark, rest)
    if mark == ":" and not _is_target(target):
        return f"leads to no domain; expected {name} or {name}:example.org"
    return "" if _CIDR.match(slash + length) else "has a prefix length that cannot be read"


def _is_target(name: str) -> bool:
    return is_domain(name) or (("%{" in name or "%%" in name) and " " not in name)
