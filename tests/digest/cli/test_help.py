"""Help: complete, the same everywhere, and there at once."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from digest import cli
from digest.cli import COMMANDS, digest

HEAVY = ("sqlalchemy", "httpx", "lxml", "pydantic", "jinja2", "babel", "alembic", "apscheduler", "starlette", "rich")
DOCS = Path(__file__).parents[3] / "docs" / "commands.md"


def command(name: str) -> click.Command:
    found = digest.get_command(click.Context(digest), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line in `digest --help` is the first line of the command's own help."""
    assert inspect.cleandoc(command(name).help or "").splitlines()[0] == COMMANDS[name][1]
    assert cli.run(["--help"]) == 0
    assert re.search(rf"^  {name} +{re.escape(COMMANDS[name][1])}$", capsys.readouterr().out, re.MULTILINE)
    assert cli.run([name, "--help"]) == 0
    assert COMMANDS[name][1] in capsys.readouterr().out


def test_every_module_of_a_command_is_listed() -> None:
    """No command lies about that nobody can call."""
    modules = [path.stem for path in Path(cli.__file__).parent.glob("*.py")]
    commands = [getattr(import_module(f"digest.cli.{name}"), name, None) for name in modules if name != "__init__"]
    found = {command.name for command in commands if isinstance(command, click.Command)}
    assert found == COMMANDS.keys()


def test_every_command_and_option_is_in_the_docs() -> None:
    """docs/commands.md names each command, subcommand and option."""
    text = DOCS.read_text("utf-8")
    missing = []
    for name in COMMANDS:
        top = command(name)
        group = top.commands if isinstance(top, click.Group) else {}
        if f"digest {name}" not in text:
            missing.append(name)
        missing += [f"{name} {sub}" for sub in group if not re.search(rf"[`|/ ]{re.escape(sub)}\b", text)]
        for each in (top, *group.values()):
            options = [option.opts[-1] for option in each.params if isinstance(option, click.Option)]
            missing += [f"{name} {option}" for option in options if option not in text]
    assert missing == []


def test_help_loads_no_heavy_library() -> None:
    """Whoever asks for help, or mistypes, does not wait for a database or a template engine to load."""
    program = (
        "import sys; from digest.cli import run\n"
        "codes = [run(['--help']), run(['--version']), run(['nonsense']), run([])]\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], codes, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[] [0, 0, 2, 2]"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_help_opens_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration is read and no file is made, even where the configuration is broken."""
    (tmp_path / "config.toml").write_text("not = [toml")
    monkeypatch.chdir(tmp_path)
    assert cli.run([name, "--help"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
