"""What can be asked about the account of every provider that tells, by the `kind` of the account in config.toml."""

from __future__ import annotations

from digest.providers.accounts.base import Inquiry
from digest.providers.accounts.brevo import Brevo
from digest.providers.accounts.mailgun import Mailgun
from digest.providers.accounts.mailjet import Mailjet
from digest.providers.accounts.postmark import Postmark
from digest.providers.accounts.resend import Resend
from digest.providers.accounts.scaleway import Scaleway
from digest.providers.accounts.sendgrid import SendGrid
from digest.providers.accounts.ses import Ses
from digest.providers.accounts.smtp import Smtp

INQUIRIES: dict[str, Inquiry] = {
    "brevo": Brevo(),
    "mailgun": Mailgun(),
    "mailjet": Mailjet(),
    "postmark": Postmark(),
    "resend": Resend(),
    "scaleway": Scaleway(),
    "sendgrid": SendGrid(),
    "ses": Ses(),
    "smtp": Smtp(),
}
