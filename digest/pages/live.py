"""Server-sent events: an open page hears that what it shows has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import StreamingResponse

LOOK = 0.25
"""Seconds between two looks at the version on behalf of an open page."""


def event_stream(
    version: Callable[[], int], *, look: float = LOOK
) -> Callable[[Request], Awaitable[StreamingResponse]]:
    """The endpoint that `static/live.js` listens to; its app has an `asyncio.Event` in `state.stopping`.

    `version` changes whenever a page would look different. A page asks with `?since=` and the
    version that it shows, so that nothing is lost between its making and its listening.
    `look`: seconds between two looks.
    """

    async def endpoint(request: Request) -> StreamingResponse:
        stopping: asyncio.Event = request.app.state.stopping
        given = request.query_params.get("since", "")

        async def events() -> AsyncIterator[str]:
            yield "retry: 2000\n\n"
            since = given
            while not stopping.is_set():
                if str(version()) != since:
                    since = str(version())
                    yield f"data: {since}\n\n"
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), look)

        return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return endpoint
