"""Every mail API that can be configured, by the `kind` of its account in config.toml."""

from __future__ import annotations

from digest.providers.base import Adapter
from digest.providers.brevo import Brevo
from digest.providers.mailgun import Mailgun
from digest.providers.mailjet import Mailjet
from digest.providers.postmark import Postmark
from digest.providers.resend import Resend
from digest.providers.scaleway import Scaleway
from digest.providers.sendgrid import SendGrid

ADAPTERS: dict[str, type[Adapter]] = {
    "brevo": Brevo,
    "mailgun": Mailgun,
    "mailjet": Mailjet,
    "postmark": Postmark,
    "resend": Resend,
    "sandbox": Postmark,  # the embedded mail API speaks Postmark's format
    "scaleway": Scaleway,
    "sendgrid": SendGrid,
}
