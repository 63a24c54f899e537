"""`digest events`: what providers have reported, where they report it, and the days that were missed."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from digest.model import EventKind


@click.group(invoke_without_command=True)
@click.option("--edition", type=int, help="Only of this one.")
@click.option("--kind", type=click.Choice([kind.value for kind in EventKind]), help="Only these.")
@click.option("--address", help="Only about this one.")
@click.option("--newest", type=click.IntRange(min=1), default=50, show_default=True, help="So many at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def events(
    ctx: click.Context, edition: int | None, kind: str | None, address: str | None, newest: int, as_json: bool
) -> None:
    """List what providers have reported, newest first.

    Each line has when, what, whom it is about and the provider's words. What programs opened or clicked is marked
    and counts for nothing.
    """
    if ctx.invoked_subcommand is not None:
        return
    from digest.cli.house import House
    from digest.cli.terminal import say, say_json
    from subscribers.addresses import normalise

    house = House.of(ctx.obj)
    if edition is not None:
        house.editions.get(edition)
    found = house.events.listing(
        edition_id=edition,
        kind=EventKind(kind) if kind else None,
        address=normalise(address).address if address else None,
        newest=newest,
    )
    nothing = True
    for event in found:
        nothing = False
        if as_json:
            say_json(event._asdict())
            continue
        of = f"edition {event.edition_id}" if event.edition_id else "no edition of ours"
        marks = "".join((", for good" if event.permanent else "", ", by a program" if event.machine else ""))
        words = f"  {event.detail}" if event.detail else ""
        say(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.kind + marks:<22} {event.address or '?'}  {of}{words}")
    if nothing and not as_json:
        say("No such event yet. `digest events addresses` shows where providers report to.")


@events.command()
@click.pass_obj
def addresses(config: str | None) -> int:
    """Where each account reports to, and what it still lacks. The addresses hold a secret: show them to nobody."""
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.config.values import is_loopback

    house = House.of(config)
    if is_loopback(house.settings.site.base_url):
        say(
            "site.base_url is this machine alone, which no provider can reach: put your public address there",
            fg="yellow",
        )
    for name, opening in house.hooks.items():
        say(f"{name}: {house.settings.site.base_url}{opening.path}")
        for need in opening.lacks:
            say(f"  closed: {_LACKS[need].format(name=name)}; docs/webhooks.md has the steps", fg="yellow")
    return 0


_LACKS = {
    "keys": "the vendor's key is missing: write it into secrets/provider.{name}.webhook",
    "topics": "no topic is listed: write topics = [\"arn:…\"] into [provider.{name}]",
}  # fmt: skip


@events.command()
@click.argument("account")
@click.option("--since", default="24h", show_default=True, help="How far back: a duration, or a date (UTC).")
@click.pass_obj
def pull(config: str | None, account: str, since: str) -> int:
    """Ask ACCOUNT's provider for what it would have reported: for the time when nobody listened.

    Postmark, Mailgun and Brevo keep a list. What is known already is not counted again.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.delivery.events import Post
    from digest.delivery.pulling import pulled
    from digest.errors import UsageError

    house = House.of(config)
    if account not in house.settings.provider:
        raise UsageError(f"there is no account [provider.{account}] in config.toml")
    began = _since(since, house.clock())
    with house.account(account) as opened:
        seen = new = 0
        for page in pulled(opened, house.settings.provider[account].kind, since=began, until=house.clock()):
            new += house.reports.take([Post(account, page)]).new
            seen += len(page)
    say(f"{account}: {seen:,} events since {began:%Y-%m-%d %H:%M} UTC, {new:,} of them new")
    return 0


def _since(written: str, now: datetime) -> datetime:
    """The instant so long ago, or at which that day began, UTC. Raises UsageError."""
    from digest.config.values import duration
    from digest.errors import UsageError

    try:
        if "-" in written:
            return datetime.fromisoformat(written).replace(tzinfo=UTC)
        return now - duration(written)
    except (ValueError, OverflowError):
        raise UsageError(f'--since {written}: expected a duration such as "24h" or "3d", or a date') from None
