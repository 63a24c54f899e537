"""DMARC (RFC 9989): what receivers do with mail that neither SPF nor DKIM proves to be the sender's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
    faults = [*_policy_faults(holder, listed, values, applied), *_report_faults(holder, values, resolve)]
    # All mistakes stand in one record, so the one that is shown mends them all; a policy is tightened by itself.
    grave = [fault for fault in faults if fault.severity is not Severity.INFO]
    mended = {tag: value for fault in reversed(grave) for tag, value in fault.tags.items()}
    findings = [
        finding(
            fault.code,
            fault.severity,
            fault.message,
            fault.advice,
            at=at,
            has=record,
            add=line(f"_dmarc.{holder}", "TXT", _changed(listed, fault.tags | mended)) if fault.tags else None,
        )
        for fault in faults
    ]
    whose = f" of {holder}" if inherited else ""
    return Policy(holder, above, record, findings, f"policy {applied.lower() or 'none'}{whose}")


class _Fault(NamedTuple):
    code: str
    severity: Severity
    message: str
    advice: str
    tags: dict[str, str]
    """What the tags have to be, an empty value for one to take out; none when it is not this record that is wrong."""


def _policy_faults(
    holder: str, listed: Sequence[tuple[str, str]], values: dict[str, str], applied: str
) -> Iterator[_Fault]:
    for name in ("p", "sp", "np"):
        if name in values and values[name].partition(",")[0].strip().lower() not in POLICIES:
            message = f"{name}={values[name]} is no policy; expected none, quarantine or reject."
            advice = "Correct it: receivers take the policy for none."
            yield _Fault("dmarc-policy", Severity.ERROR, message, advice, {name: _nearest(values[name])})
    if "p" not in values:
        message = "The record has no policy (p=), so receivers take it for none, or for no record."
        yield _Fault("dmarc-policy", Severity.ERROR, message, "Say which one.", {"p": "none"})
    if len(values) != len(listed):
        message = "A tag stands there twice; which one counts is not defined."
        yield _Fault("dmarc-syntax", Severity.ERROR, message, "Leave one of them.", {"v": "DMARC1"})
    for name, value in listed:
        if "," in value and name not in ("rua", "ruf"):
            right, *behind = value.split(",")
            message = "Tags are parted by semicolons, not by commas; what stands behind the comma is not read."
            tags_of = {name: right.strip(), **dict(tags(";".join(behind)))}
            yield _Fault("dmarc-syntax", Severity.ERROR, message, "Put semicolons there.", tags_of)
    if applied.lower() == "none":
        message = f"Anybody may still send as {holder}: the policy none only collects reports."
        advice = "Enough to be let in. When the reports show nobody of yours failing, go on to quarantine."
        yield _Fault("dmarc-none", Severity.INFO, message, advice, {"p": "quarantine"})
    if values.get("p", "").lower() in POLICIES[1:] and values.get("sp", "").lower() == "none":
        message = f"sp=none leaves every subdomain of {holder} open to anybody, while {holder} itself is closed."
        yield _Fault("dmarc-subdomains", Severity.WARNING, message, "Take sp= out.", {"sp": ""})
    if values.get("pct", "100") != "100":
        message = f"pct={values['pct']} has no meaning any more (RFC 9989); old receivers apply the policy in part."
        yield _Fault("dmarc-pct", Severity.WARNING, message, "Take it out.", {"pct": ""})


def _report_faults(holder: str, values: dict[str, str], resolve: Resolve) -> Iterator[_Fault]:
    if not values.get("rua"):
        message = "Nobody gets the reports on who sends under this domain: there is no rua=."
        advice = "Name an address that you read, or a service that does."
        yield _Fault("dmarc-no-reports", Severity.WARNING, message, advice, {"rua": f"mailto:dmarc@{holder}"})
        return
    above = organisational(holder, resolve)
    for address in map(str.strip, values["rua"].split(",")):
        found = _MAIL.match(address)
        if not found:
            message = f"rua={address} is no place for reports; expected mailto: and an address."
            right = f"mailto:{address}" if re.fullmatch(r"[^@:\s]+@[^@:\s]+", address) else f"mailto:dmarc@{holder}"
            mended = {"rua": values["rua"].replace(address, right)}
            yield _Fault("dmarc-reports", Severity.WARNING, message, "Correct it.", mended)
            continue
        there = found[1].lower()
        if above in (there, organisational(there, resolve)) or there.endswith(f".{above}"):
            continue
        permit = f"{holder}._report._dmarc.{there}"
        known = resolve(permit, "TXT")
        if not known.trouble and not any(map(_RECORD.match, known.values)):
            message = f"{there} does not say that it takes reports on {holder}, so none are sent there (RFC 9990 4)."
            add = line(permit, "TXT", "v=DMARC1;")
            advice = f"Name an address of your own, or have whoever runs {there} put this into its DNS:  {add}"
            yield _Fault("dmarc-foreign-reports", Severity.WARNING, message, advice, {})


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
        add = line(f"_dmarc.{domain}", "TXT", _changed(tags(re.sub(r"^.*?dmarc1?[\s;,:]*", "", wrong, flags=re.I)), {}))
    for name in (f"_dmarc.{domain}.{domain}", domain, f"dmarc.{domain}"):
        if lost := next(filter(_RECORD.match, resolve(name, "TXT").values), ""):
            code, at, has = "dmarc-misplaced", f"{name} TXT", lost
            message = f"The DMARC record stands at {name}, where nobody looks."
            advice = "Move it; in a form that adds the domain, write _dmarc."
            add = line(f"_dmarc.{domain}", "TXT", lost)
    return finding(code, Severity.ERROR, message, advice, at=at, has=has, add=add)


def _changed(listed: Sequence[tuple[str, str]], changes: Mapping[str, str]) -> str:
    """The record with other tags; `v` and `p` come first, and empty ones are left out."""
    values = {**dict(listed), **changes, "v": "DMARC1"}
    ordered = {name: values[name] for name in ("v", "p", *values) if values.get(name)}
    return "; ".join(f"{name}={value}" for name, value in ordered.items())


def _nearest(policy: str) -> str:
    return next((each for each in POLICIES if each[0] == policy.lower()[:1]), "none")


def relaxed(record: str) -> str:
    """The record without strict alignment."""
    return _changed(tags(record), {"adkim": "", "aspf": ""})
