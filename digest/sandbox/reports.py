"""What later becomes of the sandbox's messages, told to the account's webhook as Postmark tells it.

Only of readers with an address that asks for it, so that what follows can be seen without a vendor:
`deliver+anything@anywhere`, `bounce+…` and `complain+…`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from queue import SimpleQueue
from typing import Any, Self
from uuid import UUID

import httpx
import msgspec

from digest.http import provider_client

SECONDS = 5.0
"""For one report, and for all that are left when the sandbox ends."""

_ASKING = re.compile(r"(deliver|bounce|complain)\+[^@]*@", re.IGNORECASE)


class Reports:
    """Reports to the webhook at `url`, one in each request, in their order; one that nobody takes is dropped.

    Use it as a context; what is left when it ends is still posted.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._left: SimpleQueue[list[Mapping[str, Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._post, name="sandbox reports", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.put(None)
        self._thread.join(SECONDS)

    def about(self, address: str, number: UUID, metadata: Mapping[str, str], at: datetime) -> None:
        """Report on a message that was kept, if its reader's address asks for it."""
        asked = _ASKING.match(address)
        if asked:
            self._left.put(_reports(asked[1].lower(), address, number, metadata, at))

    def _post(self) -> None:
        with provider_client("", timeout=SECONDS) as client:
            while (reports := self._left.get()) is not None:
                for report in reports:
                    with suppress(httpx.HTTPError):
                        headers = {"Content-Type": "application/json"}
                        client.post(self._url, content=msgspec.json.encode(report), headers=headers)


def _reports(
    asked: str, address: str, number: UUID, metadata: Mapping[str, str], at: datetime
) -> list[Mapping[str, Any]]:
    """The vendor's objects (developer documentation: Delivery, Bounce and Spam complaint webhook)."""
    about = {"MessageID": str(number), "Metadata": metadata, "MessageStream": "broadcast", "ServerID": 0, "Tag": ""}
    delivered = {"RecordType": "Delivery", "Recipient": address, "DeliveredAt": at, "Details": "250 OK", **about}
    later = {"ID": number.int % 10**9, "Email": address, "BouncedAt": at, "Inactive": True, **about}
    match asked:
        case "bounce":
            details = "550 5.1.1 no such mailbox here"
            return [{"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Details": details, **later}]
        case "complain":
            complaint = {
                "RecordType": "SpamComplaint",
                "Type": "SpamComplaint",
                "TypeCode": 512,
                "Details": "",
                **later,
            }
            return [delivered, complaint]
        case _:
            return [delivered]
