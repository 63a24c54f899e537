"""Sending an edition with the terminal watching, until nothing more can be done now."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from digest.model import DeliveryState

if TYPE_CHECKING:
    from digest.cli.house import House
    from digest.delivery.crew import Crew
    from digest.delivery.worker import Tally, Worker


def drain(house: House, *, total: int = 0) -> Tally:
    """Run a worker until nothing is ready; Ctrl-C and SIGTERM let the requests under way finish."""
    with house.senders(total) as senders, stopped_by_signals(senders):
        if not sys.stderr.isatty():
            return senders.run(drain=True)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=total or None)
            return senders.run(drain=True, progress=lambda tally: bar.update(task, completed=tally.outcomes.total()))


@contextmanager
def stopped_by_signals(senders: Worker | Crew) -> Iterator[None]:
    """Ctrl-C and SIGTERM stop claiming; nothing that has left is left unsettled."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(*_: object) -> None:
        senders.stop()

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def show_outcome(house: House, edition_id: int) -> int:
    """What became of the edition, in lines for a person; the exit code."""
    from digest.cli.terminal import say, say_counts

    edition = house.editions.get(edition_id)
    counts = house.deliveries.counts(edition_id)
    say(f"Edition {edition_id} is {edition.state}: {edition.planned:,} planned", bold=True)
    say_counts(counts)
    if edition.reason:
        say(f"  {edition.reason}", fg="yellow")
    if uncertain := counts[DeliveryState.UNKNOWN]:
        say(
            f"  {uncertain:,} unknown: sent, never answered. What the account's on_unknown says is done;"
            f" `digest deliveries {edition_id} --state unknown` lists them.",
            fg="yellow",
        )
    if held := counts[DeliveryState.HELD]:
        say(f"  {held:,} held: unknown for three days. `digest editions settle` or `resend-held` decides.", fg="yellow")
    left = counts[DeliveryState.PENDING] + counts[DeliveryState.IN_FLIGHT]
    if left and edition.state == "sending":
        wait = house.ledger.waiting() or 0
        say(f"  {left:,} not sent yet, due in {wait:,.0f} s; `digest worker --drain` goes on.", fg="yellow")
    got = counts[DeliveryState.ACCEPTED] + counts[DeliveryState.UNKNOWN]
    if edition.planned and edition.state == "finished" and not got:
        say("  Nobody got it.", fg="red")
        return 1
    return 1 if left or edition.state == "held" else 0
