"""`digest provider`: what vendors say of an account, asked over HTTP without sending anything."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from terminal import Digest, Done
from vendor import Vendor

TOKEN = "s3cret-T0ken:with-two-parts"
SENDER = "tide@news.example.org"
LOGIN = "<!DOCTYPE html><title>Please log in</title>"

POSTMARK = {
    "/server": (200, {"ID": 1, "Name": "Tide", "ApiTokens": [TOKEN], "DeliveryType": "Live"}),
    "/message-streams/broadcast": (200, {"ID": "broadcast", "MessageStreamType": "Broadcasts", "ArchivedAt": None}),
}
SENDGRID = {
    "/v3/scopes": (200, {"scopes": ["mail.send", "sender_verification_eligible"]}),
    "/v3/whitelabel/domains?limit=1000": (200, [{"id": 1, "domain": "news.example.org", "valid": True}]),
    "/v3/verified_senders?limit=1000": (200, {"results": []}),
}
RESEND = {"/domains?limit=100": (200, {"data": [{"id": "d", "name": "news.example.org", "status": "verified"}]})}
MAILGUN = {
    "/v4/domains/news.example.org": (
        200,
        {"domain": {"name": "news.example.org", "state": "active", "type": "custom", "is_disabled": False}},
    )
}
BREVO = {
    "/v3/account": (
        200,
        {
            "email": "desk@example.org",
            "plan": [{"type": "free", "credits": 300, "creditsType": "sendLimit"}],
            "relay": {"enabled": True, "data": {}},
        },
    ),
    "/v3/senders/domains": (200, {"domains": [{"domain_name": "news.example.org", "authenticated": True}], "count": 1}),
    "/v3/senders": (200, {"senders": [{"id": 1, "email": SENDER, "active": True}]}),
}
MAILJET = {
    "/v3/REST/sender?Limit=1000": (200, {"Count": 1, "Data": [{"Email": "*@news.example.org", "Status": "Active"}]}),
    "/v3/REST/apikey": (200, {"Data": [{"IsActive": True, "Runlevel": "Normal", "SecretKey": TOKEN}]}),
}
SCALEWAY = {
    "/domains?project_id=2f6c1f0e&name=news.example.org": (
        200,
        {"total_count": 1, "domains": [{"name": "news.example.org", "status": "checked"}]},
    )
}
IDENTITY = {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS"}
SES = {
    "/v2/email/account": (
        200,
        {"SendingEnabled": True, "ProductionAccessEnabled": True, "EnforcementStatus": "HEALTHY", "SendQuota": {}},
    ),
    "/v2/email/identities/news.example.org": (200, IDENTITY),
    "/v2/email/identities/tide%40news.example.org": (404, {"message": "Email identity does not exist."}),
    "/v2/email/configuration-sets/digests": (200, {"ConfigurationSetName": "digests"}),
}
GOOD: dict[str, dict[str, tuple[int, Any]]] = {
    "brevo": BREVO,
    "mailgun": MAILGUN,
    "mailjet": MAILJET,
    "postmark": POSTMARK,
    "resend": RESEND,
    "scaleway": SCALEWAY,
    "sendgrid": SENDGRID,
    "ses": SES,
}
"""What each vendor documents for an account in order."""
KEYS = {
    "mailgun": 'domain = "news.example.org"',
    "scaleway": 'project = "2f6c1f0e"',
    "ses": 'region = "eu-west-1"\nconfiguration_set = "digests"',
}
every_kind = pytest.mark.parametrize("kind", GOOD)


def check(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, kind: str, url: str, *options: str, token: str = TOKEN
) -> Done:
    """`digest provider check main`, with an account of that kind there."""
    monkeypatch.delenv("DIGEST_PROVIDER_TOKENS__MAIN", raising=False)
    if token:
        monkeypatch.setenv("DIGEST_PROVIDER_TOKENS__MAIN", token)
    text = digest.here.config.read_text()
    head, _, rest = text.partition("[provider.main]\n")
    rest = rest[rest.index("[source.desk]") :]
    lines = f'kind = "{kind}"\nbase_url = "{url}"\ntimeout = "1s"\n{KEYS.get(kind, "")}\n\n'
    digest.here.config.write_text(f"{head}[provider.main]\n{lines}{rest}")
    done = digest("provider", "check", "main", *options)
    for part in TOKEN.split(":"):
        assert part not in done.out + done.err
    return done


def codes(done: Done) -> list[tuple[str, str]]:
    return [(each["code"], each["severity"]) for each in done.json["findings"]]


@every_kind
def test_an_account_in_order(digest: Digest, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Nothing is wrong, nothing was sent, every question carried the key, and the next step is named."""
    with Vendor(GOOD[kind]) as vendor:
        done = check(digest, monkeypatch, kind, vendor.url)
    assert done.code == 0, done
    assert "digest send morning --to you@example.org" in done.out
    assert {method for method, _, _ in vendor.asked} == {"GET"}
    assert [path for _, path, _ in vendor.asked] == list(GOOD[kind])
    for _, _, fields in vendor.asked:
        assert {"authorization", "x-postmark-server-token", "api-key", "x-auth-token"} & fields.keys()


