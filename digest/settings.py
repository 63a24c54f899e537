"""What an operator can set: config.toml < secrets files < environment < arguments.

The only module that reads configuration. Unknown keys are errors. A secret is a file in the
`secrets` folder beside config.toml or a variable in the environment, never a key of config.toml.
"""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Policy = Literal["hold", "resend"]


class Section(BaseModel):
    """A table of config.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    """Where readers reach this installation."""

    base_url: str = "http://127.0.0.1:8024"
    """Public address, without a trailing slash; links in e-mails begin with it."""
    host: str = "127.0.0.1"
    port: int = Field(default=8024, ge=0, le=65535)


class Storage(Section):
    """Where everything that must survive is kept."""

    folder: Path = Path("var")
    """Relative to config.toml. The database is `digest.sqlite3` in it."""


class Delivery(Section):
    """How the roll is sent."""

    batch_readers: int = Field(default=500, ge=1, le=1000)
    batch_bytes: int = Field(default=16_000_000, ge=100_000)
    concurrency: int = Field(default=2, ge=1, le=32)
    """Requests in flight in one process."""
    lease: timedelta = timedelta(seconds=180)
    """A claim or a flight older than this, by the database's clock, is taken to be dead."""


class Provider(Section):
    """An account at a transactional-mail API."""

    kind: Literal["sandbox", "postmark"]
    base_url: str | None = None
    stream: str = "broadcast"
    policy: Policy = "hold"
    timeout: timedelta = timedelta(seconds=60)
    """Total time for one request; under half the lease."""


class Source(Section):
    """Where articles come from."""

    kind: Literal["folder"]
    path: Path


class Schedule(Section):
    """When an edition is due, by the clocks of one zone."""

    days: tuple[Weekday, ...]
    at: time
    zone: ZoneInfo
    grace: timedelta = timedelta(hours=2)
    """An edition overdue by more than this waits for a person."""


class Newsletter(Section):
    """A publication."""

    title: str
    tagline: str = ""
    from_name: str
    from_address: str
    reply_to: str | None = None
    list_id: str
    postal_address: str
    provider: str = "sandbox"
    sources: tuple[str, ...]
    template: str = "digest"
    language: str = "en"
    why: str = ""
    """Why readers get this, in their words; a default sentence names the title and the address."""
    max_stories: int = Field(default=8, ge=1, le=60)
    max_age: timedelta = timedelta(days=2)
    on_error: Literal["leave-out", "hold"] = "leave-out"
    approval: Literal["automatic", "by-hand"] = "by-hand"
    checks: dict[str, Literal["error", "warning", "info", "off"]] = Field(default_factory=dict)
    schedule: Schedule | None = None


class Settings(BaseSettings):
    """Everything that can be set, checked."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="DIGEST_", env_nested_delimiter="__")

    root: Path = Path(".")
    """The folder of config.toml; relative paths start here."""
    site: Site = Site()
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    templates: Path | None = None
    """A folder of the operator's own e-mail templates, looked in first."""
    provider: dict[str, Provider] = Field(default_factory=dict)
    source: dict[str, Source] = Field(default_factory=dict)
    newsletter: dict[str, Newsletter] = Field(default_factory=dict)
    signing_keys: tuple[SecretStr, ...] = ()
    """Newest first; every one verifies, the first signs."""
    provider_tokens: dict[str, SecretStr] = Field(default_factory=dict)
