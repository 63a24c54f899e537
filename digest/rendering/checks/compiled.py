"""From what was compiled to a proof: the only place here that knows slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digest.message import LONGEST, CompiledMessage, SentTo, Slotted
from digest.rendering.checks.proof import Proof, flat
from digest.rendering.content import EditionContent
from digest.rendering.notice import CompiledNotice, Notice
from digest.rendering.untrusted import clean, http_url

READER = {"address": "reader@example.org", "date": "2 March 2026"}
"""Whom a message is checked for: nobody."""


def proof_of(message: CompiledMessage, content: EditionContent, headers: Mapping[str, str] | None = None) -> Proof:
    """The proof of an edition with all its stories, in one language.

    `content` is what it was compiled from; `headers` is what it is sent with, if that is known.
    """
    return replace(
        _proof(message, headers),
        heaviest=message.html_bytes,
        unsubscribe_url=_address("unsubscribe_url"),
        view_url=content.view_url,
        postal_address=content.postal_address,
        from_articles=frozenset(
            flat(clean(words)).casefold()
            for words in (
                *(story.headline for story in content.stories),
                *(image.alt for image in content.images.values()),
            )
        ),
        story_urls=tuple(url for story in content.stories if (url := http_url(story.url))),
    )


def proof_of_notice(message: CompiledNotice, notice: Notice, headers: Mapping[str, str] | None = None) -> Proof:
    """The proof of a notice. Nobody leaves a newsletter by a message that only confirms something."""
    return replace(
        _proof(message, headers),
        unsubscribe_url=_address("unsubscribe_url") if "unsubscribe_url" in notice.personal else None,
        postal_address=notice.postal_address,
    )


def _proof(message: CompiledMessage | CompiledNotice, headers: Mapping[str, str] | None) -> Proof:
    return Proof(
        subject=message.subject,
        preheader=message.preheader,
        html=_filled(message.html, message.sent_to),
        text=_filled(message.text, message.sent_to),
        longest_html=_filled(message.html, message.sent_to, longest=True),
        headers=headers,
    )


def _filled(slotted: Slotted, sent_to: SentTo, *, longest: bool = False) -> str:
    values = {slot.name: _address(slot.name) for slot in slotted.slots} | {"sent_to": sent_to.dated % READER}
    if longest:
        values = {name: value.ljust(LONGEST.get(name, 0), "x") for name, value in values.items()}
    return slotted.fill(values)


def _address(slot: str) -> str:
    """What stands in a slot of a personal address: every other one is such a slot."""
    return f"https://reader.example/{slot}"
