"""`digest send`: check, approve, freeze the audience and send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from digest.cli.house import House
    from digest.editing.desk import Built
    from digest.model import Edition


@click.command()
@click.argument("edition", metavar="EDITION|NEWSLETTER")
@click.option("--dry-run", is_flag=True, help="Say what would go out and to how many; send nothing, keep no draft.")
@click.option("--override", "overrides", multiple=True, metavar="CODE=REASON", help="Let a finding pass, on record.")
@click.option(
    "--to", "addresses", multiple=True, metavar="ADDRESS", help="A test send: only there, outside the ledger."
)
@click.option("--accept", multiple=True, metavar="CODE", help="Apply the suggestions of such findings, on record.")
@click.pass_obj
def send(
    config: str | None,
    edition: str,
    dry_run: bool,
    overrides: tuple[str, ...],
    accept: tuple[str, ...],
    addresses: tuple[str, ...],
) -> int:
    """Send an edition, or a newsletter's edition of today.

    Today's edition is built now if there is none. Error findings block it (exit code 3) unless each is
    overridden with a reason, which is kept. Run again after an interruption, it goes on where it
    stopped.
    """
    from digest.cli.build import person
    from digest.cli.house import House
    from digest.cli.local import sandbox
    from digest.cli.progress import drain, show_outcome
    from digest.editing.review import parse_overrides, require_clear
    from digest.errors import WrongState
    from digest.model import EditionState

    house = House.of(config)
    chosen = _edition(house, edition, parse_overrides(overrides), accept, keep=not dry_run)
    if dry_run:
        return _dry_run(house, chosen)
    if addresses:
        return _trial(house, chosen, addresses)
    before, _ = chosen.state, house.instance  # which looks whether these data are a copy, and may hold the edition
    chosen = house.editions.get(chosen.id)
    if chosen.state is EditionState.HELD and before is not EditionState.HELD:
        raise WrongState(
            f"edition {chosen.id} is held: {chosen.reason}. Look at what the provider has sent of it; "
            f"`digest send {chosen.id}`, once more, goes on"
        )
    if chosen.state in (EditionState.FINISHED, EditionState.CANCELLED):
        raise WrongState(f"edition {chosen.id} is {chosen.state} already; nothing is sent twice")
    require_clear(chosen)
    for account in (chosen.provider, *(spare.name for spare in house.editions.sender(chosen.id).spares)):
        house.settings.token(account)
    # The inbox is opened first: where its port is taken, nothing has been approved.
    with sandbox(house, chosen.provider):
        if chosen.state is EditionState.HELD and chosen.planned:
            house.decisions.resume(chosen.id, by=person(), at=house.clock())
        elif chosen.state in (EditionState.DRAFT, EditionState.HELD):
            _require_readers(house, chosen.newsletter)
            house.editions.approve(chosen.id, fingerprint=chosen.fingerprint, by=person(), at=house.clock())
        if house.editions.get(chosen.id).state is EditionState.APPROVED:
            house.planner.freeze(chosen.id)
        drain(house, total=house.editions.get(chosen.id).planned)
    return show_outcome(house, chosen.id)


def _require_readers(house: House, newsletter: str) -> None:
    """Raise NobodyToMail before anything is frozen for an empty roll."""
    from digest.errors import NobodyToMail
    from subscribers.roll import counts

    with house.database.read() as connection:
        if not counts(connection, newsletter).active:
            raise NobodyToMail(
                f"nobody is on the roll of {newsletter}, so nothing is sent; "
                "`digest subscribers import FILE` puts readers there"
            )


def _edition(house: House, wanted: str, overrides: dict[str, str], accept: tuple[str, ...], *, keep: bool) -> Edition:
    """By number, or the newsletter's of today; overrides and corrections have a draft built again."""
    from digest.cli.build import person
    from digest.model import EditionState

    by_number = wanted.isdecimal()
    found = house.editions.get(int(wanted)) if by_number else house.editions.of(wanted, house.desk.today(wanted))
    if found is None:
        built = house.desk.build(wanted, overrides=overrides, accept=accept, by=person())
    elif (overrides or accept) and found.state in (EditionState.DRAFT, EditionState.HELD) and not found.planned:
        built = house.desk.rebuild(found, overrides=overrides, accept=accept, by=person())
    else:
        return found
    return (
        house.editions.get(house.desk.keep(built)) if keep else _unkept(built, found.id if found else 0, house.clock())
    )


def _unkept(built: Built, edition_id: int, at: datetime) -> Edition:
    """The edition that the draft would become; its id is 0 where the date has none yet."""
    from digest.model import Edition, EditionState

    draft = built.draft
    return Edition(
        id=edition_id,
        newsletter=draft.newsletter,
        issue_date=draft.issue_date,
        state=EditionState.DRAFT,
        subject=draft.subject,
        fingerprint=draft.fingerprint,
        provider=draft.provider,
        created_at=at,
        stories=draft.stories,
        left_out=draft.left_out,
        findings=draft.findings,
        overrides={code: entry["reason"] for code, entry in draft.overrides.items()},
        folder=draft.folder,
    )


def _trial(house: House, edition: Edition, addresses: tuple[str, ...]) -> int:
    from digest.cli.local import sandbox
    from digest.cli.terminal import say
    from digest.delivery.trial import send_trial
    from subscribers.addresses import normalise

    shown = [normalise(address).shown for address in addresses]
    letter = house.presses.letter(edition.id, subject_prefix="[Test] ")
    with sandbox(house, edition.provider), house.account(edition.provider) as account:
        outcomes = send_trial(account, letter, house.presses.values(edition.id), shown)
    for address, outcome in zip(shown, outcomes, strict=True):
        say(f"{address}: {outcome.kind}" + (f" ({outcome.reason}: {outcome.detail})" if outcome.reason else ""))
    return 0 if all(outcome.kind == "accepted" for outcome in outcomes) else 1


def _dry_run(house: House, edition: Edition) -> int:
    from digest.cli.terminal import say, say_finding, say_stories
    from digest.editing.review import blocking
    from subscribers.roll import counts

    with house.database.read() as connection:
        roll = counts(connection, edition.newsletter)
    name = f"Edition {edition.id}" if edition.id else "A new edition"
    say(f"{name}: {edition.newsletter}, {edition.issue_date}, {edition.state}", bold=True)
    say(f"  Subject: {edition.subject}")
    say_stories(edition.stories)
    say(f"  To {roll.active:,} readers through provider.{edition.provider}; {roll.suppressed:,} are suppressed.")
    found = blocking(edition)
    for story, finding in found:
        say(f"\n{story or 'the edition'}", bold=True)
        say_finding(finding, indent="  ")
    say("\nNothing was sent." if not found else "\nNothing was sent, and nothing would be until these are settled.")
    return 3 if found else 0
