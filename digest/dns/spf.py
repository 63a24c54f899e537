"""SPF (RFC 7208): which hosts may send for a domain, and what receivers stumble over when they read it.

The record is read without a message: what a macro stands for is not known, so what it leads to counts as one
look-up and is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.dns.mx import addresses
from digest.dns.records import finding, line, unanswered
from digest.dns.resolver import Found, Resolve
from digest.dns.terms import MECHANISMS, Term, parsed, published
from digest.model import Finding, Severity

MOST_LOOKUPS = 10
"""Terms that make a receiver ask the DNS; with one more it gives up (RFC 7208 4.6.4)."""
MOST_VOIDS = 2
"""Of those, the ones that find nothing (RFC 7208 4.6.4)."""
NEARLY = 9
_FOLLOWED = 30
"""Look-ups after which nothing is followed any more, so that no record keeps us busy."""

_ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})


def check(
    domain: str, resolve: Resolve, *, vendor: str = "", includes: Sequence[str] = (), envelope: bool = False
) -> tuple[list[Finding], str]:
    """What is wrong with a domain's SPF record, and in a few words what it says.

    `includes`: the domains of which a record has to include one, so that the vendor's hosts may send.
    `envelope`: bounces come back to this domain, so it is the one whose record counts (RFC 7208 2.4).
    """
    at, found = f"{domain} TXT", resolve(domain, "TXT")
    if found.trouble:
        return [unanswered(found, at)], ""
    records = published(found)
    if not records:
        return [_missing(domain, found, vendor, includes, envelope)], ""
    mended = _mended(records, includes)
    add = line(domain, "TXT", mended)
    if len(records) > 1:
        several = finding(
            "spf-several",
            Severity.ERROR,
            f"{domain} has {len(records)} SPF records; receivers then use none of them (RFC 7208 4.5).",
            "Take all of them out and put in one that has their terms.",
            at=at,
            has="  |  ".join(records),
            add=add,
        )
        return [several], ""
    (record,) = records
    terms = parsed(record)
    findings = [
        finding(code, severity, message, advice, at=at, has=record, add=add if fixed else None)
        for code, severity, message, advice, fixed in _faults(domain, terms, vendor, includes)
    ]
    cost = _Cost(resolve)
    cost.of(domain, terms, ())
    findings += [finding(code, Severity.ERROR, said, advice, at=at, has=record) for code, said, advice in cost.faults]
    findings += cost.unanswered
    findings += _heavy(domain, at, record, cost)
    lookups = f"{cost.lookups} of {MOST_LOOKUPS} look-ups"
    return findings, f"{lookups}, ends in {_last(terms)}"


_Fault = tuple[str, Severity, str, str, bool]
"""Code, severity, message, advice, and whether the mended record is the answer."""


def _faults(domain: str, terms: Sequence[Term], vendor: str, includes: Sequence[str]) -> Iterator[_Fault]:
    for term in terms:
        if term.fault:
            yield (
                "spf-syntax",
                Severity.ERROR,
                f"“{term.word}” {term.fault}.",
                "Correct it: receivers take a record that they cannot read for none (RFC 7208 4.6).",
                "=" in term.word and term.name in MECHANISMS,
            )
    names = [term.name for term in terms]
    alls = [term for term in terms if term.name == "all" and "=" not in term.word]
    if alls and alls[0].qualifier in ("", "+"):
        message = f"“{alls[0].word}” lets every host of the internet send as {domain}."
        yield "spf-all-pass", Severity.ERROR, message, "End in ~all: who is not listed is suspect.", True
    elif alls and alls[0].qualifier == "?":
        message = "“?all” says nothing about who is not listed."
        yield "spf-neutral", Severity.WARNING, message, "End in ~all: who is not listed is suspect.", True
    elif not alls and "redirect" not in names:
        message = "The record does not end in all, so it says nothing about who is not listed (RFC 7208 4.7)."
        yield "spf-no-all", Severity.WARNING, message, "End in ~all.", True
    if alls and (behind := [term.word for term in terms[terms.index(alls[0]) + 1 :] if term.name != "exp"]):
        message = f"What stands behind “{alls[0].word}” is never read: {' '.join(behind)}."
        yield "spf-behind-all", Severity.WARNING, message, "Put all at the end, or take the rest out.", True
    if "ptr" in names:
        message = "ptr is slow and unreliable, and must not be used (RFC 7208 5.5)."
        yield "spf-ptr", Severity.WARNING, message, "Take it out; list the hosts with ip4, ip6, a or mx.", True
    if includes and not _includes(terms, includes):
        message = f"The record does not let {vendor} send: it has no include:{includes[0]}."
        yield "spf-vendor", Severity.WARNING, message, f"{vendor} asks for it. Replace the record.", True


class _Cost:
    """What a receiver has to ask to evaluate a record to its end."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self.lookups = 0
        self.voids: list[str] = []
        self.shares: dict[str, int] = {}
        """Look-ups by term of the record itself, what it leads to included."""
        self.faults: list[tuple[str, str, str]] = []
        self.unanswered: list[Finding] = []

    def of(self, domain: str, terms: Sequence[Term], path: tuple[str, ...]) -> None:
        path = (*path, domain.lower())
        ends = any(term.name == "all" for term in terms)
        for term in terms:
            if term.name not in _ASKING or term.fault or (term.name == "redirect" and ends):
                continue
            before = self.lookups
            self.lookups += 1
            if self.lookups <= _FOLLOWED:
                self._follow(term, domain, path)
            if len(path) == 1:
                self.shares[term.word] = self.lookups - before

    def _follow(self, term: Term, domain: str, path: tuple[str, ...]) -> None:
        target = term.target.lower().removesuffix(".") or domain
        if "%" in target or term.name in ("ptr", "exists"):
            return
        if term.name == "a":
            self._void(term, addresses(target, self._resolve), self._resolve(target, "A"))
        elif term.name == "mx":
            found = self._resolve(target, "MX")
            self._void(term, found.values, found)
            if len(found.values) > MOST_LOOKUPS:
                said = f"“{term.word}” has {len(found.values)} mail hosts; more than {MOST_LOOKUPS} are an error."
                self.faults.append(("spf-many-mx", said, "List their networks with ip4 and ip6 (RFC 7208 4.6.4)."))
        else:
            self._included(term, target, path)

    def _included(self, term: Term, target: str, path: tuple[str, ...]) -> None:
        if target in path:
            said = f"“{term.word}” leads back to {target}: {' → '.join((*path, target))}."
            self.faults.append(("spf-loop", said, "Take it out; receivers follow it until they give up."))
            return
        found = self._resolve(target, "TXT")
        records = published(found)
        self._void(term, found.values, found)
        if found.trouble:
            self.unanswered.append(unanswered(found, f"{target} TXT"))
        elif len(records) != 1:
            has = f"{len(records)} SPF records" if records else "no SPF record"
            said = f"“{term.word}” leads to {target}, which has {has}; that makes the whole record an error."
            self.faults.append(("spf-include", said, "Correct the name, or take it out (RFC 7208 5.2)."))
        elif wrong := [each.word for each in parsed(records[0]) if each.fault]:
            said = f"“{term.word}” leads to {target}, whose record cannot be read: {', '.join(wrong)}."
            self.faults.append(("spf-include", said, "Tell whoever runs it, or take it out (RFC 7208 5.2)."))
        else:
            self.of(target, parsed(records[0]), path)

    def _void(self, term: Term, values: Sequence[str], found: Found) -> None:
        if not values and not found.trouble:
            self.voids.append(term.word)


