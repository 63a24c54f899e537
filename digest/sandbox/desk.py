"""Where every format of the sandbox hands in what it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID, uuid4

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from digest.clock import Clock
from digest.pages.guard import bounded_body
from digest.sandbox.mail import Mail
from digest.sandbox.mailbox import Mailbox

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""All are routed to the formats, so that a wrong one is answered in the vendor's own form."""


class Desk:
    """The mailbox, and the ids and times that vendors give to messages."""

    def __init__(self, mailbox: Mailbox, *, clock: Clock, ids: Callable[[], UUID] = uuid4) -> None:
        self._mailbox = mailbox
        self.clock = clock
        self.ids = ids

    async def take(self, mails: Sequence[tuple[UUID, Mail, Mapping[str, str]]]) -> None:
        """Keep messages under these ids, with the vendor's own fields; all are kept when this returns.

        Raises StorageError, and then none is.
        """
        await run_in_threadpool(self._keep, mails)

    def _keep(self, mails: Sequence[tuple[UUID, Mail, Mapping[str, str]]]) -> None:
        now = self.clock()
        self._mailbox.receive([mail.written(number, now, trace=trace) for number, mail, trace in mails])


async def posted(request: Request, limit: int) -> bytes:
    """The body of a POST. Raises HTTPException 405, 413 or 400."""
    if request.method != "POST":
        raise HTTPException(405, f"expected POST, not {request.method}", {"Allow": "POST"})
    try:
        return await bounded_body(request, limit)
    except HTTPException:
        raise HTTPException(413, f"The request is larger than {limit:,} bytes.", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "The request ended before its body was whole.") from None


def is_json(request: Request) -> bool:
    """Whether the body says that it is JSON."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def in_json(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(content), status, dict(headers or {}), "application/json; charset=utf-8")
