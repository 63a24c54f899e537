"""Amazon SES, judged by botocore: the service's model, its serializer and its signature."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from letters import CHOSEN, LETTERS, PLAIN, UNICODE, reader

from digest.errors import ConfigError, RenderError
from digest.message import Slotted
from digest.model import OutcomeKind
from digest.providers.base import Adapter, Answer, Call, Letter, Opening
from digest.providers.ses import Ses
from digest.providers.ses_bulk import SesBulk

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
OPENING = Opening("AKIDEXAMPLE:sec:ret", "https://email.eu-west-1.amazonaws.com", "eu-west-1", NOW)
MODEL = ServiceModel(Loader().load_service_model("sesv2", "service-2"), "sesv2")


def made(adapter: Adapter, letter: Letter = PLAIN, numbers: Sequence[int] = (0,), to: str = "") -> Call:
    wire = adapter.wire(letter)
    return adapter.call(
        [wire.message(reader(n) | ({"to": to} if to else {}), letter.plan.choose()) for n in numbers], key="k-1"
    )


def simple(letter: Letter = PLAIN, to: str = "") -> dict[str, Any]:
    read: dict[str, Any] = json.loads(made(Ses(), letter, to=to).body)
    return read


def judged(operation: OperationModel, call: Call) -> None:
    """Raises for what the model has against the request; its patterns botocore itself leaves unread."""
    params = json.loads(call.body)
    problems = ParamValidator().validate(params, operation.input_shape)
    assert not problems.has_errors(), problems.generate_report()
    serialized = create_serializer("rest-json").serialize_to_request(params, operation)
    assert (serialized["method"], serialized["url_path"]) == (call.method, call.path)
    assert json.loads(serialized["body"]) == params
    assert ("Content-Type", serialized["headers"]["Content-Type"]) in call.headers
    for header in fields_in(params):
        assert re.fullmatch(r"[!-9;-@A-~]{1,126}", header["Name"])
        assert re.fullmatch(r"[ -~]{1,995}", header["Value"])
        assert len(header["Name"]) + len(header["Value"]) <= 996


def fields_in(value: Any) -> list[dict[str, str]]:
    """Every header field of a request, wherever it stands."""
    if isinstance(value, dict):
        own = [*value.get("Headers", ()), *value.get("ReplacementHeaders", ())]
        return own + [field for member in value.values() for field in fields_in(member)]
    return [field for member in value for field in fields_in(member)] if isinstance(value, list) else []


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("letter", LETTERS)
def test_the_service_model_takes_every_message(letter: str, number: int) -> None:
    """No member is unknown, none is missing, and botocore serializes the same parameters to the same request."""
    judged(MODEL.operation_model("SendEmail"), made(Ses(), LETTERS[letter], (number,)))


@pytest.mark.parametrize("numbers", [(0,), (0, 1), tuple(range(50))], ids=["1", "2", "50"])
@pytest.mark.parametrize("letter", ["plain", "unicode", "long"])
def test_the_service_model_takes_every_template(letter: str, numbers: tuple[int, ...]) -> None:
    """The same of one body for up to 50 readers, and each entry's data is a JSON object of strings in its bounds."""
    call = made(SesBulk(), LETTERS[letter], numbers)
    judged(MODEL.operation_model("SendBulkEmail"), call)
    entries = json.loads(call.body)["BulkEmailEntries"]
    assert len(entries) == len(numbers)
    for entry in entries:
        data = entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
        assert len(data) <= 262_144
        assert all(isinstance(value, str) for value in json.loads(data).values())


def test_a_misspelt_member_is_found() -> None:
    """The judge would notice."""
    call = made(Ses())
    wrong = call._replace(parts=(call.body.replace(b'"EmailTags"', b'"EmailTag"'),))
    with pytest.raises(AssertionError, match="EmailTag"):
        judged(MODEL.operation_model("SendEmail"), wrong)


@pytest.mark.parametrize("session", ["", "IQoJb3JpZ2lu/+=="], ids=["key", "temporary key"])
@pytest.mark.parametrize("adapter", [Ses(), SesBulk()], ids=["SendEmail", "SendBulkEmail"])
def test_the_signature_is_botocores_byte_for_byte(adapter: Ses | SesBulk, session: str) -> None:
    """What its signer adds to the same request at the same time, in the same spelling."""
    call = made(adapter, UNICODE)
    opening = OPENING._replace(secret="AKIDEXAMPLE:secret" + (f":{session}" if session else ""))
    request = AWSRequest(call.method, opening.address + call.path, dict(call.headers), call.body)
    with time_machine.travel(NOW, tick=False):
        SigV4Auth(Credentials("AKIDEXAMPLE", "secret", session or None), "ses", "eu-west-1").add_auth(request)
    theirs = {name: value for name, value in request.headers.items() if name not in dict(call.headers)}
    assert dict(adapter.sign(call, opening)) == theirs


