"""Three mail APIs as their vendors speak: how a request is read, and what answers to it look like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from digest.providers.base import Adapter
from digest.providers.mailjet import Mailjet
from digest.providers.postmark import Postmark
from digest.providers.resend import Resend


class Verdict(NamedTuple):
    """What the provider makes of one message."""

    delivery: str
    taken: str
    """Its id there; empty when it is refused."""
    fault: str = ""
    """`invalid`, `inactive` or `put off`."""


class Api(Protocol):
    """One vendor's format."""

    kind: str
    adapter: Adapter
    in_order: bool
    """Whether answers tell by their order alone what they are about."""
    puts_off: bool
    """Whether an answer can say "later" of one reader alone."""

    def deliveries(self, body: bytes) -> list[str]:
        """Our ids of the messages in a request."""

    def results(self, verdicts: Sequence[Verdict]) -> Any:
        """The answer to a request that was worked through, with one list of results in it."""

    def list_of(self, results: Any) -> list[Any]:
        """That list."""

    def spoiled(self) -> tuple[int, Any]:
        """The answer to a request of which one message spoils all."""

    def account(self) -> tuple[int, Any]:
        """The answer that refuses the account."""


class PostmarkApi:
    """Results by order."""

    kind = "postmark"
    adapter: Adapter = Postmark()
    in_order = True
    puts_off = True

    def deliveries(self, body: bytes) -> list[str]:
        return [message["Metadata"]["delivery"] for message in json.loads(body)]

    def results(self, verdicts: Sequence[Verdict]) -> Any:
        codes = {"": 0, "invalid": 300, "inactive": 406, "put off": 100}
        return [{"ErrorCode": codes[v.fault], "Message": "", "MessageID": v.taken or None} for v in verdicts]

    def list_of(self, results: Any) -> list[Any]:
        return list(results)

    def spoiled(self) -> tuple[int, Any]:
        return 422, {"ErrorCode": 300, "Message": ""}

    def account(self) -> tuple[int, Any]:
        return 401, {"ErrorCode": 10, "Message": ""}


class MailjetApi:
    """Results by our own ids."""

    kind = "mailjet"
    adapter: Adapter = Mailjet()
    in_order = False
    puts_off = True

    def deliveries(self, body: bytes) -> list[str]:
        return [message["CustomID"] for message in json.loads(body)["Messages"]]

    def results(self, verdicts: Sequence[Verdict]) -> Any:
        refused = {"ErrorCode": "mj-0013", "StatusCode": 400, "ErrorRelatedTo": ["To[0].Email"]}
        put_off = {"ErrorCode": "mj-0029", "StatusCode": 429}
        return {
            "Messages": [
                {"Status": "error", "CustomID": v.delivery, "Errors": [put_off if v.fault == "put off" else refused]}
                if v.fault
                else {"Status": "success", "CustomID": v.delivery, "To": [{"MessageID": v.taken}]}
                for v in verdicts
            ]
        }

    def list_of(self, results: Any) -> list[Any]:
        return list(results["Messages"])

    def spoiled(self) -> tuple[int, Any]:
        return 413, {}

    def account(self) -> tuple[int, Any]:
        return 401, {"ErrorCode": "mj-0001", "StatusCode": 401}


class ResendApi:
    """Results by order, errors by place, and a first answer that is kept for its idempotency key."""

    kind = "resend"
    adapter: Adapter = Resend()
    in_order = True
    puts_off = False

    def deliveries(self, body: bytes) -> list[str]:
        return [message["tags"][0]["value"] for message in json.loads(body)]

    def results(self, verdicts: Sequence[Verdict]) -> Any:
        return {
            "data": [{"id": v.taken} for v in verdicts if not v.fault],
            "errors": [
                {"index": place, "message": "Invalid `to` field"} for place, v in enumerate(verdicts) if v.fault
            ],
        }

    def list_of(self, results: Any) -> list[Any]:
        return list(results["data"])

    def spoiled(self) -> tuple[int, Any]:
        return 422, {"name": "validation_error", "message": "Invalid `to` field"}

    def account(self) -> tuple[int, Any]:
        return 401, {"name": "invalid_api_key", "message": ""}
