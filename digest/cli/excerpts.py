"""Places of an article as a terminal shows them: line numbers, the words around, and what they are about."""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache

import click

from digest.cli.terminal import COLOURS, plain, say
from digest.model import Finding, Place, Quote, Span

WINDOW = 88
"""Columns of an excerpt."""
MOST = 200
"""Quotations that are shown; nobody reads more in a terminal, and `--json` has all of them."""


def say_diagnostic(finding: Finding, text: str, ref: str) -> None:
    """A finding as a compiler would say it: file, line and column, the words underlined, and what to do."""
    spans = [place.span for place in finding.places if place.span]
    where = f"{ref}:{_line(text, spans[0].start)}:{_column(text, spans[0].start)}" if spans else ref
    colour = COLOURS[finding.severity]
    click.echo(f"{plain(where)}: " + click.style(f"{finding.severity.value}[{finding.code}]", fg=colour, bold=True))
    say(f"  {finding.message}", bold=True)
    for place in finding.places:
        _say_place(place, text, colour)
    if finding.suggestion:
        say(f"  suggestion: {finding.suggestion}", fg="green")
    say(f"  help: {finding.advice}\n")


def say_quotes_in_place(quotes: Sequence[Quote], text: str, *, explain: bool) -> None:
    """Each paragraph that holds a quotation, the quotations highlighted, and who said them below: the first 200."""
    paragraphs: dict[Span, list[Quote]] = {}
    for quote in quotes[:MOST]:
        paragraphs.setdefault(_paragraph(text, quote.span), []).append(quote)
    for span, held in paragraphs.items():
        shown, at = [], span.start
        for quote in held:
            shown.append(plain(text[at : quote.span.start]))
            words = plain(text[quote.span.start : quote.span.end])
            shown.append(click.style(words, fg="green" if quote.key else "cyan", bold=quote.key))
            at = quote.span.end
        shown.append(plain(text[at : span.end]))
        click.echo(f"{_line(text, span.start):>5} | " + "".join(shown))
        for quote in held:
            _say_speaker(quote, explain=explain)
    if len(quotes) > MOST:
        say(f"      … and {len(quotes) - MOST:,} more; `digest story FILE --json` has them all", dim=True)


def _say_speaker(quote: Quote, *, explain: bool) -> None:
    rank = f"key quote {quote.rank}" if quote.key else "quotation"
    who = ", ".join(part for part in (quote.speaker or "nobody named", quote.role) if part)
    line = f"{rank}: {who} ({quote.attribution}, {quote.confidence:.0%})"
    say(f"      = {line}" + (f"; {quote.why}" if explain and quote.why else ""), dim=not quote.key)


def _say_place(place: Place, text: str, colour: str) -> None:
    if place.span is None:
        if place.excerpt:
            say(f"        {place.part}: {place.excerpt}", dim=True)
        return
    start, end = place.span
    line_start = text.rfind("\n", 0, start) + 1
    found = text.find("\n", start)
    line_end = found if found >= 0 else len(text)
    end = min(end, line_end)
    before = max(line_start, start - (WINDOW - min(WINDOW, end - start)) // 2)
    after = min(line_end, before + WINDOW)
    lead = "…" if before > line_start else ""
    say(f"{_line(text, start):>7} | {lead}{text[before:after]}{'…' if after < line_end else ''}")
    marks = "^" * max(1, min(end, after) - start)
    click.echo(f"        | {' ' * (len(lead) + start - before)}" + click.style(f"{marks} {place.part}", fg=colour))


def _paragraph(text: str, span: Span) -> Span:
    before, after = text.rfind("\n\n", 0, span.start), text.find("\n\n", span.end)
    return Span(before + 2 if before >= 0 else 0, after if after >= 0 else len(text.rstrip()))


def _line(text: str, at: int) -> int:
    return bisect_right(_starts(text), at)


@lru_cache(maxsize=1)
def _starts(text: str) -> list[int]:
    """Where each line begins. Kept, because an article may have thousands of places to show."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at)


def say_wrapped(lines: Iterable[str], *, bullet: str) -> None:
    """Items in 88 columns, each behind a bullet."""
    for line in lines:
        say(textwrap.fill(plain(line), WINDOW, initial_indent=f"  {bullet} ", subsequent_indent="    "))
