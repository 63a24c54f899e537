"""`write`: the whole way from an article's text to its story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.model import Article, Attribution, Image, Severity, Story, TakeOrigin
from digest.writing import write

FERRY = """Mayor Okafor Draws a Line Under the Harbour Ferry Dispute

Model ferry on a map of the Brine estuary

Harbour Commissioner Ada Okafor has told the ferry company to mend its boats by autumn or lose its licence.

Key Takeaways

  • Okafor warned that no pilot will be spared, not even once a year
  • The company is selling two piers to the city
  • Talks in Selby showed progress, with a decisive meeting in Kelm next week
  • Okafor stressed that “this is not our boat” and that the port has “other ferries to look after”

Commissioner Sets a Deadline for the Fleet

Harbour Commissioner Ada Okafor met the company on the pier at dawn. Speaking to reporters in Selby, Okafor stated \
that repairs must begin “within a matter of weeks,” or the port will withdraw the licence.

“We are coming to the point where the port must decide whether these boats are safe. Because if they are not, \
they will stay at the quay,” Okafor said. \
She added: “This is not our boat. We have other ferries to look after.” A decisive \
meeting is expected this week in Kelm.

Piers in the Balance

Beyond the repairs, the company and the city are reportedly close to an agreement about selling two piers to the city.

Company spokesman Tomas Lind has maintained that “the fleet is sound, it carries papers to prove it, and it will sail.”
"""


def story_of(text: str, **fields: object) -> Story:
    return write(Article(text=text, source="test", ref="test.txt", **fields))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def ferry() -> Story:
    return story_of(FERRY)


def test_structure(ferry: Story) -> None:
    """Headline, caption, dek and the author's takes are read from the plain text; subheads are none of them."""
    assert ferry.headline == "Mayor Okafor Draws a Line Under the Harbour Ferry Dispute"
    assert ferry.caption == "Model ferry on a map of the Brine estuary"
    assert ferry.dek is not None
    assert ferry.dek.startswith("Harbour Commissioner Ada Okafor has told")
    assert [take.origin for take in ferry.takes] == [TakeOrigin.AUTHOR] * 4
    assert ferry.takes[1].text == "The company is selling two piers to the city"


def test_key_quotes(ferry: Story) -> None:
    """Whole thoughts are ranked with speaker and role, also behind a pronoun; fragments are not."""
    keys = [(quote.speaker, quote.role, quote.attribution) for quote in ferry.key_quotes]
    assert keys == [
        ("Ada Okafor", "Harbour Commissioner", Attribution.NAMED),
        ("Ada Okafor", "Harbour Commissioner", Attribution.PRONOUN),
        ("Tomas Lind", "Company spokesman", Attribution.NAMED),
    ]
    fragment = next(quote for quote in ferry.quotes if quote.text == "within a matter of weeks,")
    assert (fragment.speaker, fragment.rank) == ("Ada Okafor", None)


def test_verbatim(ferry: Story) -> None:
    """Every quote and take is the slice of the text that its span says."""
    for part in (*ferry.quotes, *ferry.takes):
        assert FERRY[part.span.start : part.span.end] == part.text


def test_findings(ferry: Story) -> None:
    """The slips planted in the article are found, each with its severity, errors first."""
    assert [(finding.severity, finding.code) for finding in ferry.findings] == [
        (Severity.ERROR, "office-title-conflict"),
        (Severity.ERROR, "relative-time-conflict"),
        (Severity.WARNING, "undated-relative-time"),
        (Severity.WARNING, "negation-not-in-body"),
        (Severity.WARNING, "hedge-lost"),
        (Severity.WARNING, "missing-metadata"),
        (Severity.INFO, "quote-case-differs"),
    ]


def test_places(ferry: Story) -> None:
    """A finding points at both places in the article's text."""
    for finding in ferry.findings:
        for place in finding.places:
            if place.span is not None and len(place.excerpt) < 80:
                assert " ".join(FERRY[place.span.start : place.span.end].split()) == place.excerpt


def test_opening_of_a_key_quote() -> None:
    """What hangs on words that stand elsewhere yields to a quotation that stands by itself."""
    story = story_of(
        "Ferry\n\n“It was late by an hour on Monday and on Tuesday,” Ada Lind said. “So I rang the harbour and I told "
        "them that it was late.”\n\n“And I was the one who was told to wait,” Ida Holm said. “The pier is closed from "
        "today.”\n\n“Nobody has asked us yet what we want,” Tom Berg said.\n\n“But we will be asked before the year is "
        "out,” Jon Vik said."
    )
    ranked = sorted((quote for quote in story.quotes if quote.key), key=lambda quote: quote.rank or 0)
    assert [quote.text for quote in ranked][:2] == [
        "It was late by an hour on Monday and on Tuesday,",
        "Nobody has asked us yet what we want,",
    ]


def test_severities() -> None:
    """A severity can be raised, lowered or switched off by code."""
    story = write(
        Article(text=FERRY, source="test", ref="t"),
        severities={"office-title-conflict": "warning", "missing-metadata": "off", "hedge-lost": "error"},
    )
    severity = {finding.code: finding.severity for finding in story.findings}
    assert severity["office-title-conflict"] is Severity.WARNING
    assert severity["hedge-lost"] is Severity.ERROR
    assert "missing-metadata" not in severity


