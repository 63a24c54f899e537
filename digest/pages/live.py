"""Server-sent events: an open page hears that what it shows has changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import StreamingResponse

Changes = Callable[[asyncio.Event], AsyncIterator[object]]
"""Yields whenever something changed since the call, and ends soon after the event is set."""


def event_stream(changes: Changes) -> Callable[[Request], Awaitable[StreamingResponse]]:
    """The endpoint that `static/live.js` listens to; its app has an `asyncio.Event` in `state.stopping`."""

    async def endpoint(request: Request) -> StreamingResponse:
        changed = changes(request.app.state.stopping)

        async def events() -> AsyncIterator[str]:
            yield "retry: 2000\n\n"
            async for _ in changed:
                yield "data: changed\n\n"

        return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return endpoint
