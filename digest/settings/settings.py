"""All settings together: the tables, the secrets, and what one asks of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from digest.config import mistakes, values
from digest.config.secrets import SHORTEST_KEY
from digest.config.toml_lines import Key
from digest.errors import ConfigError
from digest.settings.tables import (
    PROVIDER_ADDRESSES,
    WITHOUT_TOKEN,
    Delivery,
    Health,
    Name,
    Newsletter,
    Provider,
    Site,
    Source,
    Storage,
)


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
    health: Health = Health()
    templates: Path | None = None
    """A folder of the operator's own templates, looked in first: `email` and `pages` in it."""
    provider: dict[Name, Provider] = Field(default_factory=dict)
    source: dict[Name, Source] = Field(default_factory=dict)
    newsletter: dict[Name, Newsletter] = Field(default_factory=dict)
    signing_keys: Annotated[
        tuple[Annotated[SecretStr, Field(min_length=SHORTEST_KEY)], ...], BeforeValidator(values.listed)
    ] = ()
    """Newest first; every one verifies, the first signs."""
    database_password: SecretStr | None = None
    """For `storage.url`; without one, what libpq finds counts, such as `~/.pgpass`."""
    provider_tokens: dict[str, SecretStr] = Field(default_factory=dict)
    provider_webhooks: dict[str, SecretStr] = Field(default_factory=dict)
    """What proves that a webhook is an account's, one a line, newest first: see `digest.providers.webhooks`."""
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
    def database_place(self) -> Path | str:
        """The file, or the address of the PostgreSQL database."""
        return self.storage.url or self.database_path

    @property
    def media_folder(self) -> Path:
        """The pictures that e-mails show."""
        return self.storage_folder / "media"

    @property
    def secrets_folder(self) -> Path:
        return self.root / "secrets"

    def resolve(self, path: Path) -> Path:
        """A path from the settings as one that can be opened."""
        return self.root / path.expanduser()

    def templates_of(self, kind: Literal["email", "locales", "pages"]) -> list[Path]:
        """The operator's own folder of that kind, if one is configured."""
        return [self.resolve(self.templates) / kind] if self.templates else []

    def in_sandbox(self, provider: str) -> bool:
        """Whether the account is at the sandbox: of its kind, or of another whose API the sandbox speaks there."""
        account = self.provider[provider]
        there = {each.base_url for each in self.provider.values() if each.kind == "sandbox"}
        return account.kind == "sandbox" or account.base_url in there | {PROVIDER_ADDRESSES["sandbox"][""]}

    def needs_token(self, provider: str) -> bool:
        """Whether the account cannot be used without one."""
        return not self.in_sandbox(provider) and self.provider[provider].kind not in WITHOUT_TOKEN

    def token(self, provider: str) -> SecretStr | None:
        """The token of an account, or None when its kind needs none. Raises ConfigError when it is not there."""
        if provider not in self.provider:
            raise ConfigError(
                f"there is no account [provider.{provider}] in config.toml any more; write it there again"
            )
        if not self.needs_token(provider):
            return None if self.in_sandbox(provider) else self.provider_tokens.get(provider)
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

    def webhook_keys(self, provider: str) -> tuple[str, ...]:
        """The lines of an account's webhook secret; none when it has none."""
        secret = self.provider_webhooks.get(provider)
        return tuple(secret.get_secret_value().splitlines()) if secret else ()

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
            for spare in newsletter.spares:
                if spare not in self.provider:
                    yield ("newsletter", name, "spares", spare), _no_such("provider", spare, self.provider)
                elif spare == newsletter.provider:
                    yield ("newsletter", name, "spares", spare), "expected another account than `provider`"
            for index, source in enumerate(newsletter.sources):
                if source not in self.source:
                    yield ("newsletter", name, "sources", index), _no_such("source", source, self.source)


def _no_such(table: str, name: str, known: Mapping[str, object]) -> str:
    there = ", ".join(known) or "none"
    return f"expected the name of a [{table}.NAME] table, not {name!r}{values.nearest(name, known)} There are: {there}"


NOT_IN_FILE = ("root", *mistakes.SECRET_TABLES)
TOP_LEVEL = [key for key in Settings.model_fields if key not in NOT_IN_FILE]
"""The keys and tables at the top level of config.toml."""
