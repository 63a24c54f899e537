"""Judges every request that the adapters make by the vendors' specifications, which are not part of this repository.

    python benchmarks/vendor_specs.py [--data DIR] [--golden DIR]

`DIR` holds a folder for each vendor with its OpenAPI document, as `SPECIFICATIONS` names them, and the requests of
another program for the same message. Members that a document does not know are refused, although it would
allow them: a misspelt one would pass. `--golden` writes the requests that the tests compare with, when all are valid.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import time_machine
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from jsonschema import Draft202012Validator
from python_multipart import parse_form
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from letters import LETTERS, PLAIN, reader  # noqa: E402

from digest.delivery.letters import mailbox  # noqa: E402
from digest.delivery.plan import readers_per_batch  # noqa: E402
from digest.message import Form  # noqa: E402
from digest.providers import ADAPTERS, MERGING  # noqa: E402
from digest.providers.base import Adapter, Call, Letter, Merging, Opening, Signing  # noqa: E402
from digest.settings import KEYS_OF_PROVIDERS, Delivery, Provider  # noqa: E402

GOLDEN = ("plain", "unicode", "chosen")
WAYS: dict[str, Adapter] = {
    **{adapter.name: adapter() for kind, adapter in ADAPTERS.items() if kind not in ("sandbox", "smtp")},
    **{f"{kind}, merged": adapter() for kind, adapter in MERGING.items()},
}
"""Every adapter whose requests are HTTP, and those with one body for many readers."""


SESV2 = ServiceModel(Loader().load_service_model("sesv2", "service-2"), "sesv2")


class Specification(NamedTuple):
    """Where a vendor's document is, and what it does not say of itself."""

    file: str
    path: str
    """Of the operation, as the document spells it."""
    added: Mapping[str, tuple[str, ...]] = {}
    """Schema → members that the vendor added after this document was written."""
    patterns: tuple[str, ...] = ()
    """Members of a form by their prefix."""


SPECIFICATIONS = {
    "postmark": Specification(
        "postmark/postmark-server-apisguru-1.0.0.json",
        "/email/batch",
        added={"SendEmailRequest": ("MessageStream", "Metadata")},
    ),
    "resend": Specification("resend/resend.json", "/emails/batch"),
    "sendgrid": Specification("sendgrid/tsg_mail_v3.json", "/v3/mail/send"),
    "mailgun": Specification(
        "mailgun/openapi.prism-messages.yaml",
        "/v3/{domain_name}/messages",
        patterns=("^h:[A-Z][A-Za-z-]*$", "^v:[a-z]+$"),
    ),
}

SETTLED = {
    "postmark": {
        "MessageStream": "newsletters go out in a broadcast stream",
        "TrackOpens": "off for every message, whatever the server's setting",
        "TrackLinks": "off for every message, whatever the server's setting",
        "Metadata": "our delivery id",
        "Headers": "in the order that RFC 8058 shows, and X-PM-KeepID",
    },
    "resend": {
        "headers": "in the order that RFC 8058 shows; the delivery id is a tag, which webhooks repeat",
        "tags": "our delivery id",
    },
    "sendgrid": {
        "personalizations": "both fields of RFC 8058 in each reader's own object, and our delivery id",
        "headers": "both fields of RFC 8058 in each reader's own object",
        "custom_args": "in each reader's own object; at the top the document says that it is a string",
        "reply_to": "one address, for which there is a member of its own",
        "reply_to_list": "one address, for which there is a member of its own",
        "tracking_settings": "off for every message, whatever the account's setting",
        "mail_settings": "nothing is added to what was approved",
    },
    "mailgun": {
        "v:delivery": "our delivery id",
        "v:send_id": "our delivery id",
        "recipient-variables": "by names of ours; each value stands once, for every place that it is put into",
        "h:List-Unsubscribe": "the angle brackets are constant, the link is the reader's variable",
        "o:tracking": "off for every message, whatever the domain's setting",
        "o:tracking-clicks": "off for every message, whatever the domain's setting",
        "o:tracking-opens": "off for every message, whatever the domain's setting",
    },
}
"""Members in which another program's request for the same message differs, and why ours does."""


