"""Shipped files are found in a checkout and in an installed wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import digest.resources
from digest.resources import shipped


def test_a_checkout_reads_its_own_files() -> None:
    """Beside pyproject.toml, the files of the checkout are used."""
    assert shipped("templates/email") == Path(digest.resources.__file__).parent.parent / "templates" / "email"
    assert (shipped("templates/email") / "digest" / "body.html").is_file()


def test_an_installed_package_reads_what_it_carries(tmp_path: Path) -> None:
    """Without pyproject.toml beside it, the package looks into its own `_shipped`."""
    package = tmp_path / "digest"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(digest.resources.__file__, package)
    found = subprocess.run(
        [sys.executable, "-c", "from digest.resources import shipped; print(shipped('config.toml'))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert Path(found.stdout.strip()) == package / "_shipped" / "config.toml"
