"""What a person gets who installs the wheel, and what `digest --help` costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINS = ROOT / "constraints.txt"
HEAVY = ["sqlalchemy", "httpx", "lxml", "pydantic", "jinja2", "premailer", "starlette", "apscheduler", "rich", "PIL"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without network."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_carries_what_it_needs(wheel: Path) -> None:
    """Every shipped file and every module of the two packages is in the wheel, and nothing that is not ours."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = git_files("digest", "subscribers")
    shipped = {f"digest/_shipped/{name}" for name in git_files("templates", "examples", "config.toml")}
    assert len(shipped) > 20
    assert tracked | shipped <= names
    others = {name for name in names if not name.startswith(("digest/", "subscribers/"))}
    assert all(name.startswith("quicktakes-") and ".dist-info/" in name for name in others), others
    assert not [name for name in names if re.search(r"(^|/)(secrets|tests|var)/|\.sqlite3", name)]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.installed
@pytest.mark.slow
def test_the_installed_wheel_runs_anywhere(wheel: Path, tmp_path: Path) -> None:
    """Clean environment, pinned dependencies, empty folder: the demo sends to each sample reader."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    pip = [home / "bin" / "python", "-m", "pip", "--quiet", "--no-input", "install", "--constraint", PINS, wheel]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "Usage: digest" in digest(home / "bin" / "digest", empty, "--help")
    assert digest(home / "bin" / "digest", empty, "demo", "--once")
    readers = (ROOT / "examples" / "subscribers.csv").read_text("utf-8").splitlines()[1:]
    assert len(list(empty.rglob("inbox/*.eml"))) == len(readers)


def digest(program: Path, folder: Path, *arguments: str) -> str:
    """What the installed command prints, outside of any checkout."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DIGEST_", "PYTHON"))}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, f"digest {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_help_imports_nothing_heavy() -> None:
    """`digest --help` answers at once, because it imports no library that only commands need."""
    program = (
        "import sys\nfrom digest.cli import run\ncode = run(['--help'])\n"
        f"sys.exit(code or str([name for name in {HEAVY!r} if name in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
    assert done.stdout.startswith("Usage: digest")


def test_dependencies_are_pinned() -> None:
    """Every dependency of pyproject.toml has one exact pin, and no pin says where to fetch it."""
    pins = PINS.read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in pins), pins
    pinned = {normalised(line.partition("==")[0]) for line in pins}
    assert len(pinned) == len(pins)
    required = re.findall(
        r'^    "([A-Za-z0-9._-]+)[\[>=<].*",(?:  #.*)?$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert len(required) > 30
    assert {normalised(name) for name in required} <= pinned


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def git_files(*paths: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}
