"""DMARC (RFC 9989): what receivers do with mail that neither SPF nor DKIM proves to be the sender's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from digest.dns.records import finding, line, parents, tags, unanswered
from digest.dns.resolver import Resolve
from digest.model import Finding, Severity

MOST_LABELS = 8
"""A domain of more labels is walked up from its last seven (RFC 9989 4.10)."""

POLICIES = ("none", "quarantine", "reject")

_RECORD = re.compile(r"v\s*=\s*DMARC1\s*(?:;|\Z)")
_MAIL = re.compile(r"mailto:[^@\s,!]+@([^@\s,!]+)(?:![0-9]+[kmgt]?)?\Z", re.IGNORECASE)


class Policy(NamedTuple):
    """The record that counts for a domain."""

    domain: str
    """Whose record it is."""
    organisational: str
    record: str
    """Empty when there is none, or more than one."""
    findings: list[Finding]
    summary: str

    @property
    def strict(self) -> frozenset[str]:
        """Of `adkim` and `aspf`, those that accept the very same domain only."""
        return frozenset(name for name, value in tags(self.record) if name in ("adkim", "aspf") and value == "s")


def published(domain: str, resolve: Resolve) -> list[str]:
    """The DMARC records among the TXT records of a domain's `_dmarc`."""
    return [value for value in resolve(f"_dmarc.{domain}", "TXT").values if _RECORD.match(value)]


def organisational(domain: str, resolve: Resolve) -> str:
    """The domain that alignment is measured by: found by walking up the tree (RFC 9989 4.10.2)."""
    found = ""
    for each in _walked(domain):
        records = published(each, resolve)
        if len(records) != 1:
            continue
        psd = dict(tags(records[0])).get("psd", "u")
        if psd == "n":
            return each
        if psd == "y" and each != domain:
            return parents(domain)[parents(domain).index(each) - 1]
        found = each
    return found or domain


def check(domain: str, resolve: Resolve) -> Policy:
    """The DMARC policy for mail from a domain."""
    own = resolve(f"_dmarc.{domain}", "TXT")
    if own.trouble:
        return Policy(domain, domain, "", [unanswered(own, f"_dmarc.{domain} TXT")], "")
    above = organisational(domain, resolve)
    for holder in dict.fromkeys((domain, above)):
        records = published(holder, resolve)
        if len(records) > 1:
            several = finding(
                "dmarc-several",
                Severity.ERROR,
                f"_dmarc.{holder} has {len(records)} DMARC records; receivers then use none of them (RFC 9989 4.10.1).",
                "Take out all but one.",
                at=f"_dmarc.{holder} TXT",
                has="  |  ".join(records),
                add=line(f"_dmarc.{holder}", "TXT", records[0]),
            )
            return Policy(holder, above, "", [several], "")
        if records:
            return _policy(domain, holder, above, records[0], resolve)
    for each in _walked(domain):
        if (found := resolve(f"_dmarc.{each}", "TXT")).trouble:
            return Policy(domain, above, "", [unanswered(found, f"_dmarc.{each} TXT")], "")
    return Policy(domain, above, "", [_missing(domain, own.values, resolve)], "")


def _walked(domain: str) -> list[str]:
    names = parents(domain)
    return names if len(names) < MOST_LABELS else [domain, *names[-(MOST_LABELS - 1) :]]


def _policy(domain: str, holder: str, above: str, record: str, resolve: Resolve) -> Policy:
    at = f"_dmarc.{holder} TXT"
    listed = [(name.lower(), value) for name, value in tags(record)]
    values = dict(listed)
    inherited = holder != domain
    applied = values.get("sp", values.get("p", "")) if inherited else values.get("p", "")
    findings = [
        finding(code, severity, message, advice, at=at, has=record, add=add and line(f"_dmarc.{holder}", "TXT", add))
        for code, severity, message, advice, add in (
            *_policy_faults(holder, listed, values, applied),
            *_report_faults(holder, listed, values, resolve),
        )
    ]
    whose = f" of {holder}" if inherited else ""
    return Policy(holder, above, record, findings, f"policy {applied.lower() or 'none'}{whose}")


_Fault = tuple[str, Severity, str, str, str | None]
"""Code, severity, message, advice, and the record to put there instead."""


