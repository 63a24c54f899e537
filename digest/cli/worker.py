"""`digest worker`: sends what is ready; as many at once as you like."""

from __future__ import annotations

import click


@click.command()
@click.option("--drain", "leave", is_flag=True, help="Leave when nothing more can be done now.")
@click.pass_obj
def worker(config: str | None, leave: bool) -> int:
    """Send what is ready.

    Until stopped: on Ctrl-C or SIGTERM, requests under way are settled first. What another worker left
    behind when it died is taken over: what it had not sent is sent, what it had sent without hearing
    back is listed as unknown.
    """
    from digest.cli.house import House
    from digest.cli.local import sandbox
    from digest.cli.progress import drain, show_outcome, stopped_by_signals
    from digest.cli.terminal import say
    from digest.model import EditionState

    house = House.of(config, log_level="warning" if leave else "info")
    open_editions = house.editions.listing(states=[EditionState.SENDING])
    with sandbox(house):
        if not leave:
            with house.senders() as running, stopped_by_signals(running):
                running.run()
            return 0
        drain(house, total=sum(edition.planned for edition in open_editions))
    codes = [show_outcome(house, edition.id) for edition in open_editions]
    if not codes:
        say("Nothing to send.")
    return max(codes, default=0)
