"""An approved edition in its provider's format, made once and kept for a while."""

from __future__ import annotations

import json
from datetime import date

import pytest
from office import KEY, MESSAGE, Office
from sqlalchemy import select

from digest.delivery import press as module
from digest.delivery.press import Presses, Terms
from digest.errors import ConfigError, NotFound
from digest.providers.mailjet import Mailjet
from digest.providers.postmark import Postmark
from digest.storage.batches import Reader
from digest.storage.tables import deliveries

READER = Reader(7, "ada@example.org", "ada@example.org", "Ada", date(2026, 3, 1))
OTHER_KEY = "a-newer-signing-key-0123456789abcdef"


def presses(office: Office, *, keys: tuple[str, ...] = (KEY,)) -> Presses:
    return Presses(editions=office.editions, terms={"main": Terms(Postmark(), "postmark")}, keys=keys)


def test_a_message_is_the_edition_filled_for_its_reader(office: Office) -> None:
    """One member of the provider's batch, with the account's stream, and the same bytes for the same reader."""
    press = presses(office).of(office.edition(), "main")
    body = press.adapter.call([press.message(READER)], key="k-1").body
    (message,) = json.loads(body)
    assert message["To"] == "Ada <ada@example.org>"
    assert message["MessageStream"] == "broadcast"
    assert message["Subject"] == MESSAGE.subject
    assert "ada@example.org, a subscriber since March 1, 2026." in message["HtmlBody"]
    assert press.adapter.call([press.message(READER)], key="k-1").body == body


def test_answers_are_read_by_the_ids_that_messages_carry(office: Office, echo: str) -> None:
    """A vendor that repeats them, in another order, is believed for each reader by name."""
    edition = office.frozen(3)
    with office.worker(echo, adapter=Mailjet()) as worker:
        worker.run(drain=True)
    assert office.counts(edition) == {"accepted": 3}
    with office.database.read() as connection:
        found = connection.execute(select(deliveries.c.subscriber_id, deliveries.c.provider_id)).all()
    assert sorted((subscriber, provider_id) for subscriber, provider_id in found) == [(1, "1"), (2, "2"), (3, "3")]


def test_an_edition_keeps_its_key_when_a_newer_one_signs(office: Office) -> None:
    """Rotating the key changes no message of an edition that is approved: a frozen one stays byte for byte."""
    edition = office.edition()
    before, after = presses(office).of(edition, "main"), presses(office, keys=(OTHER_KEY, KEY)).of(edition, "main")
    assert before.message(READER) == after.message(READER)


def test_a_key_that_was_thrown_away_is_named(office: Office) -> None:
    """Without the edition's key its links could not be made: the message says where to put it back."""
    with pytest.raises(ConfigError, match=r"signing key [0-9a-f]{12}, which is not in secrets/signing_keys"):
        presses(office, keys=(OTHER_KEY,)).of(office.edition(), "main")


def test_an_edition_is_made_once_and_the_oldest_is_let_go(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked again, the press is the same; a process keeps only so many."""
    monkeypatch.setattr(module, "KEPT", 2)
    kept = presses(office)
    first, second, third = (office.edition(day=day) for day in (1, 2, 3))
    press = kept.of(first, "main")
    kept.of(second, "main")
    assert kept.of(first, "main") is press
    other = kept.of(second, "main")
    kept.of(third, "main")
    assert kept.of(second, "main") is other
    assert kept.of(first, "main") is not press


def test_an_edition_that_is_not_there(office: Office) -> None:
    """No press without an edition."""
    with pytest.raises(NotFound):
        presses(office).of(99, "main")


def test_an_account_that_became_another_kind_is_not_used(office: Office) -> None:
    """Approved for Postmark, an edition is not sent through a sandbox that took the account's name."""
    changed = Presses(editions=office.editions, terms={"main": Terms(Postmark(), "sandbox")}, keys=[KEY])
    with pytest.raises(ConfigError, match="of kind postmark"):
        changed.of(office.edition(), "main")
