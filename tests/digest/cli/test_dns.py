"""`digest doctor --dns`: a sender's domain, asked of a real DNS server on loopback."""

from __future__ import annotations

import pytest
from terminal import Digest
from zones import served, zones


def test_a_domain_in_order(digest: Digest) -> None:
    """Every subject has its line, and the exit code is 0."""
    with served(zones()) as server:
        done = digest("doctor", "--dns", "harbour.example", "--selector", "mail", "--nameserver", server)
    assert done.code == 0, done
    assert done.out.splitlines() == [
        "harbour.example",
        "✓ SPF: 0 of 10 look-ups, ends in ~all",
        "✓ DKIM: mail at harbour.example, RSA 2,048 bits",
        "✓ DMARC: policy quarantine",
        "✓ MX: mx.post.example",
    ]


def test_a_domain_with_a_mistake(digest: Digest) -> None:
    """The finding is explained, the record to put there can be copied, and the exit code is 1."""
    with served(zones()) as server:
        done = digest("doctor", "--dns", "Petrel.EXAMPLE.", "--selector", "mail", "--nameserver", server)
    assert done.code == 1
    assert "error[spf-several] petrel.example has 2 SPF records" in done.out
    assert 'petrel.example.  TXT  "v=spf1 include:one.spf.example include:two.spf.example ~all"' in done.out


def test_json(digest: Digest) -> None:
    """One object for each subject, with the findings in the form that the editor's have."""
    with served(zones()) as server:
        lines = digest("doctor", "--dns", "oak.example", "--selector", "mail", "--nameserver", server, "--json").lines
    assert [line["subject"] for line in lines] == ["SPF", "DKIM", "DMARC", "MX"]
    (missing,) = lines[2]["findings"]
    assert (missing["code"], missing["severity"]) == ("dmarc-missing", "error")
    assert missing["suggestion"] == '_dmarc.oak.example.  TXT  "v=DMARC1; p=none; rua=mailto:dmarc@oak.example"'


def test_the_account_says_what_to_look_for(digest: Digest) -> None:
    """A newsletter that is sent from the domain names the vendor, and so the selector and what SPF has to include."""
    text = digest.here.config.read_text().replace('kind = "postmark"', 'kind = "mailjet"')
    digest.here.config.write_text(text.replace("tide@news.example.org", "tide@harbour.example"))
    with served(zones()) as server:
        done = digest("doctor", "--dns", "harbour.example", "--nameserver", server)
    assert done.out.startswith("harbour.example, and Mailjet sends for it\n")
    assert "warning[spf-vendor]" in done.out
    assert 'harbour.example.  TXT  "v=spf1 include:spf.mailjet.com ip4:198.51.100.0/24 ~all"' in done.out
    assert "error[dkim-missing] There is no DKIM key at mailjet._domainkey.harbour.example" in done.out


@pytest.mark.parametrize("given", ["", "localhost", "https://news.example.org", "a b.example", "-x.example"])
def test_what_is_no_domain(digest: Digest, given: str) -> None:
    """Said before anything is asked."""
    done = digest("doctor", "--dns", given)
    assert done.code == 2
    assert "expected the one behind the @" in done.err


def test_options_without_a_domain(digest: Digest) -> None:
    """A selector alone asks for nothing."""
    done = digest("doctor", "--selector", "mail")
    assert done.code == 2
    assert "belong to --dns" in done.err
