"""One story of a send, told to its end by whoever runs it: what a person would do after every crash is start it again.

Import the roll, approve the edition, freeze its audience, one reader leaves, send, hear from the mail API's webhook.
Every step looks first at what is done already.
"""

from __future__ import annotations

import json

import httpx
from office import KEY, NOW, Office
from points import Happening, Watched, around_commits

from digest.delivery.events import Post, Reports, Rules
from digest.delivery.intake import Intake
from digest.errors import DigestError
from digest.model import EditionState
from digest.providers.webhooks.postmark import Postmark
from digest.web.readers import Readers
from subscribers import roll
from subscribers.importing import import_csv
from subscribers.tokens import UnsubscribeTokens

READERS = 12
BATCH = 4
LEAVES = "reader5@example.org"
"""Who leaves once the audience is frozen."""
DAY = 23
DELIVERED, BOUNCED = "reader1@example.org", "reader2@example.org"
"""Whom the webhook tells of, if the mail API took their messages."""


def addresses() -> list[str]:
    return [f"reader{number}@example.org" for number in range(1, READERS + 1)]


def tell(office: Office, url: str, happening: Happening) -> None:
    """The whole story, from wherever it stands."""
    around_commits(office.database.engine, happening)
    sheet = office.folder / "roll.csv"
    sheet.write_text("email\n" + "".join(f"{address}\n" for address in addresses()))
    import_csv(office.database.write, sheet, newsletter="morning", at=NOW, rejects=None)
    edition = office.editions.of("morning", NOW.date())
    number = edition.id if edition else office.edition(day=DAY, approve=False)
    if office.state(number) is EditionState.DRAFT:
        chosen = office.editions.get(number)
        office.editions.approve(number, fingerprint=chosen.fingerprint, by="test", at=NOW)
    if office.state(number) is EditionState.APPROVED:
        office.deliveries.freeze(number, readers_per_batch=BATCH, at=NOW)
    leave(office)
    send(office, url, happening)
    hear(office, url)


def leave(office: Office) -> None:
    """What a mail program's one click does, and again after a crash."""
    tokens = UnsubscribeTokens([KEY])
    readers = Readers(office.database, tokens, titles={"morning": "The Morning Tide"}, clock=office.clock)
    with office.database.read() as connection:
        reader = roll.find(connection, LEAVES)
    assert reader is not None
    readers.leave(tokens.make(reader.id, "morning"), source="one-click")


def send(office: Office, url: str, happening: Happening) -> None:
    """A worker until nothing is left, one batch after the other: so a point has the same number in every run."""

    def watch(client: httpx.Client) -> None:
        # Below everything of ours: what the production code hands over to the network.
        client._transport = Watched(client._transport, happening)

    with office.worker(url, concurrency=1, prepare=watch) as worker:
        worker.keep_house()
        while worker.step():
            pass
        worker.keep_house()


def hear(office: Office, url: str) -> None:
    """What the mail API tells of messages that it took, each twice, as vendors do when they heard no answer."""
    delivered = {"RecordType": "Delivery", "DeliveredAt": NOW.isoformat()}
    bounced = {"RecordType": "Bounce", "Type": "HardBounce", "BouncedAt": NOW.isoformat()}
    told = {DELIVERED: delivered, BOUNCED: bounced}
    reports = Reports(office.database, keys=[KEY], rules=Rules(), clock=office.clock)
    try:
        kept = httpx.get(f"{url}/kept", trust_env=False).json()
    except httpx.TransportError as error:  # a fault that met the vendor's part, which is played here
        raise DigestError(str(error)) from error
    with Intake(reports, complained=lambda _: None) as intake:
        for message in kept:
            address = message["To"].rpartition("<")[2].rstrip(">")
            if address not in told:
                continue
            report = {**told[address], "Recipient": address, "Metadata": message["Metadata"]}
            post = Post("main", Postmark().events(json.dumps(report).encode()))
            for _ in range(2):
                intake.submit(post).result()
