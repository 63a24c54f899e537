"""How fast an edition goes out, and what it takes.

Usage: python benchmarks/send.py [--readers 10000 100000] [--kilobytes 20] [--processes N] [--merged]

For each size, in one run and against one sink process on loopback: a bare loop that posts the
same ready-made bytes, one request after the other (no ledger, nothing filled in, nothing to be
kept), then the real thing: claim, fill, flight on record with a durable commit, request, settle, one
row for each reader, in as many processes as the product starts. Both send the same batches. Before them once a
script as it is usually written: the template inlined once, rendered by jinja2 and posted by itself for each reader.
With `--merged` a request has one body for its readers, in SendGrid's format (`merge = true`).

Prints readers a second for each, the ratio to the bare loop, our CPU time for each reader, how long the audience
took to freeze, and megabytes: the peak of the largest sending process (resident), and of all together (their share
of what they share counted once, looked at twice a second). With three sizes or more, how straight the line of time
over readers is.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from office import NOW, Office, opened  # noqa: E402

from digest.cli.house import FEW  # noqa: E402
from digest.delivery.crew import Crew, processors  # noqa: E402
from digest.delivery.letters import Values, letter  # noqa: E402
from digest.delivery.plan import readers_per_batch  # noqa: E402
from digest.delivery.worker import Tally  # noqa: E402
from digest.http import provider_client  # noqa: E402
from digest.message import CompiledMessage, SentTo, Slot, Slotted  # noqa: E402
from digest.providers.base import Adapter, MergedWire, Wire  # noqa: E402
from digest.providers.postmark import Postmark  # noqa: E402
from digest.providers.sendgrid_merge import SendGridMerge  # noqa: E402
from digest.settings import Delivery  # noqa: E402
from digest.storage.batches import Reader  # noqa: E402
from subscribers.newcomers import newcomer  # noqa: E402
from subscribers.roll import enrol  # noqa: E402


def message(kilobytes: int) -> CompiledMessage:
    """An edition of about that size whose text is not all the same."""
    sentence = '<p class="p" style="margin:0 0 16px 0;font-size:16px">The harbour of Senn reopened on day {}.</p>\n'
    html = "".join(sentence.format(day) for day in range(kilobytes * 900 // len(sentence)))
    return CompiledMessage.plain(
        subject="The Morning Tide: a benchmark",
        html=Slotted(
            (
                f"<!DOCTYPE html><html><body>{html}<p>",
                Slot("sent_to", "html"),
                ' <a href="',
                Slot("unsubscribe_url", "html"),
                '">Unsubscribe</a></p></body></html>',
            )
        ),
        text=Slotted((html[: len(html) // 10], Slot("sent_to", "text"), "\n", Slot("unsubscribe_url", "text"))),
    )


class Setting(NamedTuple):
    """What is sent."""

    kilobytes: int
    merged: bool

    @property
    def adapter(self) -> Adapter:
        return SendGridMerge() if self.merged else Postmark()

    def wire(self) -> Wire:
        """The edition in the provider's format."""
        return self.adapter.wire(letter(message(self.kilobytes), _sender(), scheduled=False))

    def readers_per_batch(self) -> int:
        wire = self.wire()
        shared = cast(MergedWire, wire).shared if self.merged else 0
        return readers_per_batch(self.adapter, wire.size, Delivery(), shared=shared)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--processes", type=int, default=processors())
    parser.add_argument("--merged", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    setting = Setting(options.kilobytes, options.merged)
    if options.one:
        print(json.dumps(real(options.readers[0], setting, options.one, options.processes)))
        return
    taken = []
    with sink() as url:
        print(f"a usual script: {typical(2_000, options.kilobytes, url):,.0f} readers/s")
        print(
            f"{'readers':>9} {'bare/s':>9} {'ours/s':>9} {'ratio':>6} {'CPU us':>7} {'freeze s':>9} {'kB each':>8}"
            f" {'MB one':>7} {'MB all':>7}"
        )
        for readers in options.readers:
            rate, size = bare(readers, setting, url)
            ours = alone(readers, setting, url, options.processes)
            taken.append(readers / ours["rate"])
            print(
                f"{readers:>9,} {rate:>9,.0f} {ours['rate']:>9,.0f} {ours['rate'] / rate:>6.2f}"
                f" {ours['cpu']:>7.0f} {ours['freeze']:>9.2f} {size / 1000:>8.1f}"
                f" {ours['peak']:>7.0f} {ours['all']:>7.0f}"
            )
    if len(taken) > 2:
        print(f"time over readers: R² = {statistics.correlation(options.readers, taken) ** 2:.4f}")


@contextmanager
def sink() -> Iterator[str]:
    """A mail API in a process of its own that counts messages without reading them; its address."""
    process = subprocess.Popen([sys.executable, ROOT / "tests/sink.py", "--count"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()


def alone(readers: int, setting: Setting, url: str, processes: int) -> dict[str, float]:
    """`real` in a fresh process, so that its peak of memory is its own."""
    command = [sys.executable, __file__, "--one", url, "--readers", str(readers)]
    command += ["--kilobytes", str(setting.kilobytes), "--processes", str(processes)]
    command += ["--merged"] * setting.merged
    figures: dict[str, float] = json.loads(subprocess.check_output(command, text=True))
    return figures


def real(readers: int, setting: Setting, url: str, processes: int) -> dict[str, float]:
    """The production code, from an approved edition to the finished one, on a real file."""
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), message=message(setting.kilobytes))
        for start in range(0, readers, 5_000):
            people = [newcomer(f"reader{number}@example.org", since=NOW) for number in range(start, start + 5_000)]
            with office.database.write() as connection:
                enrol(connection, people, newsletter="morning", at=NOW, source="benchmark")
        edition = office.edition()
        size = setting.readers_per_batch()
        before = time.perf_counter()
        planned = office.deliveries.freeze(edition, readers_per_batch=size, at=NOW)
        frozen = time.perf_counter()
        memory, spent = _Memory(), _spent()
        workers = partial(opened, Path(folder), office.place, url, timeout=60, adapter=setting.adapter)
        if processes == 1 or readers < FEW:  # as `digest.cli.house.House.senders`
            with workers() as worker:
                worker.run(drain=True, progress=memory.look)
        else:
            Crew(workers, processes=processes).run(drain=True, progress=memory.look)
        seconds = time.perf_counter() - frozen
        assert office.counts(edition) == {"accepted": planned}, office.counts(edition)
        assert planned == readers
    return {
        "rate": readers / seconds,
        "cpu": (_spent() - spent) / readers * 1e6,
        "peak": memory.largest,
        "all": memory.peak,
        "freeze": frozen - before,
    }


def _spent() -> float:
    """Seconds of CPU time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class _Memory:
    """Megabytes of this process's family, as the kernel counts them: see proc_pid_status(5) and proc_pid_smaps(5)."""

    def __init__(self) -> None:
        self.largest = 0.0
        """Of one process at most, resident, by its own mark of high water."""
        self.peak = 0.0
        """Of all together at most, in proportional set sizes."""

    def look(self, _: Tally) -> None:
        pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
        self.largest = max(self.largest, *(self._of(pid, "status", "VmHWM:") for pid in pids))
        self.peak = max(self.peak, sum(self._of(pid, "smaps_rollup", "Pss:") for pid in pids))

    def _of(self, pid: int | None, file: str, field: str) -> float:
        try:
            lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)


