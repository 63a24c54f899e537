"""What the program's own checks of a message say of the e-mails that ship with it: nothing that an editor must mend.

Among them are the size, the style blocks, the client support matrix with its score of 90 or more, contrast in both
schemes, links, the text part and the headers. `tests/digest/rendering/checks` shows what each of them catches.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from specimens import Specimen

from digest.model import Severity
from digest.rendering.checks import check


def test_the_checks_find_nothing_in_a_sample(specimen: Specimen) -> None:
    """No error in any e-mail; no warning, either, in one that was not varied."""
    # A headline that is full of markup is shown as it is in the text part, and is rightly wondered at.
    expected = {"text-markup"} if specimen.variation == "markup" else set()
    limit = (Severity.ERROR, Severity.WARNING) if specimen.variation == "plain" else (Severity.ERROR,)
    found = [one for one in check(specimen.proof) if one.severity in limit and one.code not in expected]
    assert [(finding.code, finding.message, finding.places) for finding in found] == []


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        (' style="', ' style="position:fixed;', "client-support"),
        (' style="', ' style="position:fixed;', "support-score"),
        ("<h1", "<h1" + " " * 102_400, "message-size"),
        ("<h1", '<img src="https://media.example.com/a.png" width="9" height="9"><h1', "image-alt"),
        ("<h1", '<p style="color:#787878;background-color:#FFFFFF">weak</p><h1', "contrast"),
    ],
)
def test_they_are_asked(everyday: Specimen, was: str, now: str, code: str) -> None:
    """A gap of clients, a low score, 103 kB, a missing alt and a contrast of 4.4 in our own digest are found."""
    broken = replace(everyday.proof, html=everyday.html.replace(was, now), longest_html="")
    assert code in {finding.code for finding in check(broken)}
