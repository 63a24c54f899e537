"""What is wrong with a configuration, in words that lead a person to the line and the remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from digest.config.layers import Layer
from digest.config.toml_lines import Key
from digest.config.values import nearest

SECRET_TABLES = ("signing_keys", "provider_tokens", "provider_webhooks", "source_tokens", "database_password")
"""Values under these are never shown."""
_LOOKS_SECRET = re.compile(r"token|secret|password|api_?key|signing", re.IGNORECASE)
_LONGEST_SHOWN = 60


def describe(errors: Iterable[Mapping[str, Any]], layers: Sequence[Layer], tables: Mapping[Key, Sequence[str]]) -> str:
    """One line for each error, in pydantic's form (`type`, `loc`, `msg`, `input`, `ctx`).

    `tables` has the keys of each table; the part of a path that people name is `NAME`.
    """
    return "\n".join(
        _describe(error, layers, tables) for error in errors if error["type"] != "default_factory_not_called"
    )


def place(key: Key, layers: Sequence[Layer], *, missing: bool = False) -> str:
    """Where the value of `key` stands; for a missing one, where the table that lacks it was begun."""
    ranked = sorted(
        enumerate(layers), key=lambda item: (item[1].depth(key), -item[0] if missing else item[0]), reverse=True
    )
    return ranked[0][1].where(key)


def dotted(key: Key) -> str:
    """`newsletter.morning.sources[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def _describe(error: Mapping[str, Any], layers: Sequence[Layer], tables: Mapping[Key, Sequence[str]]) -> str:
    key: Key = tuple(part for part in error["loc"] if part != "[key]")
    table = tuple("NAME" if depth == 1 else part for depth, part in enumerate(key[:-1]))
    kind = str(error["type"])
    where = f"{place(key, layers, missing=kind == 'missing')}: {dotted(key)}"
    if kind == "extra_forbidden":
        return f"{where}: {_unknown(key, tables.get(table, ()))}"
    if kind == "missing":
        return f"{where}: this key is missing, and {_title(key)} needs it"
    return f"{where}: {_expected(error)}{_got(error, key)}"


def _title(key: Key) -> str:
    """The table that the key is in."""
    return f"[{dotted(key[:-1])}]" if key[:-1] else "config.toml"


def _unknown(key: Key, known: Sequence[str]) -> str:
    name = str(key[-1])
    if _LOOKS_SECRET.search(name):
        return (
            "a secret is no key of config.toml; put it into a file of the folder secrets beside it: "
            "signing_keys, provider.NAME.token, source.NAME.token or database_password"
        )
    return f"unknown key{nearest(name, known)} {_title(key)} takes: {', '.join(known)}"


def _expected(error: Mapping[str, Any]) -> str:
    if error["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        return "expected a table"
    message = re.sub(r"^\w+ should (?:be|have) ", "expected ", str(error["msg"]).removeprefix("Value error, "))
    if error["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
        message += nearest(str(error["input"]), choices)
    return message[:1].lower() + message[1:]


def _got(error: Mapping[str, Any], key: Key) -> str:
    """The value itself, unless it is a secret, an address with a password in it, or long."""
    value = error.get("input")
    if key[0] in SECRET_TABLES or value is None or isinstance(value, Mapping | list | tuple):
        return ""
    if "://" in str(value) and ("@" in str(value) or "password" in str(value)):
        return ""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return f" (it is {shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + '…'})"
