"""Resend: `GET /domains`.

Source: https://resend.com/docs/api-reference/domains/list-domains and https://resend.com/docs/api-reference/errors
(read 2026-11). A key with sending access only may not list domains; that it is refused so proves that it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, covers, get, read, refused, unknown, unseen, unverified
from digest.providers.base import Answer, Call


class _Domain(msgspec.Struct):
    name: str
    status: str


class _Domains(msgspec.Struct):
    data: list[_Domain]


class _Error(msgspec.Struct):
    name: str


class Resend:
    """The domains of a team."""

    title: ClassVar[str] = "Resend"
    records: ClassVar[Records] = Records(selectors=("resend",), includes=("amazonses.com",), return_path="send")

    def check(self, use: Use) -> tuple[Call, ...]:
        """The domains."""
        return (get("/domains?limit=100"),)

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A domain that is the sender's, and verified."""
        (answer,) = answers
        said = read(answer, _Error) if answer.status in (401, 403) else None
        if said and said.name == "restricted_api_key":
            return [unseen(self.title, "domains, since it may only send", f"See there whether {use.host} is verified.")]
        if wrong := refused(self.title, answer, _Domains, key="an API key", where="base_url"):
            return [wrong]
        domains = read(answer, _Domains)
        if not use.sender or domains is None:
            return []
        own = [domain for domain in domains.data if covers(domain.name, use.host)]
        if not own:
            return [unknown(self.title, use.sender)]
        return (
            [] if own[0].status == "verified" else [unverified(self.title, use.host, own[0].status.replace("_", " "))]
        )
