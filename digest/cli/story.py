"""`digest story`: one article, or a stream of them, and what the digest makes of it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from digest.errors import UsageError
from digest.model import Article, Story


@click.command()
@click.argument("file", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the story as JSON.")
@click.option("--explain", is_flag=True, help="Say of each quotation why it was chosen or not.")
@click.option(
    "--jsonl", is_flag=True, help='Read {"id","text"} lines from standard input, print a story line for each.'
)
def story(file: str | None, as_json: bool, explain: bool, jsonl: bool) -> int:
    """Show what the digest makes of an article.

    FILE is text, Markdown or HTML; `-` takes plain text from standard input.

    \b
    digest story examples/articles/02-grid-begs-for-laundry.md
    digest story --jsonl < articles.jsonl
    """
    if jsonl:
        if file not in (None, "-"):
            raise UsageError("--jsonl reads standard input; write `digest story --jsonl < FILE`")
        return _stream()
    if file is None:
        raise UsageError("give a FILE, `-` for standard input, or --jsonl")
    from digest.sources.folder import article_from_text, read_article
    from digest.writing import write

    article = (
        article_from_text(sys.stdin.read(), ref="standard input", source="command line")
        if file == "-"
        else read_article(Path(file), source="command line")
    )
    made = write(article)
    if as_json:
        from digest.cli.terminal import say_json

        say_json(story_json(article, made))
    else:
        _show(article, made, explain=explain)
    return 0


def story_json(article: Article, made: Story) -> dict[str, Any]:
    """The story and the article's text, which every span points into."""
    plain = asdict(made)
    for quote, values in zip(made.quotes, plain["quotes"], strict=True):
        values["start"], values["end"] = values.pop("span")
        values["key"] = quote.key
    return {"text": article.text, **plain}


def _stream() -> int:
    """Each line by itself: a bad one is reported on standard error and skipped."""
    from digest.writing import write

    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            identity, text = _given(line)
        except UsageError as error:
            click.echo(f'line {number}: {error}; expected {{"id": …, "text": "…"}}; skipped', err=True)
            continue
        made = write(Article(text=text, source="standard input", ref=f"line {number}"))
        sys.stdout.write(json.dumps(_line(identity, made), default=str) + "\n")
    sys.stdout.flush()
    return 0


def _given(line: bytes) -> tuple[object, str]:
    """The id and the text of one line. Raises UsageError."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError("this is not JSON") from None
    if not isinstance(given, dict):
        raise UsageError("this is not a JSON object")
    if missing := [member for member in ("id", "text") if member not in given]:
        raise UsageError(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if not isinstance(given["text"], str):
        raise UsageError("text is not a string")
    return given["id"], given["text"]


def _line(identity: object, made: Story) -> dict[str, Any]:
    return {
        "id": identity,
        "headline": made.headline,
        "dek": made.dek,
        "caption": made.caption,
        "takes": [take.text for take in made.takes],
        "quotes": [
            {
                "start": quote.span.start,
                "end": quote.span.end,
                "text": quote.text,
                "speaker": quote.speaker,
                "role": quote.role,
                "confidence": quote.confidence,
                "key": quote.key,
                "speaker_start": quote.speaker_span.start if quote.speaker_span else None,
                "speaker_end": quote.speaker_span.end if quote.speaker_span else None,
            }
            for quote in made.quotes
        ],
        "findings": [asdict(finding) for finding in made.findings],
    }


def _show(article: Article, made: Story, *, explain: bool) -> None:
    """The story, its quotations where they stand, and what an editor would say."""
    from digest.cli.excerpts import say_diagnostic, say_quotes_in_place, say_wrapped
    from digest.cli.terminal import near, say

    say(made.headline, bold=True)
    for label, text in (("dek", made.dek), ("caption", made.caption), ("byline", made.byline)):
        if text:
            say(f"  {label}: {text}")
    if made.takes:
        say(f"\nQuick takes ({made.takes[0].origin})", fg="cyan")
        say_wrapped((take.text for take in made.takes), bullet="•")
    if made.key_quotes:
        say("\nKey quotes", fg="cyan")
    for quote in made.key_quotes:
        say_wrapped([f"“{quote.text}”"], bullet=f"{quote.rank}.")
        say(f"    {', '.join(part for part in (quote.speaker, quote.role) if part)}", bold=True)
    if made.quotes:
        say("\nWhere they stand", fg="cyan")
        say_quotes_in_place(made.quotes, article.text, explain=explain)
    if made.findings:
        say("\nFindings", fg="cyan")
    for finding in made.findings:
        say_diagnostic(finding, article.text, near(article.ref))
    errors = len(made.errors)
    say(f"{errors} error{'s'[: errors != 1]}, {len(made.findings) - errors} other findings")
