"""Sends the adapters' requests, through the client that sends editions, to servers that other people wrote.

    python benchmarks/vendor_servers.py [--data DIR] [--tools DIR]

Prism reads a vendor's OpenAPI document and refuses what is not in it (Postmark, Resend, SendGrid, Mailgun); moto and
aws-ses-v2-local play Amazon SES, and what the second one makes of a template is compared with the whole message;
aiosmtpd is a mail server. `--data` is the folder of the vendors' documents, `--tools` one that holds what this
repository does not bring:

    npm install --prefix DIR @stoplight/prism-cli@5.14.2 aws-ses-v2-local@2.10.2
    python -m venv DIR && DIR/bin/pip install 'moto[server]==5.2.5'

What is not there is said and left out. Exit status 1 when a server that could be started refuses a request.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from letters import CHOSEN, LONG, PLAIN, UNICODE, reader  # noqa: E402

from digest.clock import now  # noqa: E402
from digest.delivery.submission import Server, Submission  # noqa: E402
from digest.delivery.transport import Account, Carrier, Silence  # noqa: E402
from digest.http import provider_client  # noqa: E402
from digest.model import OutcomeKind  # noqa: E402
from digest.providers import adapter_of  # noqa: E402
from digest.providers.base import Answer, Call, Letter  # noqa: E402
from digest.providers.ses_bulk import OPENERS  # noqa: E402

START_SECONDS = 90.0
LETTERS = {"plain": PLAIN, "unicode": UNICODE, "long": LONG, "chosen": CHOSEN}
DOCUMENTS = {
    "postmark": "postmark/postmark-server-apisguru-1.0.0.json",
    "resend": "resend/resend.json",
    "sendgrid": "sendgrid/tsg_mail_v3.json",
    "mailgun": "mailgun/openapi.prism-messages.yaml",
}
SECRET = "KEY:secret"
Reading = Callable[[int], dict[str, str]]
"""The slots of a reader by number."""
Judge = Callable[[Answer | Silence, int], str]
"""What is wrong with an answer to a request for so many readers; empty when nothing is."""


def main() -> int:
    """Prints a line for each request; 1 when one was refused."""
    parser = argparse.ArgumentParser(description="Send requests to servers that other people wrote.")
    parser.add_argument("--data", type=Path, default=Path("../shared/specs"), help="folder of the specifications")
    parser.add_argument(
        "--tools", type=Path, default=Path("../shared/tools"), help="folder of Prism, moto and the like"
    )
    options = parser.parse_args()
    failed = 0
    for run in (prism, moto, local, smtp):
        for line in run(options.data, options.tools):
            print(line, flush=True)
            failed += "REFUSED" in line
    return int(failed > 0)


def prism(data: Path, tools: Path) -> Iterator[str]:
    """Each vendor's own document as a server; `--errors` makes it refuse instead of answering with an example."""
    program = tools / "node_modules/.bin/prism"
    for kind, name in DOCUMENTS.items():
        if not program.exists() or not (data / name).exists():
            yield f"{kind:9} NOT TRIED: {program if not program.exists() else data / name} is not there"
            continue
        document = loosened(data / name)
        with started([str(program), "mock", "--errors", "-h", "127.0.0.1", "-p", "{port}", str(document)]) as address:
            base = f"{address}/v3/mg.example.org" if kind == "mailgun" else address
            for merge in (False, True) if kind in ("sendgrid", "mailgun") else (False,):
                with web(kind, base, merge=merge) as account:
                    yield from tried("Prism", account, fits_document, merge=merge)


def loosened(document: Path) -> Path:
    """The document with the members that the vendor added after it was written (see `vendor_specs.py`)."""
    if not document.name.startswith("postmark"):
        return document
    read = json.loads(document.read_text("utf-8"))
    read["components"]["schemas"]["SendEmailRequest"]["properties"] |= {"MessageStream": {}, "Metadata": {}}
    made = Path(tempfile.mkdtemp()) / document.name
    made.write_text(json.dumps(read), "utf-8")
    return made


def moto(data: Path, tools: Path) -> Iterator[str]:
    """Amazon's single message; the sender has to be verified first."""
    program = tools / "bin/moto_server"
    if not program.exists():
        yield f"ses       NOT TRIED: {program} is not there"
        return
    with started([str(program), "-H", "127.0.0.1", "-p", "{port}"]) as address, web("ses", address) as account:
        for sender in ("news.example.org", *(f"{name}@news.example.org" for name in ("tide", "flut", "s" * 60))):
            body = json.dumps({"EmailIdentity": sender}).encode()
            account.post(Call("POST", "/v2/email/identities", (("Content-Type", "application/json"),), (body,)))
        yield from tried("moto", account, accepted)


