"""`digest demo`: the sample articles, sent to a local inbox; nothing leaves this machine."""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest.cli.build import write_out
from digest.cli.progress import drain, show_outcome
from digest.cli.terminal import say, say_finding, say_stories
from digest.cli.waiting import until_interrupted
from digest.editing.review import require_clear
from digest.errors import AlreadyRunning

if TYPE_CHECKING:
    from digest.cli.house import House
    from digest.editing.desk import Built

FOLDER = Path("var/demo")
REASON = "demo"
PORT = 8025


@click.command()
@click.option("--once", is_flag=True, help="Send, say what happened and leave; else the inbox stays open.")
@click.option("--articles", type=click.Path(path_type=Path), metavar="DIR", help="Your articles, not the samples.")
@click.option("--port", type=click.IntRange(0, 65535), help=f"For the inbox; else {PORT}, or a free one.")
def demo(once: bool, articles: Path | None, port: int | None) -> int:
    """Send the sample digest to a local inbox and show it.

    The sample articles go to twelve sample readers. Each run starts afresh in var/demo, and nothing
    leaves this machine. Error findings are shown and overridden with the recorded reason "demo"; a real
    send would leave those stories out.
    """
    from digest.cli.drafts import HouseDrafts
    from digest.cli.preview import preview_of
    from digest.cli.site import public_site
    from digest.pages.server import Server
    from digest.resources import shipped
    from digest.sandbox.app import sandbox_app
    from digest.sandbox.mailbox import Mailbox

    articles = articles or shipped("examples/articles")
    with _fresh(FOLDER) as folder:
        house, newsletter = _house(folder, inbox=_port(port, PORT), site=_port(None, PORT - 1))
        inbox = urlsplit(house.settings.provider["sandbox"].base_url).port or 0
        with (
            Mailbox(folder / "inbox", clock=house.clock) as mailbox,
            Server(sandbox_app(mailbox, media=house.media, clock=house.clock), port=inbox) as server,
            Server(public_site(house), port=house.settings.site.port),
        ):
            edition_id = _send(house, newsletter, articles, folder)
            code = show_outcome(house, edition_id)
            _where(folder)
            if not once:
                with (
                    HouseDrafts(house, articles) as drafts,
                    Server(preview_of(house, drafts), port=_port(None, PORT + 1)) as preview,
                ):
                    say(f"\nInbox:   {server.url}", bold=True)
                    say(f"Preview: {preview.url}/newsletters/{newsletter}", bold=True)
                    say("Ctrl-C stops it.")
                    until_interrupted()
    return code


def _house(folder: Path, *, inbox: int, site: int) -> tuple[House, str]:
    """The sample newsletter with everything of it on this machine, whatever config.toml says of it."""
    from digest.cli.house import House
    from digest.resources import shipped
    from digest.settings import load

    newsletter = next(iter(load(shipped("config.toml")).newsletter))
    overrides = {
        "storage": {"folder": str(folder.absolute())},
        "signing_keys": [secrets.token_urlsafe(32)],
        "site": {"base_url": f"http://127.0.0.1:{site}", "port": site},
        "provider": {"sandbox": {"kind": "sandbox", "base_url": f"http://127.0.0.1:{inbox}"}},
        "newsletter": {newsletter: {"provider": "sandbox"}},
    }
    return House(load(shipped("config.toml"), overrides)), newsletter


def _send(house: House, newsletter: str, articles: Path, folder: Path) -> int:
    """Enrol the sample readers, build with every error overridden, approve and send; the edition's id."""
    from digest.resources import shipped
    from subscribers.importing import import_csv

    import_csv(
        house.database.write,
        shipped("examples/subscribers.csv"),
        newsletter=newsletter,
        at=house.clock(),
        rejects=folder / "rejects.csv",
    )
    first = house.desk.build(newsletter, folder=articles)
    overrides = dict.fromkeys(_explain(first), REASON)
    built = house.desk.build(newsletter, folder=articles, overrides=overrides, by=REASON) if overrides else first
    edition_id = house.desk.keep(built)
    write_out(house, edition_id, built, folder / "edition")
    draft = built.draft
    say(f"\nEdition {edition_id}: {house.settings.newsletter[newsletter].title}, {draft.issue_date}", bold=True)
    say(f"  Subject: {draft.subject}")
    say_stories(draft.stories)
    require_clear(house.editions.get(edition_id))
    house.editions.approve(edition_id, fingerprint=draft.fingerprint, by=REASON, at=house.clock())
    house.planner.freeze(edition_id)
    say()
    drain(house, total=house.editions.get(edition_id).planned)
    return edition_id


def _explain(built: Built) -> list[str]:
    """Show each error finding and what was not read; the codes to override."""
    for problem in built.problems:
        say(f"Not read: {problem.ref}: {problem.message}", fg="yellow")
    codes = [finding.code for finding in built.draft.findings if finding.severity == "error"]
    for finding in built.draft.findings:
        if finding.severity == "error":
            say_finding(finding)
            say(f"    Overridden here with the reason “{REASON}”; a real send would stop.", dim=True)
    for story in (*built.draft.stories, *built.draft.left_out):
        if story.errors:
            say(f"{story.headline}", bold=True)
        for finding in story.errors:
            say_finding(finding, indent="  ")
            say(f"    Overridden here with the reason “{REASON}”; a real send would leave the story out.", dim=True)
            codes.append(finding.code)
    return codes


def _where(folder: Path) -> None:
    say("\nWhere to look", bold=True)
    say(f"  {folder / 'edition' / 'edition.html'}   the e-mail; beside it text, source, .eml and .json")
    say(f"  {folder / 'inbox'}   what the sandbox received, one .eml for each reader")
    say("  `digest demo` without --once shows both in the browser.")


@contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """An empty folder that no other demo uses. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"another demo runs in {folder.absolute()}; stop it with Ctrl-C, or start this one in another folder"
            ) from None
        for leftover in folder.iterdir():
            if leftover.name != ".lock":
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield folder


def _port(asked: int | None, preferred: int) -> int:
    """The port that was asked for, else the preferred one, else one that is free now."""
    if asked:
        return asked
    for port in (preferred, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as free:
            return int(free.getsockname()[1])
    raise AlreadyRunning("no port of this machine is free")
