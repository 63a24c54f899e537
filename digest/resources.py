"""Where the files that ship with the program are found: templates, examples and the sample config.toml."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """Path of a shipped file or folder, such as `templates/email` or `config.toml`.

    In a checkout it lies beside the `digest` package; the wheel carries it in `digest/_shipped`.
    """
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / name
    return Path(str(resources.files("digest"))) / "_shipped" / name
