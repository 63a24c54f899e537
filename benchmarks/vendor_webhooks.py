"""Judges what is read from webhooks by bodies of the vendors and another program's reading of them.

    python benchmarks/vendor_webhooks.py [--data DIR]

`DIR` is not part of this repository. It holds a folder for each vendor with bodies, vectors of signatures in files
whose names begin with `SIGNED`, and `EXPECTED_anymail.json`, what that program makes of each body. Kind, time, address
and message have to be equal; `SETTLED` has the differences, with reasons. Every vector has to verify, and with a
flipped byte, another key, an old time or another topic it must not.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from digest.errors import Forged  # noqa: E402
from digest.model import Event  # noqa: E402
from digest.providers.webhooks import HOOKS  # noqa: E402
from digest.providers.webhooks.base import Lock, Posted, instant, message_id  # noqa: E402

VENDORS = {"amazon_ses": "ses"}
"""Folder → kind, where they differ."""
KINDS = {"queued": "accepted", "sent": "accepted", "failed": "rejected", "subscribed": "other", "unknown": "other"}
"""Their words → ours, where they differ."""
SETTLED = {
    ("brevo/complaint.json", "at"): "the body has ts_event, which they do not read",
    ("brevo/error_email.json", "at"): "ts_epoch is in seconds here; they read 1970",
    ("resend/openapi_EmailSuppressedEvent.json", "kind"): "they do not know email.suppressed",
}
"""Differences, and why ours is right."""
BY_OWN_ID = {"sendgrid": "they take smtp-id or an id of their own; we take the id that the request was answered with"}
UNREAD = {
    "amazon_ses/incorrect_received_event.json": ["other"],
    "mailgun/official_accepted.json": ["accepted"],
    "mailgun/official_delivered.json": ["delivered"],
    "mailgun/official_failed_permanent.json": ["bounced"],
    "mailgun/official_list_member_uploaded.json": ["other"],
    "mailgun/official_list_uploaded.json": ["other"],
}
"""What they give up on → the kinds that we find."""


class Vector(NamedTuple):
    """A request that its vendor signed."""

    kind: str
    posted: Posted
    lock: Lock
    at: datetime


def main() -> int:
    """Prints one line for each body and vector; 1 when one of them is read or refused wrongly."""
    parser = argparse.ArgumentParser(description="Judge webhooks by the vendors' bodies and vectors.")
    parser.add_argument("--data", type=Path, default=Path("../shared/webhooks"), help="folder of the bodies")
    options = parser.parse_args()
    expected = options.data / "EXPECTED_anymail.json"
    if not expected.is_file():
        print(f"There are no bodies at {options.data}; no webhook was judged. Pass their folder with --data.")
        return 0
    failed = 0
    for file, theirs in sorted(json.loads(expected.read_text("utf-8"))["expected"].items()):
        body = json.dumps(json.loads((options.data / file).read_text("utf-8"))["body"]).encode()
        problems = list(differences(file, HOOKS[kind_of(file)].events(body), theirs))
        failed += bool(problems)
        print(f"{file:52} {'NOT EQUAL' if problems else 'equal'}")
        for problem in problems:
            print(f"    {problem}")
    for name, vector in vectors(options.data):
        problems = list(believed(vector))
        failed += bool(problems)
        print(f"{name:52} {'WRONG' if problems else 'verified, and five forgeries refused'}")
        for problem in problems:
            print(f"    {problem}")
    return 1 if failed else 0


def kind_of(file: str) -> str:
    folder = file.partition("/")[0]
    return VENDORS.get(folder, folder)


def differences(file: str, ours: list[Event], theirs: list[dict[str, Any]] | dict[str, str]) -> Iterator[str]:
    if isinstance(theirs, dict):
        kinds = [event.kind.value for event in ours]
        if kinds != UNREAD.get(file):
            yield f"{kinds}, and nobody has said that this is right"
        return
    if len(ours) != len(theirs):
        yield f"{len(ours)} events, not {len(theirs)}"
        return
    for mine, other in zip(ours, theirs, strict=True):
        pairs: dict[str, tuple[object, object]] = {
            "kind": (mine.kind.value, KINDS.get(other["event_type"], other["event_type"])),
            "at": (mine.at, instant(other["timestamp"])),
            "address": (mine.address, other["recipient"] or ""),
        }
        if kind_of(file) not in BY_OWN_ID:
            pairs["message"] = (mine.message, message_id(other["message_id"]))
        for name, (own, wanted) in pairs.items():
            if own != wanted and (file, name) not in SETTLED:
                yield f"{name}: {own!s}, not {wanted!s}"


def vectors(data: Path) -> Iterator[tuple[str, Vector]]:
    """The signed requests, each with what opens its hook and the time at which it was signed."""

    def read(file: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads((data / file).read_text("utf-8"))
        return found

    sendgrid = read("sendgrid/SIGNED_fixture.json")
    headers = {name.lower(): value for name, value in sendgrid["headers"].items()}
    signed_at = datetime.fromtimestamp(int(headers["x-twilio-email-event-webhook-timestamp"]), UTC)
    lock = Lock(keys=(sendgrid["public_key_base64_der"],))
    yield "sendgrid", Vector("sendgrid", Posted(headers, sendgrid["raw_body"].encode()), lock, signed_at)

    svix = read("resend/SIGNED_fixture.json")
    signed_at = datetime.fromtimestamp(int(svix["headers"]["svix-timestamp"]), UTC)
    yield (
        "resend",
        Vector("resend", Posted(svix["headers"], svix["raw_body"].encode()), Lock(keys=(svix["secret"],)), signed_at),
    )

    mailgun = read("mailgun/SIGNED_vector_generated.json")
    body = json.dumps({"signature": mailgun["signature"], "event-data": {"event": "opened"}}).encode()
    signed_at = datetime.fromtimestamp(int(mailgun["signature"]["timestamp"]), UTC)
    yield "mailgun", Vector("mailgun", Posted({}, body), Lock(keys=(mailgun["signing_key"],)), signed_at)

    sns = read("amazon_ses/SIGNED_sns_vectors_generated.json")
    for message in sns["messages"]:
        said = instant(message["Timestamp"])
        assert said is not None
        lock = Lock(topics=frozenset({message["TopicArn"]}), certificate=sns["cert_pem"].encode())
        name = f"amazon_ses, SNS version {message['SignatureVersion']}"
        yield name, Vector("ses", Posted({}, json.dumps(message).encode()), lock, said)


def believed(vector: Vector) -> Iterator[str]:
    """What is believed that must not be, and the other way round."""
    posted, lock = vector.posted, vector.lock
    if not accepts(vector):
        yield "the vector itself is refused"
    place = posted.body.index(b'"') + 1
    flipped = posted.body[:place] + bytes([posted.body[place] ^ 1]) + posted.body[place + 1 :]
    if vector.kind == "mailgun":  # which signs no byte of the report, but its own time and token
        flipped = posted.body.replace(b'"token": "', b'"token": "0')
    forgeries = {
        "a flipped byte": vector._replace(posted=posted._replace(body=flipped)),
        "an old time": vector._replace(at=vector.at + timedelta(days=3)),
        "a time to come": vector._replace(at=vector.at - timedelta(hours=1)),
        "another key": vector._replace(lock=Lock(keys=another(lock.keys), topics=lock.topics)),
        "no key and another topic": vector._replace(
            lock=Lock(topics=frozenset({"arn:aws:sns:eu-west-1:1:another"}), certificate=lock.certificate)
        ),
    }
    for name, forged in forgeries.items():
        if accepts(forged):
            yield f"{name} is believed"


def another(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of the same form that signed nothing."""
    return tuple(
        "whsec_" + base64.b64encode(b"another").decode() if key.startswith("whsec_") else key[::-1] for key in keys
    )


def accepts(vector: Vector) -> bool:
    try:
        HOOKS[vector.kind].verify(vector.posted, vector.lock, vector.at)
    except Forged:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
