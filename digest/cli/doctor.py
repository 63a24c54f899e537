"""`digest doctor`: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import click

if TYPE_CHECKING:
    from digest.settings import Settings

MAX_CLOCK_ERROR = timedelta(minutes=2)
"""Off by more than this, schedules are visibly late and signatures of webhooks are refused."""


class Verdict(NamedTuple):
    """One line of the report."""

    level: str
    """ok, warning or wrong."""
    subject: str
    sentence: str


@click.command()
@click.option("--dns", "domain", metavar="DOMAIN", help="Look at the DNS of a sender's domain, and at nothing else.")
@click.option("--selector", metavar="NAME", help="With --dns: the selector of the DKIM key.")
@click.option("--nameserver", metavar="IP", help="With --dns: the DNS server to ask, else the system's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def doctor(config: str | None, domain: str | None, selector: str | None, nameserver: str | None, as_json: bool) -> int:
    """Say what is wrong and what to do about it.

    Looks at configuration, database, sources, providers, clock and templates; nothing is sent or changed. With --dns
    at SPF, DKIM, DMARC and MX of a domain, and shows the record that mends each mistake.
    """
    from digest.cli.terminal import say, say_json
    from digest.errors import DigestError, UsageError

    if domain is not None:
        from digest.cli import dns
        from digest.cli.house import House

        return dns.report(House.settings_of(config), domain, selector=selector, nameserver=nameserver, as_json=as_json)
    if selector or nameserver:
        raise UsageError("--selector and --nameserver belong to --dns DOMAIN")
    found: list[Verdict] = []
    settings: Settings | None = None
    try:
        from digest.cli.house import House

        settings = House.settings_of(config)
        found.append(_config(settings))
    except DigestError as error:
        found.append(Verdict("wrong", "config", str(error)))
    if settings is not None:
        for look in (_keys, _database, _sources, _providers, _clock, _templates, _links):
            found.extend(_asked(look, settings))
    marks = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}
    for verdict in found:
        if as_json:
            say_json(verdict._asdict())
        else:
            mark, colour = marks[verdict.level]
            say(f"{mark} {verdict.subject}: {verdict.sentence}", fg=colour)
    return 1 if any(verdict.level == "wrong" for verdict in found) else 0


def _asked(look: Callable[[Settings], Iterator[Verdict]], settings: Settings) -> list[Verdict]:
    from digest.errors import DigestError

    try:
        return list(look(settings))
    except (DigestError, OSError) as error:
        return [Verdict("wrong", look.__name__.strip("_"), str(error))]


def _config(settings: Settings) -> Verdict:
    count = len(settings.newsletter)
    if not count:
        return Verdict("warning", "config", "0 newsletters: nothing can be sent; add a table [newsletter.NAME] to it")
    return Verdict("ok", "config", f"{count} newsletter{'s'[: count != 1]}; data in {settings.storage_folder}")


def _keys(settings: Settings) -> Iterator[Verdict]:
    if settings.signing_keys:
        yield Verdict("ok", "signing keys", f"{len(settings.signing_keys)}; back up {settings.secrets_folder}")
    else:
        yield Verdict("warning", "signing keys", f"none yet; the first build makes one in {settings.secrets_folder}")


def _database(settings: Settings) -> Iterator[Verdict]:
    from digest.cli.house import House
    from digest.storage.schema import problems
    from digest.storage.sqlite import has_wal_reset_defect

    try:
        _write_at(settings.storage_folder)
    except OSError as error:
        yield Verdict(
            "wrong",
            "database",
            f"{settings.storage_folder} cannot be written ({error.strerror}); give this user the right, "
            "or set storage.folder to another one",
        )
        return
    database = House.database_of(settings)
    if database is None:
        yield Verdict("ok", "database", f"none yet; the first build makes {settings.database_path}")
        return
    trouble = problems(database)
    for problem in trouble:
        yield Verdict("wrong", "database", f"{database.place}: {problem}")
    if not trouble:
        yield Verdict("ok", "database", f"{database.place} is sound, {database.version()}")
    if not database.remote and has_wal_reset_defect():
        yield Verdict(
            "warning",
            "database",
            f"{database.version()} can damage a write-ahead log that several connections use (fixed in 3.51.3), "
            "so there is none, which makes sending slower; install pysqlite3",
        )
    database.close()


def _write_at(folder: Path) -> None:
    """Write into the folder, or where it would be made, and leave nothing. Raises OSError."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    with TemporaryFile(dir=there) as file:
        file.write(b"?")
        file.flush()


