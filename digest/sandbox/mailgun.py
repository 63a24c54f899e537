"""Mailgun's format in the sandbox: `POST /v3/DOMAIN/messages`, a form for up to 1,000 readers.

Rules, statuses and words are the vendor's (API reference: Messages; user manual: Batch sending). With
`recipient-variables` each reader gets a message of their own, in which `%recipient.NAME%` is put in as it is. Stricter
in two places: an unknown field is refused, and without variables there may be one reader only, because all would see
each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.sandbox.desk import METHODS, Desk, in_json, posted
from digest.sandbox.mail import Mail, is_field, mailbox

READERS = 1000
FORM_BYTES = 25_000_000
FIELDS = 5 * READERS
OPTION_BYTES = 16_000
"""Of all `o:`, `h:`, `v:` and `t:` fields together."""

_Fields = Sequence[tuple[str, str | UploadFile]]

_OPTIONS = ("o:", "h:", "v:", "t:")
_SINGLE = frozenset({"from", "subject", "text", "html", "recipient-variables"})
_VARIABLE = re.compile(r"%recipient(?:\.([\w.-]+))?%")

_variables = msgspec.json.Decoder(dict[str, dict[str, str | int | float]])


class Mailgun:
    """The route of every domain."""

    place: ClassVar[str] = "/v3"
    """What its paths begin with."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.routes = [Route("/v3/{domain}/messages", self._messages, methods=METHODS)]

    def refusal(self, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
        """An answer that takes nothing."""
        return in_json(status, {"message": message}, headers)

    async def _messages(self, request: Request) -> Response:
        body = await posted(request, FORM_BYTES)
        if not _is_known(request.headers.get("authorization", "")):
            return Response("Forbidden", 401, {"WWW-Authenticate": 'Basic realm="MG API"'}, "text/plain")
        try:
            form = await _form(request, body)
        except MultiPartException as error:
            return self.refusal(400, f"the form cannot be read: {error.message}")
        mails = _mails(form)
        if isinstance(mails, str):
            return self.refusal(400, mails)
        number = self._desk.ids()
        name = f"<{number}@{request.path_params['domain']}>"
        await self._desk.take([(_nth(number, n), mail._replace(message_id=name), {}) for n, mail in enumerate(mails)])
        return in_json(200, {"id": name, "message": "Queued. Thank you."})


def _mails(form: _Fields) -> list[Mail] | str:
    """A message for each reader, or what the vendor says is wrong."""
    fields = [(name, value) for name, value in form if isinstance(value, str)]
    names = [name for name, _ in fields]
    if len(fields) != len(form):
        return "attachments are not taken here: a digest has none"
    for name in dict.fromkeys(names):
        if name not in _SINGLE | {"to"} and not name.startswith(_OPTIONS):
            return f"'{name}' is no parameter of a message"
        if name in _SINGLE and names.count(name) > 1:
            return f"'{name}' parameter stands there twice"
    given = dict(fields)
    for name in ("from", "to"):
        if not given.get(name):
            return f"{name} parameter is missing"
    if not given.get("text") and not given.get("html"):
        return "Need at least one of 'text' or 'html' parameters specified"
    if sum(len(name) + len(value.encode()) for name, value in fields if name.startswith(_OPTIONS)) > OPTION_BYTES:
        return f"o:, h:, v: and t: parameters may have {OPTION_BYTES:,} bytes together"
    if not mailbox(given["from"])[1]:
        return "from parameter is not a valid address. please check documentation"
    readers = [value for name, value in fields if name == "to"]
    if not all(mailbox(reader)[1] for reader in readers):
        return "'to' parameter is not a valid address. please check documentation"
    if len(readers) > READERS:
        return f"the number of recipients exceeds the limit of {READERS}"
    try:
        variables = _variables.decode(given.get("recipient-variables", "{}"))
    except msgspec.DecodeError:
        return "recipient-variables parameter is not valid JSON"
    if len(readers) > 1 and any(mailbox(reader)[1] not in variables for reader in readers):
        return "recipient-variables parameter is missing for a recipient, so all would see each other"
    for name in names:
        if name.startswith("h:") and not (is_field(name[2:]) or name.lower() == "h:reply-to"):
            return f"'{name}' is not a header that may be set"
    mails = [_mail(fields, reader, variables.get(mailbox(reader)[1], {})) for reader in readers]
    return next((broken for mail in mails if (broken := mail.broken())), mails)


def _mail(fields: Sequence[tuple[str, str]], reader: str, variables: Mapping[str, object]) -> Mail:
    address = mailbox(reader)[1]

    def filled(text: str) -> str:
        return _VARIABLE.sub(lambda found: str(variables.get(found[1], found[0])) if found[1] else address, text)

    given = {name: filled(value) for name, value in fields if name != "to"}
    headers = {name[2:]: value for name, value in given.items() if name.startswith("h:")}
    reply_to = next((headers.pop(name) for name in list(headers) if name.lower() == "reply-to"), "")
    return Mail(
        sender=given["from"],
        to=reader,
        reply_to=reply_to,
        subject=given.get("subject", ""),
        html=given.get("html", ""),
        text=given.get("text", ""),
        fields=(
            *((name, value) for name, value in headers.items() if name.lower() != "message-id"),
            *((f"X-Mailgun-Variable-{name[2:]}", value) for name, value in given.items() if name.startswith("v:")),
        ),
    )


async def _form(request: Request, body: bytes) -> _Fields:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parser = MultiPartParser(request.headers, stream(), max_fields=FIELDS, max_part_size=FORM_BYTES)
        return (await parser.parse()).multi_items()
    try:
        return [*parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS)]
    except ValueError:
        raise MultiPartException("it is no urlencoded form") from None


def _is_known(authorization: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme == "Basic" and user == "api" and bool(key)


def _nth(number: UUID, place: int) -> UUID:
    """Another id for each message of a request, from the one that the answer names."""
    return UUID(int=(number.int + place) % 2**128)
