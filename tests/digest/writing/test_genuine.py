"""Which quoted words are speech: by what stands around them, and by their own form."""

from __future__ import annotations

import pytest

from digest.model import Article
from digest.writing import write


def spoken(body: str) -> list[str]:
    """The quotations of an article with that last paragraph."""
    text = f"Harbour talks\n\nTomas Lind has argued with the city about its ferries for a whole year.\n\n{body}"
    return [quote.text for quote in write(Article(text=text, source="test", ref="t")).quotes]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "Over the gate stands Fluctuat nec mergitur, Latin for “she is tossed by the waves but never goes under.”",
            [],
        ),
        ("He put it in Latin: “She is tossed by the waves.”", ["She is tossed by the waves."]),
        ("Correction: Lind was misquoted. An earlier version said that he “never wanted a ferry at all.”", []),
        ("EDITORS’ NOTE: Lind said, “I never wanted a ferry at all.”", []),
        ("Corrections came late: Lind said, “I never wanted a ferry.”", ["I never wanted a ferry."]),
        ("In a talk with the Harbour Magazine, Lind was asked, “Where are the boats?”", ["Where are the boats?"]),
        ("Lind’s column in the Harbour Magazine, “Where Are the Boats?”, was read by all.", []),
        (
            "Once Lind revived the old chant “Bring It Home! Bring It Home!” that the pilots know.",
            ["Bring It Home! Bring It Home!"],
        ),
        ("Once Lind revived the old play “Bring Her Home to the Pier” that the pilots know.", []),
    ],
)
def test_what_is_speech(body: str, expected: list[str]) -> None:
    """Translations, the publisher's corrections and titles are not; what somebody is asked and a crowd shouts is."""
    assert spoken(body) == expected
