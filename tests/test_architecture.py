"""The house keeps its plan (DESIGN, "The house"): arrows, light imports, names and sizes of modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for package in ("digest", "subscribers") for path in (ROOT / package).rglob("*.py"))
HEAVY = "httpx, httpcore, lxml, sqlalchemy, pydantic, jinja2, starlette, premailer, structlog, trafilatura"
NAMES_WITHOUT_A_NOUN = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "service",
    "services",
    "common",
    "misc",
}


def test_imports_keep_the_contracts() -> None:
    """Every rule of import-linter in pyproject.toml holds."""
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(
    "module", ["digest", "digest.errors", "digest.model", "digest.clock", "digest.cli", "subscribers.errors"]
)
def test_light_modules_stay_light(module: str) -> None:
    """What every command imports brings in no heavy library, so that help and mistakes are told at once."""
    program = f"import sys, {module}; print([name for name in {HEAVY.split(', ')!r} if name in sys.modules])"
    assert run(program) == "[]\n"


@pytest.mark.parametrize("package", ["digest.writing", "digest.providers"])
def test_pure_rooms_bring_in_no_network_and_no_database(package: str) -> None:
    """The pure rooms do not even load a library that could open a socket or a database."""
    heavy = ["httpx", "httpcore", "sqlalchemy", "starlette", "sqlite3", "urllib.request", "http.client"]
    program = (
        f"import importlib, pkgutil, sys, {package} as room\n"
        "for found in pkgutil.walk_packages(room.__path__, room.__name__ + '.'): importlib.import_module(found.name)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    assert run(program) == "[]\n"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_says_what_it_is(path: Path) -> None:
    """A module that holds anything begins with a docstring and is named after a noun of its own."""
    body = ast.parse(path.read_text("utf-8")).body
    assert not body or ast.get_docstring(ast.Module(body, [])), "the first statement is a docstring"
    assert path.stem not in NAMES_WITHOUT_A_NOUN


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
