"""`digest template`: the templates of e-mails, an own one made from another, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digest.errors import DigestError, NotFound, UsageError

if TYPE_CHECKING:
    from digest.model import Finding
    from digest.rendering.templates import Templates
    from digest.settings import Settings

FOLDER = Path("our-templates")
"""Where an own template is written when config.toml names no folder."""
_NAME = r"[a-z][a-z0-9_-]{0,39}"


@click.group()
def template() -> None:
    """List, make and check the templates of e-mails."""


@template.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def list_(config: str | None, as_json: bool) -> None:
    """List the e-mails, with where each is and what it speaks."""
    from digest.cli.terminal import near, say, say_json

    templates = _templates(_settings(config))
    for row in _rows(templates):
        if as_json:
            say_json(row)
        else:
            say(f"{row['name']}", bold=True, nl=False)
            say(f"  {row['kind']}, {'shipped' if row['shipped'] else near(row['folder'])}")
            say(f"    {row['description']}")
            say(f"    samples: {', '.join(row['samples']) or 'none'}", dim=True)
    if not as_json:
        say(f"\nLanguages: {', '.join(templates.languages())}")


def _rows(templates: Templates) -> Iterator[dict[str, Any]]:
    from digest.errors import RenderError
    from digest.rendering.layout import is_digest

    for name in templates.names():
        folder = next(folder / name for folder in templates.folders if (folder / name).is_dir())
        try:
            description = str(templates.sample(name).get("description", ""))
        except RenderError as error:
            description = str(error)
        yield {
            "name": name,
            "kind": "digest" if is_digest(templates.folders, name) else "notice",
            "shipped": folder.parent == templates.folders[-1],
            "folder": str(folder),
            "description": description,
            "samples": templates.cases(name),
            "languages": templates.languages(),
        }


@template.command()
@click.argument("name")
@click.option(
    "--from", "origin", metavar="TEMPLATE", help="The e-mail to start from; else that of the name, or digest."
)
@click.pass_obj
def new(config: str | None, name: str, origin: str | None) -> None:
    """Write a template of your own, made from another one.

    Its folder is put where config.toml says (templates), or into our-templates here. It keeps to the shipped
    _base, so what is improved there reaches it.
    """
    import re
    import shutil

    from digest.cli.terminal import near, say
    from digest.rendering.layout import is_digest

    settings = _settings(config)
    templates = _templates(settings)
    origin = origin or (name if name in templates.names() else "digest")
    if not re.fullmatch(_NAME, name):
        raise UsageError(f"{name!r} cannot be the name of a template; expected lower-case letters, digits, - and _")
    _known(templates, [origin])
    digest = is_digest(templates.folders, origin)
    if not digest and name != origin:
        raise UsageError(
            f"{origin} is a notice, which is found by its name; to have one of your own: digest template new {origin}"
        )
    own = next(iter(settings.templates_of("email")), settings.resolve(FOLDER) / "email")
    made = own / name
    if made.exists():
        raise UsageError(f"{near(str(made))} is there already; choose another name, or delete it to start again")
    origins = [folder / origin for folder in reversed(templates.folders) if (folder / origin).is_dir()]
    try:
        for folder in origins:
            shutil.copytree(folder, made, dirs_exist_ok=True)
    except OSError as error:
        raise DigestError(f"{made}: {error.strerror}; it wants a folder that can be written") from error
    say(f"Made {near(str(made))} from {origin}:", bold=True)
    for path in sorted(made.iterdir()):
        say(f"  {path.name}")
    say("\nNext:")
    if settings.templates is None:
        say(f'  put  templates = "{near(str(own.parent))}"  at the top of config.toml, above every [table]')
    if digest:
        say(f'  put  template = "{name}"  into the [newsletter.NAME] that shall look like it')
    say(f"  digest template lint {name}")
    say("  digest preview")


@template.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def lint(config: str | None, names: tuple[str, ...], as_json: bool) -> int:
    """Check templates: every sample in every language, without a browser.

    Without a name, all of them. Exit code 1 says that there is an error.
    """
    from digest.cli.terminal import say
    from digest.rendering.rehearsal import rehearse

    templates = _templates(_settings(config))
    _known(templates, names)
    failed = 0
    for name in names or templates.names():
        cases, languages = templates.cases(name), templates.languages()
        where: dict[Finding, list[str]] = {}
        seen: dict[tuple[str, ...], Finding] = {}
        for case in cases or ("sample",):
            for language in languages:
                for found in rehearse(templates, name, case, language):
                    first = seen.setdefault(_alike(found), found)
                    where.setdefault(first, []).append(f"{case} {language}")
        errors = sum(found.severity == "error" for found in where)
        failed += errors
        _show(templates, name, where, whole=len(cases) * len(languages), as_json=as_json)
        if not as_json:
            say(
                f"{name}: {len(cases)} samples in {len(languages)} languages, {errors} errors, "
                f"{len(where) - errors} other findings",
                fg="red" if errors else "green",
            )
    return 1 if failed else 0


def _alike(found: Finding) -> tuple[str, ...]:
    """Equal for what is one thing to mend: the same of one line, or of one kind in the message."""
    place = found.places[0].part if found.places else ""
    return (found.code, place if ":" in place else "", "" if found.code == "rendering" else found.advice, found.message)


def _show(templates: Templates, name: str, where: dict[Finding, list[str]], *, whole: int, as_json: bool) -> None:
    from dataclasses import asdict

    from digest.cli.terminal import say, say_finding, say_json

    for found, cases in where.items():
        place = _path(templates, name, found)
        if as_json:
            say_json({"template": name, "file": place, "cases": cases, **asdict(found)})
            continue
        say(f"{place}: ", nl=False)
        say_finding(found)
        if len(cases) < whole:
            say(f"    in {', '.join(cases[:6])}{' and others' if len(cases) > 6 else ''}", dim=True)


def _path(templates: Templates, name: str, found: Finding) -> str:
    """`FILE:LINE` where that is known, else the folder of the e-mail."""
    from digest.cli.terminal import near

    part = found.places[0].part if found.places else ""
    file, _, line = part.rpartition(":")
    for folder in templates.folders:
        if file and (folder / file).is_file():
            return f"{near(str(folder / file))}:{line}"
    return near(str(next(folder / name for folder in templates.folders if (folder / name).is_dir())))


def _known(templates: Templates, names: Iterable[str]) -> None:
    for name in names:
        if name not in templates.names():
            raise NotFound(f"there is no template {name!r}; there are {', '.join(templates.names())}")


def _settings(config: str | None) -> Settings:
    from digest.cli.house import House

    return House.settings_of(config)


def _templates(settings: Settings) -> Templates:
    from digest.rendering.templates import Templates

    return Templates(settings.templates_of("email"), settings.templates_of("locales"))
