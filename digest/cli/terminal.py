"""How findings, editions and counts look in a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from digest.model import Edition, Finding, Severity, Story

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def say(text: str = "", **style: Any) -> None:
    """A line on standard output, harmless whatever outside text it holds."""
    click.secho(plain(text), **style)


def plain(text: str) -> str:
    """The text with control characters made visible, so that no article can drive a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def say_json(value: object) -> None:
    """One JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def say_finding(finding: Finding, *, indent: str = "") -> None:
    """A finding like a compiler's message: severity, code, sentence; then excerpts and advice."""
    head = click.style(f"{finding.severity.value}[{finding.code}]", fg=COLOURS[finding.severity], bold=True)
    click.echo(f"{indent}{head} ", nl=False)
    say(finding.message)
    for place in finding.places:
        if place.excerpt:
            say(f"{indent}    {place.part}: {place.excerpt}", dim=True)
    say(f"{indent}    → {finding.advice}")


def say_stories(stories: Iterable[Story], *, indent: str = "  ") -> None:
    """Headlines with what each story carries."""
    for number, story in enumerate(stories, start=1):
        quotes = len(story.key_quotes)
        say(f"{indent}{number}. {story.headline}", bold=number == 1)
        carries = f"{_count(len(story.takes), 'quick take')}, {_count(quotes, 'key quote')}"
        say(f"{indent}   {carries}  ({near(story.ref)})", dim=True)


def say_counts(counts: Mapping[Any, int]) -> None:
    """Readers by state, on one line."""
    say("  " + (", ".join(f"{count:,} {state}" for state, count in counts.items() if count) or "nobody"))


def edition_json(edition: Edition, counts: Mapping[Any, int] | None = None) -> dict[str, Any]:
    """An edition as plain JSON values."""
    plain = asdict(edition)
    plain["overrides"] = dict(edition.overrides)
    if counts is not None:
        plain["deliveries"] = {str(state): count for state, count in counts.items()}
    return plain


def near(ref: str) -> str:
    """A path as seen from the current folder, if it lies below it; anything else as it is."""
    path = Path(ref)
    return str(path.relative_to(Path.cwd())) if path.is_absolute() and path.is_relative_to(Path.cwd()) else ref


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
