"""An account that may merge: one body for all who get the same, whole messages where readers chose."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from office import KEY, NOW, Office
from python_multipart import parse_form
from sqlalchemy import select

from digest.delivery.evidence import evidence_for
from digest.delivery.plan import Planner
from digest.delivery.press import Presses, Terms
from digest.errors import ConfigError
from digest.providers import adapter_of
from digest.providers.base import Adapter
from digest.settings import Delivery
from digest.storage.batches import Reader
from digest.storage.tables import attempts, batches, deliveries
from subscribers import roll


def presses(office: Office, kind: str = "mailgun", *, merge: bool = True) -> Presses:
    terms = {"main": Terms(adapter_of(kind, merge=merge), "postmark")}
    return Presses(editions=office.editions, terms=terms, keys=[KEY])


def freeze(office: Office, edition: int, kind: str = "mailgun", *, settings: Delivery | None = None) -> list[int]:
    """The numbers of readers in the batches that were cut."""
    Planner(
        deliveries=office.deliveries,
        editions=office.editions,
        presses=presses(office, kind),
        settings=settings or Delivery(batch_readers=1000),
        rates={},
        clock=office.clock,
    ).freeze(edition)
    with office.database.read() as connection:
        return list(connection.scalars(select(batches.c.readers).order_by(batches.c.number)))


def choose(office: Office, address: str, language: str) -> None:
    """One reader more, with wishes of their own."""
    with office.database.write() as connection:
        roll.add(connection, address=address, newsletter="morning", language=language, at=NOW, source="test")


@pytest.mark.parametrize(
    ("kind", "readers", "expected"),
    [("ses", 51, [50, 1]), ("mailgun", 1001, [1000, 1]), ("sendgrid", 1001, [1000, 1])],
)
def test_batches_are_as_large_as_the_vendor_takes(office: Office, kind: str, readers: int, expected: list[int]) -> None:
    """One more is another request."""
    office.enrol(readers)
    assert freeze(office, office.edition(), kind) == expected


def test_the_shared_body_is_counted_once(office: Office) -> None:
    """By the bytes that a reader adds: a hundred thousand bytes hold many of them, and few whole messages."""
    office.enrol(60)
    merged = freeze(office, office.edition(), settings=Delivery(batch_readers=1000, batch_bytes=100_000))
    assert 1 < merged[0] < 60
    assert sum(merged) == 60


def test_a_wish_that_changes_nothing_keeps_one_body(office: Office) -> None:
    """A language that the edition is not made in is its own."""
    office.enrol(10)
    choose(office, "pt@example.org", "pt-BR")
    assert freeze(office, office.edition()) == [11]


def test_no_two_of_a_batch_differ_in_what_they_get(office: Office) -> None:
    """The press says whether readers are alike by what comes of their wishes, and makes whole messages where not."""
    edition = office.edition()
    press = presses(office).of(edition, "main")
    plain = [Reader(number, f"r{number}@example.org", f"r{number}@example.org", "", None) for number in (1, 2)]
    assert press.shape([("", ""), ("en", "")]).shared > 0
    assert press.filler(plain)(plain[0]).shared
    assert not press.filler(plain[:1])(plain[0]).shared
    several = presses(office, merge=False).of(edition, "main")
    assert several.shape([("", "")]).shared == 0
    with pytest.raises(ConfigError, match="merge = true"):
        several.filler(plain)


class Mailgun(ThreadingHTTPServer):
    """Takes forms and says that they are queued; expands them as the vendor says that it does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.got: list[tuple[str, str]] = []
        self.requests = 0


class _Handler(BaseHTTPRequestHandler):
    server: Mailgun

    def do_POST(self) -> None:
        found: dict[str, list[str]] = {}
        headers = {name: value.encode() for name, value in self.headers.items()}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parse_form(
            headers,
            io.BytesIO(body),
            lambda field: found.setdefault(str(field.field_name or b"", "utf-8"), []).append(
                str(field.value or b"", "utf-8")
            ),
            None,
        )
        variables = json.loads(found.get("recipient-variables", ["{}"])[0])
        for to in found["to"]:
            address = to.rpartition("<")[2].rstrip(">")
            own = variables.get(address, {})
            html = found["html"][0]
            for name, value in own.items():
                html = html.replace(f"%recipient.{name}%", value)
            self.server.got.append((address, html))
        self.server.requests += 1
        answer = b'{"id":"<1@mg.example.org>","message":"Queued. Thank you."}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def mailgun() -> Iterator[Mailgun]:
    server = Mailgun()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sent(office: Office, adapter: Adapter, size: int, day: int) -> tuple[dict[str, str], int]:
    edition = office.edition(day=day)
    office.deliveries.freeze(edition, readers_per_batch=size, at=NOW)
    with mailgun() as server, office.worker(server.url, adapter=adapter) as worker:
        worker.run(drain=True)
    assert office.counts(edition) == {"accepted": len(server.got)}
    return {address: unlinked(html) for address, html in server.got}, server.requests


def test_the_evidence_of_one_body_can_be_made_again(office: Office) -> None:
    """What is on record of a request for many is what the stored edition gives for the same readers."""
    office.enrol(4)
    edition = office.edition()
    office.deliveries.freeze(edition, readers_per_batch=4, at=NOW)
    adapter = adapter_of("mailgun", merge=True)
    with mailgun() as server, office.worker(server.url, adapter=adapter) as worker:
        worker.run(drain=True)
    with office.database.read() as connection:
        columns = [deliveries.c[name] for name in Reader._fields]
        rows = connection.execute(select(*columns).order_by(deliveries.c.subscriber_id))
        readers = [Reader(*row) for row in rows]
        recorded = connection.scalars(select(attempts.c.evidence)).one()
    press = presses(office).of(edition, "main")
    assert evidence_for(press, readers) == recorded
    assert evidence_for(press, [readers[0]._replace(shown="other@example.org"), *readers[1:]]) != recorded


def unlinked(html: str) -> str:
    """Without what differs between two editions: the delivery ids and tokens in links."""
    return re.sub(r"/u/[\w.-]+", "/u/", html)


def test_readers_get_the_same_bytes_either_way(office: Office) -> None:
    """Through the worker and over HTTP: one request for all of them, or one for each."""
    office.enrol(7)
    merged, one = sent(office, adapter_of("mailgun", merge=True), 7, 23)
    whole, seven = sent(office, adapter_of("mailgun"), 1, 24)
    assert (one, seven) == (1, 7)
    assert len(merged) == 7
    assert merged == whole
