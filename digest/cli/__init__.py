"""The command line. Commands are imported when they run, so that `digest --help` starts at once."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from digest import __version__
from digest.errors import DigestError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("digest.cli.demo", "Send the sample digest to a local inbox and show it."),
    "story": ("digest.cli.story", "Show what the digest makes of an article."),
    "sources": ("digest.cli.sources", "List the sources of articles, and try one."),
    "build": ("digest.cli.build", "Make a draft edition of a newsletter."),
    "preview": ("digest.cli.preview", "Look at what would be sent, in the browser."),
    "template": ("digest.cli.template", "List, make and check the templates of e-mails."),
    "editions": ("digest.cli.editions", "List, approve, pause and cancel editions."),
    "send": ("digest.cli.send", "Send an edition, or a newsletter's edition of today."),
    "deliveries": ("digest.cli.deliveries", "List what became of an edition for each reader."),
    "events": ("digest.cli.events", "List what providers have reported, newest first."),
    "health": ("digest.cli.health", "Show how EDITION is received, by who runs the mailboxes."),
    "worker": ("digest.cli.worker", "Send what is ready."),
    "serve": ("digest.cli.serve", "Run schedule, web pages and a worker in one process."),
    "subscribers": ("digest.cli.subscribers", "Import, add, list, export and unsubscribe readers."),
    "provider": ("digest.cli.provider", "List the accounts at mail APIs, and check one."),
    "db": ("digest.cli.db", "Upgrade, check and tidy what is stored."),
    "doctor": ("digest.cli.doctor", "Say what is wrong and what to do about it."),
}
"""Name → module with a click command of that name, and the line that `digest --help` shows."""


class Commands(click.Group):
    """A group whose members are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[name][0]), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "-c",
    "--config",
    metavar="FILE",
    help="The configuration; else DIGEST_CONFIG, config.toml here, or the sample that ships with the program.",
)
@click.version_option(__version__, "-V", "--version", prog_name="digest")
@click.pass_context
def digest(ctx: click.Context, config: str | None) -> None:
    """News digests from articles' quick takes and key quotes.

    \b
    Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 findings block the send.
    """
    ctx.obj = config


def main() -> None:
    """The entry point of the `digest` command."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal of another charset than UTF-8 shows a mark for what it lacks, such as a typographic quote.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    code = run()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output had enough (`digest … | head`); Python would complain at its own flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code. Expected failures are told in a sentence, without a traceback."""
    try:
        result = digest.main(args=arguments, prog_name="digest", standalone_mode=False)
    except DigestError as error:
        return _told(error, error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        return 130
    except KeyboardInterrupt:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit:
        # What click makes of a broken pipe, with standard output silenced: nothing is wrong with us.
        return 0
    except Exception as error:
        from subscribers.errors import SubscriberError

        if isinstance(error, SubscriberError):
            return _told(error, 1)
        raise
    return result if isinstance(result, int) else 0


def _told(error: Exception, exit_code: int) -> int:
    click.echo(f"digest: {error}", err=True)
    return exit_code