def main() -> int:
    """Prints one line for each letter and number of readers; 1 when a request is not valid."""
    parser = argparse.ArgumentParser(description="Judge the adapters' requests by the vendors' specifications.")
    parser.add_argument("--data", type=Path, default=Path("../shared/specs"), help="folder of the specifications")
    parser.add_argument("--golden", type=Path, help="write the requests that the tests compare with to this folder")
    options = parser.parse_args()
    if not (options.data / SPECIFICATIONS["resend"].file).is_file():
        print(f"There are no specifications at {options.data}; no request was judged. Pass their folder with --data.")
        return 0
    failed = 0
    for name, adapter in WAYS.items():
        judge: Judge | Model
        if adapter.name == "ses":
            judge = Model(adapter)
        elif adapter.name in SPECIFICATIONS:
            judge = Judge(options.data, SPECIFICATIONS[adapter.name])
        else:
            continue
        for case, call in calls(adapter):
            problems = list(judge.problems(adapter.name, call))
            failed += bool(problems)
            print(f"{name:16} {case:22} {len(call.body):>10,} bytes  {'valid' if not problems else 'NOT VALID'}")
            for problem in problems[:5]:
                print(f"    {problem}")
        if not list(judge.problems(adapter.name, call._replace(parts=(call.body.replace(b"ubject", b"ubjekt", 1),)))):
            failed += 1
            print(f"{name:16} NOT JUDGED: a misspelt member is not found")
        failed += compared(name, adapter, options.data / "anymail_reference_requests.json")
    if options.golden and not failed:
        for name, adapter in WAYS.items():
            text = json.dumps(golden(adapter), ensure_ascii=False, indent=1)
            (options.golden / f"{name.replace(', ', '-')}.json").write_text(text + "\n", "utf-8")
    return 1 if failed else 0


def calls(adapter: Adapter) -> Iterator[tuple[str, Call]]:
    """Each letter for one reader, for two, and for as many as a call can hold."""
    for name, letter in letters(adapter).items():
        wire = adapter.wire(letter)
        settings = Delivery(batch_readers=1000, batch_bytes=100_000_000)
        most = readers_per_batch(adapter, wire.size, settings, shared=getattr(wire, "shared", 0))
        for count in sorted({1, min(2, most), most}):
            yield f"{name}, {count} reader{'s' if count > 1 else ''}", made(adapter, letter, count)


def letters(adapter: Adapter) -> dict[str, Letter]:
    """One body for many has one selection, so no letter with sections is made so."""
    return {
        name: letter for name, letter in LETTERS.items() if not (isinstance(adapter, Merging) and letter.plan.stories)
    }


def made(adapter: Adapter, letter: Letter, count: int) -> Call:
    wire = adapter.wire(letter)
    chosen = [letter.plan.choose(), letter.plan.choose([1] if letter.plan.stories else None)]
    return adapter.call([wire.message(reader(number), chosen[number % 2]) for number in range(count)], key="k-1")


def golden(adapter: Adapter) -> dict[str, dict[str, Any]]:
    """The requests as text, by letter: for one reader, or two where a call takes them."""
    count = min(2, adapter.capabilities.max_readers)
    requests = {name: made(adapter, letter, count) for name, letter in letters(adapter).items() if name in GOLDEN}
    return {
        name: {"method": call.method, "path": call.path, "headers": call.headers, "body": call.body.decode()}
        for name, call in requests.items()
    }


