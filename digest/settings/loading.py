"""The loading of settings: every layer read, merged, checked, and each mistake told with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import EnvSettingsSource

from digest.config import mistakes
from digest.config.layers import Layer, check_variables, find_file, merged, variable
from digest.config.secrets import create_signing_keys, read_secrets
from digest.errors import ConfigError
from digest.settings.settings import NOT_IN_FILE, TOP_LEVEL, Settings
from digest.settings.tables import TABLES

_KEYS = {(): TOP_LEVEL} | {path: list(table.model_fields) for path, table in TABLES.items()}


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force. `overrides` are the arguments, nested like config.toml.

    Without a path it is `DIGEST_CONFIG`, else `config.toml` in the current folder, else the sample
    that ships with the program, which then keeps its data under the current folder.
    Raises ConfigError, one line for each mistake: the file, line and key, what was expected, what is allowed.
    """
    file, root = find_file(path)
    check_variables([*TOP_LEVEL, *mistakes.SECRET_TABLES])
    layers = [
        Layer(file.data, file.where),
        read_secrets(root / "secrets"),
        Layer(EnvSettingsSource(Settings, env_ignore_empty=True)(), variable),
        Layer(overrides or {}, lambda key: f"argument {mistakes.dotted(key)}"),
    ]
    misplaced = [key for key in NOT_IN_FILE if key in file.data]
    errors: list[Mapping[str, Any]] = [{"type": "extra_forbidden", "loc": (key,)} for key in misplaced]
    if not errors:
        try:
            settings = Settings(**(merged(layers) | {"root": root}))
            errors = [{"type": "contradiction", "loc": key, "msg": text} for key, text in settings.contradictions()]
        except ValidationError as invalid:
            errors = list(invalid.errors(include_url=False))
    if errors:
        raise ConfigError(mistakes.describe(errors, layers, _KEYS))
    return settings


def ensure_signing_key(settings: Settings) -> Settings:
    """The same settings with a signing key: a new one is written to the secrets folder when there is none."""
    if settings.signing_keys:
        return settings
    create_signing_keys(settings.secrets_folder)
    keys = read_secrets(settings.secrets_folder).data["signing_keys"]
    return settings.model_copy(update={"signing_keys": tuple(SecretStr(key) for key in keys)})
