"""Messages outside the ledger: files to look at, and a test send."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from office import KEY, MESSAGE, NOW, Office
from sink import Sink

from digest.delivery.press import Presses, Terms
from digest.delivery.transport import Account
from digest.delivery.trial import TRIAL_READER, as_mail, send_trial
from digest.errors import AccountPaused, ProviderError
from digest.http import provider_client
from digest.providers.mailgun import Mailgun
from digest.providers.mailjet import Mailjet
from digest.providers.postmark import Postmark
from digest.settings import Provider


@pytest.fixture
def presses(office: Office) -> Presses:
    return Presses(editions=office.editions, terms={"main": Terms(Postmark(), "postmark")}, keys=[KEY])


@pytest.fixture
def account(sink: Sink) -> Iterator[Account]:
    with provider_client(sink.url, timeout=5) as client:
        yield Account("main", Postmark(), client, "token")


def test_a_trial_reaches_its_addresses_and_nobody_else(
    office: Office, sink: Sink, presses: Presses, account: Account
) -> None:
    """One request, the subject marked, an outcome for each address, and no row of the ledger or of the roll."""
    office.enrol(3)
    edition = office.edition()
    letter = presses.letter(edition, subject_prefix="[Test] ")
    to = ["desk@example.org", "Chief@example.org"]

    outcomes = send_trial(account, letter, presses.values(edition), to)

    assert [outcome.kind for outcome in outcomes] == ["accepted", "accepted"]
    assert sink.addresses() == to
    assert {message["Subject"] for message in sink.kept} == {"[Test] " + MESSAGE.subject}
    assert office.counts(edition) == {}
    assert office.state(edition) == "approved"


def test_a_trials_link_unsubscribes_nobody(office: Office, sink: Sink, presses: Presses, account: Account) -> None:
    """It names subscriber 0, who is on no roll: a colleague who tries it takes no reader off."""
    from subscribers.tokens import UnsubscribeTokens

    edition = office.edition()
    send_trial(account, presses.letter(edition), presses.values(edition), ["desk@example.org"])
    link = sink.kept[0]["HtmlBody"].partition('href="')[2].partition('"')[0]
    assert UnsubscribeTokens([KEY]).read(link.rpartition("/")[2]).subscriber_id == 0


def test_a_refused_account_is_told(office: Office, sink: Sink, presses: Presses, account: Account) -> None:
    """The credentials are at fault, not the address."""
    edition = office.edition()
    sink.plan.append("401")
    with pytest.raises(AccountPaused, match=r"provider\.main refused the account: auth \(HTTP 401, Postmark 10\)"):
        send_trial(account, presses.letter(edition), presses.values(edition), ["desk@example.org"])


def test_a_silent_provider_is_told(office: Office, sink: Sink, presses: Presses, account: Account) -> None:
    """No answer: the message names the account and what to look at."""
    edition = office.edition()
    sink.plan.append("reset kept")
    with pytest.raises(ProviderError, match=r"provider\.main: no answer: .*is its base_url right"):
        send_trial(account, presses.letter(edition), presses.values(edition), ["desk@example.org"])


def test_a_refused_address_is_an_outcome(office: Office, sink: Sink, presses: Presses, account: Account) -> None:
    """The others get theirs."""
    edition = office.edition()
    sink.reject["b@example.org"] = 406
    outcomes = send_trial(account, presses.letter(edition), presses.values(edition), ["a@example.org", "b@example.org"])
    assert [(outcome.kind, outcome.reason) for outcome in outcomes] == [("accepted", None), ("rejected", "suppressed")]


class Queueing(BaseHTTPRequestHandler):
    """Mailgun on loopback: whatever is posted below a domain is queued."""

    taken: ClassVar[list[tuple[str, str, str]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        to = body.partition('name="to"\r\n\r\n')[2].partition("\r\n")[0]
        self.taken.append((self.path, self.headers["Authorization"], to))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f'{{"id":"<{len(self.taken)}@mg.example.org>","message":"Queued. Thank you."}}'.encode())

    def log_message(self, *_: object) -> None:
        return


def test_an_account_that_takes_one_reader_gets_a_request_for_each(office: Office, presses: Presses) -> None:
    """Over real HTTP, to the path that the settings and the adapter make together."""
    edition = office.edition()
    Queueing.taken.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Queueing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        where = Provider(kind="mailgun", domain="mg.example.org", base_url=f"http://127.0.0.1:{server.server_port}")
        with provider_client(where.address, timeout=5) as client:
            account = Account("main", Mailgun(), client, "key-1")
            outcomes = send_trial(
                account, presses.letter(edition), presses.values(edition), ["a@example.org", "b@example.org"]
            )
    finally:
        server.shutdown()
        server.server_close()
    assert [outcome.provider_id for outcome in outcomes] == ["1@mg.example.org", "2@mg.example.org"]
    key = "Basic " + base64.b64encode(b"api:key-1").decode()
    assert Queueing.taken == [
        ("/v3/mg.example.org/messages", key, "a@example.org"),
        ("/v3/mg.example.org/messages", key, "b@example.org"),
    ]


def test_an_answer_is_read_by_what_the_messages_were_called(office: Office, presses: Presses, echo: str) -> None:
    """Over real HTTP: a vendor that repeats our delivery ids is understood, and each address gets its own outcome."""
    edition = office.edition()
    with provider_client(echo, timeout=5) as client:
        account = Account("main", Mailjet(), client, "key:secret")
        outcomes = send_trial(
            account, presses.letter(edition), presses.values(edition), ["a@example.org", "b@example.org"]
        )
    assert [(outcome.delivery, outcome.provider_id) for outcome in outcomes] == [
        ("a@example.org", "1"),
        ("b@example.org", "2"),
    ]


def test_the_file_is_a_complete_message(office: Office, presses: Presses) -> None:
    """A parser finds every header, both parts and no defect; it is the same bytes every time."""
    edition = office.edition(scheduled=True)
    letter, values = presses.letter(edition), presses.values(edition).of(TRIAL_READER)

    raw = as_mail(letter, values, at=NOW)

    message = message_from_bytes(raw, policy=default)
    assert raw == as_mail(letter, values, at=NOW)
    assert [name.lower() for name in message][:6] == ["from", "to", "reply-to", "subject", "date", "list-unsubscribe"]
    assert message["From"].addresses[0].addr_spec == "tide@news.example.org"
    assert message["To"].addresses[0].display_name == "A Reader"
    assert message["Date"].datetime == NOW
    assert message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects


def test_each_trial_has_an_id_of_its_own(office: Office, sink: Sink, presses: Presses, account: Account) -> None:
    """Sent twice, a trial is two messages: mail programs fold those of one Message-ID together."""
    edition = office.edition()
    for _ in range(2):
        send_trial(account, presses.letter(edition), presses.values(edition), ["desk@example.org"])

    found = [
        header["Value"] for message in sink.kept for header in message["Headers"] if header["Name"] == "Message-ID"
    ]
    assert len(found) == len(set(found)) == 2