def local(data: Path, tools: Path) -> Iterator[str]:
    """Amazon's template for many, and what comes of it."""
    program = tools / "node_modules/.bin/aws-ses-v2-local"
    if not program.exists():
        yield f"ses       NOT TRIED: {program} is not there"
        return
    with started([str(program), "--host", "127.0.0.1", "--port", "{port}"]) as address:
        with web("ses", address, merge=True) as account:
            yield from tried("aws-ses-v2-local", account, accepted, merge=True, read=bare)
        yield from filled(address)


def filled(address: str) -> Iterator[str]:
    """What the server made of each template, beside the whole message of the same reader."""
    with provider_client(address, timeout=30) as client:
        stored = client.get("/store").json()["emails"]
    found = {(mail["subject"], mail["destination"]["to"][0]): mail["body"] for mail in stored}
    for name in ("plain", "unicode", "long"):
        letter, values = OPENERS.letter(LETTERS[name]), bare(1)
        body = found.get((letter.subject.fill({}), values["to"]), {})
        same = [body.get("html"), body.get("text")] == [letter.html.fill(values), letter.text.fill(values)]
        said = "the whole message" if same else "REFUSED: another one"
        yield f"ses       aws-ses-v2-local  {f'{name}, what a reader gets':30} {said}"


def bare(number: int) -> dict[str, str]:
    """A reader without a name, which aws-ses-v2-local takes for a part of the address; Amazon does not."""
    values: dict[str, str] = reader(number)
    return values | {"to": values["to"].rpartition("<")[2].rstrip(">")}


def smtp(data: Path, tools: Path) -> Iterator[str]:
    """A mail server, once for all letters over one connection."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        server = Server.of(f"smtp://127.0.0.1:{controller.port}")
        with Submission("main", adapter_of("smtp"), server, "", timeout=30, clock=now) as account:
            yield from tried("aiosmtpd", account, accepted)
    finally:
        controller.stop()


def tried(server: str, account: Carrier, judge: Judge, *, merge: bool = False, read: Reading = reader) -> Iterator[str]:
    """Each letter for one reader and for as many as a request takes."""
    adapter = account.adapter
    for name, letter in LETTERS.items():
        if (merge and letter.plan.stories) or (adapter.name == "smtp" and unfit(letter)):
            continue
        wire = adapter.wire(letter)
        for count in sorted({1, min(50, adapter.capabilities.max_readers)}):
            messages = [wire.message(read(number), letter.plan.choose()) for number in range(count)]
            said = judge(account.post(adapter.call(messages, key=f"k-{count}-{name}")), count)
            shape = f"{name}, {count} reader{'s' if count > 1 else ''}{', one body' if merge else ''}"
            yield f"{adapter.name:9} {server:17} {shape:30} {'REFUSED: ' + said if said else 'accepted'}"


def unfit(letter: Letter) -> bool:
    """Whether the subject is one that no edition has: a line separator in it, or longer than a line."""
    subject = letter.subject.select(letter.plan.choose()).fill({})
    return "\u2028" in subject or len(subject) > 900


def accepted(answer: Answer | Silence, count: int) -> str:
    if isinstance(answer, Silence):
        return answer.detail
    return "" if all_accepted(answer, count) else f"{answer.status} {answer.body[:200]!r}"


def all_accepted(answer: Answer, count: int) -> bool:
    adapters = [adapter_of("smtp"), adapter_of("ses"), adapter_of("ses", merge=True)]
    deliveries = [reader(number)["delivery"] for number in range(count)]
    return any(
        all(outcome.kind is OutcomeKind.ACCEPTED for outcome in adapter.outcomes(deliveries, answer))
        for adapter in adapters
    )


def fits_document(answer: Answer | Silence, count: int) -> str:
    """Prism answers with the document's own examples, so only that it answers well is looked at."""
    if isinstance(answer, Silence):
        return answer.detail
    return "" if 200 <= answer.status < 300 else f"{answer.status} {answer.body[:300]!r}"


@contextmanager
def web(kind: str, address: str, *, merge: bool = False) -> Iterator[Account]:
    secret = SECRET if kind in ("ses", "mailjet") else "a-token"
    with provider_client(address, timeout=60) as client:
        yield Account("main", adapter_of(kind, merge=merge), client, secret, region="eu-west-1")


@contextmanager
def started(command: list[str]) -> Iterator[str]:
    """The program on a port of its own; its address once it listens there."""
    port = free_port()
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile())
        process = stack.enter_context(
            subprocess.Popen([part.format(port=port) for part in command], stdout=log, stderr=log)
        )
        stack.callback(process.kill)
        patience = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > patience:
                    log.seek(0)
                    sys.exit(f"{command[0]} does not start: {log.read()[-500:].decode(errors='replace')}")
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