def test_metadata_wins() -> None:
    """What the source knows wins; a first line that repeats the known headline is not body."""
    published = datetime(2031, 5, 4, tzinfo=UTC)
    image = Image(url="https://ledger.example/bridge.jpg", alt="The bridge")
    story = story_of(
        "Bridge opens\n\nThe bridge over the Brine opened at noon on Monday, after nine years of work by two cities. "
        "It carries trams, carts and people on foot, and it will be closed to lorries for good.\n",
        headline="Bridge opens",
        dek="Nine years late.",
        byline="Ida Holm",
        published_at=published,
        url="https://ledger.example/bridge",
        image=image,
    )
    assert story.image == image
    assert (story.headline, story.dek, story.byline) == ("Bridge opens", "Nine years late.", "Ida Holm")
    assert story.published_at == published
    assert story.findings == ()
    assert story.takes[0].text.startswith("The bridge over the Brine")


def test_first_sentence_of_a_long_quotation() -> None:
    """Of a quotation of more than sixty words the first sentence is a key quote, beside shorter ones."""
    tail = "We drove the piles in the rain and we drew them out again in the rain, and nobody came to look. " * 4
    first = "The bridge is the work of nine winters and of nobody who is in this room tonight."
    story = story_of(
        f"Bridge opens\n\nMayor Ada Okafor opened the bridge over the Brine. “{first} {tail[:-2]},” Okafor said.\n\n"
        "“The tram is late because the rails are late,” said Tomas Lind, the pilot.\n"
    )
    assert [quote.text for quote in story.key_quotes] == [first, "The tram is late because the rails are late,"]
    long = next(quote for quote in story.quotes if len(quote.text.split()) > 60)
    assert (long.key, long.why) == (False, "not key: too long; its first sentence is one")


def test_extracted_takes_stand_alone() -> None:
    """A sentence that leans on the one before it by its first word is no take while others say as much."""
    story = story_of(
        "Bridge opens\n\nThe bridge over the Brine opened on Monday, after nine years of work by two cities. "
        "But the bridge over the Brine was to open after five years of work by the two cities.\n\n"
        "Then the works on the bridge over the Brine were stopped by the two cities for a year.\n\n"
        "Selby and Kelm paid forty million crowns for the works on the bridge, half of it each. "
        "The pilots of the Brine have asked the two cities for lamps on every pier of the bridge.\n"
    )
    assert [take.text.split()[0] for take in story.takes] == ["The", "Selby", "The"]


def test_invitations_are_no_takes() -> None:
    """A publisher's line that asks for the reader's address is no take while the article says as much."""
    story = story_of(
        "Bridge opens\n\nGet the news of the bridge and of the two cities by entering your e-mail here.\n\n"
        "The bridge over the Brine opened on Monday, after nine years of work by two cities. "
        "Selby and Kelm paid forty million crowns for the works on the bridge, half of it each. "
        "The pilots of the Brine have asked the two cities for lamps on every pier of the bridge.\n"
    )
    assert [take.text.split()[0] for take in story.takes] == ["The", "Selby", "The"]


def test_written_metadata() -> None:
    """Byline, date and address are read from lines of their own when the source does not know them."""
    body = "The bridge over the Brine opened at noon on Monday, after nine years of work by two cities. " * 2
    story = story_of(
        f"Bridge opens\n\nBy Ida Holm\n\nPublished: 4 May 2031\n\nhttps://ledger.example/b\n\n{body}\n\n{body}"
    )
    assert (story.byline, story.url) == ("Ida Holm", "https://ledger.example/b")
    assert story.published_at == datetime(2031, 5, 4, tzinfo=UTC)
    assert "missing-metadata" not in {finding.code for finding in story.findings}


@pytest.mark.parametrize("text", ["", " \n\n ", "Only a headline", "“", "•\n•\n", "a" * 500])
def test_nothing_to_tell(text: str) -> None:
    """A text without a body raises nothing; its story carries an error finding."""
    story = story_of(text)
    assert "no-body" in {finding.code for finding in story.errors}


def test_twice_the_same() -> None:
    """Two runs give the same story."""
    assert story_of(FERRY) == story_of(FERRY)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "Two banners hung there. “No new tax on any boat!” (2031) — “Free berths for all!” (poster, 2034)",
            [],
        ),
        ("“No new tax on any boat!” (2031), Ada Okafor said, was the banner of the year.", ["No new tax on any boat!"]),
        (
            "“No new tax on any boat will pass here,” Ada Okafor said (in 2031).",
            ["No new tax on any boat will pass here,"],
        ),
        (
            "Ada Okafor said: “The boats sail at dawn tomorrow.\n\n“Follow Tomas Lind on Twitter @lindpilot.”",
            ["The boats sail at dawn tomorrow."],
        ),
        (
            "Ada Okafor said: “The boats sail at dawn tomorrow.\n\n“Follow the lights on the pier to find them.”",
            ["The boats sail at dawn tomorrow.", "Follow the lights on the pier to find them."],
        ),
        ("“Follow us on Twitter for the ferry times,” Ada Okafor said.", ["Follow us on Twitter for the ferry times,"]),
    ],
)
def test_slogans_and_invitations(body: str, expected: list[str]) -> None:
    """A slogan that is cited with its year, and the publisher's line to readers, are nobody's speech unless said so."""
    story = story_of(f"Harbour talks\n\nThe city argued about its ferries for a whole year.\n\n{body}")
    assert [quote.text for quote in story.quotes] == expected
