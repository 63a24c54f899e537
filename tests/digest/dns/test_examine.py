"""What is found in the zones of zones.txt, domain by domain."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import dns.message
import pytest
from zones import Case, Zones, cases, zones

import digest.dns
from digest.dns import Found, Setup, examine
from digest.dns.resolver import found_in
from digest.model import Finding

WITHOUT_RECORD = frozenset(
    {
        # Only the vendor, or whoever runs the name servers, has the answer.
        "dkim-dangling", "dkim-ed25519", "dkim-key", "dkim-missing", "dkim-revoked", "dkim-several", "dkim-short",
        "dkim-syntax", "dkim-type", "dkim-unknown", "dmarc-foreign-reports", "dmarc-unaligned", "dns-unanswered",
        "domain-missing", "mx-address", "mx-alias", "mx-dangling", "mx-private",
        # Which service is given up is for a person to say.
        "spf-include", "spf-lookups", "spf-loop", "spf-many-mx", "spf-nearly", "spf-voids",
    }
)  # fmt: skip


def resolver(there: Zones) -> Callable[[str, str], Found]:
    """Answers out of the table, read as those of a server are."""

    def resolve(name: str, kind: str) -> Found:
        answer = dns.message.from_wire(there.answer(dns.message.make_query(name, kind)).to_wire())
        assert isinstance(answer, dns.message.QueryMessage)
        return found_in(name, answer)

    return resolve


def setup(case: Case) -> Setup:
    given = dict(case.options)
    listed = {
        name: tuple(given.pop(name, "").split(",")) if name in given else () for name in ("includes", "selectors")
    }
    return Setup(**given, **listed)


def found(case: Case, there: Zones) -> list[Finding]:
    return [each for part in examine(case.domain, resolver(there), setup(case)) for each in part.findings]


every_case = pytest.mark.parametrize("case", cases(), ids=[case.domain for case in cases()])


@every_case
def test_what_is_wrong_is_found_and_nothing_else(case: Case) -> None:
    """Each domain has exactly the findings that stand under it, in their severity."""
    assert sorted((each.code, each.severity.value) for each in found(case, zones())) == sorted(case.expected), (
        case.title
    )


@every_case
def test_a_finding_says_where_what_and_what_to_do(case: Case) -> None:
    """Message and advice are sentences, and the place names the record."""
    for each in found(case, zones()):
        assert each.message.endswith(".")
        assert each.advice.endswith((".", "me", "NAME", '"'))
        (place,) = each.places
        assert place.part.split()[0].endswith(".example")


@every_case
def test_the_record_that_is_shown_mends_it(case: Case) -> None:
    """Put in place of what is there, it takes the finding away and brings none as severe."""
    before = found(case, zones())
    for each in before:
        if each.suggestion is None:
            assert each.code in WITHOUT_RECORD or each.code == "spf-syntax"
            continue
        mended = zones()
        mended.replace(each.suggestion)
        if each.code.startswith("mx-"):
            mended.put(case.domain, ["mail A 203.0.113.25"])
        after = [(left.code, left.severity) for left in found(case, mended)]
        assert (each.code, each.severity) not in after
        assert set(after) - {("dmarc-none", "info"), ("dkim-short", "warning")} <= {
            (b.code, b.severity) for b in before
        }


def test_the_file_has_many_domains_and_every_code() -> None:
    """Forty or more; no finding can be made of which no domain is an example."""
    text = "".join(path.read_text("utf-8") for path in Path(digest.dns.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'"((?:spf|dkim|dmarc|mx|dns|domain)-[a-z0-9-]+)"', text))
    assert len(cases()) >= 40
    assert codes - {code for case in cases() for code, _ in case.expected} == {"dkim-type"}


def test_no_record_keeps_us_busy() -> None:
    """An SPF record that branches without end is followed for a while, and reported."""
    asked = 0

    def endless(name: str, kind: str) -> Found:
        nonlocal asked
        asked += 1
        if kind == "TXT" and not name.startswith(("_dmarc", "mail._domainkey")):
            return Found((f"v=spf1 include:a.{name} include:b.{name} ~all",) if len(name) < 250 else ())
        return Found(("10 mx.example",) if kind == "MX" else ())

    parts = list(examine("deep.example", endless, Setup(selector="mail")))
    assert "spf-lookups" in {each.code for part in parts for each in part.findings}
    assert asked < 100
