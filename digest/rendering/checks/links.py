"""Links: where they lead, and whether they lead anywhere in a mail client."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import Finding, Severity
from digest.rendering.checks.proof import Proof, at, finding
from digest.rendering.untrusted import http_url


def check_links(proof: Proof) -> Iterator[Finding]:
    """`link-scheme`, `link-anchor`, `link-empty`."""
    for link in proof.elements:
        if link.tag not in ("a", "area"):
            continue
        href = (link.get("href") or "").strip()
        if not href:
            if not link.get("name") and not link.get("id"):
                yield finding(
                    "link-empty",
                    Severity.ERROR,
                    "A link leads nowhere.",
                    "Leave it out, or give it an address.",
                    at(link),
                )
        elif href.startswith("#"):
            yield finding(
                "link-anchor",
                Severity.ERROR,
                "A link leads to a place in the message; Gmail and Outlook on phones do nothing with it.",
                "Link to the edition online, or leave it out.",
                at(link),
            )
        elif http_url(href) is None and not href.startswith("mailto:"):
            yield finding(
                "link-scheme", Severity.ERROR, "A link is not http or https.", "Link to a web address.", at(link)
            )
