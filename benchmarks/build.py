"""Building an edition of 12 stories: a cold process, warm, and what premailer costs beside css-inline.

Usage: python benchmarks/build.py

Prints wall and CPU time of a new process that builds one edition (imports included), of a warm build,
and the ratio premailer : css-inline for the same document.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digest.message import CompiledMessage
from digest.rendering.edition import EditionContent, compile_edition
from digest.rendering.inline import inline
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates

STORIES = 12
ROUNDS = 40
TARGET_COLD, TARGET_WARM = 1.2, 0.150
"""Seconds."""

TEMPLATES = Templates()


def edition(stories: int) -> EditionContent:
    """The shipped sample, its five full stories repeated."""
    content = sample_content(TEMPLATES.sample("digest"))
    return replace(content, stories=tuple(content.stories[at % 5] for at in range(stories)))


def build(content: EditionContent) -> CompiledMessage:
    return compile_edition(content, templates=TEMPLATES, nonce="benchmark0")


def cold() -> tuple[float, float]:
    """Wall and CPU seconds of a new process that builds one edition, imports included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--once"], check=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def warm(work: Callable[[], object]) -> tuple[float, float]:
    """Median wall and CPU seconds of one call."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    runs = [cold() for _ in range(5)]
    wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
    print(f"cold process   {wall * 1000:7.0f} ms wall {cpu * 1000:7.0f} ms CPU   target {TARGET_COLD * 1000:.0f} ms")

    content = edition(STORIES)
    message = build(content)
    wall, cpu = warm(lambda: build(content))
    print(f"warm           {wall * 1000:7.1f} ms wall {cpu * 1000:7.1f} ms CPU   target {TARGET_WARM * 1000:.0f} ms")
    print(f"               {message.html_bytes:,} bytes inlined")

    import css_inline  # only here, so that the cold process is not charged for it

    oracle = message.source_html.replace('data-premailer="ignore"', 'data-css-inline="keep"')
    _, ours = warm(lambda: inline(message.source_html))
    _, theirs = warm(lambda: css_inline.inline(oracle))
    print(f"premailer      {ours * 1000:7.1f} ms CPU, css-inline {theirs * 1000:.2f} ms: ratio {ours / theirs:.0f} : 1")


if __name__ == "__main__":
    if sys.argv[1:] == ["--once"]:
        build(edition(STORIES))
    else:
        main()
