"""Every mail API that can be configured, by the `kind` of its account in config.toml."""

from __future__ import annotations

from digest.providers.base import Adapter
from digest.providers.postmark import Postmark

ADAPTERS: dict[str, type[Adapter]] = {
    "postmark": Postmark,
    "sandbox": Postmark,  # the embedded mail API speaks Postmark's format
}
