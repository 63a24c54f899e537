"""`digest db`: the database's version and health."""

from __future__ import annotations

import click


@click.group()
def db() -> None:
    """Upgrade, check and tidy what is stored."""


@db.command()
@click.pass_obj
def upgrade(config: str | None) -> int:
    """Bring the database to this program's version, or make it. Back it up before."""
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.storage.engine import connect
    from digest.storage.schema import HEAD, current
    from digest.storage.schema import upgrade as bring_up

    settings = House.settings_of(config)
    database = House.database_of(settings) or connect(settings.database_path)
    before = current(database)
    bring_up(database)
    say(f"{database.place}: {before or 'new'} → {HEAD}" if before != HEAD else f"{database.place}: already {HEAD}")
    return 0


@db.command()
@click.pass_obj
def check(config: str | None) -> int:
    """Read the whole database: damage, lost references and pictures, editions whose sum does not balance."""
    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.errors import NotFound
    from digest.storage.deliveries import Deliveries
    from digest.storage.media import Media
    from digest.storage.pictures import Pictures
    from digest.storage.schema import HEAD, current, problems

    settings = House.settings_of(config)
    database = House.database_of(settings)
    if database is None:
        raise NotFound(f"{settings.database_path}: there is no database yet; `digest db upgrade` makes one")
    found = problems(database)
    if current(database) == HEAD:
        found += [
            f"edition {edition} has {planned} planned readers and {rows} deliveries: keep the file and report this"
            for edition, planned, rows in Deliveries(database).unbalanced()
        ]
        found += [
            f"batch {number} of edition {edition} has {rows} deliveries, not {readers}: keep the file and report this"
            for edition, number, readers, rows in Deliveries(database).misplaced()
        ]
        media = Media(settings.media_folder)
        found += [
            f"{media.folder / name} is gone, and e-mails that are out show it: restore it from a backup"
            for name in sorted(Pictures(database).shown())
            if not media.has(name)
        ]
    for problem in found:
        say(f"{database.place}: {problem}", fg="red")
    if not found:
        say(f"{database.place}: sound, version {HEAD}, {database.version()}; every edition balances")
    return 1 if found else 0


@db.command()
@click.pass_obj
def tidy(config: str | None) -> int:
    """Remove pictures that nobody has used for 30 days, and events that nothing rests on after 90.

    A picture stays while an edition shows it, and what bounced, complained or left stays on record.
    """
    from datetime import timedelta

    from digest.cli.house import House
    from digest.cli.terminal import say
    from digest.storage.pictures import Pictures

    house = House.of(config)
    shown = Pictures(house.database).shown()
    removed = house.media.sweep(shown, before=house.clock() - timedelta(days=30))
    say(f"{house.media.folder}: {removed} removed; editions show {len(shown)}")
    forgotten = house.events.forget(before=house.clock() - timedelta(days=90))
    say(f"{house.database.place}: {forgotten:,} event{'' if forgotten == 1 else 's'} removed")
    return 0
