"""Amazon SES: `POST /v2/email/outbound-emails`, one message in each request.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html and the vendor's service model
(`sesv2` of botocore). A message of its own passes no template engine there and has an answer of its own; 50 readers in
one request need a template, which is `digest.providers.ses_bulk`. The vendor's rate is counted in readers either way.

Requests are signed with Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html) by
botocore, which is the extra `digest[ses]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from digest.errors import ConfigError, RenderError
from digest.message import Slot, Slotted
from digest.model import Outcome, OutcomeKind
from digest.providers.addressed import MAILBOX, AddressedWire
from digest.providers.base import UNREADABLE, Answer, Call, Capabilities, Filled, Letter, Opening, Wire, every
from digest.providers.headers import ascii_mailbox, ascii_slotted, parted
from digest.providers.json_wire import JsonWire
from digest.providers.retry_after import retry_after

MAX_HEADERS = 15
MAX_HEADER = 996
"""Characters of a field's name and value together."""

RATE_LIMITED = 429
TOO_LARGE = 413
REFUSED = frozenset({400, 401, 403, 404, 405, 413, 415, 429})
"""Every error of the operations' model, and what stands in front of them all: the signature, the path, the size."""

REFUSED_ACCOUNT = {
    "AccountSuspendedException": "auth",
    "SendingPausedException": "auth",
    "MailFromDomainNotVerifiedException": "sender",
    "NotFoundException": "sender",  # the configuration set
    "LimitExceededException": "quota",
    "UnrecognizedClientException": "auth",
    "InvalidClientTokenId": "auth",
    "InvalidSignatureException": "auth",
    "SignatureDoesNotMatch": "auth",
    "IncompleteSignatureException": "auth",
    "MissingAuthenticationTokenException": "auth",
    "AccessDeniedException": "auth",
    "ExpiredTokenException": "auth",
}
"""Names of errors by which nothing was taken because of the account; the last seven are common to the vendor's APIs."""
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})

_DAILY = re.compile(r"\bdaily\b", re.IGNORECASE)
_ABOUT_READER = re.compile(
    r"\A(?:Illegal address|Local address|Missing (?:final|domain|start|end)|User name is missing|"
    r"Domain (?:starts|ends|contains)|Invalid domain name)",
    re.IGNORECASE,
)
"""The words in which the vendor finds no address. The sender's was checked when it was configured and verified."""
_ABOUT_SENDER = re.compile(r"\bnot verified\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z]{1,60}")


class _Taken(msgspec.Struct):
    message_id: str = msgspec.field(default="", name="MessageId")


class Error(msgspec.Struct):
    """What an operation says of itself when it was refused."""

    type: str = msgspec.field(default="", name="__type")
    message: str = ""


class Ses:
    """The Amazon SES v2 API."""

    name: ClassVar[str] = "ses"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_readers=1,
        max_bytes=40_000_000,  # https://docs.aws.amazon.com/ses/latest/dg/quotas.html
        refused=REFUSED,
        partial=False,
        merge=True,
    )

    def wire(self, letter: Letter) -> Wire:
        """The letter as one message; our delivery id travels as a tag. `letter.stream` is the configuration set.

        Message-ID is left out: the vendor writes its own. Raises RenderError for header fields that it does not take.
        """
        return AddressedWire(
            JsonWire(
                {
                    **sender(letter),
                    "Destination": {"ToAddresses": [Slotted((MAILBOX,))]},
                    "Content": {
                        "Simple": {
                            "Subject": _text(letter.subject),
                            "Body": {"Text": _text(letter.text), "Html": _text(letter.html)},
                            "Headers": [{"Name": name, "Value": value} for name, value in fields(letter)],
                        }
                    },
                    "EmailTags": TAGS,
                },
                letter.plan,
            ),
            ascii_only=True,
        )

    def call(self, messages: Sequence[Filled], *, key: str) -> Call:
        """One `POST /v2/email/outbound-emails`, for one reader."""
        (message,) = messages
        return Call("POST", "/v2/email/outbound-emails", (("Content-Type", "application/json"),), message)

    def credentials(self, token: str) -> tuple[tuple[str, str], ...]:
        """None that would do for every request; see `sign`."""
        return ()

    def sign(self, call: Call, opening: Opening) -> tuple[tuple[str, str], ...]:
        """The signature; see `signature`."""
        return signature(call, opening)

    def outcomes(self, deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
        """What the answer proves about each delivery."""
        if answer.status != 200:
            return refusal(deliveries, answer)
        try:
            taken = msgspec.json.decode(answer.body, type=_Taken).message_id.strip()
        except UNREADABLE:
            taken = ""
        if not taken or len(deliveries) != 1:
            return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail="HTTP 200, no id for us")
        return [Outcome(delivery=deliveries[0], kind=OutcomeKind.ACCEPTED, provider_id=taken)]


