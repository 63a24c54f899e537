"""`digest editions`: what there is, and what a person decides about it."""

from __future__ import annotations

import click

from digest.model import EditionState


@click.group()
def editions() -> None:
    """List, show, approve and cancel editions."""


@editions.command("list")
@click.option("--newsletter", help="Only this one's.")
@click.option("--state", type=click.Choice([state.value for state in EditionState]), help="Only these.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(config: str | None, newsletter: str | None, state: str | None, as_json: bool) -> int:
    """All editions, newest first."""
    from digest.cli.house import House
    from digest.cli.terminal import edition_json, say, say_json

    house = House.of(config)
    found = house.editions.listing(newsletter, [EditionState(state)] if state else [])
    for edition in found:
        if as_json:
            say_json(edition_json(edition, house.deliveries.counts(edition.id)))
        else:
            say(
                f"{edition.id:>5}  {edition.issue_date}  {edition.newsletter:<16} {edition.state:<9}"
                f"  {edition.planned:>9,}  {edition.subject}"
            )
    if not found and not as_json:
        say("There is no edition yet. `digest build NEWSLETTER` makes one.")
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def show(config: str | None, edition: int, as_json: bool) -> int:
    """One edition: its stories, findings, overrides and what became of it."""
    from digest.cli.house import House
    from digest.cli.progress import show_outcome
    from digest.cli.terminal import edition_json, say, say_finding, say_json, say_stories
    from digest.editing.review import blocking

    house = House.of(config)
    found = house.editions.get(edition)
    if as_json:
        say_json(edition_json(found, house.deliveries.counts(edition)))
        return 0
    say(f"Edition {found.id}: {found.newsletter}, {found.issue_date}, {found.state}", bold=True)
    say(f"  Subject: {found.subject}")
    say(f"  Fingerprint: {found.fingerprint[:16]}")
    if found.approved_at:
        say(f"  Approved by {found.approved_by}, {found.approved_at:%Y-%m-%d %H:%M} UTC")
    say(f"  Online: {house.settings.site.base_url}/editions/{house.editions.public_id(found.id)}")
    say_stories(found.stories)
    for code, reason in found.overrides.items():
        say(f"  Overridden: {code} ({reason})", fg="yellow")
    for made in found.corrections:
        say(f"  Corrected by {made.by}: {made.part} “{made.before}” → “{made.after}” ({made.code})", fg="yellow")
    for story in found.left_out:
        say(f"  {story.findings[-1].message} {story.headline}", dim=True)
    for headline, finding in blocking(found):
        say(f"\n{headline or 'the edition'}", bold=True)
        say_finding(finding, indent="  ")
    say()
    if found.planned:
        show_outcome(house, edition)
    elif found.reason:
        say(found.reason, fg="yellow")
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.pass_obj
def approve(config: str | None, edition: int) -> int:
    """Freeze EDITION as it stands; what the schedule made is sent when it is due, others by `digest send`."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.editing.review import require_clear

    house = House.of(config)
    found = house.editions.get(edition)
    require_clear(found)
    house.editions.approve(edition, fingerprint=found.fingerprint, by=person(), at=house.clock())
    when = "`digest serve` sends it" if found.scheduled else f"`digest send {edition}` sends it"
    say(f"Edition {edition} is approved, fingerprint {found.fingerprint[:16]}; {when}.")
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.option("--reason", default="by hand", show_default=True, help="For the record.")
@click.pass_obj
def cancel(config: str | None, edition: int, reason: str) -> int:
    """Stop EDITION for good. What is in flight is settled as it turns out."""
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts

    house = House.of(config)
    house.editions.get(edition)
    stopped = house.editions.cancel(edition, reason=reason, at=house.clock())
    say(f"Edition {edition} is cancelled; {stopped:,} readers will not get it.")
    say_counts(house.deliveries.counts(edition))
    return 0
