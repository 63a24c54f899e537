"""What an operator can set: config.toml < secrets files < environment < arguments.

The only module that reads configuration, and the only one that knows pydantic. Unknown keys are
errors. A secret is a file in the folder `secrets` beside config.toml (see `digest.config.secrets`)
or a variable in the environment, never a key of config.toml.

A variable is named after its key, in capitals, with two underscores between the tables:
`DIGEST_SITE__BASE_URL`, `DIGEST_NEWSLETTER__MORNING__APPROVAL`, `DIGEST_SIGNING_KEYS`,
`DIGEST_PROVIDER_TOKENS__POSTMARK`. `DIGEST_CONFIG` is the path of config.toml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from digest.config import mistakes, values
from digest.config.layers import Layer, check_variables, find_file, merged, variable
from digest.config.secrets import SHORTEST_KEY, create_signing_keys, read_secrets
from digest.config.toml_lines import Key
from digest.errors import ConfigError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Name = Annotated[str, AfterValidator(values.name)]
Whole = Annotated[int, BeforeValidator(values.whole)]
Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Line = Annotated[str, AfterValidator(values.line)]
Lines = Annotated[str, AfterValidator(values.lines)]
Address = Annotated[str, AfterValidator(values.address)]
BaseUrl = Annotated[str, AfterValidator(values.base_url)]
WebAddress = Annotated[str, AfterValidator(values.web_address)]

PROVIDER_ADDRESSES = {"sandbox": "http://127.0.0.1:8025", "postmark": "https://api.postmarkapp.com"}
"""Where each kind of provider is reached unless `base_url` says otherwise."""
WITHOUT_TOKEN = frozenset({"sandbox"})
KEYS_OF_SOURCES = {
    "folder": ("path",),
    "feed": ("url", "allow_private"),
    "page": ("url", "list", "allow_private"),
    "push": (),
}
"""What each kind of source takes beside `kind`."""


class Section(BaseModel):
    """A table of config.toml: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Site(Section):
    """Where readers reach this installation."""

    base_url: BaseUrl = "http://127.0.0.1:8024"
    """Public address, without a trailing slash; links in e-mails begin with it."""
    host: Line = "127.0.0.1"
    port: Whole = Field(default=8024, ge=0, le=65535)


class Storage(Section):
    """Where everything that must survive is kept."""

    folder: Path = Path("var")
    """Relative to config.toml. The database is `digest.sqlite3` in it."""


class Delivery(Section):
    """How the roll is sent."""

    batch_readers: Whole = Field(default=500, ge=1, le=1000)
    batch_bytes: Whole = Field(default=12_000_000, ge=100_000)
    concurrency: Whole = Field(default=2, ge=1, le=32)
    """Requests in flight in one process."""
    lease: Duration = timedelta(seconds=180)
    """A claim or a flight older than this, by the database's clock, is taken to be dead."""


class Provider(Section):
    """An account at a transactional-mail API."""

    kind: Literal["sandbox", "postmark"]
    base_url: BaseUrl = Field(default_factory=lambda known: PROVIDER_ADDRESSES.get(known.get("kind", ""), ""))
    stream: Line = "broadcast"
    timeout: Duration = timedelta(seconds=60)
    """Total time for one request; under half the lease."""

    @field_validator("base_url")
    @classmethod
    def _token_stays_secret(cls, value: str, info: ValidationInfo) -> str:
        tokenless = info.data.get("kind") in WITHOUT_TOKEN
        if not tokenless and not value.startswith("https:") and not values.is_loopback(value):
            raise ValueError("expected https://, because each request carries the account's token")
        return value


class Source(Section):
    """Where articles come from."""

    kind: Literal["folder", "feed", "page", "push"]
    path: Path | None = Field(default=None, validate_default=True)
    """Of a folder."""
    url: WebAddress | None = Field(default=None, validate_default=True)
    """Of a feed or a page."""
    list: bool = False
    """The page holds links to articles and is none itself."""
    allow_private: bool = False
    """`url` may be on this machine or a private network."""

    @field_validator("path", "url", "list", "allow_private")
    @classmethod
    def _belongs_to_kind(cls, value: object, info: ValidationInfo) -> object:
        kind, field = info.data.get("kind"), info.field_name or ""
        takes = KEYS_OF_SOURCES.get(kind or "", (field,))
        if value and field not in takes:
            raise ValueError(
                f'expected no {field}, because kind = "{kind}" takes {" and ".join(takes) or "no other key"}'
            )
        if value is None and field in takes and kind:
            raise ValueError(f'expected a value, because kind = "{kind}" needs {field}')
        return value


class Schedule(Section):
    """When an edition is due, by the clocks of one zone."""

    days: Annotated[tuple[Weekday, ...], BeforeValidator(values.listed), Field(min_length=1)]
    at: Annotated[time, BeforeValidator(values.wall_time)]
    zone: Annotated[ZoneInfo, BeforeValidator(values.zone)]
    grace: Duration = timedelta(hours=2)
    """An edition overdue by more than this waits for a person."""

    @property
    def weekdays(self) -> frozenset[int]:
        """`days` as in `date.weekday`: Monday is 0."""
        return frozenset(WEEKDAYS.index(day) for day in self.days)


