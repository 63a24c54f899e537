"""`digest sources`: where articles come from, how each source is, and what it has now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from digest.model import Article, SourceState, Story
    from digest.settings import Settings, Source
    from digest.storage.sources import Sources


@click.group()
def sources() -> None:
    """List the sources of articles, and try one."""


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(config: str | None, as_json: bool) -> int:
    """List the sources, and how each was when last read.

    When that was, how many articles it had, and why it could not be read since: as builds remembered it.
    Folders, of which nothing is remembered, are read now.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say, say_json
    from digest.errors import SourceError
    from digest.sources import open_source

    settings = House.settings_of(config)
    with _memory(settings) as memory:
        for name, table in settings.source.items():
            state = _state(memory, name)
            count, error = len(state.articles), state.error
            if table.kind == "folder":
                try:
                    fetched = open_source(name, settings).fetch(state)
                    count, unread = len(fetched.articles), len(fetched.problems)
                    if unread:
                        error = f"{_count(unread, 'file')} cannot be read; try `digest sources check {name}`"
                except SourceError as missing:
                    error = str(missing)
            if as_json:
                line = {"name": name, "kind": table.kind, "place": _place(settings, table), "articles": count}
                say_json({**line, "fetched_at": state.fetched_at, "error": error})
                continue
            had = f"{count:>4} article{'s' if count != 1 else ' '}"
            say(f"{name:<16} {table.kind:<7} {had}  {_read(table, state):<21} {_place(settings, table)}")
            if error:
                say(f"{'':<16} {error}", fg="yellow")
    if not settings.source and not as_json:
        say("config.toml has no source. docs/sources.md shows how to add one.")
    return 0


@sources.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def check(config: str | None, name: str, as_json: bool) -> int:
    """Look at the source NAME now, and show what would come in. Nothing is kept.

    Exit code 1 says that no article came in.
    """
    from digest.cli.house import House
    from digest.cli.terminal import say, say_json
    from digest.model import SourceState
    from digest.sources import open_source
    from digest.writing import write

    settings = House.settings_of(config)
    source = open_source(name, settings)
    with _memory(settings) as memory:
        # Any other source is asked as if for the first time, so that nothing stands in for what it has.
        state = _state(memory, name) if settings.source[name].kind == "push" else SourceState()
    fetched = source.fetch(state)
    for number, article in enumerate(fetched.articles, start=1):
        story = write(article)
        if as_json:
            say_json(_line(article, story))
            continue
        say(f"{number:>3}. {story.headline}", bold=True)
        say(f"     {', '.join(_facts(story))}")
        say(f"     {article.ref}", dim=True)
    for problem in fetched.problems:
        if as_json:
            say_json({"ref": problem.ref, "problem": problem.message})
        else:
            say(f"  ! {problem.ref}: {problem.message}", fg="yellow")
    if not as_json:
        say(f"{_count(len(fetched.articles), 'article')}, {_count(len(fetched.problems), 'problem')}")
    return 0 if fetched.articles else 1


@contextmanager
def _memory(settings: Settings) -> Iterator[Sources | None]:
    """What builds remembered of the sources, if there is a database of this version; none is made."""
    from digest.cli.house import House
    from digest.storage.schema import HEAD, current
    from digest.storage.sources import Sources

    database = House.database_of(settings)
    if database is None:
        yield None
        return
    try:
        yield Sources(database) if current(database) == HEAD else None
    finally:
        database.close()


def _state(memory: Sources | None, name: str) -> SourceState:
    from digest.model import SourceState

    return memory.state(name) if memory else SourceState()


def _place(settings: Settings, table: Source) -> str:
    from digest.cli.terminal import near

    if table.path is not None:
        return near(str(settings.resolve(table.path)))
    return table.url or "POST /api/articles"


def _read(table: Source, state: SourceState) -> str:
    if table.kind in ("folder", "push"):
        return "now"
    return f"{state.fetched_at:%Y-%m-%d %H:%M} UTC" if state.fetched_at else "never"


def _facts(story: Story) -> Iterator[str]:
    """What a person wants to know of an article before it is in an edition."""
    yield f"{story.published_at:%Y-%m-%d %H:%M} UTC" if story.published_at else "no date"
    yield story.byline or "no byline"
    yield _count(story.words, "word")
    yield _count(len(story.takes), "quick take")
    yield _count(len(story.key_quotes), "key quote")
    if story.errors:
        yield f"errors: {' '.join(sorted({finding.code for finding in story.errors}))}"


def _line(article: Article, story: Story) -> dict[str, object]:
    return {
        "ref": article.ref,
        "headline": story.headline,
        "byline": story.byline,
        "published_at": story.published_at,
        "publisher": story.publisher,
        "url": story.url,
        "words": story.words,
        "takes": len(story.takes),
        "key_quotes": len(story.key_quotes),
        "errors": sorted({finding.code for finding in story.errors}),
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s'[: number != 1]}"
