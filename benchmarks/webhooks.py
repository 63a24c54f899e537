"""How many events of providers are on disk in a second, while an edition is being sent on the same file.

Usage: python benchmarks/webhooks.py [--readers 40000] [--seconds 8] [--batch 100]

Three processes beside this one, which makes the load: the mail API (a sink), the sender, and the web server with its
hooks, as `digest serve` runs it. First arrays of `--batch` reports as SendGrid posts them, signed with ECDSA, on
eight connections; then one report in each request as Resend posts it, signed with HMAC and with an id that is kept,
on thirty-two. All are about deliveries of an edition that went out before. Every answer has to be 200, and
afterwards every event has to be there.

Prints for both: events a second, requests a second, the median, 99th percentile and longest time of an
answer, the server's own CPU time for each request, and how many readers a second were sent to meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.hashes import SHA256  # noqa: E402
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: E402
from office import KEY, NOW, Office, opened  # noqa: E402
from send import message, sink  # noqa: E402
from sqlalchemy import text  # noqa: E402

from digest.delivery.ids import DeliveryIds  # noqa: E402
from subscribers.newcomers import newcomer  # noqa: E402
from subscribers.roll import enrol  # noqa: E402

SECRET = "a-secret-in-the-address"
SVIX_KEY = base64.b64encode(b"a key of thirty-two bytes, no more").decode()
KINDS = ["delivered"] * 90 + ["deferred"] * 4 + ["open"] * 4 + ["bounce", "spamreport"]
"""What a hundred messages come to."""


class Figures(NamedTuple):
    requests: int
    events: int
    seconds: float
    times: list[float]
    """Of each answer, seconds."""

    def __str__(self) -> str:
        cuts = statistics.quantiles(self.times, n=100)
        return (
            f"{self.events / self.seconds:>9,.0f} {self.requests / self.seconds:>10,.0f} {cuts[49] * 1000:>8.0f}"
            f" {cuts[98] * 1000:>8.0f} {max(self.times) * 1000:>8.0f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=40_000)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--batch", type=int, default=100)
    options = parser.parse_args()
    print(
        f"{'':16} {'events/s':>9} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}"
        f" {'CPU us':>8} {'sent/s':>8}"
    )
    with sink() as url:
        for vendor, batch, connections in (("sendgrid", options.batch, 8), ("resend", 1, 32)):
            with tempfile.TemporaryDirectory() as folder:
                figures, cpu, sent = run(Path(folder), url, vendor, batch, connections, options)
            label = f"arrays of {batch}" if batch > 1 else "single reports"
            print(f"{label:16} {figures} {cpu * 1e6:>8,.0f} {sent:>8,.0f}")
    return 0


def run(
    folder: Path, url: str, vendor: str, batch: int, connections: int, options: argparse.Namespace
) -> tuple[Figures, float, float]:
    """The load on a fresh file for so many seconds; the server's CPU time a request, and readers sent to a second."""
    office = Office(folder, message=message(20))
    for start in range(0, options.readers, 5_000):
        people = [newcomer(f"reader{number}@example.org", since=NOW) for number in range(start, start + 5_000)]
        with office.database.write() as connection:
            enrol(connection, people, newsletter="morning", at=NOW, source="benchmark")
    went_out, going_out = office.edition(day=22), office.edition(day=23)
    for edition in (went_out, going_out):
        office.deliveries.freeze(edition, readers_per_batch=500, at=NOW)
    with office.database.write() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'accepted', attempt = 'a' WHERE edition_id = 1"))
        connection.execute(text("UPDATE batches SET state = 'settled' WHERE edition_id = 1"))
        connection.execute(text("UPDATE editions SET state = 'finished' WHERE id = 1"))
    office.database.close()
    key = ec.generate_private_key(ec.SECP256R1())
    with served(folder, vendor, lock_of(vendor, key)) as (address, server):
        requests = posts(vendor, key, batch, options.readers, address)
        sending = multiprocessing.get_context("spawn").Process(target=send, args=(folder, url), daemon=True)
        sending.start()
        while (before := accepted(folder, going_out)) == 0:
            assert sending.is_alive(), "the sender has ended before it sent anything"
            time.sleep(0.2)
        server.send("cpu")
        spent = server.recv()
        figures = asyncio.run(load(address, requests, batch, connections, options.seconds))
        server.send("cpu")
        spent = server.recv() - spent
        sent = accepted(folder, going_out) - before
        sending.terminate()
        sending.join()
    office = Office(folder)
    with office.database.read() as connection:
        kept = connection.execute(text("SELECT count(*) FROM events WHERE edition_id = 1")).scalar_one()
    assert kept == figures.events, f"{figures.events} events were answered with 200, {kept} are on disk"
    return figures, spent / figures.requests, sent / figures.seconds


def accepted(folder: Path, edition: int) -> int:
    office = Office(folder)
    found = office.counts(edition).get("accepted", 0)
    office.database.close()
    return found


def send(folder: Path, url: str) -> None:
    """The edition, as each process of a crew sends it."""
    with opened(folder, folder / "digest.sqlite3", url, timeout=60) as worker:
        worker.run(drain=True)


