"""Every mail API that can be configured, by the `kind` of its account in config.toml."""

from __future__ import annotations

from digest.providers.base import Adapter
from digest.providers.brevo import Brevo
from digest.providers.mailgun import Mailgun
from digest.providers.mailgun_merge import MailgunMerge
from digest.providers.mailjet import Mailjet
from digest.providers.postmark import Postmark
from digest.providers.resend import Resend
from digest.providers.scaleway import Scaleway
from digest.providers.sendgrid import SendGrid
from digest.providers.sendgrid_merge import SendGridMerge
from digest.providers.ses import Ses
from digest.providers.ses_bulk import SesBulk
from digest.providers.smtp import Smtp

ADAPTERS: dict[str, type[Adapter]] = {
    "brevo": Brevo,
    "mailgun": Mailgun,
    "mailjet": Mailjet,
    "postmark": Postmark,
    "resend": Resend,
    "sandbox": Postmark,  # the embedded mail API speaks Postmark's format
    "scaleway": Scaleway,
    "sendgrid": SendGrid,
    "ses": Ses,
    "smtp": Smtp,
}

MERGING: dict[str, type[Adapter]] = {
    "mailgun": MailgunMerge,
    "sendgrid": SendGridMerge,
    "ses": SesBulk,
}
"""The same vendors with one body for all readers of a call, for accounts with `merge = true`."""


def adapter_of(kind: str, *, merge: bool = False) -> Adapter:
    """What an account of this kind speaks."""
    return (MERGING if merge else ADAPTERS)[kind]()