def _heavy(domain: str, at: str, record: str, cost: _Cost) -> Iterator[Finding]:
    shares = ", ".join(f"{word} {count}" for word, count in sorted(cost.shares.items(), key=lambda share: -share[1]))
    if cost.lookups > MOST_LOOKUPS:
        yield finding(
            "spf-lookups",
            Severity.ERROR,
            f"The record takes {cost.lookups} look-ups; after {MOST_LOOKUPS} receivers give up ({shares}).",
            f"Take out what does not send any more, or let a service send from a domain of its own below {domain}.",
            at=at,
            has=record,
        )
    elif cost.lookups >= NEARLY:
        yield finding(
            "spf-nearly",
            Severity.INFO,
            f"The record takes {cost.lookups} of {MOST_LOOKUPS} look-ups ({shares}).",
            "One more service, or a change at one of these, is too much. Take out what does not send any more.",
            at=at,
            has=record,
        )
    if len(cost.voids) > MOST_VOIDS:
        yield finding(
            "spf-voids",
            Severity.ERROR,
            f"{len(cost.voids)} terms find nothing; after {MOST_VOIDS} receivers give up: {', '.join(cost.voids)}.",
            "Correct their names, or take them out.",
            at=at,
            has=record,
        )


def _missing(domain: str, found: Found, vendor: str, includes: Sequence[str], envelope: bool) -> Finding:
    near = next((value for value in found.values if "spf1" in value.lower()), "")
    terms = near[near.lower().index("spf1") + 4 :].strip(" ;,") if near else ""
    return finding(
        "spf-missing",
        Severity.ERROR if envelope else Severity.WARNING,
        f"{domain} has no SPF record" + (f", so {vendor} may not send for it." if includes else "."),
        "What is there does not begin with “v=spf1 ”, so nobody reads it. Replace it."
        if near
        else f"Add one; put in whoever else sends under {domain}.",
        at=f"{domain} TXT",
        has=near,
        add=line(domain, "TXT", _mended([f"v=spf1 {terms}"], includes)),
    )


def _mended(records: Sequence[str], includes: Sequence[str]) -> str:
    """One record with the terms of all, without what is never right, that lets the vendor send."""
    terms = [term for record in records for term in parsed(record)]
    words = [_colon(term) for term in terms if term.name not in ("all", "ptr")]
    if len(records) > 1:
        words = [word.replace("redirect=", "include:") for word in words]
    if includes and not _includes(terms, includes):
        words.insert(0, f"include:{includes[0]}")
    redirected = any(word.startswith("redirect=") for word in words)
    ends = [] if redirected else [_last(terms) if _last(terms) in ("~all", "-all") else "~all"]
    return " ".join(["v=spf1", *(dict.fromkeys(words) or ["mx"]), *ends])


def _colon(term: Term) -> str:
    wrong = "=" in term.word and term.name in MECHANISMS
    return f"{term.qualifier}{term.name}:{term.target}" if wrong else term.word


def _includes(terms: Sequence[Term], includes: Sequence[str]) -> bool:
    return any(term.target.lower() in includes for term in terms if term.name in ("include", "redirect"))


def _last(terms: Sequence[Term]) -> str:
    """The all of a record, or where it is redirected to."""
    return next((term.word for term in terms if term.name in ("all", "redirect")), "nothing")
