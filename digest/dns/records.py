"""Records as they are written: names, zone-file lines, and lists of tags."""

from __future__ import annotations

import re

from digest.dns.resolver import Found
from digest.model import Finding, Place, Severity

STRING_BYTES = 255
"""The most in one string of a TXT record; longer values are several strings (RFC 1035 3.3.14)."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z", re.IGNORECASE)


def is_domain(name: str) -> bool:
    """Whether it can be a domain of the internet: two labels or more, in ASCII."""
    labels = name.removesuffix(".").split(".")
    return len(name) <= 253 and len(labels) > 1 and all(map(_LABEL.match, labels))


def parents(domain: str) -> list[str]:
    """The domain and every domain above it, the nearest first, down to the last label."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def line(name: str, kind: str, value: str) -> str:
    """A record as a zone file has it; what goes into a form is the name, the type and what stands in quotes."""
    if kind != "TXT":
        return f"{name}.  {kind}  {value}"
    strings = [value[start : start + STRING_BYTES] for start in range(0, len(value), STRING_BYTES)]
    return f"{name}.  TXT  " + " ".join(f'"{each}"' for each in strings)


def tags(record: str) -> list[tuple[str, str]]:
    """`name=value` between semicolons (RFC 6376 3.2), in their order; what has no equals sign has no value."""
    pairs = [part.partition("=") for part in record.split(";") if part.strip()]
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def finding(
    code: str, severity: Severity, message: str, advice: str, *, at: str, has: str = "", add: str | None = None
) -> Finding:
    """A finding about the records at a name: `at` is the name and the type, `has` what stands there now."""
    place = Place(at, excerpt=has[:400])
    return Finding(code=code, severity=severity, message=message, advice=advice, places=(place,), suggestion=add)


def unanswered(found: Found, at: str) -> Finding:
    """The DNS did not say what is there, which is no proof that nothing is."""
    return finding(
        "dns-unanswered",
        Severity.ERROR,
        f"{at} cannot be looked up: {found.trouble}.",
        "Mail is deferred while that lasts. Ask again in a minute; if it stays, tell whoever runs the name servers.",
        at=at,
    )
