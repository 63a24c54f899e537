"""`POST /api/articles`: programs of the newsroom push articles, each kept once and before the answer.

The token says which source is meant. A push is repeated safely: the same key with the same article
has the same answer, and the same article under another key is still one article.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from digest.clock import Clock
from digest.errors import InvalidPush, KeyTaken, StorageError
from digest.pages.guard import bounded_body
from digest.sources.push import read_push
from digest.storage.sources import Receipt, Sources

LARGEST = 2_000_000
"""Bytes of a request."""
RETRY_AFTER = 30
"""Seconds after which a sender should try again when the database did not answer."""


class Pushing:
    """The endpoint, for the sources of these tokens."""

    def __init__(self, sources: Sources, *, tokens: Mapping[str, str], clock: Clock) -> None:
        """`tokens` by the name of the source."""
        self._sources = sources
        self._tokens = {name: _sealed(token.encode()) for name, token in tokens.items()}
        self._clock = clock
        self.routes = [Route("/api/articles", self._push, methods=["POST"])]

    async def _push(self, request: Request) -> JSONResponse:
        source = self._source(request.headers.get("authorization", ""))
        if source is None:
            return _refusal(
                401,
                "expected the header Authorization: Bearer TOKEN with the token of a push source",
                headers={"WWW-Authenticate": "Bearer"},
            )
        try:
            body = await bounded_body(request, LARGEST)
            receipt = await run_in_threadpool(self._keep, body, source, request.headers.get("idempotency-key"))
        except HTTPException as error:
            return _refusal(error.status_code, str(error.detail))
        except InvalidPush as error:
            return _refusal(422, "the article was not taken", fields=error.fields)
        except KeyTaken as error:
            return _refusal(409, str(error))
        except StorageError:
            return _refusal(
                503, "the database did not answer; send the same again", headers={"Retry-After": str(RETRY_AFTER)}
            )
        return _answer({"article": receipt.digest, "source": source}, 201 if receipt.first else 200)

    def _source(self, authorization: str) -> str | None:
        """The source whose token it is; every one is compared, each in the same time."""
        scheme, _, token = authorization.partition(" ")
        given = _sealed(token.strip().encode("latin-1", "replace"))
        found = [name for name, sealed in self._tokens.items() if hmac.compare_digest(sealed, given)]
        return found[0] if found and scheme.lower() == "bearer" else None

    def _keep(self, body: bytes, source: str, key: str | None) -> Receipt:
        push = read_push(body, source=source, key=key)
        return self._sources.push(push.article, key=push.key, sha256=push.sha256, at=self._clock())


def _sealed(token: bytes) -> bytes:
    """Of one length for all tokens, so that comparing says nothing about theirs."""
    return hashlib.sha256(token).digest()


def _answer(content: Mapping[str, object], status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(content, status, headers={"Cache-Control": "no-store", **(headers or {})})


def _refusal(
    status: int, message: str, *, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return _answer({"error": message, **({"fields": fields} if fields else {})}, status, headers)
