"""Scaleway Transactional Email: the domains of a project, `GET …/regions/fr-par/domains`.

Source: https://www.scaleway.com/en/developers/api/transactional-email (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlencode

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, covers, get, read, refused, unknown, unseen, unverified
from digest.providers.base import Answer, Call


class _Domain(msgspec.Struct):
    name: str
    status: str


class _Domains(msgspec.Struct):
    domains: list[_Domain]


class Scaleway:
    """The domains of a project."""

    title: ClassVar[str] = "Scaleway"
    records: ClassVar[Records] = Records(includes=("_spf.tem.scaleway.com", "_spf.scw-tem.cloud", "_spf.tem.scw.cloud"))

    def check(self, use: Use) -> tuple[Call, ...]:
        """Domains of the sender's name."""
        asked = {"project_id": use.project, **({"name": use.host} if use.sender else {})}
        return (get(f"/domains?{urlencode(asked)}"),)

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A domain that is the sender's, and checked."""
        (answer,) = answers
        if answer.status == 403:
            advice = f"Give it TransactionalEmailDomainReadOnly too, or see there whether {use.host} is checked."
            return [unseen(self.title, "domains", advice)]
        where = "project or base_url"
        if wrong := refused(self.title, answer, _Domains, key="the secret key (not the access key)", where=where):
            return [wrong]
        known = read(answer, _Domains)
        if not use.sender or known is None:
            return []
        states = [
            domain.status for domain in known.domains if covers(domain.name, use.host) and domain.status != "revoked"
        ]
        if not states:
            return [unknown(self.title, use.sender)]
        return [] if "checked" in states else [unverified(self.title, use.host, states[0].replace("_", " "))]
