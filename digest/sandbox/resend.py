"""Resend's format in the sandbox: `POST /emails` takes one message, `POST /emails/batch` an array of up to 100.

Rules, statuses and names of errors are the vendor's (API reference: Send Email, Send Batch Emails, Idempotency Keys,
Errors). A key is remembered for 24 hours, as there, but not over a restart. Stricter in two places: an unknown
member is refused, and there are no copies, attachments, schedules and templates, because a digest has none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.sandbox.desk import METHODS, Desk, in_json, is_json, posted
from digest.sandbox.mail import Mail, is_field, mailbox

BATCH_MESSAGES = 100
MESSAGE_BYTES = 40_000_000
"""Of one message; nothing is documented for a batch, so that is what one may have."""
REMEMBERED = timedelta(hours=24)
LONGEST_KEY = 256

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_PLAIN_NAME = re.compile(r'[^",:;()<>@\[\]\\=?]*\Z')
"""In `from` the vendor takes neither of the two ways in which mail writes any other name."""


class _Tag(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    value: str


class Email(msgspec.Struct, forbid_unknown_fields=True):
    """A message as posted."""

    sender: str = msgspec.field(name="from", default="")
    to: str | list[str] = ""
    subject: str = ""
    html: str = ""
    text: str = ""
    reply_to: str | list[str] = ""
    headers: dict[str, str] = {}
    tags: list[_Tag] = []

    def fault(self) -> tuple[str, str] | None:
        """Name and words of the vendor's error, or None."""
        for name, given in (("from", self.sender), ("to", self.to), ("subject", self.subject)):
            if not given:
                return "missing_required_field", f"Missing `{name}` field."
        if not self.html and not self.text:
            return "missing_required_field", "Missing `html` or `text` field."
        for name, given in (("from", self.sender), ("to", self.to), ("reply_to", self.reply_to)):
            addresses = [given] if isinstance(given, str) else given
            wrong = len(addresses) > 1 or not all(mailbox(each)[1] for each in addresses)
            if (given and wrong) or (name == "from" and not _PLAIN_NAME.match(self.sender.rpartition("<")[0])):
                return "validation_error", (
                    f"Invalid `{name}` field. The email address needs to follow the `email@example.com` or "
                    "`Name <email@example.com>` format."
                )
        for tag in self.tags:
            if not _TAG.match(tag.name) or not _TAG.match(tag.value):
                return "validation_error", "Tags should only contain ASCII letters, numbers, underscores, or dashes."
        for name in self.headers:
            if not is_field(name):
                return "validation_error", f"Invalid `headers` field: `{name}` is not allowed."
        broken = self.mail().broken()
        return ("validation_error", f"Invalid `headers` or `subject` field: {broken}") if broken else None

    def mail(self) -> Mail:
        """The message as Resend would hand it on, with tags where they can be seen."""
        return Mail(
            sender=self.sender,
            to=_one(self.to),
            reply_to=_one(self.reply_to),
            subject=self.subject,
            html=self.html,
            text=self.text,
            fields=(
                *((name, value) for name, value in self.headers.items() if name.lower() != "message-id"),
                *((f"X-Tag-{tag.name}", tag.value) for tag in self.tags),
            ),
        )


class _Remembered(NamedTuple):
    body: bytes
    """Its SHA-256."""
    answer: Response | None
    """None while the request is on its way."""
    until: datetime


_email = msgspec.json.Decoder(Email)
_emails = msgspec.json.Decoder(list[msgspec.Raw])


class Resend:
    """The two routes."""

    place: ClassVar[str] = "/emails"
    """What its paths begin with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._remembered: dict[str, _Remembered] = {}
        self.routes = [
            Route("/emails", self._keyed, methods=METHODS),
            Route("/emails/batch", self._keyed, methods=METHODS),
        ]

    def refusal(self, status: int, message: str, headers: dict[str, str] | None = None, name: str = "") -> Response:
        """An answer that takes nothing."""
        name = name or {404: "not_found", 405: "method_not_allowed", 413: "validation_error"}.get(
            status, "application_error"
        )
        return in_json(status, {"statusCode": status, "name": name, "message": message}, headers)

    async def _keyed(self, request: Request) -> Response:
        """Answer a key that is known as it was answered before."""
        body = await posted(request, MESSAGE_BYTES)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token.strip():
            return self.refusal(401, "Missing API key in the authorization header", name="missing_api_key")
        if not is_json(request):
            return self.refusal(422, "The body is no JSON: set Content-Type: application/json", name="validation_error")
        key = request.headers.get("idempotency-key")
        if key is None:
            return await self._take(request, body)
        if not 0 < len(key) <= LONGEST_KEY:
            message = f"The idempotency key must be between 1 and {LONGEST_KEY} characters long"
            return self.refusal(400, message, name="invalid_idempotency_key")
        now, digest = self._desk.clock(), hashlib.sha256(request.url.path.encode() + b"\n" + body).digest()
        self._remembered = {each: known for each, known in self._remembered.items() if known.until > now}
        if known := self._remembered.get(key):
            if known.body != digest:
                message = "This idempotency key was used with another payload"
                return self.refusal(409, message, name="invalid_idempotent_request")
            if known.answer is None:
                message = "A request with this idempotency key is being made"
                return self.refusal(409, message, name="concurrent_idempotent_requests")
            return known.answer
        self._remembered[key] = _Remembered(digest, None, now + REMEMBERED)
        answer = None
        try:
            answer = await self._take(request, body)
        finally:
            if answer is None or answer.status_code != 200:
                del self._remembered[key]
        if answer.status_code == 200:
            self._remembered[key] = _Remembered(digest, answer, now + REMEMBERED)
        return answer

    async def _take(self, request: Request, body: bytes) -> Response:
        if request.url.path == "/emails":
            email = _read(msgspec.Raw(body))
            if isinstance(email, tuple):
                return self.refusal(422, email[1], name=email[0])
            (taken,) = await self._keep([email])
            return in_json(200, taken)
        try:
            given = _emails.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return self.refusal(422, f"Expected an array of emails: {error}", name="validation_error")
        if not 0 < len(given) <= BATCH_MESSAGES:
            message = f"Expected an array of 1 to {BATCH_MESSAGES} emails"
            return self.refusal(422, message, name="validation_error")
        emails = [_read(each) for each in given]
        faults = {place: email for place, email in enumerate(emails) if isinstance(email, tuple)}
        permissive = request.headers.get("x-batch-validation", "strict") == "permissive"
        if faults and not permissive:
            name, message = next(iter(faults.values()))
            return self.refusal(422, message, name=name)
        answer: dict[str, object] = {"data": await self._keep([each for each in emails if isinstance(each, Email)])}
        if permissive:
            answer["errors"] = [{"index": place, "message": message} for place, (_, message) in faults.items()]
        return in_json(200, answer)

    async def _keep(self, emails: Sequence[Email]) -> list[dict[str, str]]:
        numbers = [self._desk.ids() for _ in emails]
        await self._desk.take(
            [
                (number, email.mail(), {"X-Resend-Email-Id": str(number)})
                for number, email in zip(numbers, emails, strict=True)
            ]
        )
        return [{"id": str(number)} for number in numbers]


def _read(given: msgspec.Raw) -> Email | tuple[str, str]:
    """The message, or the vendor's error."""
    try:
        email = _email.decode(given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return "validation_error", f"The email is not as expected: {error}"
    return email.fault() or email


def _one(given: str | list[str]) -> str:
    return given if isinstance(given, str) else "".join(given[:1])
