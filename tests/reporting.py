"""Webhooks as each vendor would post them, signed with keys of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from digest.providers.webhooks.base import Lock, Posted

AT = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
"""When the vendors sign."""
READER = "reader1@example.org"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:digest"
SCALEWAY_TOPIC = "arn:scw:sns:fr-par:project-2f6c1f0e:digest"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
SCALEWAY_CERTIFICATE_URL = "https://messaging.s3.fr-par.scw.cloud/fr-par/sns/0123.pem"
SVIX_KEY = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, no more").decode()
MAILGUN_KEY = "a signing key"
USER = "digest:a password"
VENDORS = ("postmark", "ses", "resend", "sendgrid", "mailgun", "brevo", "mailjet", "scaleway")
SIGNED = ("ses", "resend", "sendgrid", "mailgun", "scaleway")


@cache
def authority(name: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """A key, and its certificate signed by itself; another one for each name."""
    key = rsa.generate_private_key(65537, 2048)
    return key, _certificate(key, name, key, name)


@cache
def leaf(name: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    """A key, and its certificate by the authority of that name."""
    key = rsa.generate_private_key(65537, 2048)
    return key, _certificate(key, "leaf", authority(name)[0], name)


@cache
def curve(name: str) -> ec.EllipticCurvePrivateKey:
    """A key of SendGrid's kind; another one for each name."""
    return ec.generate_private_key(ec.SECP256R1())


