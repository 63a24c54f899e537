"""Pictures of editions on the public site: those in e-mails, and the quote card that a shared link shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.pages.pictures import media_route, picture_answer
from digest.storage.media import Media

WIDTH, HEIGHT = 1200, 630
"""Of a card, in pixels."""

CardOf = Callable[[str], bytes | None]
"""The quote card, a PNG, of the edition with that public id; None when there is none."""

CARD_CACHE = "public, max-age=3600"
"""A draft that is withdrawn and approved anew keeps its address and may say something else."""


class Gallery:
    """The routes. Both are asked in a thread and may raise StorageError."""

    def __init__(self, media: Media, card_of: CardOf) -> None:
        self._card_of = card_of
        self.routes = [media_route(media), Route("/editions/{public_id}/card.png", self._card)]

    async def _card(self, request: Request) -> Response:
        content = await run_in_threadpool(self._card_of, request.path_params["public_id"])
        if content is None:
            raise HTTPException(404)
        tag = hashlib.sha256(content).hexdigest()
        return picture_answer(request, content, "image/png", tag=tag, cache=CARD_CACHE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What other sites show of a link to an edition."""

    title: str
    description: str
    site: str
    url: str
    card: str | None
    """Address of its quote card, if it has one."""


def with_sharing(html: str, sharing: Sharing) -> str:
    """The page with Open Graph and Twitter metas at the end of its head; one without a head stays as it is."""
    properties = {
        "og:type": "article",
        "og:title": sharing.title,
        "og:description": sharing.description,
        "og:site_name": sharing.site,
        "og:url": sharing.url,
    }
    if sharing.card:
        properties |= {"og:image": sharing.card, "og:image:type": "image/png"}
        properties |= {"og:image:width": str(WIDTH), "og:image:height": str(HEIGHT)}
    metas = [f'<meta property="{name}" content="{escape(value)}">' for name, value in properties.items() if value]
    metas.append(f'<meta name="twitter:card" content="{"summary_large_image" if sharing.card else "summary"}">')
    head, end, body = html.partition("</head>")
    return f"{head}{''.join(metas)}{end}{body}" if end else html
