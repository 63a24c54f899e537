"""SendGrid's format in the sandbox: `POST /v3/mail/send`, one content for up to 1,000 personalizations.

Rules, statuses and words are the vendor's (API reference: Mail Send; Personalizations; Substitution tags). Tags of
`substitutions` are replaced in subject and content as they are. With `mail_settings.sandbox_mode` a message is
checked, answered with 200 and not kept. Stricter in two places: an unknown member is refused, and there are no copies,
attachments and templates, because a digest has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.sandbox.desk import METHODS, Desk, in_json, is_json, posted
from digest.sandbox.mail import Mail, is_field, mailbox

PERSONALIZATIONS = 1000
REQUEST_BYTES = 30_000_000
OWN_BYTES = 10_000
"""Of the `custom_args`, and of the `substitutions`, of one personalization."""
RESERVED = frozenset({"x-sg-id", "x-sg-eid", "dkim-signature", "reply-to"})

_DOCUMENT = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html"


class _Address(msgspec.Struct, forbid_unknown_fields=True):
    email: str = ""
    name: str = ""

    def mailbox(self) -> str:
        """As mail writes it; a name that is quoted already stays so."""
        if not self.name:
            return self.email
        quoted = self.name.startswith('"') and self.name.endswith('"')
        name = self.name if quoted else '"' + self.name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.email}>"


class _Personalization(msgspec.Struct, forbid_unknown_fields=True):
    to: list[_Address] = []
    headers: dict[str, str] = {}
    custom_args: dict[str, str] = {}
    substitutions: dict[str, str] = {}


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    value: str


class _Switch(msgspec.Struct, forbid_unknown_fields=True):
    enable: bool = False
    enable_text: bool = False


_Switches = dict[str, _Switch]


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A request as posted."""

    personalizations: list[_Personalization] = []
    sender: _Address = msgspec.field(name="from", default_factory=_Address)
    reply_to: _Address | None = None
    subject: str = ""
    content: list[_Content] = []
    mail_settings: _Switches = {}
    tracking_settings: _Switches = {}

    def faults(self) -> Iterator[_Fault]:
        """What the vendor would refuse it for."""
        if not 1 <= len(self.personalizations) <= PERSONALIZATIONS:
            yield _Fault("personalizations", f"The personalizations field must have 1 to {PERSONALIZATIONS} entries.")
        if not mailbox(self.sender.mailbox())[1]:
            yield _Fault("from.email", "The from email does not contain a valid address.")
        if self.reply_to and not mailbox(self.reply_to.mailbox())[1]:
            yield _Fault("reply_to.email", "The reply_to email does not contain a valid address.")
        if not self.subject:
            yield _Fault("subject", "The subject is required.")
        types = [part.type for part in self.content]
        if types not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
            yield _Fault("content", "Content must be text/plain, text/html, or both in that order.")
        if not all(part.value for part in self.content):
            yield _Fault("content", "The content value must be a string at least one character in length.")
        for place, personalization in enumerate(self.personalizations):
            yield from self._own_faults(f"personalizations.{place}", personalization)

    def _own_faults(self, at: str, own: _Personalization) -> Iterator[_Fault]:
        if len(own.to) != 1:
            yield _Fault(f"{at}.to", "The to array is required, and here it has one address.")
        elif not mailbox(own.to[0].mailbox())[1]:
            yield _Fault(f"{at}.to.0.email", "Does not contain a valid address.")
        for name in own.headers:
            if not is_field(name) or name.lower() in RESERVED:
                yield _Fault(f"{at}.headers", f"The header {name} is reserved and cannot be set.")
        for member in ("custom_args", "substitutions"):
            if len(msgspec.json.encode(getattr(own, member))) > OWN_BYTES:
                yield _Fault(f"{at}.{member}", f"The {member} may have {OWN_BYTES:,} bytes.")
        if len(own.to) == 1 and (broken := self.mail(own).broken()):
            yield _Fault(f"{at}.headers", broken)

    def mail(self, own: _Personalization) -> Mail:
        """The message of one personalization, with its arguments where they can be seen."""

        def filled(text: str) -> str:
            for tag, value in own.substitutions.items():
                text = text.replace(tag, value)
            return text

        content = {part.type: filled(part.value) for part in self.content}
        return Mail(
            sender=self.sender.mailbox(),
            to=own.to[0].mailbox(),
            reply_to=self.reply_to.mailbox() if self.reply_to else "",
            subject=filled(self.subject),
            html=content.get("text/html", ""),
            text=content.get("text/plain", ""),
            fields=(
                *((name, filled(value)) for name, value in own.headers.items()),
                *((f"X-Custom-Arg-{name}", value) for name, value in own.custom_args.items()),
            ),
        )


class _Fault(NamedTuple):
    field: str | None
    message: str


_sent = msgspec.json.Decoder(Sent)


class SendGrid:
    """The one route."""

    place: ClassVar[str] = "/v3/mail"
    """What its paths begin with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.routes = [Route("/v3/mail/send", self._send, methods=METHODS)]

    def refusal(self, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
        """An answer that takes nothing."""
        return _refused(status, [_Fault(None, message)], headers)

    async def _send(self, request: Request) -> Response:
        body = await posted(request, REQUEST_BYTES)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token.strip():
            return self.refusal(401, "The provided authorization grant is invalid, expired, or revoked")
        if not is_json(request):
            return self.refusal(415, "Content-Type should be application/json.")
        try:
            sent = _sent.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return self.refusal(400, f"Bad Request: {error}")
        faults = list(sent.faults())
        if faults:
            return _refused(400, faults)
        number = self._desk.ids()
        named = {"X-Message-Id": number.hex[:22]}
        if sent.mail_settings.get("sandbox_mode", _Switch()).enable:
            return Response(b"", 200, named)
        trace = {"X-SG-Message-Id": named["X-Message-Id"]}
        await self._desk.take([(self._desk.ids(), sent.mail(own), trace) for own in sent.personalizations])
        return Response(b"", 202, named)


def _refused(status: int, faults: list[_Fault], headers: dict[str, str] | None = None) -> Response:
    errors = [{"message": fault.message, "field": fault.field, "help": _DOCUMENT} for fault in faults]
    return in_json(status, {"errors": errors}, headers)
