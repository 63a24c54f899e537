"""Webhooks: a vendor that reports late, twice, out of order or never, somebody who forges, and our hook for both.

What the hook does with a request is what `digest.web.hooks` does: verify the bytes, read the events, and
answer once they are committed. The process that does it dies like any other; the vendor then tries again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from digest.clock import Clock
from digest.delivery.events import Post, Reports, Rules
from digest.errors import Forged
from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.base import Lock, Posted

from .newsroom import KEY
from .provider import Reader
from .scheduler import Violation
from .stage import BEGINNING

if TYPE_CHECKING:
    from .database import SimulatedDatabase
    from .world import World

SIGNING = b"the vendor signs its webhooks with this"
LOCKS = {
    "postmark": Lock(keys=("hooks:a-long-password",)),
    "mailjet": Lock(keys=("hooks:a-long-password",)),
    "resend": Lock(keys=(f"whsec_{base64.b64encode(SIGNING).decode()}",)),
}
PROVABLE = {"in_flight", "unknown", "held"}


class Report(NamedTuple):
    """One webhook on its way."""

    account: str
    send: Callable[[], Posted]
    """Makes the request, signed anew each time."""
    reader: Reader | None
    """Whom it truly speaks of; None when it is forged."""


class Vendor:
    """Who sends webhooks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: deque[Report] = deque()
        self._sent = 0

    def took(self, reader: Reader, delivery: str, message: str) -> None:
        """A message was taken, and will be reported on, or not."""
        faults, rng = self._world.faults, self._world.rng
        if "webhooks" not in faults.kinds or faults.hit("webhook lost"):
            return
        kind = "bounce" if rng.random() < 0.1 else "delivered"
        for _ in range(2 if faults.hit("webhook repeated") else 1):
            post = partial(self._post, kind, reader, delivery, message, self._now())
            report = Report("main", post, reader)
            self._waiting.insert(rng.randint(0, len(self._waiting)), report)

    def forge(self, reader: Reader, delivery: str) -> None:
        """Somebody says that the provider has this reader's message, by every way but the vendor's own."""
        rng = self._world.rng
        way = rng.choice(("no key", "made-up id", "another account"))
        self._world.scheduler.note(f"forges a report on {reader}: {way}")
        edition, subscriber = reader
        named = f"{edition}-{subscriber}-{'0' * 20}" if way == "made-up id" else delivery
        post = partial(self._post, "delivered", reader, named, "m-forged", self._now(), signed=way != "no key")
        self._waiting.append(Report("other" if way == "another account" else "main", post, None))

    def live(self, database: SimulatedDatabase, clock: Clock) -> None:
        """Our own hook: takes what waits, and keeps it waiting until it is answered."""
        world = self._world
        reports = Reports(database, keys=[KEY], rules=Rules(), clock=clock)
        kind = world.provider.api.kind
        pause = 1.0
        while world.faults.on or world.waiting() or self._waiting:
            if not self._waiting:
                world.scheduler.wait(pause * world.rng.random(), "no report")
                pause = min(3600.0, pause * 2)
                continue
            pause = 1.0
            report = self._waiting[0]
            world.scheduler.point("a report arrives")
            posted = report.send()
            try:
                HOOKS[kind].verify(posted, LOCKS[kind], self._now())
            except Forged:
                self._waiting.popleft()
                continue
            reports.take([Post(report.account, HOOKS[kind].events(posted.body), "", "")])
            self._waiting.popleft()
            state, _ = world.auditor.now.deliveries.get(report.reader or (0, 0), ("", None))
            if state in PROVABLE and not world.restored:
                raise Violation(f"the report on {report.reader} was answered, and nothing follows from it")

    def _now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._world.scheduler.now)

    def _post(
        self, kind: str, reader: Reader, delivery: str, message: str, at: datetime, *, signed: bool = True
    ) -> Posted:
        address = f"reader{reader[1]}@example.org"
        vendor = self._world.provider.api.kind
        if vendor == "postmark":
            about = {"MessageID": message, "Metadata": {"delivery": delivery}}
            body: dict[str, Any] = {"RecordType": "Delivery", "DeliveredAt": at.isoformat(), "Recipient": address}
            if kind == "bounce":
                body = {"RecordType": "Bounce", "Type": "HardBounce", "BouncedAt": at.isoformat(), "Email": address}
            return _basic(body | about, signed)
        if vendor == "mailjet":
            body = {"event": "bounce" if kind == "bounce" else "sent", "time": int(at.timestamp()), "email": address}
            return _basic(body | {"MessageID": message, "CustomID": delivery, "hard_bounce": True}, signed)
        data = {"email_id": message, "to": [address], "tags": {"delivery": delivery}}
        bounced = {"bounce": {"type": "Permanent", "subType": "General"}} if kind == "bounce" else {}
        name = "email.bounced" if kind == "bounce" else "email.delivered"
        return self._svix({"type": name, "created_at": at.isoformat(), "data": data | bounced}, signed)

    def _svix(self, report: dict[str, Any], signed: bool) -> Posted:
        self._sent += 1
        body = json.dumps(report).encode()
        number, seconds = f"msg_{self._sent}", str(int(self._now().timestamp()))
        key = SIGNING if signed else b"somebody else's"
        said = b".".join((number.encode(), seconds.encode(), body))
        signature = base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
        return Posted({"svix-id": number, "svix-timestamp": seconds, "svix-signature": f"v1,{signature}"}, body)


def _basic(report: dict[str, Any], signed: bool) -> Posted:
    user = "hooks:a-long-password" if signed else "hooks:a-guess"
    return Posted({"authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}, json.dumps(report).encode())
