"""The sandbox as one web app: a mail API in four vendors' formats and, on the same port, the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest.clock import Clock
from digest.errors import DigestError, NotFound
from digest.pages.guard import OwnMachine, SafeHeaders
from digest.pages.pages import Pages
from digest.pages.pictures import media_route
from digest.resources import shipped
from digest.sandbox.desk import Desk
from digest.sandbox.inbox import Inbox
from digest.sandbox.mailbox import Mailbox
from digest.sandbox.mailgun import Mailgun
from digest.sandbox.postmark import Postmark
from digest.sandbox.reports import Reports
from digest.sandbox.resend import Resend
from digest.sandbox.sendgrid import SendGrid
from digest.storage.media import Media

SERVICE = "quicktakes-sandbox"
"""What /healthz answers, so that a port can be recognised as a sandbox."""


def sandbox_app(
    mailbox: Mailbox,
    *,
    media: Media,
    clock: Clock,
    inactive: frozenset[str] = frozenset(),
    ids: Callable[[], UUID] = uuid4,
    reports: Reports | None = None,
) -> Starlette:
    """The app over `mailbox`.

    `media` has the pictures of its messages; `inactive` holds addresses in lower case that Postmark's
    format answers with 406; `reports` tells the account's webhook what becomes of them.
    """
    pages = Pages(shipped("templates/pages"))
    desk = Desk(mailbox, clock=clock, ids=ids)
    # SendGrid before Mailgun, whose domain could be any word.
    formats = (Postmark(desk, inactive=inactive, reports=reports), Resend(desk), SendGrid(desk), Mailgun(desk))

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404 if isinstance(error, NotFound) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        advice = str(error) if isinstance(error, DigestError) else _ADVICE.get(status, _ADVICE[500])
        for each in formats:
            if request.url.path == each.place or request.url.path.startswith(f"{each.place}/"):
                return each.refusal(status, error.detail if isinstance(error, HTTPException) else advice, headers)
        headline = _HEADLINE.get(status, "That went wrong")
        return pages.page("notice.html", {"headline": headline, "advice": advice}, status=status)

    app = Starlette(
        routes=[
            *(route for each in formats for route in each.routes),
            *Inbox(mailbox, pages, media).routes,
            media_route(media),
            Route("/healthz", _health),
            pages.route,
        ],
        middleware=[Middleware(SafeHeaders), Middleware(OwnMachine)],
        exception_handlers={HTTPException: refused, DigestError: refused, Exception: refused},
    )
    app.router.redirect_slashes = False
    app.state.stopping = asyncio.Event()
    return app


_HEADLINE = {404: "Nothing here", 405: "Not this way"}

_ADVICE = {
    404: (
        "The sandbox has no such page. Its inbox is at the root, its mail API at /email (Postmark), /emails (Resend), "
        "/v3/mail/send (SendGrid) and /v3/DOMAIN/messages (Mailgun)."
    ),
    405: "This page cannot be asked for in that way.",
    500: "The sandbox failed; the terminal in which it runs shows the reason.",
}


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"service": SERVICE})
