"""`digest deliveries`: what became of an edition, reader by reader."""

from __future__ import annotations

import csv
import sys

import click

from digest.model import DeliveryState


@click.command()
@click.argument("edition", type=int)
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header line.")
@click.pass_obj
def deliveries(config: str | None, edition: int, state: str | None, as_json: bool, as_csv: bool) -> int:
    """List what became of an edition for each reader.

    Address, state, and why.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts, say_json
    from digest.errors import UsageError
    from digest.storage.deliveries import Row
    from subscribers.cells import neutralise

    if as_json and as_csv:
        raise UsageError("choose one of --json and --csv")
    house = House.of(config)
    house.editions.get(edition)
    rows = house.deliveries.listing(edition, DeliveryState(state) if state else None)
    if as_json:
        for row in rows:
            say_json(row._asdict())
    elif as_csv:
        table = csv.writer(sys.stdout)
        table.writerow(Row._fields)
        for row in rows:
            table.writerow([neutralise(str(cell)) if cell is not None else "" for cell in row])
    else:
        for row in rows:
            say(f"{row.address}  {row.state}" + (f"  {row.reason}: {row.detail}" if row.reason else ""))
        say_counts(house.deliveries.counts(edition))
    return 0
