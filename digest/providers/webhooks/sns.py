"""Amazon SNS over HTTPS, and what speaks like it: an envelope, signed with a certificate that it names.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and
…/sns-message-and-json-formats.html (read 2026-11). Anybody with an account there can have messages of a topic
of theirs signed: so only listed topics are believed. An address in the envelope is opened only when its host is the
service's own, since it is the sender's choice.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from digest.errors import Forged
from digest.providers.webhooks.base import Lock, Posted, decoded, fresh, instant, members, text

TOLERANCE = timedelta(hours=2)
"""SNS tries again for an hour at most (…/sns-message-delivery-retries.html) and keeps the first time."""

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""Type of an envelope → the members that are signed, in the order in which they are."""
CERTIFICATE = re.compile(r"(/[\w.-]+)+\.pem", re.ASCII)
"""The place of a certificate: a file. A query could be answered with what anybody keeps at the service."""
ANYWHERE = re.compile(r".*")
HASHES = {"1": SHA1, "2": SHA256}
"""`SignatureVersion` → what is signed: a hash of the members."""


class Sns:
    """The envelopes of a service whose certificates and confirmations are at `host`.

    With `issued`, the account's first key is the PEM of the authority that has to have issued the certificate.
    """

    def __init__(self, host: re.Pattern[str], *, issued: bool = False) -> None:
        self._host = host
        self._issued = issued

    def certificate_url(self, posted: Posted) -> str:
        """Where the certificate is that the envelope says it is signed with. Raises Forged for any other host."""
        return self._own(envelope(posted.body), "SigningCertURL", CERTIFICATE)

    def verify(self, posted: Posted, lock: Lock, now: datetime) -> str:
        """By RSA over the members of the envelope; the id is the message's. Raises Forged."""
        said = envelope(posted.body)
        names, version = SIGNED.get(text(said.get("Type"))), HASHES.get(text(said.get("SignatureVersion")))
        if names is None or version is None:
            raise Forged("the request is no envelope of a version of SNS that is known here")
        self._own(said, "SigningCertURL", CERTIFICATE)
        authority = "\n".join(lock.keys) if self._issued else ""
        signed = "".join(f"{name}\n{said[name]}\n" for name in names if said.get(name) is not None)
        try:
            signature = base64.b64decode(text_of(said, "Signature"), validate=True)
            key = _public_key(lock.certificate, authority)
            key.verify(signature, signed.encode("utf-8", "surrogatepass"), padding.PKCS1v15(), version())
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            raise Forged("the request is not signed with the certificate that it names") from None
        if text(said.get("TopicArn")) not in lock.topics:
            raise Forged("the request is of a topic that is not listed for the account")
        fresh(instant(said.get("Timestamp")), now, TOLERANCE)
        return text(said.get("MessageId"))

    def confirmation(self, body: bytes) -> str | None:
        """Where a verified request has its subscription confirmed, if it asks for that. Raises Forged."""
        said = envelope(body)
        if said.get("Type") != "SubscriptionConfirmation":
            return None
        return self._own(said, "SubscribeURL", ANYWHERE)

    def _own(self, said: Mapping[str, Any], name: str, place: re.Pattern[str]) -> str:
        """An address of the envelope, if it is the service's: https, its host, no user, no other port, such a place."""
        url = text_of(said, name)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Forged(f"the {name} of the request is not an address") from None
        own = parts.scheme == "https" and port in (None, 443) and "@" not in parts.netloc
        if (
            not own
            or not self._host.fullmatch(parts.hostname or "")
            or not place.fullmatch(urlunsplit(("", "", *parts[2:])))
        ):
            raise Forged(f"the {name} of the request is not at the service's own host")
        if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
            raise Forged(f"the {name} of the request is not an address")
        return url


def envelope(body: bytes) -> Mapping[str, Any]:
    """The members of an envelope; none when the body is something else."""
    return members(decoded(body))


def message(body: bytes) -> bytes | None:
    """What is in a verified envelope: None when it is about the subscription, the body where there is no envelope."""
    said = envelope(body)
    kind = said.get("Type")
    if kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return None
    return text_of(said, "Message").encode("utf-8", "replace") if kind == "Notification" else body


def text_of(said: Mapping[str, Any], name: str) -> str:
    """A member that is text, whole; "" for anything else."""
    value = said.get(name)
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=32)
def _public_key(certificate: bytes, authority: str) -> rsa.RSAPublicKey:
    """The key of a certificate, if it is in force by its issuer's word. Raises ValueError."""
    found = x509.load_pem_x509_certificate(certificate)
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("expected a certificate with an RSA key")
    if authority:
        _require_issued(found, authority)
    return key


def _require_issued(certificate: x509.Certificate, authority: str) -> None:
    """Raises ValueError unless one of the authority's certificates signed this one."""
    for issuer in x509.load_pem_x509_certificates(authority.encode()):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return
    raise ValueError("the certificate is of another authority")
