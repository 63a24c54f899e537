"""The pictures of e-mails as answers, and an e-mail's HTML with the pictures that are here shown from here."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.pages.pages import FOREVER
from digest.storage.media import NAME, Media

_TYPES = {"jpg": "image/jpeg", "png": "image/png"}
_OURS = re.compile(rf"https?://[^\s\"'<>()]*/media/({NAME.pattern})", re.IGNORECASE)


def media_route(media: Media) -> Route:
    """`/media/<sha256>.<jpg or png>`: a name says what is in the file, so it may be kept for ever."""

    async def picture(request: Request) -> Response:
        name = request.path_params["name"]
        content = await run_in_threadpool(media.read, name)
        if content is None:
            raise HTTPException(404)
        stem, _, suffix = name.partition(".")
        return picture_answer(request, content, _TYPES[suffix], tag=stem, cache=FOREVER)

    return Route("/media/{name}", picture)


def picture_answer(request: Request, content: bytes, kind: str, *, tag: str, cache: str) -> Response:
    """The picture, for pages of any site and for mail programs; 304 to who has it under this tag."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": cache, "Cross-Origin-Resource-Policy": "cross-origin"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if known & {f'"{tag}"', "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def shown_from_here(html: str, media: Media) -> str:
    """The HTML with the addresses of our pictures, at whatever host, as paths of this one, if they are here.

    An installation that nobody can reach yet still shows its e-mails as they will look.
    """
    return _OURS.sub(lambda found: f"/media/{found[1]}" if media.has(found[1]) else found[0], html)
