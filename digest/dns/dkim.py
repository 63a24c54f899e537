"""DKIM (RFC 6376): the public key that a sender's signatures are checked with."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple

from digest.dns.records import finding, line, tags, unanswered
from digest.dns.resolver import Resolve
from digest.model import Finding, Severity

SHORTEST_BITS = 1024
"""Of RSA. Shorter signatures count as none (RFC 8301 3.2), which Gmail and Yahoo ask of every sender."""
ADVISED_BITS = 2048

_RSA = bytes.fromhex("06092a864886f70d010101")
"""The object identifier of an RSA key in a SubjectPublicKeyInfo (RFC 8017)."""


_TAG = re.compile(r"[a-z]\w*\Z", re.IGNORECASE)


class Key(NamedTuple):
    """Where a key stands, and what is wrong with it."""

    domain: str
    """That signs, the d= of signatures."""
    selector: str
    findings: list[Finding]
    summary: str


def name_of(selector: str, domain: str) -> str:
    """Where a selector's key stands."""
    return f"{selector}._domainkey.{domain}"


def look(selector: str, domain: str, resolve: Resolve) -> Key | None:
    """The key of a selector; None when there is nothing at its name."""
    name = name_of(selector, domain)
    at, found = f"{name} TXT", resolve(name, "TXT")
    if found.trouble:
        return Key(domain, selector, [unanswered(found, at)], "")
    if not found.values:
        if not found.canonical:
            return None
        dangling = finding(
            "dkim-dangling",
            Severity.ERROR,
            f"{name} is an alias of {found.canonical}, where there is no key.",
            "Correct the alias by what your provider shows, or verify the domain there so that the key appears.",
            at=at,
        )
        return Key(domain, selector, [dangling], "")
    if len(found.values) > 1:
        several = finding(
            "dkim-several",
            Severity.ERROR,
            f"{name} has {len(found.values)} TXT records; which of them counts is not defined (RFC 6376 3.6.2.2).",
            "Take out all but the newest.",
            at=at,
            has="  |  ".join(found.values),
        )
        return Key(domain, selector, [several], "")
    (record,) = found.values
    findings = [
        finding(code, severity, message, advice, at=at, has=record, add=line(name, "TXT", add) if add else None)
        for code, severity, message, advice, add in _faults(name, record)
    ]
    bits = _bits(record)
    return Key(domain, selector, findings, f"{selector} at {domain}" + (f", RSA {bits:,} bits" if bits else ""))


def missing(selector: str, domain: str, resolve: Resolve, vendor: str) -> Finding:
    """There is no key; perhaps because a form put the domain behind a name that had it already."""
    name = name_of(selector, domain)
    doubled = f"{name}.{domain}"
    if resolve(doubled, "TXT").values:
        return finding(
            "dkim-misplaced",
            Severity.ERROR,
            f"The key stands at {doubled}: the form added the domain once more.",
            f"Move it to {name}; in a form that adds the domain, write {selector}._domainkey.",
            at=f"{doubled} TXT",
            add=line(name, "TXT", resolve(doubled, "TXT").values[0]),
        )
    return finding(
        "dkim-missing",
        Severity.ERROR,
        f"There is no DKIM key at {name}, so no signature with it can be checked.",
        f"Put in what {vendor or 'your provider'} shows for {domain}, letter by letter; it is a TXT record, or a CNAME "
        "to a name of theirs.",
        at=f"{name} TXT",
    )


_Fault = tuple[str, Severity, str, str, str]
"""Code, severity, message, advice, and the record to put there instead, if we know it."""


def _faults(name: str, record: str) -> Iterator[_Fault]:
    listed = tags(record)
    values = dict(listed)
    copy = "Copy it from your provider again, the whole value in one go."
    written = len(values) == len(listed) and all(map(_TAG.match, values))
    if not written or "p" not in values or values.get("v", "DKIM1") != "DKIM1":
        message = f"What stands at {name} is no DKIM key: it needs v=DKIM1 (or no v) and one p=."
        yield "dkim-syntax", Severity.ERROR, message, copy, ""
        return
    key = "".join(values["p"].split())
    if not key:
        message = f"The key at {name} is revoked: its p= is empty, so every signature with it fails (RFC 6376 3.6.1)."
        yield "dkim-revoked", Severity.ERROR, message, "Put the present key of your provider there.", ""
        return
    kind = values.get("k", "rsa")
    if kind not in ("rsa", "ed25519"):
        yield "dkim-type", Severity.ERROR, f"k={kind} is no kind of key that receivers know.", copy, ""
        return
    if kind == "rsa" and (bits := _bits(record)) is None:
        message = f"The key at {name} cannot be read; it was cut off or mixed up on the way into the form."
        yield "dkim-key", Severity.ERROR, message, copy, ""
    elif kind == "rsa" and bits is not None and bits < ADVISED_BITS:
        severity = Severity.ERROR if bits < SHORTEST_BITS else Severity.WARNING
        message = f"The key at {name} has {bits:,} bits; {SHORTEST_BITS:,} are the least, {ADVISED_BITS:,} are advised."
        yield "dkim-short", severity, message, f"Have your provider make a key of {ADVISED_BITS:,} bits.", ""
    elif kind == "ed25519":
        message = "Gmail and others do not check Ed25519 signatures (RFC 8463); to them the mail is not signed."
        yield "dkim-ed25519", Severity.WARNING, message, "Sign with an RSA key too.", ""
    if "h" in values and "sha256" not in re.split(r"\s*:\s*", values["h"]):
        message = f"h={values['h']} allows no SHA-256, and SHA-1 must not be used any more (RFC 8301 3.1)."
        yield "dkim-hash", Severity.ERROR, message, "Take the tag out.", _without(listed, "h")
    if "s" in values and not {"*", "email"} & set(re.split(r"\s*:\s*", values["s"])):
        message = f"s={values['s']} keeps the key from being used for e-mail (RFC 6376 3.6.1)."
        yield "dkim-service", Severity.ERROR, message, "Take the tag out.", _without(listed, "s")
    if "y" in re.split(r"\s*:\s*", values.get("t", "")):
        message = "t=y says that the key is being tried out, so receivers may treat signed mail as unsigned."
        yield "dkim-testing", Severity.WARNING, message, "Take it out.", _without(listed, "t")


def _without(listed: list[tuple[str, str]], name: str) -> str:
    return "; ".join(f"{tag}={value}" for tag, value in listed if tag != name)


def _bits(record: str) -> int | None:
    """The length of an RSA key; None for what is none."""
    try:
        der = base64.b64decode("".join(dict(tags(record)).get("p", "").split()), validate=True)
        key, _ = _element(der, 0x30)
        if _RSA in key[:20]:
            # A SubjectPublicKeyInfo, which everybody publishes; RFC 6376 speaks of the RSAPublicKey inside of it.
            _, rest = _element(key, 0x30)
            wrapped, _ = _element(rest, 0x03)
            key, _ = _element(wrapped[1:], 0x30)
        modulus, _ = _element(key, 0x02)
    except (ValueError, IndexError):
        return None
    return int.from_bytes(modulus).bit_length()


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, and what follows. Raises ValueError or IndexError for half of one."""
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start])
    if der[0] != tag or start + length > len(der):
        raise ValueError("another element, or half a one")
    return der[start : start + length], der[start + length :]
