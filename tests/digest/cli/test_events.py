"""What providers report, from the address that they are given to what an operator sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from installation import FISH
from reporting import report
from sink import Sink
from terminal import Digest

from digest.cli.house import House
from digest.cli.site import public_site, taking_hooks
from digest.delivery.ids import DeliveryIds
from digest.pages.server import Server

BASE = "https://digest.example.org"


@pytest.fixture
def sent(digest: Digest, sink: Sink) -> Digest:
    """An edition that three readers got."""
    digest.here.write("a.md", f"# {FISH}")
    for name in ("ada", "bob", "eve"):
        digest("subscribers", "add", f"{name}@gmail.com")
    digest("send", "morning")
    return digest


class Post:
    """The provider, to whom the operator gave the address that the command printed."""

    def __init__(self, digest: Digest, client: httpx.Client, key: str) -> None:
        (line,) = [line for line in digest("events", "addresses").out.splitlines() if line.startswith("main: ")]
        self._path = line.removeprefix(f"main: {BASE}")
        self._client, self._ids = client, DeliveryIds(key)

    def __call__(self, kind: str, subscriber: int, address: str) -> int:
        said: Any = report("postmark", kind, delivery=self._ids.make(1, subscriber), address=address, at=NOW)
        return self._client.post(self._path, content=json.dumps(said)).status_code


NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


@pytest.fixture
def post(sent: Digest) -> Iterator[Post]:
    house = House.of(str(sent.here.config))
    with (
        taking_hooks(house) as hooks,
        Server(public_site(house, hooks=hooks)) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield Post(sent, client, house.keys[0])
    house.database.close()


def test_from_the_address_to_the_suppression(sent: Digest, post: Post) -> None:
    """What is posted to the printed address is listed, weighed, and keeps the address from the next edition."""
    assert post("delivered", 1, "ada@gmail.com") == 200
    assert post("bounced", 2, "bob@gmail.com") == 200
    assert post("clicked", 3, "eve@gmail.com") == 200
    lines = sent("events").out.splitlines()
    assert [line.split()[2].rstrip(",") for line in lines] == ["clicked", "bounced", "delivered"]
    assert lines[1].startswith("2026-11-23 07:05:00  bounced, for good")
    assert "bob@gmail.com  edition 1" in lines[1]
    health = sent("health", "1").out
    assert health.splitlines()[1].split() == ["gmail", "3", "1", "0", "1", "0", "0.00", "%"]
    (gmail, whole) = sent("health", "1", "--json").lines
    assert (gmail["family"], whole["family"], whole["bounced"]) == ("gmail", "all", 1)
    assert "bounced" in sent("subscribers", "list").out


def test_filters(sent: Digest, post: Post) -> None:
    """By edition, kind and address, so many at most, for people and for programs."""
    for subscriber, name in enumerate(("ada", "bob", "eve"), start=1):
        post("delivered", subscriber, f"{name}@gmail.com")
    post("complained", 3, "eve@gmail.com")
    assert len(sent("events", "--edition", "1", "--json").lines) == 4
    assert [row["address"] for row in sent("events", "--kind", "complained", "--json").lines] == ["eve@gmail.com"]
    assert [row["kind"] for row in sent("events", "--address", "Eve@Gmail.com", "--json").lines] == [
        "complained",
        "delivered",
    ]
    assert len(sent("events", "--newest", "2").out.splitlines()) == 2
    assert sent("events", "--edition", "9").code == 1
    assert "is not an e-mail address" in sent("events", "--address", "eve").err


def test_tidying_forgets_what_nothing_rests_on(sent: Digest, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 90 days what was delivered is history; who bounced and complained stays on record."""
    post("delivered", 1, "ada@gmail.com")
    post("bounced", 2, "bob@gmail.com")
    post("complained", 3, "eve@gmail.com")
    assert "0 events" in sent("db", "tidy").out
    later = datetime.now(UTC) + timedelta(days=91)
    monkeypatch.setattr("digest.clock.now", lambda: later)
    assert "1 event" in sent("db", "tidy").out
    assert [row["kind"] for row in sent("events", "--json").lines] == ["complained", "bounced"]


def test_nothing_yet(digest: Digest) -> None:
    """A fresh installation is told where to begin."""
    assert "digest events addresses" in digest("events").out


def test_an_account_that_lacks_its_key(digest: Digest) -> None:
    """It is said what is missing and where it goes; the address answers nobody until then."""
    with digest.here.config.open("a") as config:
        config.write('\n[provider.second]\nkind = "resend"\n')
    told = digest("events", "addresses").out
    assert "closed: the vendor's key is missing: write it into secrets/provider.second.webhook" in told
    house = House.of(str(digest.here.config))
    with taking_hooks(house) as hooks, Server(public_site(house, hooks=hooks)) as server:
        assert httpx.post(server.url + house.hooks["second"].path).status_code == 404
    house.database.close()


@pytest.mark.parametrize(
    ("account", "since", "words"),
    [
        ("nobody", "24h", "there is no account [provider.nobody]"),
        ("main", "yesterday", 'expected a duration such as "24h" or "3d", or a date'),
        ("main", "2026-13-01", "or a date"),
    ],
)
def test_what_cannot_be_pulled(digest: Digest, account: str, since: str, words: str) -> None:
    """A name or a time that is none is a usage error."""
    done = digest("events", "pull", account, "--since", since)
    assert done.code == 2
    assert words in done.err
