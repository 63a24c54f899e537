"""`digest editions`: what there is, and what a person decides about it."""

from __future__ import annotations

import click

from digest.model import EditionState


@click.group()
def editions() -> None:
    """List, approve, pause and cancel editions."""


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
    for decision in house.decisions.of(edition):
        what = f"{decision.decision} by {decision.by}, {decision.at:%Y-%m-%d %H:%M} UTC"
        say(f"  {what}; {decision.readers:,} readers" + (f" ({decision.detail})" if decision.detail else ""))
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
@click.pass_obj
def pause(config: str | None, edition: int) -> int:
    """Hold EDITION. What is in flight is settled, nothing else leaves until somebody resumes it."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts

    house = House.of(config)
    house.editions.get(edition)
    house.decisions.pause(edition, by=person(), at=house.clock())
    say(f"Edition {edition} is paused; `digest editions resume {edition}` goes on with it.")
    say_counts(house.deliveries.counts(edition))
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.pass_obj
def resume(config: str | None, edition: int) -> int:
    """Go on with EDITION, which was held while it was being sent."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts

    house = House.of(config)
    house.editions.get(edition)
    house.decisions.resume(edition, by=person(), at=house.clock())
    say(f"Edition {edition} goes on, by `digest serve` or `digest worker`; `digest send {edition}` does it here.")
    say_counts(house.deliveries.counts(edition))
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.option("--reason", default="by hand", show_default=True, help="For the record.")
@click.pass_obj
def cancel(config: str | None, edition: int, reason: str) -> int:
    """Stop EDITION for good. What is in flight is settled as it turns out."""
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts

    house = House.of(config)
    house.editions.get(edition)
    stopped = house.decisions.cancel(edition, reason=reason, by=person(), at=house.clock())
    say(f"Edition {edition} is cancelled; {stopped:,} readers will not get it.")
    say_counts(house.deliveries.counts(edition))
    return 0


@editions.command()
@click.argument("edition", type=int)
@click.option("--accepted", "accepted", flag_value=True, type=bool, default=None, help="The provider took them.")
@click.option(
    "--not-accepted", "accepted", flag_value=False, type=bool, help="It did not; they do not get it any more."
)
@click.option("--address", help="Only this reader.")
@click.option("--all", "everybody", is_flag=True, help="Every unknown and held reader.")
@click.pass_obj
def settle(config: str | None, edition: int, accepted: bool | None, address: str | None, everybody: bool) -> int:
    """Say what became of unknown and held readers of EDITION.

    As you found it at the provider. Nothing is sent by it; `digest editions resend-held` sends.
    """
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts
    from digest.errors import UsageError
    from subscribers.addresses import normalise

    if accepted is None:
        raise UsageError("say --accepted or --not-accepted")
    if everybody == (address is not None):
        raise UsageError("say who: --address ADDRESS, or --all")
    house = House.of(config)
    house.editions.get(edition)
    key = None if address is None else normalise(address).address
    settled = house.decisions.settle(edition, accepted=accepted, address=key, by=person(), at=house.clock())
    say(f"Edition {edition}: {settled:,} readers are {'accepted' if accepted else 'rejected'} by your word.")
    say_counts(house.deliveries.counts(edition))
    return 0


@editions.command("resend-held")
@click.argument("edition", type=int)
@click.option("--unknown", is_flag=True, help="Also to those who are unknown and not held yet.")
@click.pass_obj
def resend_held(config: str | None, edition: int, unknown: bool) -> int:
    """Send EDITION to its held readers once more.

    Nobody knows whether they have it; whoever does gets it twice. Who left meanwhile is not sent to.
    """
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.terminal import say, say_counts

    house = House.of(config)
    house.editions.get(edition)
    resent = house.decisions.resend(edition, unknown=unknown, by=person(), at=house.clock())
    say(f"Edition {edition}: {resent:,} readers are sent to again, by `digest serve` or `digest worker`.")
    say_counts(house.deliveries.counts(edition))
    return 0
