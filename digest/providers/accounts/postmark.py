"""Postmark: `GET /server` and the message stream.

Source: https://postmarkapp.com/developer/api/server-api and https://postmarkapp.com/developer/api/message-streams-api
(read 2026-11). Senders are listed to account tokens only, which this program has no other use for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import quote

import msgspec

from digest.model import Finding
from digest.providers.accounts.base import Records, Use, error, get, read, refused, warning
from digest.providers.base import Answer, Call


class _Server(msgspec.Struct, rename="pascal"):
    id: int = msgspec.field(name="ID")
    delivery_type: str = "Live"


class _Stream(msgspec.Struct, rename="pascal"):
    message_stream_type: str
    archived_at: str | None = None


class _Error(msgspec.Struct, rename="pascal"):
    error_code: int


class Postmark:
    """The server that the token opens, and the stream that messages go out of."""

    title: ClassVar[str] = "Postmark"
    records: ClassVar[Records] = Records()

    def check(self, use: Use) -> tuple[Call, ...]:
        """The server, then the stream."""
        return get("/server"), get(f"/message-streams/{quote(use.stream, safe='')}")

    def checked(self, use: Use, answers: Sequence[Answer]) -> list[Finding]:
        """A server that delivers, a stream that is there and meant for newsletters."""
        server, stream = answers
        if wrong := refused(self.title, server, _Server, key="the Server API token", where="base_url"):
            return [wrong]
        found = []
        if (known := read(server, _Server)) and known.delivery_type == "Sandbox":
            message = "The token is that of a sandbox server of Postmark's: messages are taken and never delivered."
            found.append(warning("account-sandbox", message, "Use the token of a live server for real readers."))
        kind = read(stream, _Stream) if stream.status == 200 else None
        missing = stream.status in (404, 422) and read(stream, _Error) is not None
        if missing or (kind and kind.archived_at):
            message = f"The server has no message stream {use.stream}{' any more' if kind else ''}."
            found.append(error("account-stream", message, "Create a broadcast stream, and write its id to stream."))
        elif kind and kind.message_stream_type != "Broadcasts":
            message = f"The stream {use.stream} is no broadcast stream, as newsletters need."
            found.append(warning("account-stream", message, "Create a broadcast stream, and write its id to stream."))
        return found
