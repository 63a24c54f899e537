"""Measures the writing room on development data that is not part of this repository.

    python benchmarks/evaluate.py [--data DIR] [--inputs N] [--read CODE]

`DIR` holds `quotes/` and `takes/`, each with `dev.jsonl` and the `score.py` that judges it. The
figures of every fold stand beside those of the whole: folds are cut by a hash of the article's id.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from generated import robust

from digest.model import Article, Finding, Quote, Severity, Span, Story
from digest.writing import write
from digest.writing.language import language_of
from digest.writing.tokens import tokenize

FOLDS = 5
SURE = 0.9
CONFLICTS = ("office-title-conflict", "relative-time-conflict", "quote-two-speakers")
Row = dict[str, Any]
_ONE = """
import resource, sys
from digest.model import Article
from digest.writing import write
write(Article(text=sys.stdin.read(), source="evaluation", ref="evaluation"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def main() -> None:
    """Prints every figure; a clear sentence and exit code 0 where the data is not there."""
    parser = argparse.ArgumentParser(description="Measure quotations, takes and findings on development data.")
    parser.add_argument("--data", type=Path, default=Path("../shared/eval"), help="folder of the data and its scorers")
    parser.add_argument("--inputs", type=int, default=100_000, help="generated inputs for each parser")
    parser.add_argument("--read", metavar="CODE", help="only print 50 findings of this code, to be judged by a reader")
    options = parser.parse_args()
    if not (options.data / "quotes" / "dev.jsonl").is_file():
        print(f"There is no development data at {options.data}; nothing was measured. Pass its folder with --data.")
        return
    quotes = options.data / "quotes"
    if options.read:
        read(options.read, rows_of(quotes), rows_of(options.data / "takes"))
        return
    memory(quotes / "dev.jsonl")
    rows = rows_of(quotes)
    with tempfile.TemporaryDirectory() as folder:
        stories = speed(rows)
        attribution(rows, stories, quotes / "score.py", Path(folder))
        findings("as they are, without takes", stories)
        findings(
            "with editors' highlights as takes", [write(one) for one in highlighted(rows_of(options.data / "takes"))]
        )
        findings("with paragraphs as takes", [write(one) for one in displaced(rows)], CONFLICTS)
        takes(options.data / "takes", Path(folder))
    robust(options.inputs)


def article(text: str, headline: str | None = None) -> Article:
    return Article(text=text, source="evaluation", ref="evaluation", headline=headline)


def fold_of(row: Row) -> int:
    return int(hashlib.sha1(row["id"].encode()).hexdigest(), 16) % FOLDS  # noqa: S324 - a fixed cut, not a secret


def rows_of(data: Path) -> list[Row]:
    path = data / "dev.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def memory(data: Path) -> None:
    """Peak of a fresh process that writes one article; run while this one is small, since a child inherits its peak."""
    with data.open(encoding="utf-8") as lines:
        text = json.loads(next(lines))["text"]
    alone = subprocess.run([sys.executable, "-c", _ONE], input=text, check=True, capture_output=True, text=True)
    print(f"Peak of a process that has written one article: {alone.stdout.strip()} MB")


def speed(rows: list[Row]) -> list[Story]:
    """CPU time of `write` for each article, and the peak of this process."""
    articles = [article(row["text"]) for row in rows]
    write(articles[0])
    gc.collect()
    gc.freeze()
    stories, times = [], []
    for one in articles:
        start = time.process_time()
        stories.append(write(one))
        times.append((time.process_time() - start) * 1000)
    times.sort()
    print(
        f"CPU per article: mean {statistics.mean(times):.2f} ms, 95th of 100 {times[len(times) * 95 // 100]:.2f} ms; "
        f"mean length {statistics.mean(len(row['text']) for row in rows):.0f} characters; "
        f"peak of the process with all data in it {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )
    long = article((rows[0]["text"] + "\n\n") * (100_000 // len(rows[0]["text"]) + 1))
    start = time.process_time()
    write(long)
    print(f"CPU for {len(long.text) // 1000} KB of text: {(time.process_time() - start) * 1000:.0f} ms")
    return stories


def attribution(rows: list[Row], stories: list[Story], scorer: Path, folder: Path) -> None:
    pairs = list(zip(rows, stories, strict=True))
    print("\nQuotations            span F1   exact   right person   named   pronoun (silver)   noun")
    for title, words in (("all", 1), ("5 words and more", 5)):
        report(title, score(pairs, scorer, folder, words))
        for fold in range(FOLDS):
            part = [pair for pair in pairs if fold_of(pair[0]) == fold]
            report(f"  fold {fold}", score(part, scorer, folder, words))
    print("\nGiven to the right person, of those that were found")
    for title, chosen in (
        ("key quotes", [quote for story in stories for quote in story.quotes if quote.key]),
        (f"confidence ≥ {SURE}", [q for story in stories for q in story.quotes if q.confidence >= SURE]),
        (f"confidence < {SURE}", [q for story in stories for q in story.quotes if q.confidence < SURE]),
    ):
        wanted = {id(quote) for quote in chosen}
        figures = score(pairs, scorer, folder, 1, wanted)
        folds = [
            score([pair for pair in pairs if fold_of(pair[0]) == fold], scorer, folder, 1, wanted)["entity_acc"]
            for fold in range(FOLDS)
        ]
        print(
            f"  {title:20} {figures['entity_acc']:5.1f} %   named {figures['entity_named']:5.1f} %   of {len(chosen)}; "
            f"by fold {', '.join(f'{figure:.1f}' for figure in folds)}"
        )
    keys = Counter(sum(quote.key for quote in story.quotes) for story in stories)
    print(f"  key quotes of an article: {', '.join(f'{number} in {keys[number]}' for number in sorted(keys))}")
    scare = [(row, story) for row, story in pairs if row.get("unattributed")]
    total = kept = 0
    for row, story in scare:
        spans = {quote.span.start for quote in story.quotes}
        short = [mark for mark in row["unattributed"] if len(mark["text"].split()) < 5]
        total += len(short)
        kept += sum(mark["start"] in spans for mark in short)
    print(
        f"  marked words under five that nobody says: {100 * (total - kept) / max(1, total):.1f} % of {total} rejected"
    )


def score(
    pairs: list[tuple[Row, Story]], scorer: Path, folder: Path, words: int, wanted: set[int] | None = None
) -> Row:
    gold, predicted = folder / "gold.jsonl", folder / "predicted.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row, _ in pairs), "utf-8")

    def line(quote: Quote) -> Row:
        return {"start": quote.span.start, "end": quote.span.end, "text": quote.text, "speaker": quote.speaker}

    def counted(story: Story) -> list[Row]:
        """Every quotation once: the first sentence of a long one is a key quote, but no other quotation."""
        found = [quote for quote in story.quotes if wanted is None or id(quote) in wanted]
        starts = Counter(quote.span.start for quote in found)
        return [line(q) for q in found if starts[q.span.start] == 1 or not q.key]

    predicted.write_text(
        "".join(json.dumps({"id": row["id"], "quotes": counted(story)}) + "\n" for row, story in pairs),
        "utf-8",
    )
    command = [sys.executable, str(scorer), str(gold), str(predicted), "--min-words", str(words), "--json"]
    result: Row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def report(title: str, figures: Row) -> None:
    """A line of figures: span F1 where four fifths of the words must agree, and where all must."""
    print(
        f"{title:21} {figures['soft_PRF'][2]:6.1f}   {figures['exact_PRF'][2]:5.1f}   "
        f"{figures['e2e_recall_entity']:10.1f}   "
        f"{figures['entity_named']:7.1f}   {figures['entity_pronoun_silver']:9.1f}   {figures['entity_nominal']:11.1f}"
    )


def findings(title: str, stories: list[Story], codes: tuple[str, ...] = ()) -> None:
    """How many of the stories carry each code; of some codes only, where the others would mean nothing."""
    counts = Counter(dict.fromkeys(codes, 0))
    severity = dict.fromkeys(codes, Severity.ERROR)
    for story in stories:
        for finding in {f.code: f for f in story.findings if f.code in codes or not codes}.values():
            counts[finding.code] += 1
            severity[finding.code] = finding.severity
    print(f"\nFindings: of {len(stories)} articles {title}, those that carry the code")
    for code, count in counts.most_common():
        print(f"  {code:28} {severity[code]:8} {count:5}   {100 * count / max(1, len(stories)):5.1f} of 100")


def highlighted(rows: list[Row]) -> list[Article]:
    """Articles under the list of highlights that their own editors wrote."""
    return [article(listed(row["highlights"], row["text"]), headline="Highlights") for row in rows]


def displaced(rows: list[Row]) -> list[Article]:
    """Articles whose second to fourth paragraph stand as takes: who contradicts himself there is the check."""
    articles = []
    for row in rows:
        lines = [line for line in row["text"].split("\n") if line.strip()]
        if len(lines) > 7:
            articles.append(article(listed(lines[1:4], "\n\n".join(lines[4:])), headline=lines[0]))
    return articles


def listed(takes: list[str], body: str) -> str:
    return "Key points\n\n" + "\n".join(f"  • {take}" for take in takes) + f"\n\n{body}"


def read(code: str, rows: list[Row], takes: list[Row]) -> None:
    """Fifty findings of one code, at random, with the words that they are about."""
    found: list[tuple[str, Finding]] = [
        (name, finding)
        for name, articles in (
            ("as it is", [article(row["text"]) for row in rows]),
            ("highlights", highlighted(takes)),
            ("paragraphs", displaced(rows)),
        )
        for one in articles
        for finding in write(one).findings
        if finding.code == code
    ]
    random.Random(20310504).shuffle(found)
    for name, finding in found[:50]:
        print(f"{name:10} {finding.message} | {' | '.join(place.excerpt for place in finding.places)}")


def takes(data: Path, folder: Path) -> None:
    rows = rows_of(data)
    if not rows:
        print(f"\nThere is no development data at {data}; takes were not measured.")
        return
    print("\nTakes (extracted)       ROUGE-1   ROUGE-2   ROUGE-L")
    for title, part in (("all", rows), ("half A", rows[::2]), ("half B", rows[1::2])):
        chosen = {row["id"]: [take.text for take in write(article(row["text"])).takes] for row in part}
        first = {row["id"]: first_sentences(row["text"]) for row in part}
        for name, predicted in (("three takes", chosen), ("first three sentences", first)):
            gold, out = folder / "takes-gold.jsonl", folder / "takes.jsonl"
            gold.write_text("".join(json.dumps(row) + "\n" for row in part), "utf-8")
            out.write_text("".join(json.dumps({"id": i, "takes": t}) + "\n" for i, t in predicted.items()), "utf-8")
            command = [sys.executable, str(data / "score.py"), str(gold), str(out)]
            figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"{title:6} {name:22} {figures['R1']:6.2f}   {figures['R2']:7.2f}   {figures['RLsum']:7.2f}")


def first_sentences(text: str) -> list[str]:
    tokens = tokenize(text, [Span(0, len(text))], [], language_of("en"))
    spans = [tokens.span(sentence.first, sentence.last) for sentence in tokens.sentences[:3]]
    return [text[span.start : span.end] for span in spans]


if __name__ == "__main__":
    main()
