"""What an edition freezes, before it has a row: the draft and its sender."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec

from digest.model import Correction, Finding, Story


class Spare(msgspec.Struct, frozen=True):
    """A further account that an edition may go out through."""

    name: str
    """In config.toml."""
    kind: str
    stream: str
    share: float
    """Batches that it carries for each one of the first account; 0 when it only steps in."""


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
    spares: tuple[Spare, ...] = ()
    """Beside the edition's own account, in the order in which they step in."""

    def through(self, account: str) -> Sender:
        """The same with the kind and the stream of that account, where it is a spare one."""
        spare = next((spare for spare in self.spares if spare.name == account), None)
        return self if spare is None else msgspec.structs.replace(self, kind=spare.kind, stream=spare.stream)


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
