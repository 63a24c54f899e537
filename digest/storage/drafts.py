"""What an edition freezes, before it has a row: the draft and its sender."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec

from digest.model import Correction, Finding, Story


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """From whom an edition goes out, as approved."""

    title: str
    from_name: str
    from_address: str
    reply_to: str
    list_id: str
    language: str
    base_url: str
    kind: str
    """Which mail API the account spoke, as in config.toml."""
    stream: str
    """The provider's message stream."""
    signing_key: str
    """Id of the key that signs this edition's links; not the key."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an edition will freeze."""

    newsletter: str
    issue_date: date
    public_id: str
    subject: str
    stories: tuple[Story, ...]
    left_out: tuple[Story, ...]
    findings: tuple[Finding, ...]
    message: str
    """The compiled message, JSON."""
    sender: Sender
    provider: str
    overrides: dict[str, dict[str, str]]
    """Finding code → `reason`, `by`, `at`."""
    corrections: tuple[Correction, ...] = ()
    folder: str | None = None
    """The folder that a person took in place of the newsletter's sources."""
    scheduled: bool = False
    due_at: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that approval freezes."""
        frozen = [self.newsletter, self.issue_date, self.subject, self.stories, self.findings, self.message]
        reasons = sorted((code, entry["reason"]) for code, entry in self.overrides.items())
        return hashlib.sha256(
            msgspec.json.encode([*frozen, self.sender, self.provider, self.scheduled, reasons])
        ).hexdigest()


class Content(msgspec.Struct, frozen=True):
    stories: tuple[Story, ...]
    left_out: tuple[Story, ...]
    findings: tuple[Finding, ...]
    corrections: tuple[Correction, ...] = ()
    folder: str | None = None
