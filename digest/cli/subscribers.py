"""`digest subscribers`: the roll, in and out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digest.cli.house import House
    from subscribers.model import Subscriber

NEWSLETTER = click.option("--newsletter", metavar="NAME", help="Which roll; may be left out when there is one.")


@click.group()
def subscribers() -> None:
    """Import, add, list, export and unsubscribe readers."""


@subscribers.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@NEWSLETTER
@click.option("--rejects", type=click.Path(path_type=Path), help="Where bad rows go; else FILE with .rejects.csv.")
@click.pass_obj
def import_(config: str | None, file: Path, newsletter: str | None, rejects: Path | None) -> int:
    """Put the people in a CSV FILE on the roll.

    The first row names the columns: email, name, language, zone, topics, subscribed_at. Whoever has left
    or is suppressed stays so. Bad rows are written to a file with their line and reason; run
    again after an interruption, it goes on where it stopped.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say
    from subscribers.importing import import_csv

    house = House.of(config)
    report = import_csv(
        house.database.write,
        file,
        newsletter=_newsletter(house, newsletter),
        at=house.clock(),
        rejects=rejects or file.with_suffix(".rejects.csv"),
        progress=_bar() if sys.stderr.isatty() else None,
    )
    say(
        f"{report.rows:,} rows: {report.added:,} added, {report.already:,} on the roll before,"
        f" {report.left:,} have left, {report.suppressed:,} suppressed, {report.rejected:,} rejected"
    )
    for note in report.notes:
        say(f"  {note}", fg="yellow")
    if report.rejects is not None:
        say(f"  Rejected rows, each with its reason: {report.rejects}", fg="yellow")
    return 0


@subscribers.command()
@click.argument("address")
@NEWSLETTER
@click.option("--name", default="", help="As the reader writes it.")
@click.option("--language", default="", help="BCP 47 tag, such as de.")
@click.option("--zone", default="", help="IANA time zone, such as Europe/Lisbon.")
@click.option("--revive", is_flag=True, help="The reader left and has asked to come back.")
@click.pass_obj
def add(
    config: str | None, address: str, newsletter: str | None, name: str, language: str, zone: str, revive: bool
) -> int:
    """Put one person on the roll."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say
    from subscribers import roll

    house = House.of(config)
    chosen = _newsletter(house, newsletter)
    with house.database.write() as connection:
        added = roll.add(
            connection,
            address=address,
            newsletter=chosen,
            name=name,
            language=language,
            zone=zone,
            at=house.clock(),
            source="command line",
            detail=person(),
            revive=revive,
        )
    sentence = {
        roll.Outcome.ADDED: f"{address} gets {chosen} from now on.",
        roll.Outcome.ALREADY: f"{address} is on the roll of {chosen} already.",
        roll.Outcome.LEFT: f"{address} has left {chosen}. If that reader has asked to come back, add --revive.",
        roll.Outcome.SUPPRESSED: f"{address} is suppressed and is not mailed.",
    }[added.outcome]
    say(sentence)
    return 0 if added.outcome in (roll.Outcome.ADDED, roll.Outcome.ALREADY) else 1


@subscribers.command("list")
@NEWSLETTER
@click.option("--state", type=click.Choice(["active", "unsubscribed"]), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(config: str | None, newsletter: str | None, state: str | None, as_json: bool) -> int:
    """The roll, one reader a line."""
    from digest.cli.house import House
    from digest.cli.terminal import say
    from subscribers.exporting import export_jsonl
    from subscribers.model import SubscriptionState
    from subscribers.roll import counts, listing

    house = House.of(config)
    chosen = _newsletter(house, newsletter)
    wanted = SubscriptionState(state) if state else None
    with house.database.read() as connection:
        if as_json:
            export_jsonl(connection, sys.stdout, newsletter=chosen, state=wanted)
            return 0
        for entry in listing(connection, newsletter=chosen, state=wanted):
            mark = f"  suppressed: {entry.suppressed}" if entry.suppressed else ""
            say(f"{entry.subscriber.shown}  {entry.subscription.state}{mark}  {entry.subscriber.name}")
        total = counts(connection, chosen)
    say(f"{total.active:,} active, {total.unsubscribed:,} unsubscribed, {total.suppressed:,} suppressed", dim=True)
    return 0


@subscribers.command()
@NEWSLETTER
@click.option("--json", "as_json", is_flag=True, help="JSON lines, not CSV.")
@click.pass_obj
def export(config: str | None, newsletter: str | None, as_json: bool) -> int:
    """Write the roll to standard output as CSV that `import` reads back."""
    from digest.cli.house import House
    from subscribers.exporting import export_csv, export_jsonl

    house = House.of(config)
    write = export_jsonl if as_json else export_csv
    with (
        house.database.read() as connection,
        open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as out,
    ):
        write(connection, out, newsletter=_newsletter(house, newsletter))
    return 0


@subscribers.command()
@click.argument("address")
@NEWSLETTER
@click.pass_obj
def unsubscribe(config: str | None, address: str, newsletter: str | None) -> int:
    """Take one person off the roll; it holds for every batch that has not left yet."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say
    from subscribers import roll

    house = House.of(config)
    chosen = _newsletter(house, newsletter)
    with house.database.write() as connection:
        found = _known(roll.find(connection, address), address)
        changed = roll.unsubscribe(
            connection,
            subscriber_id=found.id,
            newsletter=chosen,
            at=house.clock(),
            source="command line",
            detail=person(),
        )
    say(f"{address} no longer gets {chosen}." if changed else f"{address} did not get {chosen}; nothing changed.")
    return 0


@subscribers.command()
@click.argument("address")
@NEWSLETTER
@click.option("--topics", "wanted", metavar="A,B", help='What the reader wants, such as World,Science; "" for all.')
@click.pass_obj
def topics(config: str | None, address: str, newsletter: str | None, wanted: str | None) -> int:
    """Choose what one reader gets: the lead, and the stories of these topics.

    Without --topics it says what is chosen. It holds from the next edition whose audience is frozen.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say
    from subscribers import roll

    house = House.of(config)
    chosen = _newsletter(house, newsletter)
    with house.database.write() as connection:
        found = _known(roll.find(connection, address), address)
        if wanted is None:
            kept = roll.entry(connection, subscriber_id=found.id, newsletter=chosen).subscription.topics
        else:
            kept = roll.choose_topics(connection, subscriber_id=found.id, newsletter=chosen, wanted=wanted)
    say(f"{address} gets of {chosen}: {kept.replace(',', ', ') or 'every story'}.")
    return 0


def _known(found: Subscriber | None, address: str) -> Subscriber:
    from digest.errors import NotFound

    if found is None:
        raise NotFound(f"{address} is not on the roll; `digest subscribers list` shows who is")
    return found


def _newsletter(house: House, name: str | None) -> str:
    """The one that is meant. Raises UsageError when that is unclear, NotFound when there is none of that name."""
    from digest.errors import UsageError

    known = list(house.settings.newsletter)
    if name is None:
        if len(known) != 1:
            raise UsageError(
                f"which newsletter? Give --newsletter with one of: {', '.join(known) or 'none configured'}"
            )
        return known[0]
    house.desk.newsletter(name)
    return name


def _bar() -> Callable[[int, float], None]:
    """A progress bar on standard error: rows so far and the share of the file."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(TextColumn("{task.fields[rows]:,} rows"), BarColumn(), console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=1.0, rows=0)
    bar.start()

    def update(rows: int, share: float) -> None:
        bar.update(task, completed=share, rows=rows)
        if share >= 1.0:
            bar.stop()

    return update