@every_kind
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused(digest: Digest, monkeypatch: pytest.MonkeyPatch, kind: str, status: int) -> None:
    """One sentence on the key, and what to copy where; the vendor's words, which may repeat it, are not shown."""
    refused = dict.fromkeys(GOOD[kind], (status, {"message": f"bad key {TOKEN}", "name": "invalid_api_key"}))
    with Vendor(refused) as vendor:
        done = check(digest, monkeypatch, kind, vendor.url)
    if (kind, status) == ("scaleway", 403):
        assert done.code == 0
        assert "does not let this key look at domains" in done.out
        return
    assert done.code == 1
    assert "error[account-key]" in done.out
    assert "Copy" in done.out


@every_kind
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((404, {"message": "Not Found"}), "account-address"),
        ((200, LOGIN), "account-answer"),
        ((302, LOGIN), "account-answer"),
        ((200, {"hello": "world"}), "account-answer"),
        ((429, {"message": "slow down"}), "account-busy"),
        ((503, LOGIN), "account-busy"),
    ],
)
def test_an_address_that_is_another(
    digest: Digest, monkeypatch: pytest.MonkeyPatch, kind: str, answer: tuple[int, Any], code: str
) -> None:
    """A wrong region, a login page, a proxy, another program: told apart from a wrong key."""
    with Vendor(dict.fromkeys(GOOD[kind], answer)) as vendor:
        done = check(digest, monkeypatch, kind, vendor.url, "--json")
    assert [found for found, _ in codes(done)] == [code]


