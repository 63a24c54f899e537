"""The few things that filters and people take for spam and that a template or a link can do by mistake.

Not a spam filter: the tests run one. `subject.py` has capitals and marks of the subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from digest.model import Finding, Severity
from digest.rendering.checks.css import declarations
from digest.rendering.checks.proof import Proof, at, finding, flat, hidden, host

SHORTENERS = frozenset(
    [
        "bit.ly",
        "buff.ly",
        "cutt.ly",
        "goo.gl",
        "is.gd",
        "lnkd.in",
        "ow.ly",
        "rb.gy",
        "rebrand.ly",
        "shorturl.at",
        "t.co",
        "t.ly",
        "tiny.cc",
        "tinyurl.com",
        "v.gd",
        "x.co",
    ]
)
"""Hosts that hide where a link leads; blocklists hold most of them."""
FEW_WORDS = 40
"""Words of a message with an image, below which it is taken for a picture of text."""
_HOST = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,18})(?:[/:?]\S*)?", re.IGNORECASE)


def check_disguise(proof: Proof) -> Iterator[Finding]:
    """`link-disguised`, `link-shortened`: text that shows one host over a link to another, and hosts that hide one."""
    for link in proof.shown:
        if link.tag != "a":
            continue
        target = host(link.get("href", ""))
        shown = _HOST.fullmatch(flat(link.text_content()))
        if target and shown and not _same_site(shown[1].lower(), target):
            yield finding(
                "link-disguised",
                Severity.WARNING,
                f"A link shows {shown[1]} and leads to {target}, as a phishing mail does.",
                "Show the name of the publisher, or the address that it leads to.",
                at(link),
            )
        if target in SHORTENERS:
            yield finding(
                "link-shortened",
                Severity.WARNING,
                f"A link goes through {target}, which hides where it leads; filters hold that against a message.",
                "Link to the address itself.",
                at(link),
            )


def check_hidden(proof: Proof) -> Iterator[Finding]:
    """`hidden-text`: words that nobody sees, but for the preheader."""
    preheader = flat(proof.preheader)
    for element in proof.body.iter() if proof.body is not None else ():
        if not isinstance(element.tag, str) or not _unseen(element) or element.tag in ("style", "script"):
            continue
        words = flat(element.text_content())
        if words and words != preheader and any(char.isalnum() for char in words):
            yield finding(
                "hidden-text",
                Severity.ERROR,
                "The message holds text that nobody sees and that is not the preheader, as spam does.",
                "Remove it.",
                at(element, words),
            )


def check_image_only(proof: Proof) -> Iterator[Finding]:
    """`image-only`: a picture of a message."""
    words = len(proof.words.split())
    if words < FEW_WORDS and any(element.tag == "img" for element in proof.shown):
        yield finding(
            "image-only",
            Severity.WARNING,
            f"The message has {words} words beside its images; filters take that for a picture of an advertisement.",
            "Say in text what the images say.",
        )


def _unseen(element: HtmlElement) -> bool:
    if hidden(element):
        return True
    declared = {each.name: each.value.lower() for each in declarations(element.get("style", ""))[0]}
    return declared.get("visibility") == "hidden" or declared.get("font-size") in ("0", "0px")


def _same_site(one: str, other: str) -> bool:
    return one.removeprefix("www.") == other.removeprefix("www.") or other.endswith(f".{one}")
