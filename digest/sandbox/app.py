"""The sandbox as one web app: the mail API and, on the same port, the inbox."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from digest.clock import Clock
from digest.pages.guard import OwnMachine, SafeHeaders
from digest.sandbox.api import Api
from digest.sandbox.mailbox import Mailbox

SERVICE = "quicktakes-sandbox"
"""What /healthz answers, so that a port can be recognised as a sandbox."""


def sandbox_app(
    mailbox: Mailbox,
    *,
    clock: Clock,
    inactive: frozenset[str] = frozenset(),
    ids: Callable[[], UUID] = uuid4,
) -> Starlette:
    """The app over `mailbox`; `inactive` holds addresses in lower case that the API answers with 406."""
    api = Api(mailbox, clock=clock, inactive=inactive, ids=ids)
    return Starlette(
        routes=[*api.routes, Route("/healthz", _health)],
        middleware=[Middleware(SafeHeaders), Middleware(OwnMachine)],
    )


async def _health(request: Request) -> JSONResponse:
    return JSONResponse({"service": SERVICE})