@every_kind
def test_nobody_there(digest: Digest, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A closed port, and a server that never answers, end in a sentence and in time."""
    with Vendor(dict.fromkeys(GOOD[kind], (200, None))) as vendor:
        deaf = check(digest, monkeypatch, kind, vendor.url, "--json")
    closed = check(digest, monkeypatch, kind, vendor.url, "--json")
    assert codes(deaf) == codes(closed) == [("account-unreachable", "error")]


@pytest.mark.parametrize(
    ("kind", "change", "code", "severity"),
    [
        ("postmark", {"/server": (200, {"ID": 1, "DeliveryType": "Sandbox"})}, "account-sandbox", "warning"),
        (
            "postmark",
            {"/message-streams/broadcast": (422, {"ErrorCode": 1226, "Message": "not found"})},
            "account-stream",
            "error",
        ),
        (
            "postmark",
            {"/message-streams/broadcast": (200, {"MessageStreamType": "Broadcasts", "ArchivedAt": "2026-01-02"})},
            "account-stream",
            "error",
        ),
        (
            "postmark",
            {"/message-streams/broadcast": (200, {"MessageStreamType": "Transactional"})},
            "account-stream",
            "warning",
        ),
        ("resend", {"/domains?limit=100": (200, {"data": []})}, "account-sender", "error"),
        (
            "resend",
            {"/domains?limit=100": (200, {"data": [{"name": "news.example.org", "status": "not_started"}]})},
            "account-sender",
            "error",
        ),
        (
            "resend",
            {"/domains?limit=100": (401, {"name": "restricted_api_key", "message": "only send"})},
            "account-unseen",
            "info",
        ),
        ("sendgrid", {"/v3/scopes": (200, {"scopes": ["stats.read"]})}, "account-key", "error"),
        ("sendgrid", {"/v3/whitelabel/domains?limit=1000": (200, [])}, "account-sender", "error"),
        (
            "sendgrid",
            {"/v3/whitelabel/domains?limit=1000": (200, [{"domain": "news.example.org", "valid": False}])},
            "account-sender",
            "error",
        ),
        ("sendgrid", {"/v3/whitelabel/domains?limit=1000": (403, {"errors": []})}, "account-unseen", "info"),
        (
            "mailgun",
            {"/v4/domains/news.example.org": (200, {"domain": {"state": "unverified"}})},
            "account-sender",
            "error",
        ),
        (
            "mailgun",
            {"/v4/domains/news.example.org": (200, {"domain": {"state": "disabled"}})},
            "account-paused",
            "error",
        ),
        (
            "mailgun",
            {"/v4/domains/news.example.org": (200, {"domain": {"state": "active", "type": "sandbox"}})},
            "account-sandbox",
            "warning",
        ),
        ("brevo", {"/v3/account": (200, {"email": "x", "relay": {"enabled": False}})}, "account-paused", "error"),
        (
            "brevo",
            {"/v3/account": (200, {"email": "x", "plan": [{"credits": 0, "creditsType": "sendLimit"}]})},
            "account-quota",
            "error",
        ),
        ("brevo", {"/v3/senders/domains": (200, {"domains": []})}, "account-sender", "warning"),
        (
            "brevo",
            {"/v3/senders/domains": (200, {}), "/v3/senders": (200, {"senders": []})},
            "account-sender",
            "error",
        ),
        (
            "brevo",
            {"/v3/senders/domains": (200, {"domains": [{"domain_name": "news.example.org"}]})},
            "account-sender",
            "error",
        ),
        ("brevo", {"/v3/senders": (500, {})}, "account-busy", "warning"),
        ("mailjet", {"/v3/REST/sender?Limit=1000": (200, {"Data": []})}, "account-sender", "error"),
        (
            "mailjet",
            {"/v3/REST/sender?Limit=1000": (200, {"Data": [{"Email": SENDER, "Status": "Inactive"}]})},
            "account-sender",
            "error",
        ),
        ("mailjet", {"/v3/REST/apikey": (200, {"Data": [{"Runlevel": "Hardlock"}]})}, "account-paused", "error"),
        ("mailjet", {"/v3/REST/apikey": (200, {"Data": [{"Runlevel": "Softlock"}]})}, "account-paused", "warning"),
        ("scaleway", {next(iter(SCALEWAY)): (200, {"domains": []})}, "account-sender", "error"),
        ("ses", {"/v2/email/account": (200, {"SendingEnabled": False})}, "account-paused", "error"),
        (
            "ses",
            {"/v2/email/account": (200, {"SendingEnabled": True, "EnforcementStatus": "PROBATION"})},
            "account-paused",
            "warning",
        ),
        (
            "ses",
            {"/v2/email/account": (200, {"SendingEnabled": True, "ProductionAccessEnabled": False})},
            "account-sandbox",
            "warning",
        ),
        ("ses", {"/v2/email/identities/news.example.org": (404, {})}, "account-sender", "error"),
        (
            "ses",
            {"/v2/email/identities/news.example.org": (200, IDENTITY | {"VerifiedForSendingStatus": False})},
            "account-sender",
            "error",
        ),
        ("ses", {"/v2/email/configuration-sets/digests": (404, {})}, "account-stream", "error"),
        (
            "scaleway",
            {next(iter(SCALEWAY)): (200, {"domains": [{"name": "news.example.org", "status": "unchecked"}]})},
            "account-sender",
            "error",
        ),
    ],
)
def test_what_a_vendor_holds_against_an_account(
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    change: dict[str, tuple[int, Any]],
    code: str,
    severity: str,
) -> None:
    """Each has one finding, and only errors make the command fail."""
    with Vendor(GOOD[kind] | change) as vendor:
        done = check(digest, monkeypatch, kind, vendor.url, "--json")
    assert codes(done) == [(code, severity)]
    assert done.code == (1 if severity == "error" else 0)


def test_a_key_that_may_only_send_at_ses(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that allows nothing else is told apart from a key that is wrong."""
    denied = {path: (403, {"Message": "not authorized"}) for path in SES}
    with Vendor(denied, fields={"x-amzn-ErrorType": "AccessDeniedException"}) as vendor:
        done = check(digest, monkeypatch, "ses", vendor.url, "--json")
    assert codes(done) == [("account-unseen", "info")]


class Postmaster:
    """A submission server that takes mail from one sender only, and keeps none."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address != SENDER:
            return "550 5.7.1 not yours"
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken += 1
        return "250 OK"


@contextmanager
def mail_server(password: str = "") -> Iterator[tuple[str, Postmaster]]:
    def login(*given: Any) -> AuthResult:
        sent = given[-1]
        return AuthResult(success=isinstance(sent, LoginPassword) and sent.password == password.encode(), handled=False)

    options = {"authenticator": login, "auth_required": True, "auth_require_tls": False} if password else {}
    master = Postmaster()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(master, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}", master
    finally:
        controller.stop()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is on this machine
@pytest.mark.parametrize(
    ("wanted", "token", "sender", "expected"),
    [
        ("", "", SENDER, []),
        ("with-two-parts", TOKEN, SENDER, []),
        ("another", TOKEN, SENDER, [("account-key", "error")]),
        ("with-two-parts", "", SENDER, [("account-key", "error")]),
        ("", "", "tide@other.example", [("account-sender", "error")]),
    ],
)
def test_a_mail_server(
    digest: Digest,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str,
    token: str,
    sender: str,
    expected: list[tuple[str, str]],
) -> None:
    """Login and sender are tried in a transaction that ends before there is a message."""
    text = digest.here.config.read_text()
    digest.here.config.write_text(text.replace(SENDER, sender))
    with mail_server(wanted) as (url, master):
        done = check(digest, monkeypatch, "smtp", url, "--json", token=token)
    assert codes(done) == expected
    assert master.taken == 0


def test_no_mail_server(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web server, one that never speaks, and a closed port end in a sentence and in time."""
    with Vendor({}) as web:
        other = check(digest, monkeypatch, "smtp", web.url.replace("http", "smtp"), "--json", token="")
    closed = check(digest, monkeypatch, "smtp", web.url.replace("http", "smtp"), "--json", token="")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"smtp://127.0.0.1:{deaf.getsockname()[1]}"
        silent = check(digest, monkeypatch, "smtp", url, "--json", token="")
    assert codes(other) == codes(closed) == codes(silent) == [("account-unreachable", "error")]


def test_a_sender_of_another_domain_at_mailgun(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Mailgun signs for one domain does not align with a sender at another."""
    text = digest.here.config.read_text()
    digest.here.config.write_text(text.replace(f'from_address = "{SENDER}"', 'from_address = "tide@other.example"'))
    with Vendor(MAILGUN) as vendor:
        done = check(digest, monkeypatch, "mailgun", vendor.url, "--json")
    assert codes(done) == [("account-sender", "warning")]


def test_an_account_at_the_sandbox(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to be asked, and no token is wanted; another program at its address is told."""
    with Vendor({}) as other:
        digest.here.config.write_text(f'[provider.sandbox]\nkind = "sandbox"\nbase_url = "{other.url}"\n')
        taken = digest("provider", "check", "sandbox")
    free = digest("provider", "check", "sandbox")
    assert (taken.code, free.code) == (1, 0)
    assert "is another program's" in taken.err
    assert free.out == "✓ provider.sandbox: at the sandbox, which wants no key; next: name it in a newsletter\n"


def test_an_account_that_is_none(digest: Digest) -> None:
    """The name is answered with those that there are."""
    done = digest("provider", "check", "mian")
    assert (done.code, done.out) == (2, "")
    assert "there are: main" in done.err


def test_an_account_without_its_token(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file to write it to is named, and nobody is asked anything."""
    monkeypatch.delenv("DIGEST_PROVIDER_TOKENS__MAIN")
    done = digest("provider", "check", "main")
    assert done.code == 2
    assert "provider.main.token" in done.err
    assert "token missing" in digest("provider", "list").out


def test_the_list(digest: Digest) -> None:
    """What each account speaks, where it is reached, who uses it, and whether its token is there, never the token."""
    (line,) = digest("provider", "list", "--json").lines
    assert line == {
        "name": "main",
        "kind": "postmark",
        "address": "http://127.0.0.1:9",
        "token": "there",
        "newsletters": ["morning"],
    }
    assert digest("provider", "list").out == "main  postmark  http://127.0.0.1:9  token there  used by morning\n"
    assert json.dumps(line).count("token") == 1
