"""Compiling an edition, and filling it for many readers.

Usage: python benchmarks/render.py [--stories 12 36] [--readers 10000 200000]

For each number of stories: the CPU time of a warm build (one Jinja pass, one inlining pass, every story in
every section), then personal messages filled in a second of one core, HTML and text as the bytes of the provider's
request: the whole edition for everybody, and for each reader another selection of stories. "pieces" makes each
message, as a worker does; "bodies" also joins them into requests of 500. Last, the peak memory of a process of
its own after that many fills.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digest.delivery.letters import Values, form_letter
from digest.message import CompiledMessage
from digest.providers.base import Filled, Wire
from digest.providers.postmark import Postmark
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates
from digest.storage.batches import Reader
from digest.storage.drafts import Sender

ROUNDS = 20
READERS = 20_000
BATCH = 500
TARGETS = {"build": 60, "fixed": 150_000, "own": 80_000}
"""Milliseconds for 12 stories; messages a second of one core, in pieces."""

TEMPLATES = Templates()
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


def edition(stories: int) -> EditionContent:
    """The shipped sample, its full stories repeated."""
    content = sample_content(TEMPLATES.sample("digest"))
    full = [story for story in content.stories if story.takes]
    repeated = [
        replace(full[at % len(full)], headline=f"{at}. {full[at % len(full)].headline}") for at in range(stories)
    ]
    return replace(content, stories=tuple(repeated))


def build(content: EditionContent) -> CompiledMessage:
    return compile_edition(content, templates=TEMPLATES, nonce="benchmark0")


def wire_of(message: CompiledMessage) -> Wire:
    return Postmark().wire(form_letter(message, SENDER, scheduled=True))


def filler(message: CompiledMessage) -> Callable[[int], dict[str, str]]:
    values = Values(
        edition_id=1, newsletter="morning", sender=SENDER, sent_to=message.sent_to, key="a-key-of-sixteen-characters"
    )
    return lambda at: values.of(Reader(at, f"reader{at}@example.org", f"reader{at}@example.org", "", None))


def selections(stories: int) -> Iterator[tuple[int, ...]]:
    """The lead and any of the others, hardly ever the same twice."""
    chance = random.Random(7)
    while True:
        bits = chance.getrandbits(stories) | 1
        yield tuple(at for at in range(stories) if bits >> at & 1)


def rate(fill: Callable[[int], Filled], *, bodies: bool) -> float:
    """Messages in a second of CPU time; the best of three, since other processes cost this one its caches."""
    best = 0.0
    call = Postmark().call
    for _ in range(3):
        started = time.process_time()
        for start in range(0, READERS, BATCH):
            batch = [fill(at) for at in range(start, start + BATCH)]
            if bodies:
                len(call(batch, key="").body)
        best = max(best, READERS / (time.process_time() - started))
    return best


def measure(stories: int) -> None:
    content = edition(stories)
    build(content)
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        message = build(content)
        times.append(time.process_time() - started)
    values = list(map(filler(message), range(READERS)))
    wire, whole = wire_of(message), message.choose()
    own = list(islice(selections(stories), READERS))
    choose = message.plan.choose
    fixed_size = sum(map(len, wire.message(values[0], whole)))
    gc.collect()
    gc.freeze()  # the readers that this process holds ready, and no worker would, are not to be looked through
    own_size = statistics.mean(sum(map(len, wire.message(values[at], choose(own[at])))) for at in range(500))
    print(f"{stories} stories: {message.html_bytes:,} bytes of HTML at most, stored as {len(message.to_json()):,}")
    print(f"  build       {statistics.median(times) * 1000:9.1f} ms CPU   target {TARGETS['build']} ms for 12 stories")
    for name, size, fill in (
        ("fixed", fixed_size, lambda at: wire.message(values[at], whole)),
        ("own", own_size, lambda at: wire.message(values[at], choose(own[at]))),
    ):
        pieces, joined = rate(fill, bodies=False), rate(fill, bodies=True)
        print(
            f"  {name:<8} {pieces:>10,.0f} pieces/s {joined:>10,.0f} bodies/s"
            f"   {size / 1000:5.1f} kB each   target {TARGETS[name]:,}"
        )


def peak(readers: int) -> float:
    """Megabytes at most, of this process, after filling messages for so many readers with selections of their own."""
    message = build(edition(12))
    wire, values, chosen = wire_of(message), filler(message), selections(12)
    call = Postmark().call
    for start in range(0, readers, BATCH):
        call(
            [wire.message(values(at), message.plan.choose(next(chosen))) for at in range(start, start + BATCH)], key=""
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, nargs="+", default=[12, 36])
    parser.add_argument("--readers", type=int, nargs="+", default=[10_000, 200_000])
    parser.add_argument("--peak", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(json.dumps(peak(options.peak)))
        return
    for stories in options.stories:
        measure(stories)
    peaks = []
    for readers in options.readers:
        peaks.append(float(subprocess.check_output([sys.executable, __file__, "--peak", str(readers)])))
        print(f"{readers:>9,} readers: peak {peaks[-1]:.0f} MB")
    print(f"ratio of the last to the first: {peaks[-1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