@contextmanager
def served(folder: Path, vendor: str, keys: str) -> Iterator[tuple[str, Connection]]:
    """A web server with the hooks of the account `main`, in a process of its own; its address, and a line to it."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(folder, vendor, keys, there), daemon=True
    )
    process.start()
    yield here.recv(), here
    here.send("stop")
    process.join()


def serve(folder: Path, vendor: str, keys: str, there: Connection) -> None:
    from digest.delivery.events import Reports, Rules
    from digest.delivery.health import Health, Limits
    from digest.delivery.intake import Intake
    from digest.pages.pages import Pages
    from digest.pages.server import Server
    from digest.providers.webhooks import HOOKS
    from digest.providers.webhooks.base import Lock
    from digest.resources import shipped
    from digest.storage.decisions import Decisions
    from digest.storage.tallies import Tallies
    from digest.web.app import public_app
    from digest.web.certificates import Certificates
    from digest.web.hooks import Account, Hooks
    from digest.web.readers import Readers
    from subscribers.tokens import UnsubscribeTokens

    office = Office(folder)

    def clock() -> datetime:
        return datetime.now(UTC)

    reports = Reports(office.database, keys=[KEY], rules=Rules(), clock=clock)
    tallies, decisions = Tallies(office.database), Decisions(office.database)
    health = Health(tallies=tallies, decisions=decisions, limits=Limits(), clock=clock)
    account = Account(hook=HOOKS[vendor], secrets=[SECRET], lock=Lock(keys=(keys,)))
    readers = Readers(office.database, UnsubscribeTokens([KEY]), titles={}, clock=clock)
    with Certificates() as certificates, Intake(reports, complained=health.weigh) as intake:
        hooks = Hooks({"main": account}, intake, certificates, clock=clock)
        pages = Pages(shipped("templates/pages"))
        with Server(public_app(pages=pages, roll=readers, edition_html=lambda _: None, hooks=hooks)) as server:
            there.send(server.url)
            while there.recv() == "cpu":
                there.send(time.process_time())


def lock_of(vendor: str, key: ec.EllipticCurvePrivateKey) -> str:
    if vendor == "resend":
        return "whsec_" + SVIX_KEY
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()


def posts(vendor: str, key: ec.EllipticCurvePrivateKey, batch: int, readers: int, url: str) -> Iterator[bytes]:
    """Whole requests, each with events of its own, signed when they are asked for."""
    ids = DeliveryIds(KEY)
    host = urlsplit(url).netloc
    number = 0
    while True:
        now = datetime.now(UTC)
        reports = []
        for _ in range(batch):
            kind, reader = KINDS[number % 100], number % readers + 1
            at = NOW + timedelta(hours=1, seconds=number // readers)
            reports.append((kind, ids.make(1, reader), f"reader{reader - 1}@example.org", at))
            number += 1
        body, headers = signed(vendor, key, reports, now, number)
        lines = [f"POST /hooks/main/{SECRET} HTTP/1.1", f"Host: {host}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        yield "\r\n".join(lines).encode() + body


def signed(
    vendor: str,
    key: ec.EllipticCurvePrivateKey,
    reports: list[tuple[str, str, str, datetime]],
    now: datetime,
    number: int,
) -> tuple[bytes, dict[str, str]]:
    seconds = str(int(now.timestamp()))
    if vendor == "resend":
        ((kind, delivery, address, at),) = reports
        names = {"deferred": "delivery_delayed", "open": "opened", "bounce": "bounced", "spamreport": "complained"}
        data = {"email_id": delivery, "to": [address], "tags": {"delivery": delivery}, "bounce": {"type": "Permanent"}}
        report = {"type": f"email.{names.get(kind, kind)}", "created_at": at.isoformat(), "data": data}
        body = json.dumps(report).encode()
        signature = hmac.digest(
            base64.b64decode(SVIX_KEY), b".".join((f"r{number}".encode(), seconds.encode(), body)), hashlib.sha256
        )
        mark = "v1," + base64.b64encode(signature).decode()
        return body, {"svix-id": f"r{number}", "svix-timestamp": seconds, "svix-signature": mark}
    array = [
        {
            "event": kind,
            "type": "bounce",
            "email": address,
            "timestamp": int(at.timestamp()),
            "sg_event_id": f"event-{number}-{place}",
            "sg_message_id": f"{delivery}.recvd-5f54b5d587-pczjm-1-61CAA0A2-1D.0",
            "smtp-id": f"<{delivery}@ismtpd>",
            "response": "250 2.0.0 OK",
            "delivery": delivery,
        }
        for place, (kind, delivery, address, at) in enumerate(reports)
    ]
    body = json.dumps(array).encode() + b"\r\n"
    prefix = "X-Twilio-Email-Event-Webhook-"
    mark = base64.b64encode(key.sign(seconds.encode() + body, ec.ECDSA(SHA256()))).decode()
    return body, {prefix + "Signature": mark, prefix + "Timestamp": seconds}


async def load(url: str, requests: Iterator[bytes], batch: int, connections: int, seconds: float) -> Figures:
    """So many connections, on each one request after the other."""
    parts = urlsplit(url)
    # Made before the clock runs: a vendor's work is not ours.
    prepared = [next(requests) for _ in range(int(seconds * (4_000 if batch == 1 else 24_000 / batch)))]
    waiting = iter(prepared)
    times: list[float] = []
    ends = time.perf_counter() + seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for request in waiting:
            began = time.perf_counter()
            if began > ends:
                break
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.partition(b":")[2]))
            times.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return Figures(len(times), len(times) * batch, time.perf_counter() - began, times)


if __name__ == "__main__":
    sys.exit(main())
