"""The preview: any message at every width and scheme, made again whenever a file is saved, and sent to oneself."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, get_args
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.errors import DigestError, NotFound
from digest.pages.guard import OwnMachine, SafeHeaders, bounded_body
from digest.pages.live import event_stream
from digest.pages.mail import mail_frame
from digest.pages.pages import Pages
from digest.pages.pictures import media_route, shown_from_here
from digest.rendering.checks.clipping import BUDGET, CLIPPED
from digest.rendering.checks.styles import STYLE_BUDGET, STYLE_LIMIT
from digest.storage.media import Media
from digest.web import controls
from digest.web.clients import looked_at, style_bytes
from digest.web.controls import Controls
from digest.web.messages import Drafts, Kind, PreviewMessage, Sent, What, Wish
from digest.web.pictures import with_pictures
from digest.web.places import shown
from digest.web.saves import Saves

SERVICE = "quicktakes-preview"
"""What /healthz answers, so that a port can be recognised as a preview."""
LOOK = 0.02
"""Seconds between two looks at the count of saves on behalf of an open page."""
KEPT = 16
"""Messages that are held for the frames of open pages."""
FORMS = 256
"""Forms for a trial that are remembered, so that none is sent twice."""
LARGEST_FORM = 8_000
"""Bytes."""

_NAMES = {"newsletters": "Next edition", "editions": "Kept editions", "templates": "Templates"}
T = TypeVar("T")


class Preview:
    """The routes, and the messages that pages showed last: their frames show the same ones."""

    def __init__(self, drafts: Drafts, pages: Pages, media: Media) -> None:
        self.saves = Saves(drafts.watched)
        self._drafts = drafts
        self._media = media
        self._pages = pages
        self._shown: OrderedDict[tuple[What, Wish], PreviewMessage] = OrderedDict()
        self._forms: OrderedDict[str, Sent | None] = OrderedDict()
        self._turn = asyncio.Lock()
        self.routes = [
            Route("/", self._index),
            Route("/open", self._open),
            Route("/-/events", event_stream(lambda: self.saves.count, look=LOOK)),
            Route("/healthz", _health),
            pages.route,
            media_route(media),
            Route("/{kind}/{name}", self._page),
            Route("/{kind}/{name}/frame", self._frame),
            Route("/{kind}/{name}/message.eml", self._eml),
            Route("/{kind}/{name}/send", self._send, methods=["POST"]),
        ]

    async def _index(self, request: Request) -> HTMLResponse:
        version = self.saves.count
        try:
            listed = await self._in_turn(self._drafts.listing)
        except DigestError as error:
            return self._broken("The preview", error, version)
        groups = [(name, [each for each in listed if each.what.kind == kind]) for kind, name in _NAMES.items()]
        return self._pages.page("preview/index.html", {"groups": groups, "version": version})

    async def _open(self, request: Request) -> Response:
        """From the form to the address of what it chose, which one can keep."""
        kind, _, name = request.query_params.get("what", "").partition("/")
        chosen = Controls.of(request.query_params)
        return RedirectResponse(chosen.address(_what(kind, name)), status_code=303)

    async def _page(self, request: Request) -> HTMLResponse:
        what = _what_of(request)
        version = self.saves.count
        chosen = Controls.of(request.query_params)
        try:
            listed = await self._in_turn(self._drafts.listing)
            message = await self._make(what, chosen.wish)
        except NotFound:
            raise
        except DigestError as error:
            return self._broken(what.name, error, version)
        form = request.query_params.get("sent", "")
        sent = self._forms.get(form)
        values = _values(what, chosen, message) | {"version": version, "groups": _groups(what, listed)}
        return self._pages.page(
            "preview/message.html", values | {"sent": sent, "form": self._form(), "to": _first_address(request)}
        )

    async def _frame(self, request: Request) -> Response:
        what, chosen = _what_of(request), Controls.of(request.query_params)
        message = self._shown.get((what, chosen.wish)) or await self._make(what, chosen.wish)
        html = shown_from_here(looked_at(message.html, chosen.look), self._media)
        html = await run_in_threadpool(with_pictures, html, message.pictures)
        return mail_frame(html, "dark" if chosen.scheme == "dark" else "light", pane=True)

    async def _eml(self, request: Request) -> Response:
        what, chosen = _what_of(request), Controls.of(request.query_params)
        message = await self._make(what, chosen.wish)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(what.name, safe='')}.eml"}
        return Response(message.raw, media_type="message/rfc822", headers=headers)

    async def _send(self, request: Request) -> Response:
        what = _what_of(request)
        body = await bounded_body(request, LARGEST_FORM)
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        chosen, form, address = Controls.of(fields), fields.get("form", ""), fields.get("to", "").strip()[:320]
        if form not in self._forms:
            advice = "This form is from an earlier preview. Go back, reload the page, and send again."
            return self._pages.page("notice.html", {"headline": "Not sent", "advice": advice}, status=409)
        if self._forms[form] is None:
            # Whatever happens from here on, the same form sends nothing again.
            self._forms[form] = Sent(False, "It is under way, or it failed: the terminal shows why.")
            try:
                self._forms[form] = await self._in_turn(lambda: self._drafts.send(what, chosen.wish, address))
            except DigestError as error:
                self._forms[form] = Sent(False, str(error))
        back = chosen.address(what)
        extra = f"sent={quote(form)}&to={quote(address)}#send"
        return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{extra}", status_code=303)

    async def _make(self, what: What, wish: Wish) -> PreviewMessage:
        message = await self._in_turn(lambda: self._drafts.make(what, wish))
        self._shown[what, wish] = message
        self._shown.move_to_end((what, wish))
        if len(self._shown) > KEPT:
            self._shown.popitem(last=False)
        return message

    async def _in_turn(self, ask: Callable[[], T]) -> T:
        async with self._turn:
            return await run_in_threadpool(ask)

    def _form(self) -> str:
        """The name of a new form: an address that nobody else can know, good for one trial."""
        form = secrets.token_urlsafe(12)
        self._forms[form] = None
        if len(self._forms) > FORMS:
            self._forms.popitem(last=False)
        return form

    def _broken(self, title: str, error: DigestError, version: int) -> HTMLResponse:
        values = {"title": title, "problem": str(error), "version": version}
        return self._pages.page("preview/broken.html", values, status=422)


def preview_app(drafts: Drafts, pages: Pages, media: Media) -> Starlette:
    """The app, for loopback only. A save below a path of `drafts.watched` shows at once in every open page."""

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404 if isinstance(error, NotFound) else 500
        advice = str(error) if isinstance(error, DigestError) else _ADVICE.get(status, _ADVICE[500])
        headline = "Nothing here" if status == 404 else "That went wrong"
        return pages.page("notice.html", {"headline": headline, "advice": advice}, status=status)

    preview, stopping = Preview(drafts, pages, media), asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(preview.saves.follow(stopping))
        await preview.saves.standing.wait()  # the watch stands before the first page is made
        yield
        stopping.set()
        await following

    app = Starlette(
        routes=preview.routes,
        lifespan=lifespan,
        middleware=[Middleware(SafeHeaders), Middleware(OwnMachine)],
        exception_handlers={HTTPException: refused, DigestError: refused, Exception: refused},
    )
    app.router.redirect_slashes = False
    app.state.stopping = stopping
    return app


_ADVICE = {
    404: "There is no such page. Everything that can be shown is listed at the root.",
    405: "This page cannot be asked for in that way.",
    413: "That is more than this form can hold.",
    500: "The preview failed; the terminal in which it runs shows the reason.",
}


def _values(what: What, chosen: Controls, message: PreviewMessage) -> dict[str, Any]:
    """What the page shows of a message, as it was chosen."""
    views = {
        name: shown for name, shown in controls.VIEWS.items() if shown and (name != "source" or message.source_html)
    }
    code = {
        "text": message.text,
        "source": message.source_html,
        "inlined": message.html,
        "raw": message.raw.decode("utf-8", "replace"),
        "file": message.files.get(chosen.file, ""),
    }.get(chosen.view, "")
    given = chosen.given()
    widths = dict.fromkeys([*map(str, controls.WIDTHS), chosen.width])
    return {
        "what": f"{what.kind}/{what.name}",
        "message": message,
        "chosen": chosen,
        "views": chosen.links(what, "view", views),
        "widths": chosen.links(what, "width", {width: width for width in sorted(widths, key=int)}),
        "schemes": chosen.links(what, "scheme", controls.SCHEMES),
        "options": {"images": controls.IMAGES, "styles": controls.STYLES, "client": controls.CLIENTS},
        "limits": (controls.NARROWEST, controls.WIDEST),
        "frame": chosen.address(what, "/frame", view="message", width="600", file=""),
        "eml": chosen.address(what, "/message.eml", view="message", width="600", file=""),
        "code": code.splitlines(),
        "sizes": _sizes(message),
        "findings": [
            (each, [(spot, _seen(what, chosen, spot.view, spot.file, spot.line)) for spot in each.spots])
            for each in shown(message)
        ],
        "send": f"{what.address}/send",
        "kept": {name: value for name, value in given.items() if name in ("view", "scheme")},
        "hidden": {name: value for name, value in given.items() if name != "file"},
    }


def _seen(what: What, chosen: Controls, view: str, file: str, line: int) -> str:
    return f"{chosen.address(what, view=view, file=file)}#L{line}" if view else ""


def _sizes(message: PreviewMessage) -> list[tuple[str, int, int, int, str]]:
    """Label, bytes, budget, limit, and what the limit is, for each meter."""
    sizes = [("HTML", message.html_bytes, BUDGET, CLIPPED, "Gmail clips at")]
    if message.heaviest:
        sizes.append(("HTML, any reader at most", message.heaviest, BUDGET, CLIPPED, "Gmail clips at"))
    return [
        *sizes,
        ("Encoded (quoted-printable)", message.encoded_bytes, CLIPPED, CLIPPED, "Gmail may clip at"),
        ("Style blocks", style_bytes(message.html), STYLE_BUDGET, STYLE_LIMIT, "Gmail drops them at"),
    ]


def _groups(what: What, listed: Any) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """What can be chosen: value, words and whether it is chosen, by kind."""
    made = [
        (name, [(f"{w.kind}/{w.name}", f"{title}, {detail}" if detail else title, w == what)
                for w, title, detail in listed if w.kind == kind])
        for kind, name in _NAMES.items()
    ]  # fmt: skip
    if not any(chosen for _, options in made for _, _, chosen in options):
        made.insert(0, ("Shown", [(f"{what.kind}/{what.name}", what.name, True)]))
    return [group for group in made if group[1]]


def _first_address(request: Request) -> str:
    return request.query_params.get("to", "")[:320]


def _what_of(request: Request) -> What:
    return _what(request.path_params["kind"], request.path_params["name"])


def _what(kind: str, name: str) -> What:
    for known in get_args(Kind):
        if kind == known and name:
            return What(known, name)
    raise HTTPException(404)


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"service": SERVICE})
