"""docs/adding-a-provider.md, followed to the letter in a copy of the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digest.resources import CHECKOUT

PAGE = (CHECKOUT / "docs/adding-a-provider.md").read_text("utf-8")
COPIED = ("digest", "subscribers", "templates", "examples", "docs/providers", "tests", "pyproject.toml", "config.toml")


def blocks(section: str, language: str) -> list[str]:
    """The blocks of code under a heading."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)


def put(file: Path, diff: str) -> None:
    """Add the lines that begin with + below the line that stands above them."""
    above, *added = diff.splitlines()
    text = file.read_text("utf-8")
    anchor = above[1:] + "\n"
    assert text.count(anchor) == 1, f"{file} has no line {above[1:]!r}"
    assert all(line.startswith("+") for line in added)
    file.write_text(text.replace(anchor, anchor + "".join(f"{line[1:]}\n" for line in added)), "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source with the provider of the page."""
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        here, there = CHECKOUT / name, root / name
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(here, there)
    ((_, adapter),) = blocks("1. The file", "python")
    (root / "digest/providers/lighthouse.py").write_text(adapter, "utf-8")
    (_, imported), (_, listed), (_, reached) = blocks("2. A line in each of two tables", "diff")
    put(root / "digest/providers/__init__.py", imported)
    put(root / "digest/providers/__init__.py", listed)
    put(root / "digest/settings/tables.py", reached)
    ((_, page),) = blocks("3. The page", "markdown")
    (root / "docs/providers/lighthouse.md").write_text(page, "utf-8")
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DIGEST_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**environment, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_passes_the_tests_that_the_page_names(copy: Path) -> None:
    """The command of the page runs them for the new provider, and all pass."""
    ((_, command),) = blocks("4. The tests", "")
    _, *arguments = command.split()
    done = run(copy, *arguments[1:], "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-3000:]
    passed = re.search(r"([0-9]+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 10


def test_it_is_found_by_the_command_line(copy: Path) -> None:
    """The block of the new page loads, and the account is listed with its address."""
    block = re.search(r"```toml\n(\[provider.*?)```", (copy / "docs/providers/lighthouse.md").read_text(), re.DOTALL)
    assert block is not None
    (copy / "own.toml").write_text(block[1])
    done = run(copy, "digest", "--config", "own.toml", "provider", "list")
    assert done.stdout == "lighthouse  lighthouse  https://api.lighthouse.example  token missing  used by nobody\n"


@pytest.mark.parametrize("tool", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy", "--no-incremental")])
def test_its_code_is_as_good_as_ours(copy: Path, tool: tuple[str, ...]) -> None:
    """The file of the page passes what every file of the source has to pass."""
    done = run(copy, *tool, "digest/providers/lighthouse.py")
    assert done.returncode == 0, done.stdout + done.stderr
