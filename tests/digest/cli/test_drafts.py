"""What the preview shows of a real installation: editions, templates, readers, and what it sends."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from installation import FISH
from sink import Sink
from terminal import Digest

from digest.cli.drafts import HouseDrafts
from digest.cli.house import House
from digest.errors import ConfigError, NotFound
from digest.web.messages import What, Wish

MORNING = What("newsletters", "morning")


@pytest.fixture
def drafts(digest: Digest) -> Iterator[HouseDrafts]:
    """Two stories, of which Ana, who reads German, wants those about the sea; that one leads."""
    config = digest.here.config
    config.write_text(config.read_text() + 'languages = ["de"]\n')
    digest.here.write("fish.md", "---\ntopic: Sea\n---\n" + FISH)
    digest("subscribers", "add", "Ana@example.org", "--name", "Ana", "--language", "de-AT")
    digest("subscribers", "topics", "ana@example.org", "--topics", "Sea")
    with HouseDrafts(House.of("config.toml"), config=Path("config.toml")) as opened:
        yield opened


def test_everything_is_listed(drafts: HouseDrafts, digest: Digest) -> None:
    """Newsletters, kept editions and templates, in that order."""
    digest("build", "morning", "--date", "2026-11-23")
    listed = drafts.listing()
    assert [each.what for each in listed[:2]] == [MORNING, What("editions", "1")]
    assert listed[1].detail == "2026-11-23, draft"
    assert What("templates", "confirm") in [each.what for each in listed]


def test_a_reader_sees_the_own_message(drafts: HouseDrafts) -> None:
    """In the reader's language, with the reader's topics; another language can be asked for."""
    everybody, ana = drafts.make(MORNING, Wish()), drafts.make(MORNING, Wish(reader="ANA@example.org"))
    english = drafts.make(MORNING, Wish("en", "ana@example.org"))
    assert (everybody.language, ana.language, english.language) == ("en", "de", "en")
    assert everybody.whole
    assert ana.reader == "Ana@example.org, 1 of 2 stories"
    assert ana.html_bytes < everybody.html_bytes <= everybody.heaviest
    assert "ana@example.org" in ana.html.lower()
    assert "[sent_to]" in ana.source_html


def test_a_stranger_is_told_apart(drafts: HouseDrafts) -> None:
    """An address that is on no roll, or none at all, is shown what a sample reader gets, and that is said."""
    for address in ("nobody@example.org", "not an address"):
        message = drafts.make(MORNING, Wish(reader=address))
        assert message.warnings[0].endswith("this is what a sample reader gets.")
        assert message.whole


def test_a_preview_of_a_reader_cannot_take_the_reader_off_the_roll(drafts: HouseDrafts) -> None:
    """Its links are the sample reader's, whoever it is shown for."""

    def links(wish: Wish) -> str:
        return dict(drafts.make(MORNING, wish).headers)["List-Unsubscribe"]

    assert links(Wish()) == links(Wish(reader="ana@example.org"))


def test_a_kept_edition_is_shown_as_it_is_kept(drafts: HouseDrafts, digest: Digest) -> None:
    """Whatever its articles say by now; with its findings, without the HTML before inlining."""
    digest("build", "morning", "--date", "2026-11-23")
    digest.here.write("fish.md", FISH.replace("Fish", "Coal"))
    kept = drafts.make(What("editions", "1"), Wish("de"))
    assert kept.subject == "Fish Prices Fall as Boats Come Home Full"
    assert kept.language == "de"
    assert kept.source_html == ""
    assert "Coal" not in kept.html
    for name in ("2", "x", "9" * 30):
        with pytest.raises(NotFound):
            drafts.make(What("editions", name), Wish())


@pytest.mark.parametrize(
    ("name", "wish", "language"),
    [
        ("digest", Wish(), "en-GB"),
        ("digest", Wish(sample="sample-rtl"), "ar"),
        ("digest", Wish("fr"), "fr"),
        ("confirm", Wish("de"), "de"),
        ("goodbye", Wish(reader="ana@example.org"), "de-AT"),
        ("correction", Wish(sample="sample-rtl"), "ar"),
    ],
)
def test_a_template_is_shown_with_any_sample_in_any_language(
    drafts: HouseDrafts, name: str, wish: Wish, language: str
) -> None:
    """Digests and notices; whole messages, which two parsers of mail could read."""
    message = drafts.make(What("templates", name), wish)
    assert message.language == language
    assert {"en", "de", "fr", "es", "ar"} <= set(message.languages)
    assert "" not in (message.subject, message.preheader, message.source_html)
    mail = message_from_bytes(message.raw, policy=default)
    assert mail["Subject"] == message.subject
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert ("List-Unsubscribe" in mail) == (name == "digest")


def test_pictures_of_a_sample_are_its_files(drafts: HouseDrafts) -> None:
    """The address of the sample's picture leads nowhere; the file of its name stands for it."""
    pictures = drafts.make(What("templates", "digest"), Wish()).pictures
    assert [file.name for file in pictures.values()] == ["harbour.jpg"]
    assert all(file.is_file() for file in pictures.values())


def test_an_unknown_template_or_sample_names_those_that_exist(drafts: HouseDrafts) -> None:
    """The message says what there is."""
    with pytest.raises(NotFound, match="digest"):
        drafts.make(What("templates", "nosuch"), Wish())
    with pytest.raises(NotFound, match="sample-rtl"):
        drafts.make(What("templates", "digest"), Wish(sample="nosuch"))


def test_config_toml_is_read_again_when_it_is_saved(drafts: HouseDrafts, digest: Digest) -> None:
    """A new title shows at once; a mistake is told, and mended by the next save."""
    config = digest.here.config
    whole = config.read_text()
    config.write_text(whole.replace('title = "The Morning Tide"', 'title = "The Evening Ebb"'))
    assert "The Evening Ebb" in drafts.make(MORNING, Wish()).html
    config.write_text(whole + "nonsense = 1\n")
    with pytest.raises(ConfigError, match="nonsense"):
        drafts.make(MORNING, Wish())
    config.write_text(whole)
    assert "The Morning Tide" in drafts.make(MORNING, Wish()).html


def test_what_is_shown_is_what_is_sent(digest: Digest, sink: Sink, drafts: HouseDrafts) -> None:
    """Once, to that address alone, as a test; in the reader's version, with nobody's links."""
    wish = Wish(reader="ana@example.org")
    shown, sent = drafts.make(MORNING, wish), drafts.send(MORNING, wish, "desk@example.org")
    assert sent == (True, "desk@example.org: accepted by provider.main", "")
    (message,) = sink.kept
    assert message["Subject"] == f"[Test] {shown.subject}"
    assert message["To"] == "desk@example.org"
    assert "ana@example.org" not in str(message).lower()
    assert drafts.send(What("templates", "confirm"), Wish("de"), "desk@example.org").accepted
    assert len(sink.kept) == 2


def test_a_trial_to_no_address_is_refused(drafts: HouseDrafts, sink: Sink) -> None:
    """What is wrong with the address is said, and nothing is sent."""
    sent = drafts.send(MORNING, Wish(), "nobody")
    assert not sent.accepted
    assert "nobody" in sent.report
    assert sink.kept == []
