"""The preview: a newsletter's next edition at every width and scheme, made again whenever a file is saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from watchfiles import awatch

from digest.errors import DigestError, NotFound
from digest.model import Finding
from digest.pages.guard import OwnMachine, SafeHeaders
from digest.pages.live import event_stream
from digest.pages.mail import mail_frame
from digest.pages.pages import Pages, choices
from digest.pages.pictures import media_route, shown_from_here
from digest.storage.media import Media

SERVICE = "quicktakes-preview"
"""What /healthz answers, so that a port can be recognised as a preview."""

DESKTOP = 680
PHONE = 375
"""Widths of the frames, in CSS pixels: room for the 600 of the e-mail, and a small telephone."""

_VIEWS = {
    "html": "HTML",
    "text": "Text",
    "source": "Source",
    "inlined": "Inlined",
    "headers": "Headers",
    "findings": "Findings",
}
_SCHEMES = {"light": "Light", "dark": "Dark", "both": "Both"}


class Remark(NamedTuple):
    """A finding, and the story that it is about."""

    about: str
    """The story's headline, or "The edition"."""
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewEdition:
    """A draft as it would be sent now, with sample values in its slots."""

    subject: str
    preheader: str
    html: str
    """Inlined."""
    text: str
    source_html: str
    """Before inlining."""
    headers: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...]
    warnings: tuple[str, ...]
    """What else an editor should know: sources that failed, size, stories left out."""


class Drafts(Protocol):
    """What the preview shows. Both run in a thread, one call at a time."""

    def newsletters(self) -> Mapping[str, str]:
        """Title of each newsletter by its key in config.toml."""

    def build(self, newsletter: str) -> PreviewEdition:
        """The draft, made afresh; nothing is kept. Raises DigestError with the file and line at fault."""


class Preview:
    """The routes, and the draft that each newsletter's page showed last: its frames show the same one."""

    def __init__(self, drafts: Drafts, pages: Pages, watch: Sequence[Path], media: Media) -> None:
        self._drafts = drafts
        self._media = media
        self._pages = pages
        self._watch = watch
        self._shown: dict[str, PreviewEdition] = {}
        self._turn = asyncio.Lock()
        self._saves = 0
        self.routes = [
            Route("/", self._index),
            Route("/-/events", event_stream(lambda: self._saves)),
            Route("/healthz", _health),
            pages.route,
            media_route(media),
            Route("/{newsletter}", self._newsletter),
            Route("/{newsletter}/frame", self._frame),
        ]

    async def _index(self, request: Request) -> HTMLResponse:
        newsletters = await run_in_threadpool(self._drafts.newsletters)
        listed = [(title, f"/{quote(key, safe='')}") for key, title in newsletters.items()]
        return self._pages.page("preview/index.html", {"newsletters": listed, "version": self._saves})

    async def _newsletter(self, request: Request) -> HTMLResponse:
        key = request.path_params["newsletter"]
        version = self._saves
        title = (await run_in_threadpool(self._drafts.newsletters)).get(key, key)
        try:
            async with self._turn:
                edition = await run_in_threadpool(self._drafts.build, key)
        except NotFound:
            raise
        except DigestError as error:
            values = {"title": title, "problem": str(error), "version": version}
            return self._pages.page("preview/broken.html", values, status=422)
        self._shown[key] = edition
        chosen = _chosen(request.query_params)
        address = f"/{quote(key, safe='')}"
        return self._pages.page(
            "preview/newsletter.html",
            {
                **chosen,
                "title": title,
                "version": version,
                "edition": edition,
                "views": choices(address, chosen, "view", _VIEWS | {"findings": f"Findings ({len(edition.remarks)})"}),
                "schemes": choices(address, chosen, "scheme", _SCHEMES),
                "frames": [
                    (f"{name}, {scheme}", width, f"{address}/frame?scheme={scheme}")
                    for scheme in (("light", "dark") if chosen["scheme"] == "both" else (chosen["scheme"],))
                    for name, width in (("Desktop", DESKTOP), ("Phone", PHONE))
                ],
            },
        )

    async def _frame(self, request: Request) -> Response:
        key = request.path_params["newsletter"]
        if key not in self._shown:
            raise HTTPException(404)
        html = shown_from_here(self._shown[key].html, self._media)
        return mail_frame(html, "dark" if request.query_params.get("scheme") == "dark" else "light")

    async def follow(self, stopping: asyncio.Event) -> None:
        """Counts saves until the event is set; pages that show an older count make themselves again."""
        watched = [path for path in self._watch if path.exists()]
        following = True
        while following and not stopping.is_set():
            following = False
            try:
                async for _ in awatch(*watched, stop_event=stopping):
                    self._saves += 1
            except* OSError:
                pass  # the system's limit of watches is reached: pages are then reloaded by hand
            except* RuntimeError as group:
                # A file name that is not UTF-8 ends the watch; the draft names the file.
                following = "Unable to decode path" in str(group.exceptions)
                self._saves += following


def preview_app(drafts: Drafts, watch: Sequence[Path], pages: Pages, media: Media) -> Starlette:
    """The app, for loopback only. A change below a path of `watch` shows at once in every open page.

    Nothing that `drafts` writes may lie below `watch`, or pages would be made again without end.
    """

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404 if isinstance(error, NotFound) else 500
        advice = str(error) if isinstance(error, DigestError) else _ADVICE.get(status, _ADVICE[500])
        headline = "Nothing here" if status == 404 else "That went wrong"
        return pages.page("notice.html", {"headline": headline, "advice": advice}, status=status)

    preview, stopping = Preview(drafts, pages, watch, media), asyncio.Event()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(preview.follow(stopping))
        await asyncio.sleep(0)  # the watch stands before the first page is made
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
    404: "There is no such page. The list of newsletters is at the root.",
    500: "The preview failed; the terminal in which it runs shows the reason.",
}


def _chosen(params: QueryParams) -> dict[str, str]:
    view, scheme = params.get("view", ""), params.get("scheme", "")
    return {"view": view if view in _VIEWS else "html", "scheme": scheme if scheme in _SCHEMES else "light"}


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"service": SERVICE})
