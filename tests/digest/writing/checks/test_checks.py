"""The findings: what each check reports, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.model import Article, Finding, Severity
from digest.writing import write

BODY = (
    "Mayor Ada Okafor opened the bridge over the Brine in Kelm on Monday. “The bridge will carry trams for a hundred "
    "years,” Okafor said. The works cost 40 million crowns and took nine years. Pilot Tomas Lind reportedly refused to "
    "sail under the new arches of the bridge. A second meeting in Kelm is planned this week.\n\n"
    "The two cities of Selby and Kelm paid for the bridge together, and neither of them will take a toll from carts, "
    "trams or people on foot before the end of the decade."
)


def findings(
    take: str = "", *, headline: str = "Bridge opens in Kelm", dek: str | None = None, **fields: object
) -> dict[str, Finding]:
    """The findings of an article with one author's take beside a harmless one, by code."""
    takes = f"Key points\n\n• {take}\n• The bridge opened on Monday\n\n" if take else ""
    known = {"byline": "Ida Holm", "published_at": datetime(2031, 5, 4, tzinfo=UTC), "url": "https://ledger.example/b"}
    article = Article(
        text=f"{headline}\n\n{takes}{BODY}",
        source="test",
        ref="t",
        dek=dek,
        **{**known, **fields},  # type: ignore[arg-type]
    )
    return {finding.code: finding for finding in write(article).findings}


def test_clean() -> None:
    """An article whose parts agree has no finding."""
    assert findings("Okafor says the bridge “will carry trams for a hundred years”") == {}


@pytest.mark.parametrize(
    ("take", "code", "severity"),
    [
        ("Okafor promised “trams for ten thousand years at least”", "quote-not-in-body", Severity.ERROR),
        ("The bridge is called a “money pit” by some", "term-not-in-body", Severity.WARNING),
        ("The bridge is called “The Bridge of Kelm and Selby”", "term-not-in-body", Severity.WARNING),
        ("Okafor says “the bridge will carry trams”", "quote-case-differs", Severity.INFO),
        ("Lind said: “The bridge will carry trams for a hundred years”", "quote-two-speakers", Severity.ERROR),
        ("Governor Okafor opened the bridge", "office-title-conflict", Severity.ERROR),
        ("The second meeting in Kelm is planned next week", "relative-time-conflict", Severity.ERROR),
        ("The works cost 60 million crowns", "number-not-in-body", Severity.WARNING),
        ("The bridge was opened by Minister Gunnar Vik", "name-not-in-body", Severity.WARNING),
        ("There will be no fireworks at the bridge", "negation-not-in-body", Severity.WARNING),
        ("Pilot Tomas Lind refused to sail under the new arches", "hedge-lost", Severity.WARNING),
        ("The bridge (which is new opened on Monday", "unbalanced-marks", Severity.WARNING),
        ("The bridge opened on Monday", "takes-repeated", Severity.WARNING),
    ],
)
def test_takes(take: str, code: str, severity: Severity) -> None:
    """A slip in a take is found, with its severity, and points at the take."""
    found = findings(take)
    assert list(found) == [code]
    assert found[code].severity is severity
    assert found[code].places[0].part in ("take 1", "take 2")


@pytest.mark.parametrize(
    "take",
    [
        "Mayor Okafor opened the bridge",
        "Former governor Okafor opened the bridge",
        "A second meeting in Kelm is planned this week",
        "The works cost 40 million crowns",
        "The works took 9 years",
        "Pilot Tomas Lind reportedly refused to sail under the new arches",
        "Okafor says that it “will carr[y] trams for a hundred years”",
        "Kelm said: “The bridge will carry trams for a hundred years”",
        "The trams of Kelm have carried more people than any others on the Brine since last week",
        "Neither city will take a toll before the end of the decade",
        "The bridge will carry trams for a hundred years, no matter who pays",
    ],
)
def test_borne_out(take: str) -> None:
    """What the body bears out is left alone, also in other words and figures."""
    assert findings(take) == {}


def test_missing_metadata() -> None:
    """One finding lists what is missing."""
    found = findings(byline=None, published_at=None, url=None)
    assert found["missing-metadata"].message == "The article has no byline, no publication date and no source address."


def test_undated() -> None:
    """Relative times are reported only while the day of publication is unknown."""
    assert "“this week”" in findings(published_at=None)["undated-relative-time"].message


@pytest.mark.parametrize(
    "take",
    ["The last night ferry sailed on 2 August", "Pilots struck in the last week of August", "It was her last summer"],
)
def test_last_of_its_kind(take: str) -> None:
    """“The last week” is no time that must be counted from the day of publication, as “last week” is."""
    message = findings(take, published_at=None)["undated-relative-time"].message
    assert message == "The article has no publication date, so readers cannot place “this week”."


def test_caption_as_dek() -> None:
    """A credit line in the dek is a picture's caption."""
    assert "caption-as-dek" in findings(dek="The bridge at night (Photo: Ida Holm)")


def test_mojibake() -> None:
    """Characters of a wrong encoding block."""
    found = findings(headline="Bridge opens in KelmÃ©")
    assert found["mojibake"].severity is Severity.ERROR


def test_label_without_takes() -> None:
    """A label with nothing below it is reported, and the takes are taken from the body."""
    text = f"Bridge opens in Kelm\n\nKey points\n\n{BODY}"
    found = {finding.code for finding in write(Article(text=text, source="test", ref="t")).findings}
    assert "label-without-takes" in found


def test_sentences_for_an_editor() -> None:
    """Messages and advice are whole sentences."""
    for finding in findings("Governor Okafor said “nothing of the sort ever at all”", byline=None).values():
        assert finding.message.endswith(".")
        assert finding.advice.endswith(".")
        assert finding.message[0].isupper()
