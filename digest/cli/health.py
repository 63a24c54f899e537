"""`digest health`: how an edition is received."""

from __future__ import annotations

import click


@click.command()
@click.argument("edition", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def health(config: str | None, edition: int, as_json: bool) -> int:
    """Show how EDITION is received, by who runs the mailboxes.

    Readers whose message was accepted, delivered, deferred or bounced, and who called it spam. What
    providers report through webhooks (docs/webhooks.md) is what there is to count.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say, say_json
    from digest.delivery.health import Received

    house = House.of(config)
    house.editions.get(edition)
    lines = house.health.of(edition)
    if as_json:
        for line in lines:
            say_json(line._asdict() | {"rate": round(line.rate, 4)})
        return 0
    say("".join(f"{name:>11}" for name in ("", *Received._fields[1:], "complaints")), dim=True)
    for line in lines:
        counts = "".join(f"{count:>11,}" for count in line[1:])
        say(f"{line.family:>11}{counts}{line.rate:>9.2f} %", bold=line.family == "all")
    for warning in house.health.warnings(edition):
        say(f"→ {warning}", fg="yellow")
    return 0
