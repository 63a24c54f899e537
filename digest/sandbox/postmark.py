"""Postmark's format in the sandbox: `POST /email` takes one message, `POST /email/batch` an array of up to 500.

An answer of 200 means that what it accepts is in the mailbox. Rules, statuses and ErrorCodes are the vendor's
(developer documentation: Email API, Error codes, Metadata). Stricter in two places: an unknown member is refused, and
there are no copies and no attachments, because a digest has none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.sandbox.desk import METHODS, Desk, in_json, is_json, posted
from digest.sandbox.mail import FIELD_NAME, Mail, is_field, mailbox
from digest.sandbox.reports import Reports

SINGLE_BYTES = 10_000_000
BATCH_BYTES = 50_000_000
BATCH_MESSAGES = 500
"""Postmark's limits of one request."""

INACTIVE = re.compile(r"reject\+[^@]*@", re.IGNORECASE)
"""Addresses that the sandbox takes to be inactive, for a demonstration: `reject+anything@anywhere`."""

METADATA_MEMBERS = 10
METADATA_NAME = 20
METADATA_VALUE = 80
"""Postmark's limits of Metadata: members, and characters of a name and of a value."""

SUBJECT = 2000
TAG = 1000
"""Postmark's limits of Subject and Tag, in characters."""

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding raises: wrong JSON, wrong members, or bytes that are not UTF-8."""


class Fault(NamedTuple):
    """Why a message is refused: Postmark's ErrorCode and words."""

    code: int
    message: str