def _policy_faults(
    holder: str, listed: Sequence[tuple[str, str]], values: dict[str, str], applied: str
) -> Iterator[_Fault]:
    for name in ("p", "sp", "np"):
        if name in values and values[name].partition(",")[0].strip().lower() not in POLICIES:
            message = f"{name}={values[name]} is no policy; expected none, quarantine or reject."
            advice = "Correct it: receivers take the policy for none."
            yield "dmarc-policy", Severity.ERROR, message, advice, _with(listed, name, _nearest(values[name]))
    if "p" not in values:
        message = "The record has no policy (p=), so receivers take it for none, or for no record."
        yield "dmarc-policy", Severity.ERROR, message, "Say which one.", _with(listed, "p", "none")
    if len(values) != len(listed):
        message = "A tag stands there twice; which one counts is not defined."
        yield "dmarc-syntax", Severity.ERROR, message, "Leave one of them.", _with(list(values.items()), "", "")
    if any("," in value and name not in ("rua", "ruf") for name, value in listed):
        message = "Tags are parted by semicolons, not by commas; what stands behind the comma is not read."
        yield "dmarc-syntax", Severity.ERROR, message, "Put semicolons there.", _with(listed, "", "").replace(",", ";")
    if applied.lower() == "none":
        message = f"Anybody may still send as {holder}: the policy none only collects reports."
        advice = "Enough to be let in. When the reports show nobody of yours failing, go on to quarantine."
        yield "dmarc-none", Severity.INFO, message, advice, _with(listed, "p", "quarantine")
    if values.get("p", "").lower() in POLICIES[1:] and values.get("sp", "").lower() == "none":
        message = f"sp=none leaves every subdomain of {holder} open to anybody, while {holder} itself is closed."
        yield "dmarc-subdomains", Severity.WARNING, message, "Take sp= out.", _without(listed, "sp")
    if values.get("pct", "100") != "100":
        message = f"pct={values['pct']} has no meaning any more (RFC 9989); old receivers apply the policy in part."
        yield "dmarc-pct", Severity.WARNING, message, "Take it out.", _without(listed, "pct")


def _report_faults(
    holder: str, listed: Sequence[tuple[str, str]], values: dict[str, str], resolve: Resolve
) -> Iterator[_Fault]:
    if not values.get("rua"):
        message = "Nobody gets the reports on who sends under this domain: there is no rua=."
        advice = "Name an address that you read, or a service that does."
        yield "dmarc-no-reports", Severity.WARNING, message, advice, _with(listed, "rua", f"mailto:dmarc@{holder}")
        return
    above = organisational(holder, resolve)
    for address in map(str.strip, values["rua"].split(",")):
        found = _MAIL.match(address)
        if not found:
            message = f"rua={address} is no place for reports; expected mailto: and an address."
            right = f"mailto:{address}" if re.fullmatch(r"[^@:\s]+@[^@:\s]+", address) else f"mailto:dmarc@{holder}"
            add = _with(listed, "rua", values["rua"].replace(address, right))
            yield "dmarc-reports", Severity.WARNING, message, "Correct it.", add
            continue
        there = found[1].lower()
        if organisational(there, resolve) == above or there == above or there.endswith(f".{above}"):
            continue
        permit = f"{holder}._report._dmarc.{there}"
        known = resolve(permit, "TXT")
        if not known.trouble and not any(map(_RECORD.match, known.values)):
            yield (
                "dmarc-foreign-reports",
                Severity.WARNING,
                f"{there} does not say that it takes reports on {holder}, so none are sent there (RFC 9990 4).",
                f"Whoever runs {there} adds this; else name an address of your own:  "
                + line(permit, "TXT", "v=DMARC1;"),
                None,
            )


def _missing(domain: str, values: Sequence[str], resolve: Resolve) -> Finding:
    add = line(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none; rua=mailto:dmarc@{domain}")
    message = f"{domain} has no DMARC record, without which Gmail, Yahoo and Outlook refuse mail to many."
    advice = "Begin with the policy none, which changes nothing but sends reports to the address."
    code, at, has = "dmarc-missing", f"_dmarc.{domain} TXT", ""
    wrong = next((value for value in values if "dmarc" in value.lower()), "")
    if wrong:
        code, has = "dmarc-syntax", wrong
        message = (
            f"The record at _dmarc.{domain} does not begin with “v=DMARC1;”, letter by letter, so nobody reads it."
        )
        advice = "Replace it."
        add = line(
            f"_dmarc.{domain}", "TXT", _with(tags(re.sub(r"^.*?dmarc1?[\s;,:]*", "", wrong, flags=re.I)), "", "")
        )
    for name in (f"_dmarc.{domain}.{domain}", domain, f"dmarc.{domain}"):
        if lost := next(filter(_RECORD.match, resolve(name, "TXT").values), ""):
            code, at, has = "dmarc-misplaced", f"{name} TXT", lost
            message = f"The DMARC record stands at {name}, where nobody looks."
            advice = "Move it; in a form that adds the domain, write _dmarc."
            add = line(f"_dmarc.{domain}", "TXT", lost)
    return finding(code, Severity.ERROR, message, advice, at=at, has=has, add=add)


def _with(listed: Sequence[tuple[str, str]], name: str, value: str) -> str:
    """The record with a tag put in or changed; `v` and `p` come first."""
    values = {**dict(listed), **({name: value} if name else {})}
    first = {"v": "DMARC1", **({"p": values["p"]} if "p" in values else {})}
    return "; ".join(f"{tag}={value}" for tag, value in {**first, **values, **first}.items())


def _without(listed: Sequence[tuple[str, str]], name: str) -> str:
    return _with([(tag, value) for tag, value in listed if tag != name], "", "")


def _nearest(policy: str) -> str:
    return next((each for each in POLICIES if each[0] == policy.lower()[:1]), "none")


def relaxed(record: str) -> str:
    """The record without strict alignment."""
    return _with([pair for pair in tags(record) if pair[0] not in ("adkim", "aspf")], "", "")
