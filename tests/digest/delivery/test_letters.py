"""What stands around an edition in every reader's message."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email.headerregistry import HeaderRegistry
from email.policy import SMTP
from email.utils import getaddresses
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from office import KEY, MESSAGE

from digest.delivery.ids import DeliveryIds
from digest.delivery.letters import Values, letter, mailbox
from digest.message import Form, SentTo
from digest.storage.batches import Reader
from digest.storage.drafts import Sender
from subscribers.tokens import UnsubscribeTokens

SENDER = Sender(
    title="The Morning Tide",
    from_name="The Morning Tide",
    from_address="tide@news.example.org",
    reply_to="desk@news.example.org",
    list_id="morning.news.example.org",
    language="en",
    base_url="https://digest.example.org",
    kind="postmark",
    stream="broadcast",
    signing_key="0123456789ab",
)
READER = Reader(7, "ada@example.org", "Ada@example.org", "Ada Ö", date(2026, 3, 1))


def values(sender: Sender = SENDER, *, edition: int = 12, key: str = KEY, sent_to: SentTo = MESSAGE.sent_to) -> Values:
    return Values(edition_id=edition, newsletter="morning", sender=sender, sent_to=sent_to, key=key)


def headers(sender: Sender = SENDER, *, scheduled: bool = False) -> dict[str, str]:
    made = letter(MESSAGE, sender, scheduled=scheduled)
    filled = values(sender).of(READER)
    return {name: value.fill(filled) for name, value in made.headers}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "a@example.org"),
        ("Ada", "Ada <a@example.org>"),
        ("Ada Lovelace", "Ada Lovelace <a@example.org>"),
        ("O'Neil-Smith & Co", "O'Neil-Smith & Co <a@example.org>"),
        ("Lovelace, Ada", '"Lovelace, Ada" <a@example.org>'),
        ('Ada "the" L', '"Ada \\"the\\" L" <a@example.org>'),
        ("back\\slash", '"back\\\\slash" <a@example.org>'),
        ("St. Olaf", '"St. Olaf" <a@example.org>'),
        ("Ada Ö", '"Ada Ö" <a@example.org>'),
        ("x@evil.example <", '"x@evil.example <" <a@example.org>'),
    ],
)
def test_a_mailbox_quotes_what_must_be_quoted(name: str, expected: str) -> None:
    """RFC 5322 3.2.4: specials are quoted, quotation marks and backslashes escaped."""
    assert mailbox(name, "a@example.org") == expected


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40))
@example('a" <b@evil.example>, "c')
@example("a, b; c: d")
def test_a_mailbox_is_one_mailbox(name: str) -> None:
    """Whatever the name holds, two parsers find one address, the reader's, and no other."""
    made = mailbox(name, "a@example.org")
    assert [address for _, address in getaddresses([made])] == ["a@example.org"]
    if name.isascii():
        parsed: Any = HeaderRegistry()("To", made)
        assert [each.addr_spec for each in parsed.addresses] == ["a@example.org"]
        assert parsed.addresses[0].display_name == name


def test_unsubscribing_comes_first() -> None:
    """The order of the header fields; the two of RFC 8058 before all others, Auto-Submitted only when scheduled."""
    by_hand = ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Message-ID"]
    assert list(headers()) == by_hand
    assert list(headers(scheduled=True)) == [*by_hand, "Auto-Submitted"]
    assert headers(scheduled=True)["Auto-Submitted"] == "auto-generated"


def test_the_unsubscribe_link_is_the_readers_own() -> None:
    """The header, and the slot in both parts, name this reader and this newsletter with a token that verifies."""
    link = headers()["List-Unsubscribe"]
    prefix = "<https://digest.example.org/u/"
    assert link.startswith(prefix)
    assert link.endswith(">")
    token = UnsubscribeTokens([KEY]).read(link[len(prefix) : -1])
    assert (token.subscriber_id, token.newsletter) == (7, "morning")
    assert headers()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert values().of(READER)["unsubscribe_url"] == link[1:-1]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Morning Tide", '"The Morning Tide" <morning.news.example.org>'),
        ('The "Tide" \\ Co', '"The Tide  Co" <morning.news.example.org>'),
        ("Ålesund i dag", "<morning.news.example.org>"),
        ("صباح الخير", "<morning.news.example.org>"),
    ],
)
def test_the_list_id_is_ascii(title: str, expected: str) -> None:
    """RFC 2919: the identifier always; a title only where it needs no encoding, and never with letters missing."""
    made = headers(msgspec.structs.replace(SENDER, title=title))["List-Id"]
    assert made == expected
    assert made.isascii()


def test_the_message_id_is_of_the_delivery_and_the_senders_domain() -> None:
    """The same for one delivery every time, another for another edition or reader; a parser finds no defect."""
    made = headers()["Message-ID"]
    assert made == headers()["Message-ID"] == f"<{DeliveryIds(KEY).make(12, 7)}@news.example.org>"
    assert not SMTP.header_factory("Message-ID", made).defects
    others = [values(edition=13).of(READER), values().of(READER._replace(subscriber_id=8))]
    assert len({values().of(READER)["delivery"], *(other["delivery"] for other in others)}) == 3


def test_what_fills_the_slots() -> None:
    """Each slot by its name; a reader without a date of joining has no such words."""
    filled = values().of(READER)
    assert filled["to"] == '"Ada Ö" <Ada@example.org>'
    assert filled["sent_to"] == "It was sent to Ada@example.org, a subscriber since March 1, 2026."
    undated = values().of(READER._replace(since=None))["sent_to"]
    assert undated == "It was sent to Ada@example.org, a subscriber."
    assert values().of(READER._replace(name=""))["to"] == "Ada@example.org"


@pytest.mark.parametrize("language", ["en", "pt-BR", "zh-Hant-TW", "de", "nb-NO", "ar", "xx", "tlh", "en-x-tide"])
def test_a_date_in_any_language(language: str) -> None:
    """A tag that the calendar does not know does not stop a send."""
    sent_to = values(sent_to=SentTo(language=language)).of(READER)["sent_to"]
    assert sent_to.startswith("It was sent to Ada@example.org, a subscriber since ")
    assert "2026" in sent_to


def test_the_sentence_of_another_language() -> None:
    """The message brings the words, wherever they put the address and however often; the date is of their language."""
    german = SentTo("An %(address)s.", "Seit dem %(date)s: %(address)s (%(address)s). 100 %%", "de")
    assert values(sent_to=german).of(READER)["sent_to"] == (
        "Seit dem 1. März 2026: Ada@example.org (Ada@example.org). 100 %"
    )
    percent = READER._replace(shown="%(date)s%s@example.org", since=None)
    assert values(sent_to=german).of(percent)["sent_to"] == "An %(date)s%s@example.org."


def test_sender_and_subject() -> None:
    """From is the newsletter's mailbox, Reply-To what was approved, and a test send can mark its subject."""
    odd = msgspec.structs.replace(SENDER, from_name="Tide, The", reply_to="answers@news.example.org")
    made = letter(MESSAGE, odd, scheduled=False, subject="[Test] " + MESSAGE.subject)
    assert made.sender == '"Tide, The" <tide@news.example.org>'
    assert made.reply_to == "answers@news.example.org"
    assert made.subject.fill({}) == "[Test] " + MESSAGE.subject
    assert made.html.parts == MESSAGE.html.parts
    assert replace(made, subject=Form((MESSAGE.subject,))) == letter(MESSAGE, odd, scheduled=False)