class PostedHeader(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """A member of Headers."""

    name: str
    value: str


class Posted(msgspec.Struct, forbid_unknown_fields=True, rename="pascal"):
    """A message as posted to /email, or one element of what is posted to /email/batch."""

    sender: str = msgspec.field(name="From", default="")
    to: str = ""
    reply_to: str = ""
    subject: str = ""
    html_body: str = ""
    text_body: str = ""
    headers: list[PostedHeader] = []
    metadata: dict[str, str] = {}
    message_stream: str = "outbound"
    tag: str = ""
    track_opens: bool = False
    track_links: Literal["None", "HtmlAndText", "HtmlOnly", "TextOnly"] = "None"

    def fault(self, inactive: frozenset[str]) -> Fault | None:
        """Why Postmark would refuse it, or None; `inactive` holds bare addresses in lower case."""
        complaint = self._complaint()
        if complaint is not None:
            return Fault(300, complaint)
        address = mailbox(self.to)[1]
        if address.lower() in inactive or INACTIVE.match(address):
            return Fault(
                406,
                "You tried to send to recipient(s) that have been marked as inactive. "
                f"Found inactive addresses: {address}. Inactive recipients are ones that have generated "
                "a hard bounce, a spam complaint, or a manual suppression.",
            )
        return None

    def _complaint(self) -> str | None:
        for member, value in (("From", self.sender), ("To", self.to), ("ReplyTo", self.reply_to)):
            if (value or member != "ReplyTo") and not mailbox(value)[1]:
                return f"Invalid '{member}' address: expected one mailbox, not '{value}'."
        if not self.html_body and not self.text_body:
            return "Provide either email TextBody or HtmlBody or both."
        if len(self.subject) > SUBJECT or len(self.tag) > TAG:
            return f"Subject must be at most {SUBJECT} characters and Tag at most {TAG}."
        if len(self.metadata) > METADATA_MEMBERS:
            return f"Metadata must have at most {METADATA_MEMBERS} members."
        for name, value in self.metadata.items():
            if not FIELD_NAME.fullmatch(name) or len(name) > METADATA_NAME or len(value) > METADATA_VALUE:
                return (
                    f"Metadata member '{name}': expected at most {METADATA_NAME} printable ASCII characters "
                    f"in the name and {METADATA_VALUE} characters in the value."
                )
        for header in self.headers:
            if not is_field(header.name):
                return f"Header '{header.name}' is not allowed in Headers."
        return self.mail().broken()

    def mail(self) -> Mail:
        """The message as Postmark would hand it on; a Message-ID is replaced unless X-PM-KeepID says true."""
        given = {header.name.lower(): header.value for header in self.headers}
        own = {"x-pm-keepid"} if given.get("x-pm-keepid", "").lower() == "true" else {"x-pm-keepid", "message-id"}
        return Mail(
            sender=self.sender,
            to=self.to,
            reply_to=self.reply_to,
            subject=self.subject,
            html=self.html_body,
            text=self.text_body,
            fields=(
                ("X-PM-Message-Stream", self.message_stream),
                *([("X-PM-Tag", self.tag)] if self.tag else []),
                *((f"X-PM-Metadata-{name}", value) for name, value in self.metadata.items()),
                *((header.name, header.value) for header in self.headers if header.name.lower() not in own),
            ),
        )


class Result(msgspec.Struct, rename="pascal", omit_defaults=True):
    """What Postmark says of one message; a refused one has only the last two members."""

    to: str | None = None
    submitted_at: str | None = None
    message_id: str | None = msgspec.field(name="MessageID", default=None)
    code: int | None = msgspec.field(name="ErrorCode", default=None)
    message: str | None = None


_messages = msgspec.json.Decoder(list[Posted])
_message = msgspec.json.Decoder(Posted)


class Postmark:
    """The two routes. `inactive` holds bare addresses in lower case that are answered with 406."""

    place: ClassVar[str] = "/email"
    """What its paths begin with."""

    def __init__(self, desk: Desk, *, inactive: frozenset[str] = frozenset(), reports: Reports | None = None) -> None:
        self._desk = desk
        self._inactive = inactive
        self._reports = reports
        self.routes = [
            Route("/email", self._single, methods=METHODS),
            Route("/email/batch", self._batch, methods=METHODS),
        ]

    def refusal(self, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
        """An answer that takes nothing."""
        return _refusal(status, Fault(300 if status == 413 else 0, message), headers)

    async def _single(self, request: Request) -> Response:
        body = await posted(request, SINGLE_BYTES)
        if refused := _without_headers(request):
            return refused
        try:
            message = _message.decode(body)
        except _UNREADABLE as error:
            return _undecodable(error)
        (result,) = await self._take([message])
        return in_json(200 if result.code == 0 else 422, result)

    async def _batch(self, request: Request) -> Response:
        body = await posted(request, BATCH_BYTES)
        if refused := _without_headers(request):
            return refused
        try:
            messages = _messages.decode(body)
        except _UNREADABLE as error:
            return _undecodable(error)
        if len(messages) > BATCH_MESSAGES:
            return _refusal(422, Fault(410, f"You may send at most {BATCH_MESSAGES} messages in one batch."))
        return in_json(200, await self._take(messages))

    async def _take(self, messages: Sequence[Posted]) -> list[Result]:
        now = self._desk.clock()
        results, mails, about = [], [], []
        for message in messages:
            fault = message.fault(self._inactive)
            if fault is not None:
                results.append(Result(code=fault.code, message=fault.message))
                continue
            number = self._desk.ids()
            mails.append((number, message.mail(), {"X-PM-Message-Id": str(number)}))
            about.append((mailbox(message.to)[1], number, message.metadata, now))
            results.append(
                Result(to=message.to, submitted_at=now.isoformat(), message_id=str(number), code=0, message="OK")
            )
        await self._desk.take(mails)
        if self._reports:
            for each in about:
                self._reports.about(*each)
        return results


def _without_headers(request: Request) -> Response | None:
    """The refusal of a request that lacks one of its header fields."""
    if not request.headers.get("x-postmark-server-token", "").strip():
        return _refusal(
            401, Fault(10, "The Server Token you provided in the X-Postmark-Server-Token request header was invalid.")
        )
    if not is_json(request) or "application/json" not in request.headers.get("accept", "").lower():
        return _refusal(
            422,
            Fault(409, "Your HTTP request does not have the Accept and Content-Type headers set to application/json."),
        )
    return None


def _undecodable(error: Exception) -> Response:
    if isinstance(error, msgspec.ValidationError):
        return _refusal(422, Fault(403, f"The JSON does not have the expected members and types: {error}"))
    return _refusal(422, Fault(402, f"The JSON cannot be parsed: {error}"))


def _refusal(status: int, fault: Fault, headers: dict[str, str] | None = None) -> Response:
    return in_json(status, Result(code=fault.code, message=fault.message), headers)
