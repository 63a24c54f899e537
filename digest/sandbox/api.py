"""The sandbox's mail API: Postmark's wire format on loopback.

`POST /email` takes one message, `POST /email/batch` an array of up to 500. An answer of 200
means that what it accepts is in the mailbox. Statuses and ErrorCodes are the vendor's
(developer documentation: API overview, Error codes).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from digest.clock import Clock
from digest.errors import DigestError
from digest.pages.guard import bounded_body
from digest.sandbox.mailbox import Mailbox
from digest.sandbox.posted import Fault, Posted

SINGLE_BYTES = 10_000_000
BATCH_BYTES = 50_000_000
BATCH_MESSAGES = 500
"""Postmark's limits of one request."""

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All are routed here, so that a wrong one is answered in JSON too."""

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding raises: wrong JSON, wrong members, or bytes that are not UTF-8."""

_messages = msgspec.json.Decoder(list[Posted])
_message = msgspec.json.Decoder(Posted)


class Result(msgspec.Struct, rename="pascal", omit_defaults=True):
    """What Postmark says of one message; a refused one has only the last two members."""

    to: str | None = None
    submitted_at: str | None = None
    message_id: str | None = msgspec.field(name="MessageID", default=None)
    code: int | None = msgspec.field(name="ErrorCode", default=None)
    message: str | None = None


class Api:
    """The two routes. `inactive` holds bare addresses in lower case that are answered with 406."""

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        clock: Clock,
        inactive: frozenset[str] = frozenset(),
        ids: Callable[[], UUID] = uuid4,
    ) -> None:
        self._mailbox = mailbox
        self._clock = clock
        self._inactive = inactive
        self._ids = ids
        self.routes = [
            Route("/email", self._single, methods=METHODS),
            Route("/email/batch", self._batch, methods=METHODS),
        ]

    async def _single(self, request: Request) -> Response:
        body = await _checked_body(request, SINGLE_BYTES)
        if isinstance(body, Response):
            return body
        try:
            message = _message.decode(body)
        except _UNREADABLE as error:
            return _undecodable(error)
        results = await self._take([message])
        return results if isinstance(results, Response) else _json(200 if results[0].code == 0 else 422, results[0])

    async def _batch(self, request: Request) -> Response:
        body = await _checked_body(request, BATCH_BYTES)
        if isinstance(body, Response):
            return body
        try:
            messages = _messages.decode(body)
        except _UNREADABLE as error:
            return _undecodable(error)
        if len(messages) > BATCH_MESSAGES:
            return refusal(422, Fault(410, f"You may send at most {BATCH_MESSAGES} messages in one batch."))
        results = await self._take(messages)
        return results if isinstance(results, Response) else _json(200, results)

    async def _take(self, messages: Sequence[Posted]) -> list[Result] | Response:
        try:
            return await run_in_threadpool(self._store, messages)
        except DigestError as failure:
            return refusal(500, Fault(0, str(failure)))

    def _store(self, messages: Sequence[Posted]) -> list[Result]:
        now = self._clock()
        results, mails = [], []
        for message in messages:
            fault = message.fault(self._inactive)
            if fault is not None:
                results.append(Result(code=fault.code, message=fault.message))
                continue
            message_id = self._ids()
            mails.append(message.mail(message_id, now))
            results.append(
                Result(to=message.to, submitted_at=now.isoformat(), message_id=str(message_id), code=0, message="OK")
            )
        self._mailbox.receive(mails)
        return results


async def _checked_body(request: Request, limit: int) -> bytes | Response:
    """The body of a request that may be read, or the refusal."""
    if request.method != "POST":
        return refusal(405, Fault(0, f"expected POST, not {request.method}"), {"Allow": "POST"})
    if not request.headers.get("x-postmark-server-token", "").strip():
        return refusal(
            401, Fault(10, "The Server Token you provided in the X-Postmark-Server-Token request header was invalid.")
        )
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent != "application/json" or "application/json" not in request.headers.get("accept", "").lower():
        return refusal(
            422,
            Fault(409, "Your HTTP request does not have the Accept and Content-Type headers set to application/json."),
        )
    try:
        return await bounded_body(request, limit)
    except HTTPException:
        return refusal(413, Fault(300, f"The request is larger than {limit:,} bytes."), {"Connection": "close"})
    except ClientDisconnect:
        return refusal(400, Fault(0, "The request ended before its body was whole."))


def _undecodable(error: Exception) -> Response:
    if isinstance(error, msgspec.ValidationError):
        return refusal(422, Fault(403, f"The JSON does not have the expected members and types: {error}"))
    return refusal(422, Fault(402, f"The JSON cannot be parsed: {error}"))


def refusal(status: int, fault: Fault, headers: dict[str, str] | None = None) -> Response:
    """An answer that takes nothing, in the vendor's form."""
    return _json(status, Result(code=fault.code, message=fault.message), headers)


def _json(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(content), status, headers, "application/json; charset=utf-8")