class Newsletter(Section):
    """A publication."""

    title: Line
    tagline: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""
    from_name: Line
    from_address: Address
    reply_to: Address | None = None
    list_id: Annotated[str, AfterValidator(values.list_id)]
    postal_address: Lines
    provider: str = "sandbox"
    sources: Annotated[tuple[str, ...], BeforeValidator(values.listed), Field(min_length=1)]
    template: Name = "digest"
    language: Annotated[str, AfterValidator(values.language)] = "en"
    """BCP 47 tag."""
    why: Annotated[str, AfterValidator(lambda text: text and values.line(text))] = ""
    """Why readers get this, in their words; a default sentence names the title and the address."""
    max_stories: Whole = Field(default=8, ge=1, le=60)
    max_age: Duration | None = None
    """Older articles stay out; None takes articles of any age."""
    on_error: Literal["leave-out", "hold"] = "leave-out"
    approval: Literal["automatic", "by-hand"] = "by-hand"
    checks: dict[str, Literal["error", "warning", "info", "off"]] = Field(default_factory=dict)
    schedule: Schedule | None = None


class Settings(BaseSettings):
    """Everything that can be set, each value checked by itself; `load` also checks them together."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix="DIGEST_",
        env_nested_delimiter="__",
        enable_decoding=False,
    )

    root: Path = Path()
    """The folder that relative paths start from: that of config.toml, or the current one without such a file."""
    site: Site = Site()
    storage: Storage = Storage()
    delivery: Delivery = Delivery()
    templates: Path | None = None
    """A folder of the operator's own templates, looked in first: `email` and `pages` in it."""
    provider: dict[Name, Provider] = Field(default_factory=dict)
    source: dict[Name, Source] = Field(default_factory=dict)
    newsletter: dict[Name, Newsletter] = Field(default_factory=dict)
    signing_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=SHORTEST_KEY)], ...], BeforeValidator(values.listed)
    ] = ()
    """Newest first; every one verifies, the first signs."""
    provider_tokens: dict[str, SecretStr] = Field(default_factory=dict)
    source_tokens: dict[str, Annotated[SecretStr, Field(min_length=SHORTEST_KEY)]] = Field(default_factory=dict)
    """What a program that pushes articles shows, by the name of the source."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed: `load` puts the layers together, so that it can say where a value came from."""
        return (init_settings,)

    @property
    def storage_folder(self) -> Path:
        return self.resolve(self.storage.folder)

    @property
    def database_path(self) -> Path:
        return self.storage_folder / "digest.sqlite3"

    @property
    def secrets_folder(self) -> Path:
        return self.root / "secrets"

    def resolve(self, path: Path) -> Path:
        """A path from the settings as one that can be opened."""
        return self.root / path.expanduser()

    def templates_of(self, kind: Literal["email", "pages"]) -> list[Path]:
        """The operator's own folder of that kind, if one is configured."""
        return [self.resolve(self.templates) / kind] if self.templates else []

    def token(self, provider: str) -> SecretStr | None:
        """The token of an account, or None when its kind needs none. Raises ConfigError when it is not there."""
        if provider not in self.provider:
            raise ConfigError(
                f"there is no account [provider.{provider}] in config.toml any more; write it there again"
            )
        if self.provider[provider].kind in WITHOUT_TOKEN:
            return None
        if provider not in self.provider_tokens:
            raise ConfigError(
                f"the account [provider.{provider}] needs a token; write it into "
                f"{self.secrets_folder / f'provider.{provider}.token'} (mode 600) or into the variable "
                f"DIGEST_PROVIDER_TOKENS__{provider.upper()}"
            )
        return self.provider_tokens[provider]

    def push_tokens(self) -> dict[str, str]:
        """The token of each source that articles are pushed to; one without a token takes none."""
        pushed = (name for name, source in self.source.items() if source.kind == "push")
        return {name: self.source_tokens[name].get_secret_value() for name in pushed if name in self.source_tokens}

    def contradictions(self) -> Iterator[tuple[Key, str]]:
        """Values that are right by themselves and wrong together: the key to change, and what was expected."""
        for name, provider in self.provider.items():
            if provider.timeout * 2 >= self.delivery.lease:
                yield (
                    ("provider", name, "timeout"),
                    "expected less than half of delivery.lease, so that no request outlives the lease of its batch",
                )
        tokens = self.push_tokens()
        for name, token in tokens.items():
            if list(tokens.values()).count(token) > 1:
                yield ("source_tokens", name), "expected a token of its own, because it says which source is meant"
        for name, newsletter in self.newsletter.items():
            if newsletter.provider not in self.provider:
                yield ("newsletter", name, "provider"), _no_such("provider", newsletter.provider, self.provider)
            for index, source in enumerate(newsletter.sources):
                if source not in self.source:
                    yield ("newsletter", name, "sources", index), _no_such("source", source, self.source)


def _no_such(table: str, name: str, known: Mapping[str, object]) -> str:
    there = ", ".join(known) or "none"
    return f"expected the name of a [{table}.NAME] table, not {name!r}{values.nearest(name, known)} There are: {there}"


TABLES: dict[Key, type[BaseModel]] = {
    ("site",): Site,
    ("storage",): Storage,
    ("delivery",): Delivery,
    ("provider", "NAME"): Provider,
    ("source", "NAME"): Source,
    ("newsletter", "NAME"): Newsletter,
    ("newsletter", "NAME", "schedule"): Schedule,
}
"""Every table of config.toml, beside the file's own top level."""
NOT_IN_FILE = ("root", *mistakes.SECRET_TABLES)
TOP_LEVEL = [key for key in Settings.model_fields if key not in NOT_IN_FILE]
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