TAGS = [{"Name": "delivery", "Value": Slotted((Slot("delivery", "header"),))}]
"""A tag may have letters, digits, `_` and `-`, which our ids have."""


def _text(data: object) -> Mapping[str, object]:
    return {"Data": data, "Charset": "UTF-8"}


def sender(letter: Letter) -> dict[str, object]:
    """From whom, and through which configuration set; names are encoded words, as the model asks."""
    return {
        "FromEmailAddress": ascii_mailbox(parted(letter.sender)),
        **({"ReplyToAddresses": [ascii_mailbox(parted(letter.reply_to))]} if letter.reply_to else {}),
        **({"ConfigurationSetName": letter.stream} if letter.stream else {}),
    }


def fields(letter: Letter) -> list[tuple[str, Slotted]]:
    """The letter's own header fields in their order, in ASCII. Raises RenderError beyond the vendor's limits."""
    found = [(name, ascii_slotted(value)) for name, value in letter.headers if name.lower() != "message-id"]
    if len(found) > MAX_HEADERS:
        raise RenderError(f"Amazon SES takes {MAX_HEADERS} header fields; this letter has {len(found)}")
    for name, value in found:
        if len(name) + value.longest > MAX_HEADER:
            raise RenderError(f"Amazon SES takes header fields of {MAX_HEADER} characters; {name} may have more")
    return found


def refusal(deliveries: Sequence[str], answer: Answer) -> list[Outcome]:
    """What an answer other than 200 proves. The rate limits of this vendor name no time to wait."""
    error = _error(answer)
    detail = f"HTTP {answer.status}" + (f", SES {error.type}" if error.type else "")
    if answer.status not in REFUSED:
        return every(deliveries, OutcomeKind.UNKNOWN, reason="answer", detail=detail)
    if error.type in THROTTLED or answer.status == RATE_LIMITED:
        if _DAILY.search(error.message):
            return every(deliveries, OutcomeKind.PAUSE, reason="quota", detail=detail)
        wait = retry_after(answer.headers)
        return every(deliveries, OutcomeKind.RETRY, reason="rate", detail=detail, retry_after=wait)
    if answer.status == TOO_LARGE:
        return every(deliveries, OutcomeKind.SPLIT, reason="too-large", detail=detail)
    if error.type in REFUSED_ACCOUNT:
        return every(deliveries, OutcomeKind.PAUSE, reason=REFUSED_ACCOUNT[error.type], detail=detail)
    if error.type == "BadRequestException" and _ABOUT_READER.match(error.message):
        kind = OutcomeKind.REJECTED if len(deliveries) == 1 else OutcomeKind.SPLIT
        return every(deliveries, kind, reason="invalid", detail=f"{detail}, the address")
    # Refused for the account, or for a reason that we do not know: no reader is failed for it.
    reason = "content" if error.type == "MessageRejected" else "auth" if answer.status in (401, 403) else "other"
    if _ABOUT_SENDER.search(error.message):
        reason = "sender"
    return every(deliveries, OutcomeKind.PAUSE, reason=reason, detail=detail)


def _error(answer: Answer) -> Error:
    """The name stands in a header field or in the body, with a name space before it or an address behind it."""
    try:
        error = msgspec.json.decode(answer.body, type=Error)
    except UNREADABLE:
        error = Error()
    named = answer.headers.get("x-amzn-errortype") or error.type
    found = _NAME.fullmatch(named.partition(":")[0].rpartition("#")[2])
    return Error(found[0] if found else "", error.message)


def signature(call: Call, opening: Opening) -> tuple[tuple[str, str], ...]:
    """The header fields that sign a request: its time, the session's token if there is one, and who signs what.

    The secret is `KEY_ID:SECRET`, or `KEY_ID:SECRET:SESSION_TOKEN`. Raises ConfigError for another one, and where
    botocore is not installed.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise ConfigError(
            'an account of kind = "ses" needs botocore to sign its requests; `pip install quicktakes[ses]`'
        ) from None
    key_id, _, rest = opening.secret.partition(":")
    secret, _, session = rest.partition(":")
    if not key_id or not secret:
        raise ConfigError(
            'the token of an account of kind = "ses" is KEY_ID:SECRET, the two halves of an access key; '
            "write both into its file, with a colon between them"
        )
    moment = opening.at.strftime("%Y%m%dT%H%M%SZ")
    added = {"X-Amz-Date": moment} | ({"X-Amz-Security-Token": session} if session else {})
    request = AWSRequest(call.method, opening.address + call.path, {**dict(call.headers), **added}, call.body)
    request.context["timestamp"] = moment
    signer = SigV4Auth(Credentials(key_id, secret), "ses", opening.region)
    named = signer.signed_headers(signer.headers_to_sign(request))
    proof = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    authorization = f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={named}, Signature={proof}"
    return (*added.items(), ("Authorization", authorization))