def test_a_signature_is_of_its_time_and_of_each_byte() -> None:
    """The same request at the same time has the same; another second, byte, region or host has another."""
    call = made(Ses())
    same = dict(Ses().sign(call, OPENING))["Authorization"]
    assert dict(Ses().sign(call, OPENING))["Authorization"] == same
    others = [
        (call, OPENING._replace(at=NOW.replace(second=1))),
        (call, OPENING._replace(region="eu-west-2")),
        (call, OPENING._replace(address="https://127.0.0.1:4579")),
        (call._replace(parts=(*call.parts, b" ")), OPENING),
    ]
    assert len({same, *(dict(Ses().sign(*other))["Authorization"] for other in others)}) == 5


@pytest.mark.parametrize("secret", ["", "AKID", "AKID:", ":secret"])
def test_half_a_key_is_said_so(secret: str) -> None:
    """Before any delivery depends on it, and without repeating it."""
    with pytest.raises(ConfigError, match="KEY_ID:SECRET"):
        Ses().sign(made(Ses()), OPENING._replace(secret=secret))


def test_a_message_is_simple_content() -> None:
    """One reader, names in ASCII, the delivery id as a tag, and both fields of RFC 8058 in their order."""
    read = simple(UNICODE, to='"Zoë, \\"Z\\"" <zoe@example.org>')
    assert read["Destination"] == {"ToAddresses": ["=?utf-8?b?Wm/DqywgIloi?= <zoe@example.org>"]}
    assert read["FromEmailAddress"].isascii()
    assert read["ReplyToAddresses"] == ["redaktion@news.example.org"]
    assert read["EmailTags"] == [{"Name": "delivery", "Value": "7-0-0f"}]
    assert read["ConfigurationSetName"] == "broadcast"
    assert [field["Name"] for field in fields_in(read)] == [
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
        "Auto-Submitted",
        "X-Series",
    ]
    assert "ConfigurationSetName" not in simple(replace(PLAIN, stream=""))


def test_each_reader_has_the_stories_that_were_chosen() -> None:
    """The message is the reader's own, since it passes no template."""
    wire = Ses().wire(CHOSEN)
    made = json.loads(b"".join(wire.message(reader(0), CHOSEN.plan.choose([2]))))["Content"]["Simple"]
    assert made["Subject"]["Data"] == "Headline 2"
    assert made["Body"]["Html"]["Data"].startswith("<main><p>Story 2 at 5%</p></main>")


@pytest.mark.parametrize("adapter", [Ses(), SesBulk()], ids=["SendEmail", "SendBulkEmail"])
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (tuple((f"X-Field-{number}", Slotted(("x",))) for number in range(16)), "15 header fields; this letter has 16"),
        ((("X-Long", Slotted(("x" * 991,))),), "X-Long may have more"),
    ],
    ids=["16 fields", "a long one"],
)
def test_a_letter_beyond_the_limits_of_fields_is_refused(adapter: Adapter, headers: Any, expected: str) -> None:
    """Before any request: the vendor would refuse every one of them."""
    with pytest.raises(RenderError, match=expected):
        adapter.wire(replace(PLAIN, headers=headers))


@pytest.mark.parametrize("adapter", [Ses(), SesBulk()], ids=["SendEmail", "SendBulkEmail"])
def test_an_address_beyond_ascii_is_nobodys(adapter: Adapter) -> None:
    """The vendor has no SMTPUTF8."""
    with pytest.raises(RenderError, match="beyond ASCII"):
        made(adapter, to="zoë@example.org")


def outcomes(answer: Answer, count: int = 1, adapter: Adapter | None = None) -> list[tuple[OutcomeKind, str | None]]:
    found = (adapter or Ses()).outcomes([f"7-{number}-0f" for number in range(count)], answer)
    return [(each.kind, each.provider_id or each.reason) for each in found]


