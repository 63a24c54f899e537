"""The tables of config.toml, and the sample that explains them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from digest.config.toml_lines import key_lines
from digest.providers import ADAPTERS
from digest.resources import shipped
from digest.settings import TABLES, TOP_LEVEL, Delivery, Health, Provider, Settings, Site, Storage, load
from digest.settings.tables import KEYED


def test_every_key_is_in_the_sample() -> None:
    """The shipped config.toml shows every key there is, set or commented out, with a comment above it."""
    text = shipped("config.toml").read_text("utf-8")
    lines = text.splitlines()
    shown = "\n".join(re.sub(r"^# (?=(\[[a-z.]+\]|[a-z_]+ = .*)$)", "", line) for line in lines)
    found = key_lines(shown)
    named = {"provider", "source", "newsletter"}
    keys = {(key[0], "NAME", *key[2:]) if key[0] in named and len(key) > 1 else key for key in found}
    expected = {(*path, field) for path, table in TABLES.items() for field in table.model_fields}
    assert expected | {(key,) for key in TOP_LEVEL} <= keys
    for line in found.values():
        assert lines[line - 1].removeprefix("# ").startswith("[") or lines[line - 2].startswith("#"), lines[line - 1]


def test_commented_defaults_are_the_defaults() -> None:
    """A key of the sample that is commented out without "for example" shows the value that is in force."""
    text = shipped("config.toml").read_text("utf-8")
    postmark = text[text.index("# [provider.postmark]") : text.index("[source.examples]")]
    written = "\n".join(
        line.removeprefix("# ") for line in postmark.splitlines() if re.match(r"# (\[|[a-z_]+ =)", line)
    )
    assert Provider(**tomllib.loads(written)["provider"]["postmark"]) == Provider(kind="postmark")


def test_the_sample_shows_the_defaults() -> None:
    """What the sample sets outside of its own newsletter is what would be in force without it."""
    sample = load(shipped("config.toml"))
    assert (sample.site, sample.storage, sample.delivery, sample.health) == (Site(), Storage(), Delivery(), Health())
    assert sample.provider["sandbox"] == Provider(kind="sandbox")


def test_the_kinds_with_keys_are_those_whose_adapters_have_a_window() -> None:
    """Settings allow `keyed` where the vendor's adapter says for how long a key is remembered, and nowhere else."""
    assert {name for name, adapter in ADAPTERS.items() if adapter.capabilities.idempotency} == set(KEYED)


def test_every_table_is_known() -> None:
    """Messages can list the keys of every table that the settings are made of."""
    models = set(TABLES.values())
    fields = [annotation for model in [Settings, *models] for annotation in map(str, model.__annotations__.values())]
    tables = r"\b(Site|Storage|Delivery|Health|Provider|Source|Newsletter|Brand|Schedule)\b"
    sections = re.findall(tables, " ".join(fields))
    assert {model.__name__ for model in models} == set(sections)


def test_pydantic_stays_out_of_everything_else() -> None:
    """Importing the parts that read configuration does not import pydantic; only the settings do."""
    modules = "digest.config.layers, digest.config.mistakes, digest.config.secrets, digest.clock, digest.errors"
    program = f"import sys, {modules}; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=shipped("")).returncode == 0
