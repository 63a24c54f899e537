"""The inbox: the sandbox's messages as web pages that work without JavaScript."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.pages.live import event_stream
from digest.pages.mail import Scheme, mail_frame
from digest.pages.pages import Pages, choices
from digest.pages.pictures import shown_from_here
from digest.sandbox.mailbox import Mailbox
from digest.storage.media import Media

PAGE = 50
"""Messages on one page of the list."""

_PARTS = {"html": "HTML", "text": "Text", "headers": "Headers", "source": "Source"}
_WIDTHS = {"375": "375", "600": "600", "100%": "Full"}
_SCHEMES = {"auto": "Auto", "light": "Light", "dark": "Dark"}


class Inbox:
    """The routes of the inbox over `mailbox`."""

    def __init__(self, mailbox: Mailbox, pages: Pages, media: Media) -> None:
        self._mailbox = mailbox
        self._media = media
        self._pages = pages
        self.routes = [
            Route("/", self._list),
            Route("/events", event_stream(lambda: mailbox.newest)),
            Route("/clear", self._clear, methods=["POST"]),
            Route("/messages/{number:int}.eml", self._download),
            Route("/messages/{number:int}/body", self._body),
            Route("/messages/{number:int}", self._message),
        ]

    async def _list(self, request: Request) -> HTMLResponse:
        to, subject = request.query_params.get("to", "").strip(), request.query_params.get("subject", "").strip()
        start = _whole(request.query_params.get("start", ""))
        version = self._mailbox.newest
        page = await run_in_threadpool(self._mailbox.page, recipient=to, text=subject, start=start, size=PAGE)

        def stretch(at: int) -> str:
            return "/?" + urlencode({"to": to, "subject": subject, "start": at})

        return self._pages.page(
            "inbox/list.html",
            {
                "page": page,
                "version": version,
                "to": to,
                "subject": subject,
                "filtered": bool(to or subject),
                "first": start + 1,
                "last": start + len(page.entries),
                "newer": stretch(max(0, start - PAGE)) if start else None,
                "older": stretch(start + PAGE) if start + PAGE < page.total else None,
                "api": str(request.base_url).rstrip("/"),
            },
        )

    async def _message(self, request: Request) -> HTMLResponse:
        return await run_in_threadpool(self._shown, request.path_params["number"], request.query_params)

    def _shown(self, number: int, params: QueryParams) -> HTMLResponse:
        entry, message = self._mailbox.entry(number), self._mailbox.message(number)
        view, width = params.get("view", ""), params.get("width", "")
        chosen = {
            "view": view if view in _PARTS else "html",
            "width": width if width in _WIDTHS else "100%",
            "scheme": _scheme(params),
        }
        address = f"/messages/{number}"
        neighbours = self._mailbox.neighbours(number)
        return self._pages.page(
            "inbox/message.html",
            {
                **chosen,
                "entry": entry,
                "query": urlencode(chosen),
                "newer": neighbours.newer,
                "older": neighbours.older,
                "parts": choices(address, chosen, "view", _PARTS),
                "widths": choices(address, chosen, "width", _WIDTHS),
                "schemes": choices(address, chosen, "scheme", _SCHEMES),
                "html": _part(message, "html"),
                "text": _part(message, "plain"),
                "headers": [(name, str(value)) for name, value in message.items()],
                "source": self._mailbox.raw(number).decode("utf-8", "replace"),
            },
        )

    async def _body(self, request: Request) -> HTMLResponse:
        return await run_in_threadpool(self._framed, request.path_params["number"], _scheme(request.query_params))

    def _framed(self, number: int, scheme: Scheme) -> HTMLResponse:
        html = _part(self._mailbox.message(number), "html") or ""
        return mail_frame(shown_from_here(html, self._media), scheme)

    async def _download(self, request: Request) -> Response:
        number = request.path_params["number"]
        raw = await run_in_threadpool(self._mailbox.raw, number)
        named = {"Content-Disposition": f'attachment; filename="{number:08}.eml"'}
        return Response(raw, media_type="message/rfc822", headers=named)

    async def _clear(self, request: Request) -> RedirectResponse:
        await run_in_threadpool(self._mailbox.clear)
        return RedirectResponse("/", 303)


def _part(message: EmailMessage, subtype: str) -> str | None:
    """The text of the message's HTML or plain part; None when it has none."""
    part = message.get_body((subtype,))
    if not isinstance(part, EmailMessage):
        return None
    payload = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace") if isinstance(payload, bytes) else None
    except LookupError:
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else None


def _scheme(params: QueryParams) -> Scheme:
    match params.get("scheme"):
        case "light" | "dark" as given:
            return given
        case _:
            return "auto"


def _whole(given: str) -> int:
    """A whole number from 0 on; 0 for anything else."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0