def typical(readers: int, kilobytes: int, url: str) -> float:
    """Readers a second of a script as it is usually written: one template, rendered and posted for each reader."""
    from jinja2 import Environment
    from premailer import Premailer

    html = "".join(message(kilobytes).html.parts[0].split("<p>")[:-1])  # type: ignore[union-attr]
    text = html[: len(html) // 10]
    inlined = Premailer(f"{html}<p>ADDRESS <a href='LINK'>Unsubscribe</a></p>").transform()
    source = inlined.replace("ADDRESS", "{{ address }}").replace("LINK", "{{ link }}")
    template = Environment(autoescape=True).from_string(source)
    started = time.perf_counter()
    with provider_client(url, timeout=60) as client:
        for number in range(readers):
            address = f"reader{number}@example.org"
            link = f"https://digest.example.org/u/{number}"
            body = {
                "From": "tide@news.example.org",
                "To": address,
                "Subject": "The Morning Tide: a benchmark",
                "HtmlBody": template.render(address=address, link=link),
                "TextBody": text,
                "MessageStream": "broadcast",
            }
            client.post("/email", json=body).raise_for_status()
    return readers / (time.perf_counter() - started)


def bare(readers: int, setting: Setting, url: str) -> tuple[float, float]:
    """Post the same bytes in a loop, one request after the other; readers a second, bytes a reader."""
    wire = setting.wire()
    values = Values(
        edition_id=1, newsletter="morning", sender=_sender(), sent_to=SentTo(), key="a-key-of-sixteen-characters"
    )
    one = wire.message(values.of(Reader(1, "reader1@example.org", "reader1@example.org", "", NOW.date())))
    size = setting.readers_per_batch()
    call = setting.adapter.call([one] * size, key="k-1")
    body = call.body
    calls = -(-readers // size)
    with provider_client(url, timeout=60) as client:
        before = time.perf_counter()
        for _ in range(calls):
            client.post(call.path, content=body).raise_for_status()
        seconds = time.perf_counter() - before
    return calls * size / seconds, len(body) / size


def _sender():  # type: ignore[no-untyped-def]
    from digest.signing import key_id
    from digest.storage.drafts import Sender

    return Sender(
        title="The Morning Tide",
        from_name="The Morning Tide",
        from_address="tide@news.example.org",
        reply_to="desk@news.example.org",
        list_id="morning.news.example.org",
        language="en",
        base_url="https://digest.example.org",
        kind="postmark",
        stream="broadcast",
        signing_key=key_id("a-key-of-sixteen-characters"),
    )


if __name__ == "__main__":
    main()
