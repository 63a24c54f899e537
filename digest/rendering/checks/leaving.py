"""What the law and every mailbox provider ask for: a way out, a postal address, and the edition online."""

from __future__ import annotations

from collections.abc import Iterator

from digest.model import Finding, Severity
from digest.rendering.checks.proof import Proof, finding, flat
from digest.rendering.untrusted import clean


def check_leaving(proof: Proof) -> Iterator[Finding]:
    """`unsubscribe-missing`, `online-missing`, `address-missing`, each in both parts.

    CAN-SPAM 7704(a)(3) and (5) ask for the way out and the postal address; a link that is hidden is none.
    """
    links = {link.get("href") for link in proof.shown if link.tag == "a"}
    if proof.unsubscribe_url and (proof.unsubscribe_url not in links or proof.unsubscribe_url not in proof.text):
        yield finding(
            "unsubscribe-missing",
            Severity.ERROR,
            f"The {'text part' if proof.unsubscribe_url in links else 'HTML'} has no unsubscribe link.",
            "Link slots.unsubscribe_url in body.html, and write it in body.txt.",
        )
    if proof.view_url and (proof.view_url not in links or proof.view_url not in proof.text):
        yield finding(
            "online-missing",
            Severity.ERROR,
            f"The {'text part' if proof.view_url in links else 'HTML'} does not link to the edition online.",
            "Link view_url in body.html, and write it in body.txt.",
        )
    if proof.postal_address is None:
        return
    address = flat(clean(proof.postal_address))
    for part, words in (("HTML", proof.words), ("text part", proof.flat_text)):
        if not address or address not in words:
            yield finding(
                "address-missing",
                Severity.ERROR,
                f"The {part} lacks the postal address, which the law of many countries asks for.",
                "Set postal_address of the newsletter, and write it in the foot of the template.",
            )
