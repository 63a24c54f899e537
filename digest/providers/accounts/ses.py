"""Amazon SES: the account in its region, the sender's identity, and the configuration set.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html, …/API_GetEmailIdentity.html and
…/API_GetConfigurationSet.html (read 2026-11). A policy that allows sending alone does not allow these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, error, get, read, refused, unknown, unseen, unverified, warning
from digest.providers.base import Answer, Call


class _Account(msgspec.Struct, rename="pascal"):
    sending_enabled: bool
    production_access_enabled: bool = True
    enforcement_status: str = "HEALTHY"


class _Identity(msgspec.Struct, rename="pascal"):
    verified_for_sending_status: bool
    verification_status: str = "PENDING"


class _Set(msgspec.Struct, rename="pascal"):
    configuration_set_name: str


class Ses:
    """An account in one region, and whom it may send for there."""

    title: ClassVar[str] = "Amazon SES"
    records: ClassVar[Records] = Records()

    def check(self, use: Use) -> tuple[Call, ...]:
        """The account; the sender's domain and address as identities; the configuration set, if one is named."""
        paths = ["/v2/email/account"]
        if use.sender:
            paths += [f"/v2/email/identities/{quote(name, safe='')}" for name in (use.host, use.sender)]
        if use.stream:
            paths.append(f"/v2/email/configuration-sets/{quote(use.stream, safe='')}")
        return tuple(map(get, paths))

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """An account that may send to everybody, an identity that is verified, a configuration set that is there."""
        account, *others = answers
        if account.status == 403 and "AccessDenied" in account.headers.get("x-amzn-errortype", ""):
            advice = (
                "Allow it ses:GetAccount, ses:GetEmailIdentity and ses:GetConfigurationSet, or look in the console."
            )
            return [unseen(self.title, "the account", advice)]
        key = "access key id and secret access key (ID:SECRET)"
        besides = " A clock that is more than five minutes off has the same effect."
        if wrong := refused(self.title, account, _Account, key=key, where="region or base_url", besides=besides):
            return [wrong]
        found = []
        known = read(account, _Account)
        if known and (not known.sending_enabled or known.enforcement_status == "SHUTDOWN"):
            message = "Amazon has paused sending for this account in this region."
            found.append(error("account-paused", message, "Answer the case in its support center; nothing is sent."))
        elif known and known.enforcement_status == "PROBATION":
            message = "The account is under review for bounces or complaints."
            found.append(
                warning("account-paused", message, "Answer the case in its support center before it is paused.")
            )
        if known and not known.production_access_enabled:
            message = "The account is in the vendor's sandbox: 200 messages a day, to verified addresses only."
            found.append(warning("account-sandbox", message, "Request production access in this region."))
        if use.sender:
            found += self._identity(use, others[:2])
        if use.stream and (others[-1].status == 404 or read(others[-1], _Set) is None):
            message = f"There is no configuration set {use.stream} in this region."
            found.append(error("account-stream", message, "Create it, or correct configuration_set or region."))
        return found

    def _identity(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        identities = [read(answer, _Identity) for answer in answers if answer.status == 200]
        if any(each and each.verified_for_sending_status for each in identities):
            return []
        states = [each.verification_status.lower() for each in identities if each]
        return [unverified(self.title, use.host, states[0])] if states else [unknown(self.title, use.sender)]
