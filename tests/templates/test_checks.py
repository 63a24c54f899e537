"""What the program's own checks of a message say of the e-mails that ship with it: nothing that an editor must mend."""

from __future__ import annotations

from specimens import Specimen

from digest.model import Severity
from digest.rendering.checks import check


def test_the_checks_find_nothing_in_a_sample(specimen: Specimen) -> None:
    """No error in any e-mail; no warning, either, in one that was not varied."""
    # A headline that is full of markup is shown as it is in the text part, and is rightly wondered at.
    expected = {"text-markup"} if specimen.variation == "markup" else set()
    limit = (Severity.ERROR, Severity.WARNING) if specimen.variation == "plain" else (Severity.ERROR,)
    found = [finding for finding in check(specimen.proof) if finding.severity in limit and finding.code not in expected]
    assert [(finding.code, finding.message, finding.places) for finding in found] == []
