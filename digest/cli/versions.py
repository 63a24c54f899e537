"""The version of an edition that one reader gets: which language, which stories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.delivery.trial import TRIAL_READER
from digest.message import CompiledEdition, CompiledMessage

if TYPE_CHECKING:
    from digest.cli.house import House
    from digest.storage.batches import Reader


@dataclass(frozen=True, kw_only=True)
class Version:
    """A message with one reader's stories, ready but for the slots."""

    language: str
    message: CompiledMessage
    """The same for every selection."""
    preheader: str
    source_html: str
    heaviest: int
    """Bytes of HTML that no reader's selection passes; 0 for a message without stories."""
    whole: bool
    """Whether it has every story."""
    told: str
    """For whom it is, in one line."""


def version(compiled: CompiledEdition, reader: Reader, language: str) -> Version:
    """In the language that is wished, else in the reader's, with the stories of the reader's topics."""
    language = compiled.language(language or reader.language)
    message = compiled.messages[language]
    every = tuple(range(len(message.plan.stories)))
    positions = message.plan.of_topics(reader.topics)
    selection = positions if positions != every else None
    chosen = message.select(selection)
    source = message.source_form.select(message.choose(selection))
    stories = f"{len(positions)} of {len(every)} stories" if selection else "every story"
    plain = CompiledMessage.plain(subject=chosen.subject, html=chosen.html, text=chosen.text)
    return Version(
        language=language,
        message=replace(plain, sent_to=message.sent_to),
        preheader=chosen.preheader,
        source_html="".join(part if isinstance(part, str) else f"[{part.name}]" for part in source.parts),
        heaviest=message.html_bytes if every else 0,
        whole=selection is None,
        told=f"{'a sample reader' if reader is TRIAL_READER else reader.shown}{f', {stories}' if every else ''}",
    )


def reader_of(house: House, address: str, newsletter: str) -> tuple[Reader, list[str]]:
    """The reader with that address, and a warning where the roll has none: then it is a reader that does not exist.

    Language, topics and name are the reader's own. The links are nobody's, so that they change nothing.
    """
    if not address:
        return TRIAL_READER, []
    from subscribers import roll
    from subscribers.errors import SubscriberError

    try:
        with house.database.read() as connection:
            found = roll.find(connection, address)
            if found is None:
                return TRIAL_READER, [f"{address} is on no roll; this is what a sample reader gets."]
            entry = roll.entry(connection, subscriber_id=found.id, newsletter=newsletter)
    except SubscriberError as error:
        return TRIAL_READER, [f"{error}; this is what a sample reader gets."]
    since, topics = entry.subscription.since, entry.subscription.topics
    reader = TRIAL_READER._replace(
        address=found.address, shown=found.shown, name=found.name, language=found.language, topics=topics
    )
    return reader._replace(since=since.date() if since else None), []
