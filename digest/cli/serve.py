"""`digest serve`: schedule, public pages and a worker in one process."""

from __future__ import annotations

import click


@click.command()
@click.pass_obj
def serve(config: str | None) -> int:
    """Run schedule, web pages and a worker in one process.

    Everything that one machine needs, until Ctrl-C or SIGTERM. Editions are opened when their schedule
    says so, sent once they are approved, and readers can leave by the link in every e-mail. More
    `digest worker` processes may run beside it.
    """
    from digest.cli.house import House
    from digest.cli.local import sandbox
    from digest.cli.progress import stopped_by_signals
    from digest.cli.site import public_site, taking_hooks
    from digest.cli.terminal import say
    from digest.editing.watcher import Watcher
    from digest.pages.server import Server
    from digest.schedule.alarm import Alarm
    from digest.schedule.open_edition import EditionOpener

    house = House.of(config, log_level="info")
    settings = house.settings
    opener = EditionOpener(
        desk=house.desk,
        editions=house.editions,
        planner=house.planner,
        fenced_at=house.instance.fenced_at,
        clock=house.clock,
    )
    alarm = Alarm(newsletters=settings.newsletter, opener=opener, editions=house.editions, clock=house.clock)
    with (
        sandbox(house) as inbox,
        taking_hooks(house) as hooks,
        Server(public_site(house, hooks=hooks), host=settings.site.host, port=settings.site.port, public=True) as site,
        Watcher(settings),
        house.senders() as senders,
        stopped_by_signals(senders),
    ):
        due = alarm.start()
        try:
            say(f"Public pages: {site.url} (readers see {settings.site.base_url})")
            if inbox:
                say(f"Inbox:        {inbox}")
            for name, when in sorted(due.items(), key=lambda item: item[1]):
                schedule = settings.newsletter[name].schedule
                local = when.astimezone(schedule.zone) if schedule else when
                say(f"Next edition: {name}, {local:%A %Y-%m-%d %H:%M %Z}")
            if not due:
                say("No newsletter has a schedule; `digest send NEWSLETTER` sends one by hand.")
            for name in sorted({newsletter.provider for newsletter in settings.newsletter.values()} & set(house.hooks)):
                if house.hooks[name].lacks:
                    say(f"Nothing is heard of bounces at {name}; `digest events addresses` says why.", fg="yellow")
            say("Ctrl-C stops it.")
            senders.run()
        finally:
            alarm.stop()
    return 0
