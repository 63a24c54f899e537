"""`digest preview`: any message in the browser, made again whenever a file is saved."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from digest.cli.drafts import HouseDrafts
    from digest.cli.house import House


@click.command()
@click.argument("newsletter", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=8026, show_default=True, help="0 takes a free one.")
@click.option("--articles", type=click.Path(path_type=Path), metavar="DIR", help="Take this folder, not its sources.")
@click.pass_obj
def preview(config: str | None, newsletter: str | None, port: int, articles: Path | None) -> int:
    """Look at what would be sent, in the browser.

    A newsletter's next edition, an edition that was kept, or a template with its samples; for any reader and
    language, from 320 to 700 pixels, light and dark, as other mail programs show it; its source, size and findings.
    The page reloads when an article, a template, a catalog or config.toml is saved. Only this machine can open it,
    nothing is kept, and nothing is sent but what its form sends to you. Ctrl-C stops it.
    """
    from digest.cli.drafts import HouseDrafts
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.cli.waiting import until_interrupted
    from digest.pages.server import Server

    house = House.of(config)
    if newsletter is not None:
        house.desk.newsletter(newsletter)
    with (
        HouseDrafts(house, articles, _file(config)) as drafts,
        Server(preview_of(house, drafts), port=port) as server,
    ):
        path = f"newsletters/{newsletter}" if newsletter else ""
        say(f"Preview: {server.url}/{path}  (Ctrl-C stops it)")
        until_interrupted()
    return 0


def preview_of(house: House, drafts: HouseDrafts) -> Starlette:
    """The preview's web app over an installation's messages."""
    from digest.pages.pages import Pages
    from digest.resources import shipped
    from digest.web.preview import preview_app

    return preview_app(drafts, Pages(shipped("templates/pages")), house.media)


def _file(config: str | None) -> Path | None:
    """The config.toml that somebody may save; None when it is the one that ships with the program."""
    named = config or os.environ.get("DIGEST_CONFIG") or "config.toml"
    return Path(named).absolute() if Path(named).exists() else None
