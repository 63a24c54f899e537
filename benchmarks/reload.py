"""How long the preview takes from a save to the new page: `.venv/bin/python benchmarks/reload.py [--times N]`.

A preview of the sample newsletter is served on loopback. An article, a template, a catalog and config.toml are
saved in turn; what is measured is from the save until the page and its frame are here again, as an open page asks
for them once it is told. The median and the slowest of N saves, in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import httpx

from digest.cli.drafts import HouseDrafts
from digest.cli.house import House
from digest.cli.preview import preview_of
from digest.pages.server import Server

ROOT = Path(__file__).resolve().parent.parent
PAGE = "/newsletters/morning"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="saves of each file")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as scratch:
        saved = installation(Path(scratch))
        os.chdir(scratch)
        house, config = House.of("config.toml"), Path(scratch, "config.toml")
        with (
            HouseDrafts(house, config=config) as drafts,
            Server(preview_of(house, drafts)) as server,
            httpx.Client(base_url=server.url, timeout=60) as client,
        ):
            client.get(PAGE)
            for name, file in saved.items():
                taken = sorted(one(client, file, number) for number in range(times))
                sys.stdout.write(f"{name:12} median {statistics.median(taken):5.0f} ms   slowest {taken[-1]:5.0f} ms\n")
    return 0


def installation(folder: Path) -> dict[str, Path]:
    """The sample newsletter with files of its own; those that are saved."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "templates" / "email" / "digest", folder / "own" / "email" / "digest")
    shutil.copytree(ROOT / "templates" / "locales", folder / "own" / "locales")
    config = (ROOT / "config.toml").read_text("utf-8").replace('# templates = "our-templates"', 'templates = "own"')
    (folder / "config.toml").write_text(config, "utf-8")
    return {
        "article": sorted((folder / "examples" / "articles").glob("*.txt"))[0],
        "template": folder / "own" / "email" / "digest" / "body.html",
        "catalog": folder / "own" / "locales" / "de.po",
        "config.toml": folder / "config.toml",
    }


def one(client: httpx.Client, file: Path, number: int) -> float:
    """Milliseconds from one save to the page and its frame."""
    address = client.get(PAGE).text.partition('data-live="')[2].partition('"')[0]
    with client.stream("GET", address) as events:
        lines = events.iter_lines()
        next(lines)
        comment = "" if file.suffix == ".txt" else f"\n{'{#' if file.suffix == '.html' else '#'} {number}"
        text = file.read_text("utf-8").rstrip() + comment + (" #}\n" if file.suffix == ".html" else "\n")
        begun = perf_counter()
        file.write_text(text, "utf-8")
        next(line for line in lines if line.startswith("data: "))
    client.get(PAGE).raise_for_status()
    client.get(f"{PAGE}/frame").raise_for_status()
    return (perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
