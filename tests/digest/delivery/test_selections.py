"""Readers with languages and topics of their own get exactly their stories, through the worker and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from office import KEY, NOW, Office
from sink import Sink

from digest.delivery.letters import Values, form_letter
from digest.delivery.plan import PERSONAL_BYTES
from digest.delivery.press import Press, Presses, Terms
from digest.message import CompiledEdition
from digest.providers.postmark import Postmark
from digest.rendering.edition import Rendering, compile_edition
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.storage.batches import Reader
from digest.storage.drafts import Sender
from subscribers import roll

LANGUAGES = ("en-GB", "de", "ar")
READERS = {
    "ada": ("de-AT", "Science, health", "de", ("Science", "Health")),
    "bo": ("ar", "", "ar", None),
    "cy": ("pt", "CULTURE;World", "en-GB", ("Culture",)),
    "di": ("", "nothing of the sort", "en-GB", ()),
}
"""Name → language and topics as given, then language and topics (beside the lead) as they are to come."""


@cache
def renderings() -> dict[str, Rendering]:
    templates = Templates()
    content = sample_content(templates.sample("digest"))
    return {
        language: Rendering(replace(content, language=language), templates=templates, nonce="k3n9x2p7q1")
        for language in LANGUAGES
    }


@cache
def compiled() -> CompiledEdition:
    return CompiledEdition("en-GB", {language: rendering.compile() for language, rendering in renderings().items()})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path, message=compiled())
    with office.database.write() as connection:
        for name, (language, topics, *_) in READERS.items():
            added = roll.add(
                connection,
                address=f"{name}@example.org",
                newsletter="morning",
                language=language,
                at=NOW,
                source="test",
            )
            assert added.subscriber_id is not None
            roll.choose_topics(connection, subscriber_id=added.subscriber_id, newsletter="morning", wanted=topics)
    yield office
    office.database.close()


def positions(topics: tuple[str, ...] | None) -> tuple[int, ...]:
    """The lead, and the stories of the sample with these topics; all for None."""
    stories = sample_content(Templates().sample("digest")).stories
    return tuple(at for at, story in enumerate(stories) if topics is None or at == 0 or story.topic in topics)


def is_theirs(office: Office, edition: int, number: int, name: str, message: dict[str, Any]) -> None:
    """The message is, to the byte, a rendering of only this reader's stories in this reader's language."""
    _, _, language, topics = READERS[name]
    alone = renderings()[language].alone(positions(topics))
    values = Values(
        edition_id=edition,
        newsletter="morning",
        sender=office.editions.sender(edition),
        sent_to=compiled().messages[language].sent_to,
        key=KEY,
    ).of(Reader(number, f"{name}@example.org", f"{name}@example.org", "", NOW.date()))
    assert message["To"] == f"{name}@example.org"
    assert message["Subject"] == alone.subject
    assert message["HtmlBody"] == alone.html.fill(values)
    assert message["TextBody"] == alone.text.fill(values)


def test_each_reader_gets_their_own(office: Office, sink: Sink) -> None:
    """Nearest language, lead and topics in the order of the edition; no topic that fits leaves the lead."""
    edition = office.edition()
    office.deliveries.freeze(edition, readers_per_batch=3, at=NOW)

    office.drain(sink.url)

    kept = {message["To"]: message for message in sink.kept}
    for number, name in enumerate(READERS, start=1):
        is_theirs(office, edition, number, name, kept[f"{name}@example.org"])
    assert len({message["HtmlBody"].count("<h2") for message in sink.kept}) > 1


def test_wishes_are_frozen_with_the_audience(office: Office, sink: Sink) -> None:
    """What a reader changes afterwards is for the next edition."""
    edition = office.edition()
    office.deliveries.freeze(edition, readers_per_batch=10, at=NOW)
    with office.database.write() as connection:
        roll.choose_topics(connection, subscriber_id=1, newsletter="morning", wanted="World")

    office.drain(sink.url)

    is_theirs(office, edition, 1, "ada", next(each for each in sink.kept if each["To"] == "ada@example.org"))


def test_a_message_is_the_same_however_often_it_is_made(office: Office) -> None:
    """The first time it is made of many pieces, then of few, and by another process of none that this one kept."""

    def press() -> Press:
        terms = {"main": Terms(Postmark(), "postmark")}
        return Presses(editions=office.editions, terms=terms, keys=[KEY]).of(edition, "main")

    edition = office.edition()
    one, other = press(), press()
    for name, (language, topics, *_) in READERS.items():
        reader = Reader(7, f"{name}@example.org", f"{name}@example.org", name, date(2026, 3, 1), language, topics)
        made = [b"".join(each.message(reader)) for each in (one, one, one, other)]
        assert len(set(made)) == 1
        assert len(made[0]) <= one.size + 2_000


def test_few_pieces_once_a_selection_comes_again(office: Office) -> None:
    """What most readers share is joined once, not for each of them."""
    terms = {"main": Terms(Postmark(), "postmark")}
    press = Presses(editions=office.editions, terms=terms, keys=[KEY]).of(office.edition(), "main")
    reader = Reader(7, "ada@example.org", "ada@example.org", "Ada", None, "de", "science")
    first, second = press.message(reader), press.message(reader)
    slots = 2 * 8
    assert len(second) <= slots + 1 < len(first)


@pytest.mark.parametrize("letters", ['"', "\U0001f30a"])
def test_there_is_room_for_the_longest_reader(letters: str) -> None:
    """A name and headlines of nothing but quotation marks, or of four bytes a letter, and as long as they may be."""
    content = sample_content(Templates().sample("digest"))
    stories = tuple(replace(story, headline=letters * 200) for story in content.stories)
    message = compile_edition(replace(content, stories=stories), templates=Templates(), nonce="k3n9x2p7q1")
    sender = Sender(
        title="Tide",
        from_name="Tide",
        from_address="tide@news.example.org",
        reply_to="",
        list_id="tide.example.org",
        language="en",
        base_url="https://digest.example.org/" + "path/" * 60,
        kind="postmark",
        stream="broadcast",
        signing_key="0123456789ab",
    )
    values = Values(edition_id=10**9, newsletter="n" * 60, sender=sender, sent_to=message.sent_to, key=KEY)
    longest = f"{'&' * 64}@{'e' * 185}.org"
    reader = Reader(10**9, longest, longest, letters * 200, NOW.date())
    wire = Postmark().wire(form_letter(message, sender, scheduled=True))
    made = [sum(map(len, wire.message(values.of(reader), message.choose(own)))) for own in (None, (0,), (0, 1))]
    assert wire.size + 3_000 < max(made) <= wire.size + PERSONAL_BYTES