def _sources(settings: Settings) -> Iterator[Verdict]:
    """Without a look at any of them: what is there, and what was remembered of the last build."""
    from digest.cli.house import House
    from digest.storage.schema import HEAD, current
    from digest.storage.sources import Sources

    database = House.database_of(settings)
    memory = Sources(database) if database and current(database) == HEAD else None
    pushed = settings.push_tokens()
    for name, source in settings.source.items():
        subject = f"source.{name}"
        state = memory.state(name) if memory else None
        if source.path is not None and not settings.resolve(source.path).is_dir():
            yield Verdict(
                "wrong", subject, f"there is no folder {settings.resolve(source.path)}; make it or correct path"
            )
        elif source.kind == "push" and name not in pushed:
            secret = settings.secrets_folder / f"source.{name}.token"
            yield Verdict("warning", subject, f"nobody can push to it: write a token into {secret} (mode 600)")
        elif state and state.error:
            good = f"{state.fetched_at:%Y-%m-%d %H:%M} UTC" if state.fetched_at else "never"
            yield Verdict("warning", subject, f"{state.error}; last read: {good}")
        else:
            yield Verdict("ok", subject, source.url or (str(source.path) if source.path else "POST /api/articles"))
    if database:
        database.close()


def _providers(settings: Settings) -> Iterator[Verdict]:
    import httpx

    from digest.errors import ConfigError
    from digest.http import provider_client

    for name, provider in settings.provider.items():
        try:
            settings.token(name)
        except ConfigError as error:
            yield Verdict("wrong" if _used(settings, name) else "warning", f"provider.{name}", str(error))
            continue
        if settings.in_sandbox(name):
            yield _sandbox(name, provider.base_url)
            continue
        try:
            with provider_client(provider.base_url, timeout=5.0) as client:
                answer = client.get("/")
            yield Verdict("ok", f"provider.{name}", f"{provider.base_url} answers")
            yield from _drift(name, answer.headers.get("date"))
        except httpx.HTTPError as error:
            yield Verdict("wrong", f"provider.{name}", f"{provider.base_url}: {error}; check base_url and the network")


def _sandbox(name: str, url: str) -> Verdict:
    from digest.cli.local import is_ours
    from digest.errors import AlreadyRunning

    try:
        runs = is_ours(url)
    except AlreadyRunning as error:
        return Verdict("wrong", f"provider.{name}", str(error))
    return Verdict(
        "ok", f"provider.{name}", f"the sandbox at {url}; it {'runs' if runs else 'starts when it is needed'}"
    )


def _used(settings: Settings, provider: str) -> bool:
    return any(newsletter.provider == provider for newsletter in settings.newsletter.values())


def _drift(name: str, date: str | None) -> Iterator[Verdict]:
    """Compare our clock with the provider's."""
    from email.utils import parsedate_to_datetime

    if date is None:
        return
    try:
        off = abs(datetime.now(UTC) - parsedate_to_datetime(date))
    except (TypeError, ValueError):
        return
    if off > MAX_CLOCK_ERROR:
        yield Verdict(
            "wrong", "clock", f"{off.total_seconds():.0f} s away from provider.{name}'s; switch on time synchronisation"
        )


def _clock(settings: Settings) -> Iterator[Verdict]:
    from zoneinfo import TZPATH, available_timezones

    from digest import clock
    from digest.schedule.alarm import trigger

    now = clock.now()
    yield Verdict("ok", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC; {len(available_timezones())} zones from {TZPATH[:1]}")
    for name, newsletter in settings.newsletter.items():
        if newsletter.schedule is None:
            yield Verdict("ok", f"newsletter.{name}", "no schedule: a person sends it")
        else:
            due = trigger(newsletter.schedule).get_next_fire_time(None, now).astimezone(newsletter.schedule.zone)
            yield Verdict("ok", f"newsletter.{name}", f"next due {due:%A %Y-%m-%d %H:%M %Z}")


def _templates(settings: Settings) -> Iterator[Verdict]:
    from digest.errors import RenderError
    from digest.model import Severity
    from digest.rendering.checks import check, proof_of
    from digest.rendering.edition import compile_edition
    from digest.rendering.sample import sample_content
    from digest.rendering.templates import Templates

    templates = Templates(settings.templates_of("email"), settings.templates_of("locales"))
    for name in sorted({newsletter.template for newsletter in settings.newsletter.values()}):
        try:
            content = sample_content(templates.sample(name))
            message = compile_edition(content, templates=templates, nonce="doctor0000000000")
        except RenderError as error:
            yield Verdict("wrong", f"template {name}", str(error))
            continue
        errors = [finding for finding in check(proof_of(message, content)) if finding.severity is Severity.ERROR]
        for finding in errors:
            yield Verdict("wrong", f"template {name}", f"{finding.message} {finding.advice}")
        if not errors:
            yield Verdict("ok", f"template {name}", f"renders, {message.html_bytes:,} bytes")


def _links(settings: Settings) -> Iterator[Verdict]:
    site = urlsplit(settings.site.base_url)
    real = not all(settings.in_sandbox(newsletter.provider) for newsletter in settings.newsletter.values())
    if real and site.scheme != "https":
        yield Verdict(
            "wrong",
            "site.base_url",
            f"{settings.site.base_url} is not https: mail clients refuse one-click unsubscribe there (RFC 8058 3.1)",
        )
    else:
        yield Verdict("ok", "site.base_url", settings.site.base_url)
