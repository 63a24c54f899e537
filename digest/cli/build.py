"""`digest build`: a draft edition, and files of it to look at."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.cli.house import House
    from digest.editing.desk import Built

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("newsletter")
@click.option("--date", "day", type=DAY, metavar="YYYY-MM-DD", help="The issue date; else today in its zone.")
@click.option("--articles", type=click.Path(path_type=Path), metavar="DIR", help="Take this folder, not its sources.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write edition.html, .txt, .eml, … there.")
@click.option("--screenshots", type=click.Path(path_type=Path), metavar="DIR", help="Write PNGs of it there.")
@click.option("--override", "overrides", multiple=True, metavar="CODE=REASON", help="Let a finding pass, on record.")
@click.option("--accept", multiple=True, metavar="CODE", help="Apply the suggestions of such findings, on record.")
@click.option("--check-links", is_flag=True, help="Ask whether the stories' addresses still answer.")
@click.option("--json", "as_json", is_flag=True, help="Print the draft as JSON.")
@click.pass_obj
def build(
    config: str | None,
    newsletter: str,
    day: datetime | None,
    articles: Path | None,
    out: Path | None,
    screenshots: Path | None,
    overrides: tuple[str, ...],
    accept: tuple[str, ...],
    check_links: bool,
    as_json: bool,
) -> int:
    """Make a draft edition of a newsletter.

    The day's draft is made again if there is one. Nothing is sent. Exit code 3 says that error findings
    stand in the way.
    """
    from digest.cli.house import House
    from digest.cli.terminal import edition_json, say_json
    from digest.editing.review import blocking, parse_overrides

    if screenshots is not None:
        from digest.cli.screenshots import browser

        browser()  # where there is none, nothing is built first
    house = House.of(config)
    built = house.desk.build(
        newsletter,
        issue_date=_date(day),
        folder=articles,
        overrides=parse_overrides(overrides),
        accept=accept,
        check_links=check_links,
        by=person(),
    )
    edition_id = house.desk.keep(built)
    edition = house.editions.get(edition_id)
    if out is not None:
        write_out(house, edition_id, built, out)
    if screenshots is not None:
        take(house, edition_id, screenshots)
    if as_json:
        say_json(edition_json(edition))
    else:
        show_built(built, edition_id, [folder for folder in (out, screenshots) if folder])
    return 3 if blocking(edition) else 0


def _date(day: datetime | None) -> date | None:
    return day.date() if day else None


def person() -> str:
    """Who is at the keyboard, for the record of overrides and approvals."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


def show_built(built: Built, edition_id: int, written: Sequence[Path] = ()) -> None:
    """The draft as a person reads it: subject, stories, what was left out, findings, what was written, what next."""
    from digest.cli.terminal import say, say_finding, say_stories

    draft = built.draft
    say(f"Edition {edition_id}: {draft.newsletter}, {draft.issue_date}", bold=True)
    say(f"  Subject: {draft.subject}")
    say(f"  Size: {built.message.html_bytes:,} bytes of HTML (Gmail clips at 102,400)\n")
    say_stories(draft.stories)
    for problem in built.problems:
        say(f"\nNot read: {problem.ref}", fg="yellow")
        say(f"  {problem.message}")
    for story in draft.left_out:
        say(f"\nLeft out: {story.headline}", fg="yellow")
        for finding in story.errors or story.findings[-1:]:
            say_finding(finding, indent="  ")
    for place, findings in [("the edition", draft.findings), *((s.headline, s.findings) for s in draft.stories)]:
        shown = [finding for finding in findings if finding.severity != "info"]
        if shown:
            say(f"\n{place}", bold=True)
        for finding in shown:
            note = (
                f"  (overridden: {draft.overrides[finding.code]['reason']})" if finding.code in draft.overrides else ""
            )
            say_finding(finding, indent="  ")
            if note:
                say(f"  {note}", dim=True)
    say()
    for folder in written:
        say(f"Written to {folder}")
    say(f"Look at it with `digest preview {draft.newsletter}`; send it with `digest send {edition_id}`.")


def write_out(house: House, edition_id: int, built: Built, out: Path) -> None:
    """Every form of the edition as files, filled for a reader that does not exist."""
    from digest.cli.terminal import edition_json
    from digest.delivery.trial import TRIAL_READER, as_mail
    from digest.errors import DigestError

    values = house.presses.values(edition_id).of(TRIAL_READER)
    letter = house.presses.letter(edition_id)
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "edition.html").write_text(letter.html.fill(values), encoding="utf-8")
        (out / "source.html").write_text(built.message.source_html, encoding="utf-8")
        (out / "edition.txt").write_text(letter.text.fill(values), encoding="utf-8")
        (out / "edition.eml").write_bytes(as_mail(letter, values, at=house.clock()))
        document = json.dumps(edition_json(house.editions.get(edition_id)), ensure_ascii=False, indent=2, default=str)
        (out / "edition.json").write_text(document + "\n", encoding="utf-8")
    except OSError as error:
        raise DigestError(f"{out}: {error.strerror}; --out wants a folder that can be written") from error


def take(house: House, edition_id: int, folder: Path) -> None:
    """PNGs of the edition at two widths and in two schemes, with the pictures that are here."""
    from digest.cli.screenshots import screenshots
    from digest.delivery.trial import TRIAL_READER
    from digest.web.pictures import with_media

    html = house.presses.letter(edition_id).html.fill(house.presses.values(edition_id).of(TRIAL_READER))
    screenshots(with_media(html, house.media), folder, "edition")
