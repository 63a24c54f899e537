"""The address behind every unsubscribe link: a page for people, one click for their mail programs.

RFC 8058: the program posts `List-Unsubscribe=One-Click` to the very address that a person opens.
So a POST leaves, whatever its body; the page's own form adds a field and is answered with a page.
No other method changes anything, because scanners open every link.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digest.pages.guard import bounded_body
from digest.pages.pages import Pages

BODY_BYTES = 16_384
"""More than any form of ours or of a mail program."""

PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Headers of every answer at an address that holds a token."""


class Standing(NamedTuple):
    """How a reader stands to a newsletter."""

    title: str
    """The newsletter's, as readers know it."""
    address: str
    """The reader's, with most of it hidden; empty when it is no longer on the roll."""
    active: bool
    """Subscribed, and the address may be mailed."""


class Roll(Protocol):
    """What the pages ask of the roll; each returns None for a token that is not ours.

    `leave` and `rejoin` return after a durable commit and raise StorageError when there was none.
    """

    def standing(self, token: str) -> Standing | None:
        """How the reader stands; changes nothing."""

    def leave(self, token: str, *, source: str) -> Standing | None:
        """Ends the subscription; again is harmless."""

    def rejoin(self, token: str) -> Standing | None:
        """The reader's own wish to have it back; still not active when the address is suppressed."""


class Unsubscribing:
    """The routes under /u/."""

    def __init__(self, roll: Roll, pages: Pages) -> None:
        self._roll = roll
        self._pages = pages
        self.routes = [
            Route("/u/{token}", self._show, methods=["GET"]),
            Route("/u/{token}", self._leave, methods=["POST"]),
            Route("/u/{token}/return", self._rejoin, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        standing = await run_in_threadpool(self._roll.standing, request.path_params["token"])
        return self._answer("unsubscribe.html", request, standing)

    async def _leave(self, request: Request) -> Response:
        try:
            body = await bounded_body(request, BODY_BYTES)
        except ClientDisconnect:
            return PlainTextResponse("The request was not whole.\n", 400, PRIVATE)
        by_page = _is_our_form(request, body)

        def leave() -> Standing | None:
            return self._roll.leave(request.path_params["token"], source="page" if by_page else "one-click")

        standing = await run_in_threadpool(leave)
        if standing is None or by_page:
            return self._answer("unsubscribed.html", request, standing)
        return PlainTextResponse("Unsubscribed.\n", headers=PRIVATE)

    async def _rejoin(self, request: Request) -> Response:
        standing = await run_in_threadpool(self._roll.rejoin, request.path_params["token"])
        return self._answer("rejoined.html", request, standing)

    def _answer(self, template: str, request: Request, standing: Standing | None) -> Response:
        if standing is None:
            return self._pages.page("unknown_link.html", {}, status=404, headers=PRIVATE)
        values = standing._asdict() | {"link": f"/u/{request.path_params['token']}"}
        return self._pages.page(template, values, headers=PRIVATE)


def _is_our_form(request: Request, body: bytes) -> bool:
    """Whether the page's own button was pressed, which only decides how the answer looks."""
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return sent == "application/x-www-form-urlencoded" and "page" in parse_qs(body.decode("latin-1")).get("by", [])