def error(name: str, message: str = "", status: int = 400) -> Answer:
    return Answer(
        status, {"x-amzn-errortype": f"{name}:http://internal.amazon.com/"}, json.dumps({"message": message}).encode()
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, {}, b'{"MessageId":"0102018f-a"}'), (OutcomeKind.ACCEPTED, "0102018f-a")),
        (Answer(200, {}, b""), (OutcomeKind.UNKNOWN, "answer")),
        (Answer(200, {}, b"<html>"), (OutcomeKind.UNKNOWN, "answer")),
        (Answer(302, {"location": "/"}, b""), (OutcomeKind.UNKNOWN, "answer")),
        (Answer(503, {}, b""), (OutcomeKind.UNKNOWN, "answer")),
        (error("TooManyRequestsException", "Too many requests", 429), (OutcomeKind.RETRY, "rate")),
        (error("ThrottlingException", "Maximum sending rate exceeded."), (OutcomeKind.RETRY, "rate")),
        (error("ThrottlingException", "Daily message quota exceeded."), (OutcomeKind.PAUSE, "quota")),
        (error("LimitExceededException"), (OutcomeKind.PAUSE, "quota")),
        (error("AccountSuspendedException"), (OutcomeKind.PAUSE, "auth")),
        (error("SendingPausedException"), (OutcomeKind.PAUSE, "auth")),
        (error("MailFromDomainNotVerifiedException"), (OutcomeKind.PAUSE, "sender")),
        (error("NotFoundException", "Configuration set <x> does not exist", 404), (OutcomeKind.PAUSE, "sender")),
        (error("InvalidSignatureException", status=403), (OutcomeKind.PAUSE, "auth")),
        (error("MessageRejected", "Email address is not verified. a@b"), (OutcomeKind.PAUSE, "sender")),
        (error("MessageRejected", "Message contained a virus"), (OutcomeKind.PAUSE, "content")),
        (error("BadRequestException", "Missing final '@domain'"), (OutcomeKind.REJECTED, "invalid")),
        (error("BadRequestException", "Domain contains illegal character"), (OutcomeKind.REJECTED, "invalid")),
        (error("BadRequestException", "1 validation error detected"), (OutcomeKind.PAUSE, "other")),
        (Answer(403, {}, b"<html>Forbidden"), (OutcomeKind.PAUSE, "auth")),
        (Answer(400, {}, b'{"__type":"com.amazon#SendingPausedException"}'), (OutcomeKind.PAUSE, "auth")),
        (Answer(413, {}, b""), (OutcomeKind.SPLIT, "too-large")),
    ],
)
def test_what_each_answer_proves(answer: Answer, expected: tuple[OutcomeKind, str]) -> None:
    """By the error's name, wherever it stands; what has none that we know fails no reader."""
    assert outcomes(answer) == [expected]


def results(*statuses: str) -> Answer:
    made = [
        {"Status": status, "MessageId": f"id-{place}"} if status == "SUCCESS" else {"Status": status, "Error": "a@b"}
        for place, status in enumerate(statuses)
    ]
    return Answer(200, {}, json.dumps({"BulkEmailEntryResults": made}).encode())


def test_each_entry_has_its_own_result() -> None:
    """In the order of the entries; an answer with more or fewer proves nothing of any, nor does an entry without id."""
    bulk = SesBulk()
    statuses = (
        "SUCCESS",
        "INVALID_PARAMETER",
        "ACCOUNT_THROTTLED",
        "ACCOUNT_SENDING_PAUSED",
        "MESSAGE_REJECTED",
        "NEW",
    )
    assert outcomes(results(*statuses), 6, bulk) == [
        (OutcomeKind.ACCEPTED, "id-0"),
        (OutcomeKind.REJECTED, "invalid"),
        (OutcomeKind.RETRY, "rate"),
        (OutcomeKind.PAUSE, "auth"),
        (OutcomeKind.REJECTED, "content"),
        (OutcomeKind.UNKNOWN, "answer"),
    ]
    for count in (5, 7):
        assert outcomes(results(*statuses), count, bulk) == [(OutcomeKind.UNKNOWN, "answer")] * count
    without = Answer(200, {}, b'{"BulkEmailEntryResults":[{"Status":"SUCCESS"}]}')
    assert outcomes(without, 1, bulk) == [(OutcomeKind.UNKNOWN, "answer")]


def test_an_id_that_stands_there_twice_proves_nothing() -> None:
    """Each message has one of its own; which of the two was taken nobody knows, and the third is proved."""
    results = [{"Status": "SUCCESS", "MessageId": each} for each in ("m-1", "m-2", "m-1")]
    answer = Answer(200, {}, json.dumps({"BulkEmailEntryResults": results}).encode())
    assert [outcome.kind for outcome in SesBulk().outcomes(["a", "b", "c"], answer)] == [
        OutcomeKind.UNKNOWN,
        OutcomeKind.ACCEPTED,
        OutcomeKind.UNKNOWN,
    ]


def test_what_every_entry_is_refused_for_is_nobodys_fault() -> None:
    """Of one reader it is; of all of several it is the template's, and the edition waits for a person."""
    assert outcomes(results("MESSAGE_REJECTED"), 1, SesBulk()) == [(OutcomeKind.REJECTED, "content")]
    assert outcomes(results("MESSAGE_REJECTED", "FAILED"), 2, SesBulk()) == [
        (OutcomeKind.PAUSE, "content"),
        (OutcomeKind.PAUSE, "other"),
    ]


def test_every_status_of_the_model_is_known() -> None:
    """A new one would be unknown; a test that runs with a newer botocore says that there is one."""
    shape = MODEL.shape_for("BulkEmailStatus")
    kinds = {status: outcomes(results("SUCCESS", status), 2, SesBulk())[1][0] for status in shape.enum}
    assert OutcomeKind.UNKNOWN not in kinds.values()
