"""`POST /hooks/ACCOUNT/SECRET`: where providers report what became of messages.

The secret in the address is compared before a byte of the body is read, and what the vendor signs is checked
over the bytes as they came. The answer is 200 only when everything is on disk; then the vendor may forget it.
Whoever fails is told nothing: 404 for a wrong address, 401 for a request that is not proved (Postmark
would never come back after a 403), 413 for one that is too large, 503 when it is to be sent again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from digest.clock import Clock
from digest.delivery.events import Post
from digest.delivery.intake import Intake
from digest.errors import Forged, ProviderError, StorageError
from digest.log import get
from digest.pages.guard import bounded_body
from digest.providers.webhooks.base import Hook, Lock, Posted
from digest.providers.webhooks.sns import Sns
from digest.web.certificates import Certificates

LARGEST = 5_000_000
"""Bytes of a request; vendors document at most 1 MB."""
SLOW = 64_000
"""Bytes from which a body is read in a thread, so that other requests need not wait for it."""
RETRY_AFTER = 30
"""Seconds after which a vendor should try again when the database did not answer."""

log = get(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A provider's account that takes reports."""

    hook: Hook
    secrets: Sequence[str]
    """Any of which may stand in the address."""
    lock: Lock


class Hooks:
    """The routes under /hooks/, for accounts by their names in config.toml."""

    def __init__(
        self, accounts: Mapping[str, Account], intake: Intake, certificates: Certificates, *, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._intake = intake
        self._certificates = certificates
        self._clock = clock
        self.routes = [Route("/hooks/{account}/{secret}", self._take, methods=["POST"])]

    async def _take(self, request: Request) -> PlainTextResponse:
        name, account = request.path_params["account"], self._open(request)
        if account is None:
            return _answer(404, "Not found.")
        try:
            body = await bounded_body(request, LARGEST)
        except HTTPException as error:
            return _answer(error.status_code, "Too large.", {"Connection": "close"})
        except ClientDisconnect:
            return _answer(400, "The request was not whole.")
        posted = Posted(dict(request.headers), body)
        try:
            post = await self._proved(name, account, posted)
            if not await asyncio.wrap_future(self._intake.submit(post)):
                raise Forged("the id of the request was used before, for something else")
            await self._confirm(name, account, body)
        except Forged as error:
            log.warning("a webhook was refused", account=name, reason=str(error))
            return _answer(401, "Not proved.", {"WWW-Authenticate": 'Basic realm="hooks"'})
        except (ProviderError, StorageError) as error:
            log.error("a webhook has to be sent again", account=name, reason=str(error))
            return _answer(503, "Send it again.", {"Retry-After": str(RETRY_AFTER)})
        return _answer(200, "Taken.")

    def _open(self, request: Request) -> Account | None:
        """The account whose address it is; every secret of it is compared, each in the same time."""
        account = self._accounts.get(request.path_params["account"])
        given = request.path_params["secret"].encode("utf-8", "replace")
        secrets = account.secrets if account else ("",)
        return account if True in [hmac.compare_digest(secret.encode(), given) for secret in secrets] else None

    async def _proved(self, name: str, account: Account, posted: Posted) -> Post:
        """The events of a request that its sender is known of. Raises Forged, or ProviderError for no certificate."""
        lock, sns = account.lock, _sns(account.hook, posted)
        if sns is not None:
            url = sns.certificate_url(posted)
            certificate = self._certificates.kept(url)
            if certificate is None:
                certificate = await run_in_threadpool(self._certificates.get, url)
            lock = replace(lock, certificate=certificate)

        def read() -> Post:
            request = account.hook.verify(posted, lock, self._clock())
            digest = hashlib.sha256(posted.body).hexdigest() if request else ""
            return Post(name, account.hook.events(posted.body), request, digest)

        return await run_in_threadpool(read) if len(posted.body) > SLOW else read()

    async def _confirm(self, name: str, account: Account, body: bytes) -> None:
        """Confirm the subscription of a listed topic, when a proved request asks for that."""
        sns: Sns | None = getattr(account.hook, "sns", None)
        url = sns.confirmation(body) if sns else None
        if url:
            await run_in_threadpool(self._certificates.confirm, url)
            log.info("a topic's subscription was confirmed", account=name)


def _sns(hook: Hook, posted: Posted) -> Sns | None:
    """How the request's envelope is signed; None where there is no envelope."""
    raw = posted.headers.get("x-amz-sns-rawdelivery") == "true"
    found: Sns | None = getattr(hook, "sns", None)
    return None if raw else found


def _answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> PlainTextResponse:
    return PlainTextResponse(text + "\n", status, {"Cache-Control": "no-store", **(headers or {})})
