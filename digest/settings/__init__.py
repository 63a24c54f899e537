"""What an operator can set: config.toml < secrets files < environment < arguments.

The only package that knows pydantic. Unknown keys are errors. A secret is a file in the folder
`secrets` beside config.toml (see `digest.config.secrets`) or a variable in the environment, never a
key of config.toml.

A variable is named after its key, in capitals, with two underscores between the tables:
`DIGEST_SITE__BASE_URL`, `DIGEST_NEWSLETTER__MORNING__APPROVAL`, `DIGEST_SIGNING_KEYS`,
`DIGEST_PROVIDER_TOKENS__POSTMARK`, `DIGEST_PROVIDER_WEBHOOKS__RESEND`. `DIGEST_CONFIG` is the path of config.toml.
"""

from digest.settings.loading import ensure_signing_key, load
from digest.settings.settings import TOP_LEVEL, Settings
from digest.settings.tables import (
    KEYS_OF_PROVIDERS,
    KEYS_OF_SOURCES,
    PROVIDER_ADDRESSES,
    TABLES,
    WEEKDAYS,
    Brand,
    Delivery,
    Health,
    Newsletter,
    Provider,
    Schedule,
    Site,
    Source,
    Storage,
)

__all__ = [
    "KEYS_OF_PROVIDERS",
    "KEYS_OF_SOURCES",
    "PROVIDER_ADDRESSES",
    "TABLES",
    "TOP_LEVEL",
    "WEEKDAYS",
    "Brand",
    "Delivery",
    "Health",
    "Newsletter",
    "Provider",
    "Schedule",
    "Settings",
    "Site",
    "Source",
    "Storage",
    "ensure_signing_key",
    "load",
]