def _certificate(key: rsa.RSAPrivateKey, name: str, issuer: rsa.RSAPrivateKey, by: str) -> x509.Certificate:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=365))
        .sign(issuer, SHA256())
    )


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def lock(vendor: str, name: str = "ours") -> Lock:
    """What opens the vendor's hook for requests signed with the keys of that name."""
    if vendor == "ses":
        return Lock(topics=frozenset({TOPIC}), certificate=pem(authority(name)[1]))
    if vendor == "scaleway":
        authorities = tuple(pem(authority(name)[1]).decode().splitlines())
        return Lock(keys=authorities, topics=frozenset({SCALEWAY_TOPIC}), certificate=pem(leaf(name)[1]))
    keys: dict[str, Callable[[], str]] = {
        "resend": lambda: SVIX_KEY if name == "ours" else "whsec_" + base64.b64encode(name.encode()).decode(),
        "sendgrid": lambda: base64.b64encode(
            curve(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode(),
        "mailgun": lambda: MAILGUN_KEY if name == "ours" else name,
    }
    return Lock(keys=(keys[vendor]() if vendor in keys else USER,))


def posted(vendor: str, report: Any, *, at: datetime = AT, request: str = "request-1", version: str = "1") -> Posted:
    """The report as the vendor would post it at that time; `request` is the vendor's id, `version` that of SNS."""
    body = json.dumps(report).encode()
    seconds = str(int(at.timestamp()))
    if vendor == "resend":
        key = base64.b64decode(SVIX_KEY.removeprefix("whsec_"))
        signature = hmac.digest(key, b".".join((request.encode(), seconds.encode(), body)), hashlib.sha256)
        written = f"v1,{base64.b64encode(b'of an older key').decode()} v1,{base64.b64encode(signature).decode()}"
        return Posted({"svix-id": request, "svix-timestamp": seconds, "svix-signature": written}, body)
    if vendor == "sendgrid":
        body += b"\r\n"
        prefix = "x-twilio-email-event-webhook-"
        signature = curve("ours").sign(seconds.encode() + body, ec.ECDSA(SHA256()))
        return Posted({prefix + "signature": base64.b64encode(signature).decode(), prefix + "timestamp": seconds}, body)
    if vendor == "mailgun":
        made = hmac.new(MAILGUN_KEY.encode(), (seconds + request).encode(), hashlib.sha256).hexdigest()
        whole = {"signature": {"timestamp": seconds, "token": request, "signature": made}, "event-data": report}
        return Posted({}, json.dumps(whole).encode())
    if vendor in ("ses", "scaleway"):
        return Posted(
            {"x-amz-sns-message-type": "Notification"},
            json.dumps(envelope(vendor, report, at, request, version)).encode(),
        )
    return Posted({"authorization": "Basic " + base64.b64encode(USER.encode()).decode()}, body)


def envelope(
    vendor: str, report: Any, at: datetime = AT, request: str = "request-1", version: str = "1", **changed: str
) -> dict[str, str]:
    """An envelope of SNS with the report in it, signed."""
    said = {
        "Type": "Notification",
        "MessageId": request,
        "TopicArn": TOPIC if vendor == "ses" else SCALEWAY_TOPIC,
        "Message": report if isinstance(report, str) else json.dumps(report),
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL if vendor == "ses" else SCALEWAY_CERTIFICATE_URL,
    } | changed
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    signed = "".join(f"{name}\n{said[name]}\n" for name in names if name in said)
    key = authority("ours")[0] if vendor == "ses" else leaf("ours")[0]
    signature = key.sign(signed.encode(), padding.PKCS1v15(), SHA1() if version == "1" else SHA256())  # noqa: S303
    return said | {"Signature": base64.b64encode(signature).decode()}


def report(vendor: str, kind: str, *, delivery: str = "", address: str = READER, at: datetime = AT) -> Any:
    """A report of that kind (a value of `EventKind`, or `soft` for a bounce that is not final) by that vendor."""
    seconds, iso = int(at.timestamp()), at.isoformat()
    makers: dict[str, Callable[[], Any]] = {
        "postmark": lambda: _postmark(kind, delivery, address, iso),
        "ses": lambda: _ses(kind, delivery, address, iso),
        "resend": lambda: {
            "type": {"accepted": "email.sent", "deferred": "email.delivery_delayed", "soft": "email.bounced",
                     "rejected": "email.suppressed"}.get(kind, f"email.{kind}"),
            "created_at": iso,
            "data": {
                "email_id": "m-1",
                "to": [address],
                "tags": {"delivery": delivery},
                "bounce": {"type": "Transient" if kind == "soft" else "Permanent", "subType": "General"},
                "suppressed": {"reason": "previous_bounce"},
                "click": {"link": "https://ledger.example/salt", "userAgent": "Mozilla/5.0 (X11) Firefox/130.0"},
            },
        },
        "sendgrid": lambda: [
            {
                "event": {"accepted": "processed", "bounced": "bounce", "soft": "bounce", "rejected": "dropped",
                          "complained": "spamreport", "unsubscribed": "unsubscribe", "opened": "open",
                          "clicked": "click"}.get(kind, kind),
                "type": "blocked" if kind == "soft" else "bounce",
                "reason": "Bounced Address" if kind == "rejected" else "550 5.1.1 unknown",
                "email": address,
                "timestamp": seconds,
                "sg_message_id": "m-1.recvd-1",
                "url": "https://ledger.example/salt",
                "delivery": delivery,
            }
        ],
        "mailgun": lambda: {
            "event": {"bounced": "failed", "soft": "failed", "deferred": "failed"}.get(kind, kind),
            "severity": "temporary" if kind == "deferred" else "permanent",
            "reason": "old" if kind == "soft" else "bounce",
            "timestamp": at.timestamp(),
            "recipient": address,
            "message": {"headers": {"message-id": "m-1"}},
            "user-variables": {"delivery": delivery},
            "url": "https://ledger.example/salt",
        },
        "brevo": lambda: {
            "event": {"accepted": "request", "bounced": "hard_bounce", "soft": "soft_bounce", "rejected": "blocked",
                      "complained": "spam", "unsubscribed": "unsubscribe", "clicked": "click"}.get(kind, kind),
            "email": address,
            "ts_epoch": seconds * 1000,
            "message-id": "<m-1>",
            "X-Mailin-custom": delivery,
            "link": "https://ledger.example/salt",
        },
        "mailjet": lambda: [
            {
                "event": {"delivered": "sent", "bounced": "bounce", "soft": "bounce", "rejected": "blocked",
                          "complained": "spam", "unsubscribed": "unsub", "opened": "open",
                          "clicked": "click"}.get(kind, kind),
                "hard_bounce": kind == "bounced",
                "error": "user unknown",
                "time": seconds,
                "MessageID": 77,
                "email": address,
                "CustomID": delivery,
                "url": "https://ledger.example/salt",
            }
        ],
        "scaleway": lambda: {
            "type": {"accepted": "email_queued", "bounced": "email_mailbox_not_found", "soft": "email_dropped",
                     "rejected": "email_blocklisted"}.get(kind, f"email_{kind}"),
            "created_at": iso,
            "email_id": "m-1",
            "email_to": address,
            "email_headers": [{"name": "x-delivery", "value": delivery}],
        },
    }  # fmt: skip
    return makers[vendor]()


def _postmark(kind: str, delivery: str, address: str, iso: str) -> dict[str, Any]:
    own = {"MessageID": "m-1", "Recipient": address, "Email": address, "Metadata": {"delivery": delivery}}
    bounces = {"bounced": "HardBounce", "soft": "SoftBounce", "complained": "SpamComplaint", "deferred": "Transient"}
    if kind in bounces or kind == "rejected":
        record = "SpamComplaint" if kind == "complained" else "Bounce"
        return own | {"RecordType": record, "Type": bounces.get(kind, "BadEmailAddress"), "BouncedAt": iso}
    if kind == "unsubscribed":
        change = {"SuppressSending": True, "SuppressionReason": "ManualSuppression", "ChangedAt": iso}
        return own | {"RecordType": "SubscriptionChange"} | change
    record = {"delivered": "Delivery", "opened": "Open", "clicked": "Click"}[kind]
    link = {"OriginalLink": "https://ledger.example/salt"} if kind == "clicked" else {}
    return own | {"RecordType": record, "DeliveredAt": iso, "ReceivedAt": iso} | link


def _ses(kind: str, delivery: str, address: str, iso: str) -> dict[str, Any]:
    mail = {"messageId": "m-1", "destination": [address], "tags": {"delivery": [delivery]}, "timestamp": iso}
    bounce = {"bounceType": "Transient" if kind == "soft" else "Permanent", "bounceSubType": "General"}
    name, part, inner = {
        "accepted": ("Send", "send", {}),
        "delivered": ("Delivery", "delivery", {"recipients": [address]}),
        "deferred": ("DeliveryDelay", "deliveryDelay", {"delayedRecipients": [{"emailAddress": address}]}),
        "bounced": ("Bounce", "bounce", bounce | {"bouncedRecipients": [{"emailAddress": address}]}),
        "soft": ("Bounce", "bounce", bounce | {"bouncedRecipients": [{"emailAddress": address}]}),
        "rejected": ("Reject", "reject", {"reason": "Bad content"}),
        "complained": ("Complaint", "complaint", {"complainedRecipients": [{"emailAddress": address}]}),
        "opened": ("Open", "open", {}),
        "clicked": ("Click", "click", {"link": "https://ledger.example/salt"}),
    }[kind]
    return {"eventType": name, "mail": mail, part: inner}


KINDS = {
    "postmark": (
        "delivered", "deferred", "bounced", "soft", "rejected", "complained", "unsubscribed", "opened", "clicked",
    ),
    "ses": ("accepted", "delivered", "deferred", "bounced", "soft", "rejected", "complained", "opened", "clicked"),
    "resend": ("accepted", "delivered", "deferred", "bounced", "soft", "rejected", "complained", "opened", "clicked"),
    "sendgrid": (
        "accepted", "delivered", "deferred", "bounced", "soft", "rejected", "complained", "unsubscribed", "opened",
        "clicked",
    ),
    "mailgun": (
        "accepted", "delivered", "deferred", "bounced", "soft", "rejected", "complained", "unsubscribed", "opened",
        "clicked",
    ),
    "brevo": (
        "accepted", "delivered", "deferred", "bounced", "soft", "rejected", "complained", "unsubscribed", "opened",
        "clicked",
    ),
    "mailjet": ("delivered", "bounced", "soft", "rejected", "complained", "unsubscribed", "opened", "clicked"),
    "scaleway": ("accepted", "delivered", "deferred", "bounced", "soft", "rejected"),
}  # fmt: skip
"""What each vendor reports."""
