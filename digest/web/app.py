"""The public pages as one web app: leaving, an edition in the browser, and what machines ask and report."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.errors import StorageError
from digest.pages.guard import SafeHeaders
from digest.pages.mail import mail_page
from digest.pages.pages import Pages
from digest.web.articles import Pushing
from digest.web.gallery import Gallery
from digest.web.hooks import Hooks
from digest.web.unsubscribe import Roll, Unsubscribing

RETRY_AFTER = 120
"""Seconds after which a mail program should try again when the database did not answer."""

EditionHtml = Callable[[str], str | None]
"""The HTML of the edition with that public id, for anybody to see; None when there is none."""


def public_app(
    *,
    pages: Pages,
    roll: Roll,
    edition_html: EditionHtml,
    gallery: Gallery | None = None,
    pushing: Pushing | None = None,
    hooks: Hooks | None = None,
) -> Starlette:
    """The app. `edition_html` runs in a thread and may raise StorageError, which is answered with 503.

    `gallery` has the pictures of editions, `pushing` takes articles from programs, and `hooks` what providers
    report; without them there are no such addresses.
    """

    async def edition(request: Request) -> Response:
        html = await run_in_threadpool(edition_html, request.path_params["public_id"])
        if html is None:
            raise HTTPException(404)
        page = mail_page(html)
        page.headers["X-Robots-Tag"] = "noindex"
        return page

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headline, advice = _NOTICES.get(status, _NOTICES[500])
        headers = error.headers if isinstance(error, HTTPException) else None
        return pages.page("notice.html", {"headline": headline, "advice": advice}, status=status, headers=headers)

    async def unavailable(request: Request, error: Exception) -> Response:
        headline, advice = _NOTICES[503]
        headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
        return pages.page("notice.html", {"headline": headline, "advice": advice}, status=503, headers=headers)

    app = Starlette(
        routes=[
            *Unsubscribing(roll, pages).routes,
            *(pushing.routes if pushing else ()),
            *(hooks.routes if hooks else ()),
            *(gallery.routes if gallery else ()),
            Route("/editions/{public_id}", edition),
            Route("/healthz", _health),
            Route("/robots.txt", _robots),
            pages.route,
        ],
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={HTTPException: refused, StorageError: unavailable, Exception: refused},
    )
    app.router.redirect_slashes = False  # no redirect may answer a one-click POST (RFC 8058 3.1)
    return app


_NOTICES = {
    404: ("There is no such page", "Perhaps the address was cut short: copy the whole link from the e-mail."),
    405: ("Not this way", "This address is opened from a link in an e-mail."),
    413: ("Too much", "This address expects a short form."),
    500: ("That went wrong", "The mistake is ours. Please try again later; nothing has changed."),
    503: (
        "One moment, please",
        "We could not do that just now, and nothing has changed. Please try again in a minute.",
    ),
}


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"service": "quicktakes"})


async def _robots(request: Request) -> PlainTextResponse:
    # Networks that show a card for a shared link ask here first; X-Robots-Tag keeps editions out of indexes.
    return PlainTextResponse("User-agent: *\nAllow: /editions/\nAllow: /media/\nDisallow: /\n")
