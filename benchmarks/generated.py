"""Generated inputs for every parser of articles: grown from a grammar, then spoiled.

    python benchmarks/generated.py [--inputs N]

For each input a parser returns what it promises or raises SourceError, and nothing else. A sample is read
again in other processes, whose sets and dictionaries have another order: it must come out the same.
Spans are slices of their text, and runs of marks take the writing room time in proportion to their length.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
from lxml.etree import LxmlError

from digest.editing.duplicates import canonical
from digest.errors import SourceError
from digest.model import Article
from digest.sources import frontmatter, markdown, shape
from digest.sources.encoding import decode
from digest.sources.entries import read_entries
from digest.sources.html import article_from_html
from digest.sources.known import Known
from digest.sources.metadata import page_metadata
from digest.writing import write

CHUNK = 1_000
"""Inputs that one call reads; its seed makes them again."""
SPOILED = 0.5
"""Share of inputs that are not as grown."""
MARKS = "“”„‟«»\"'‘’‚‹›`()[]<>{}&—–-:;,.?!…•*_#|\\/=\n\t \xa0\u200b\u202e\x00\ud800\ufeffﬁİ"
RUNS = (
    "“",
    "”",
    '"',
    "'",
    "‘a",
    "’",
    "«",
    "„",
    "(",
    "•\n",
    "# ",
    "A. ",
    "said ",
    "a, ",
    "He said “",
    "“a” ",
    "A B: c\n",
    "‘a\n",
    "“a”\n",
    "a:\n",
    "* * *\n",
    "said, “a ",
)
LENGTHS = (25_000, 100_000)
"""Characters of the shorter and the longer run."""

GRAMMAR: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("grammar.toml").read_text("utf-8"))
_SYMBOL = re.compile("§(" + "|".join(sorted(map(re.escape, GRAMMAR), key=len, reverse=True)) + ")")
DEPTH = 12
"""Below this the first choice of a symbol is taken, so that growing ends."""


def grown(chance: random.Random, symbol: str, depth: int = 0) -> str:
    """A text of that symbol."""
    choices = GRAMMAR[symbol]
    template = chance.choice(choices) if depth < DEPTH else choices[0]
    return _SYMBOL.sub(lambda found: grown(chance, found[1], depth + 1), template)


def spoiled(chance: random.Random, text: str) -> str:
    """The text with marks put in, pieces cut out and pieces doubled."""
    for _ in range(chance.randrange(1, 6)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randrange(12))
        text = text[:start] + chance.choice(("", chance.choice(MARKS), text[start:end] * 2)) + text[end:]
    return text


def story(text: str) -> object:
    made = write(Article(text=text, source="generated", ref="generated"))
    for part in (*made.quotes, *made.takes):
        assert text[part.span.start : part.span.end] == part.text
    for finding in made.findings:
        for place in finding.places:
            assert place.span is None or 0 <= place.span.start <= place.span.end <= len(text)
    assert all(0 <= quote.confidence <= 1 for quote in made.quotes)
    return made


def sound(article: Article) -> Article:
    assert article.text.strip()
    article.text.encode()
    return article


def page(text: str) -> object:
    return sound(article_from_html(text, ref="generated", source="generated"))


def metadata(text: str) -> object:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    data = text.encode("utf-8", "replace").replace(b"\0", b"")
    try:
        return page_metadata(lxml.html.document_fromstring(data, parser=parser))
    except LxmlError:
        raise SourceError("no markup") from None


def feed(text: str) -> object:
    entries, fault = read_entries(text, url="https://ledger.example/rss", most=40)
    return [(entry, Known(**entry.sure)) for entry in entries], fault


def plain(text: str) -> object:
    body, known = markdown.plain(text, Known())
    return sound(shape.article(body, known, ref="generated", source="generated"))


def fenced(text: str) -> object:
    return frontmatter.split(text)


def decoded(text: str) -> object:
    chance = random.Random(repr(text))
    name = chance.choice(("utf-8", "cp1252", "utf-16", "shift_jis", "gb18030"))
    data = text.encode(name, "replace")
    cut = data[: len(data) - chance.randrange(2)]
    found = decode(cut, markup=chance.random() < 0.5, declared=chance.choice((None, "utf-8", "latin-1", "x")))
    assert "\x00" not in found
    assert "\r" not in found
    return found


PARSERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "quotations": ("quotes", story),
    "blocks and takes": ("takes", story),
    "checks": ("checks", story),
    "web page": ("page", page),
    "page metadata": ("page", metadata),
    "feed": ("feed", feed),
    "Markdown": ("markdown", plain),
    "front matter": ("front matter", fenced),
    "encoding": ("declared text", decoded),
    "address": ("address", canonical),
}
"""What is tried: the symbol that its inputs grow from, and the call."""


def inputs(parser: str, seed: int, count: int) -> Iterator[str]:
    """The same texts for the same seed."""
    chance = random.Random(f"{parser} {seed}")
    for _ in range(count):
        text = grown(chance, PARSERS[parser][0])
        yield spoiled(chance, text) if chance.random() < SPOILED else text


def tried(task: tuple[str, int, int]) -> tuple[str, int, int, str, float]:
    """Reads the inputs of one seed; parser, inputs, refused ones, a hash of every result, seconds of CPU."""
    parser, _, count = task
    start, refused, results = time.process_time(), 0, hashlib.sha256()
    for text in inputs(*task):
        result: object
        try:
            result = PARSERS[parser][1](text)
        except SourceError as error:
            result, refused = str(error), refused + 1
        except Exception as error:
            raise AssertionError(f"{parser}, seed {task[1]}: {type(error).__name__} for {text!r}") from error
        results.update(repr(result).encode("utf-8", "surrogatepass"))
    return parser, count, refused, results.hexdigest(), time.process_time() - start


def robust(wanted: int) -> None:
    """Tries `wanted` inputs of every parser, on every core, and long runs; prints the counts. Raises AssertionError."""
    if wanted > 0:
        generated(wanted)
    runs()


def generated(wanted: int) -> None:
    """Tries at least one input of every parser; prints the counts. Raises AssertionError."""
    sizes = [min(CHUNK, wanted - start) for start in range(0, wanted, CHUNK)]
    tasks = [(parser, seed, size) for parser in PARSERS for seed, size in enumerate(sizes)]
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count()) as pool:
        done = pool.map(tried, tasks, chunksize=1)
    # The first inputs of each parser once more: in new processes strings have other hashes.
    with context.Pool(os.cpu_count()) as pool:
        again = pool.map(tried, [task for task in tasks if task[1] == 0], chunksize=1)
    print("\nGenerated inputs       inputs   refused   seconds of CPU")
    for parser in PARSERS:
        mine = [result for result in done if result[0] == parser]
        (same,) = (result[3] for result in again if result[0] == parser)
        assert mine[0][3] == same, f"{parser} reads the same input differently in another process"
        counts = [sum(result[field] for result in mine) for field in (1, 2, 4)]
        print(f"  {parser:18} {counts[0]:9,} {counts[1]:9,}   {counts[2]:14.0f}")


def runs() -> None:
    """Long runs of one mark, name or verb: within a second, and in proportion to their length."""
    slowest = (0.0, "")
    for run in RUNS:
        times = []
        for length in LENGTHS:
            start = time.process_time()
            story("Harbour\n\n" + run * (length // len(run)))
            times.append(time.process_time() - start)
        # Four times the length may take eight times the time; what takes no time cannot be compared.
        assert times[1] < max(0.05, times[0] * 8), f"a run of {run!r} takes {times[0]:.3f} s, then {times[1]:.3f} s"
        slowest = max(slowest, (times[1], run))
    assert slowest[0] < 1, f"a run of {slowest[1]!r} takes {slowest[0]:.1f} s"
    print(
        f"\nRuns of {LENGTHS[1]:,} characters: {len(RUNS)}, the slowest ({slowest[1]!r}) in {slowest[0] * 1000:.0f} ms"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Try every parser of articles on generated inputs.")
    arguments.add_argument("--inputs", type=int, default=100_000, help="inputs for each parser")
    robust(arguments.parse_args().inputs)
