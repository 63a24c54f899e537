"""The webhook of every provider that has one, by the `kind` of the account in config.toml."""

from __future__ import annotations

from digest.providers.webhooks.base import Hook
from digest.providers.webhooks.brevo import Brevo
from digest.providers.webhooks.mailgun import Mailgun
from digest.providers.webhooks.mailjet import Mailjet
from digest.providers.webhooks.postmark import Postmark
from digest.providers.webhooks.resend import Resend
from digest.providers.webhooks.scaleway import Scaleway
from digest.providers.webhooks.sendgrid import SendGrid
from digest.providers.webhooks.ses import Ses

HOOKS: dict[str, Hook] = {
    "brevo": Brevo(),
    "mailgun": Mailgun(),
    "mailjet": Mailjet(),
    "postmark": Postmark(),
    "resend": Resend(),
    "sandbox": Postmark(),  # the embedded mail API reports in Postmark's format
    "scaleway": Scaleway(),
    "sendgrid": SendGrid(),
    "ses": Ses(),
}