class Judge:
    """One operation of a vendor's document, in which every object is closed."""

    def __init__(self, data: Path, specification: Specification) -> None:
        text = (data / specification.file).read_text("utf-8")
        document = yaml.safe_load(text) if specification.file.endswith("yaml") else json.loads(text)
        for schema, members in specification.added.items():
            document["components"]["schemas"][schema]["properties"] |= {member: {} for member in members}
        close(document, specification.patterns)
        operation = document["paths"][specification.path]["post"]
        self._path = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(specification.path))
        body = operation["requestBody"]
        if "$ref" in body:
            body = document["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
        ((self.kind, content),) = body["content"].items()
        # In the document, what the schema refers to is found from there.
        document["judged"] = content["schema"]
        registry: Registry[Any] = Registry().with_resource("urn:document", Resource(document, DRAFT202012))
        self._validator = Draft202012Validator({"$ref": "urn:document#/judged"}, registry=registry)

    def problems(self, name: str, call: Call) -> Iterator[str]:
        """What the document has against the request: its path, its content type, each member."""
        domain = {"domain": "mg.example.org"} if "domain" in KEYS_OF_PROVIDERS.get(name, ()) else {}
        address = urlsplit(Provider.model_validate({"kind": name} | domain).address + call.path)
        if call.method != "POST" or not re.fullmatch(self._path, address.path):
            yield f"{call.method} {address.path} is no operation of this document"
        sent = dict(call.headers)["Content-Type"]
        if sent.partition(";")[0] != self.kind:
            yield f"{sent} is not {self.kind}"
        for error in self._validator.iter_errors(read(call)):
            yield f"{'.'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:200]}"


class Model:
    """Amazon's service model, which botocore brings: its validator, its serializer and its signer, byte for byte."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._operations = {
            operation.http["requestUri"]: operation
            for operation in map(SESV2.operation_model, ("SendEmail", "SendBulkEmail"))
        }

    def problems(self, name: str, call: Call) -> Iterator[str]:
        """What the model has against the request, and where botocore would make or sign another one."""
        operation, params = self._operations[call.path], json.loads(call.body)
        report = ParamValidator().validate(params, operation.input_shape)
        if report.has_errors():
            yield report.generate_report()
            return
        theirs = create_serializer("rest-json").serialize_to_request(params, operation)
        if (theirs["method"], theirs["url_path"], json.loads(theirs["body"])) != (call.method, call.path, params):
            yield "botocore serializes the same parameters to another request"
        at = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
        opening = Opening("KEY:secret", "https://email.eu-west-1.amazonaws.com", "eu-west-1", at)
        request = AWSRequest(call.method, opening.address + call.path, dict(call.headers), call.body)
        with time_machine.travel(at, tick=False):
            SigV4Auth(Credentials("KEY", "secret"), "ses", "eu-west-1").add_auth(request)
        assert isinstance(self._adapter, Signing)
        for field, value in self._adapter.sign(call, opening):
            if request.headers[field] != value:
                yield f"{field} is signed as {value}, by botocore as {request.headers[field]}"


def close(value: Any, patterns: Sequence[str]) -> None:
    """Refuse members that a schema does not name, in every schema that names any."""
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and value.get("type", "object") == "object":
            value["additionalProperties"] = False
            if patterns:
                value["patternProperties"] = {pattern: {"type": "string"} for pattern in patterns}
        for member in value.values():
            close(member, patterns)
    elif isinstance(value, list):
        for member in value:
            close(member, patterns)


def read(call: Call) -> Any:
    """The body as the vendor reads it: JSON, or a form by a parser that a web server uses."""
    fields = dict(call.headers)
    if fields["Content-Type"] == "application/json":
        return json.loads(call.body)
    form: dict[str, Any] = {}

    def keep(field: Any) -> None:
        name, value = field.field_name.decode(), field.value.decode()
        assert name == "to" or name not in form, f"{name} stands in the form twice"
        form[name] = (
            [*form[name], value]
            if name in form and name == "to" and isinstance(form[name], list)
            else ([form[name], value] if name in form else value)
        )

    headers = {name: value.encode() for name, value in fields.items()}
    parse_form(headers | {"Content-Length": str(len(call.body)).encode()}, io.BytesIO(call.body), keep, None)
    return form


def compared(name: str, adapter: Adapter, file: Path) -> int:
    """Prints where the request of another program for the same message differs; 1 for a difference without a reason."""
    shape = "single" if adapter.capabilities.max_readers == 1 else "batch"
    requests = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    if f"{adapter.name}_{shape}" not in requests:
        return 0
    theirs = requests[f"{adapter.name}_{shape}"]["data"]
    letter = Letter(
        sender=mailbox("Digest", "digest@news.example"),
        reply_to="help@news.example",
        subject=Form(("Your digest",)),
        html=Form(("<p>Hello html</p>",)),
        text=Form(("Hello text",)),
        headers=PLAIN.headers[:2],
        stream="broadcast",
    )
    wire = adapter.wire(letter)
    people = [("ann", "Ann <ann@a.example>"), ("bob", "bob@b.example")][: adapter.capabilities.max_readers]
    call = adapter.call(
        [
            wire.message({"to": to, "delivery": f"s{number}", "unsubscribe_url": f"https://news.example/u/{who}"})
            for number, (who, to) in enumerate(people, start=1)
        ],
        key="k-1",
    )
    ours = read(call)
    differing = set[str]()
    for mine, other in zip(ours, theirs, strict=True) if isinstance(ours, list) else [(ours, theirs)]:
        differing |= {key for key in {*mine, *other} if plain(mine.get(key)) != plain(other.get(key))}
    for key in sorted(differing):
        print(f"{name:16} {key}: {SETTLED[adapter.name].get(key, 'DIFFERS, and nobody has said why')}")
    return int(bool(differing - SETTLED[adapter.name].keys()))


def plain(value: Any) -> Any:
    """A field of a form that stands there once is the same as a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else value


if __name__ == "__main__":
    sys.exit(main())
