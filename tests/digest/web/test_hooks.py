"""What providers post: taken when it is on disk, refused without a word, and never a reason to fall over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from office import KEY, Office
from reporting import AT, KINDS, SIGNED, VENDORS, envelope, lock, posted, report
from sqlalchemy import text
from starlette.applications import Starlette

from digest.delivery.events import Post, Reports, Rules, Taken
from digest.delivery.ids import DeliveryIds
from digest.delivery.intake import Intake
from digest.errors import StorageError
from digest.model import Outcome, OutcomeKind
from digest.pages.server import Server
from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.base import Posted
from digest.signing import hook_secret
from digest.storage.events import Events, Kept
from digest.storage.tables import edition_accounts
from digest.web.certificates import Certificates
from digest.web.hooks import LARGEST, Account, Hooks

SECRETS = ("the-new-secret", "the-old-secret")
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"


class Vendor(httpx.BaseTransport):
    """Where certificates come from and subscriptions are confirmed; counts what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        vendor = "ses" if "amazonaws" in request.url.host else "scaleway"
        return httpx.Response(self.status, content=lock(vendor).certificate)


class Place:
    """An office whose edition is out, and its hooks on loopback; accounts are called like their vendors."""

    def __init__(self, office: Office, client: httpx.Client, vendor: Vendor) -> None:
        self.office, self.client, self.vendor = office, client, vendor

    def post(self, account: str, said: Posted, secret: str = SECRETS[0]) -> httpx.Response:
        return self.client.post(f"/hooks/{account}/{secret}", content=said.body, headers=dict(said.headers))

    def events(self) -> list[Kept]:
        return list(Events(self.office.database).listing())

    def everything(self) -> list[Any]:
        """Every row of every table."""
        with self.office.database.read() as connection:
            names = connection.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")).all()
            return [tuple(map(str, row)) for name in names for row in connection.execute(text(f"SELECT * FROM {name}"))]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    office = Office(tmp_path)
    office.time = AT
    edition = office.frozen(3)
    claim = office.ledger.claim("ada", 60)
    assert claim is not None
    waiting = office.ledger.pending(claim)
    flight = office.ledger.fly(claim, waiting, attempt="a", owner="ada", lease=60, evidence=lambda _: "h", at=AT)
    assert flight is not None
    taken = [Outcome(delivery="", kind=OutcomeKind.ACCEPTED, provider_id=f"p-{n}") for n in flight.readers]
    office.ledger.settle(claim, flight, taken, status=200, not_before=0, at=AT)
    assert edition == 1
    accounts = {
        vendor: Account(hook=HOOKS[vendor], secrets=SECRETS, lock=replace(lock(vendor), certificate=b""))
        for vendor in VENDORS
    }
    vendor = Vendor()
    reports = Reports(office.database, keys=[KEY], rules=Rules(), clock=office.clock)
    with (
        Certificates(httpx.Client(transport=vendor)) as certificates,
        Intake(reports, complained=lambda _: None) as intake,
        Server(
            Starlette(routes=Hooks(accounts, intake, certificates, clock=office.clock).routes),
        ) as server,
        httpx.Client(base_url=server.url) as client,
        closing(office.database),
    ):
        yield Place(office, client, vendor)


def sent_by(place: Place, account: str) -> None:
    """The edition went out through that account."""
    with place.office.database.write() as connection:
        connection.execute(edition_accounts.update().values(account=account))


def told(vendor: str, kind: str, subscriber: int = 1, **more: Any) -> Posted:
    delivery = DeliveryIds(KEY).make(1, subscriber)
    return posted(vendor, report(vendor, kind, delivery=delivery, address=f"reader{subscriber}@example.org"), **more)


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_is_taken(place: Place, vendor: str) -> None:
    """Each kind of report that the vendor has: 200, one row, and the delivery that it is about."""
    sent_by(place, vendor)
    for number, kind in enumerate(KINDS[vendor]):
        answer = place.post(vendor, told(vendor, kind, request=f"request-{number}"))
        assert (answer.status_code, answer.text) == (200, "Taken.\n")
        kept = place.events()[0]
        assert (kept.provider, kept.edition_id, kept.subscriber_id) == (vendor, 1, 1)
        assert kept.kind == ("bounced" if kind == "soft" else kind)
    assert len(place.events()) == len(KINDS[vendor])


def test_two_hundred_forgeries_change_nothing(place: Place) -> None:
    """Wrong secret, wrong key, changed body, old signature, another topic, no signature: not a row is different."""
    before = place.everything()
    statuses = set()
    for number in range(25):
        for vendor in VENDORS:
            good = told(vendor, "bounced", 1 + number % 3, request=f"r-{number}")
            forged = {
                0: (good, "the-wrong-secret"),
                1: (Posted({}, good.body), SECRETS[0]),
                2: (good._replace(body=good.body.replace(b"reader", b"raeder")), SECRETS[0]),
                3: (told(vendor, "bounced", at=AT.replace(year=2025)), SECRETS[0]),
                4: (Posted({name: value[::-1] for name, value in good.headers.items()}, good.body[:-9]), SECRETS[0]),
            }
            said, secret = forged[number % 5 if vendor in SIGNED else number % 2]
            if vendor in ("ses", "scaleway") and number % 5 == 1:
                said = Posted({}, json.dumps(json.loads(good.body) | {"TopicArn": "arn:aws:sns:x:1:theirs"}).encode())
            if vendor == "mailgun" and number % 5 in (1, 2):
                said = Posted({}, good.body.replace(b'"signature": "', b'"signature": "0'))
            answer = place.post(vendor, said, secret)
            statuses.add(answer.status_code)
            assert answer.text in ("Not found.\n", "Not proved.\n")
    assert statuses == {404, 401}
    assert place.everything() == before


@pytest.mark.parametrize("path", ["/hooks/postmark/x", "/hooks/nobody/the-new-secret", "/hooks/postmark/%C3%A9%00"])
def test_a_wrong_address_is_told_nothing(place: Place, path: str) -> None:
    """Whether the account or the secret is wrong, and before the body is read."""
    answer = place.client.post(path, content=b"x" * (LARGEST + 1))
    assert (answer.status_code, answer.text) == (404, "Not found.\n")


def test_an_old_secret_still_opens(place: Place) -> None:
    """The address that a vendor was given stays good when the signing key is changed."""
    assert place.post("postmark", told("postmark", "delivered"), SECRETS[1]).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_posts_report(place: Place, method: str) -> None:
    """Nothing else is an event."""
    assert place.client.request(method, f"/hooks/postmark/{SECRETS[0]}").status_code == 405


def test_a_huge_body_is_refused(place: Place) -> None:
    """413, and nothing of it is kept."""
    assert place.post("postmark", Posted({}, b"x" * (LARGEST + 1))).status_code == 413
    assert place.events() == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[[[[", b'{"RecordType": 7}', b'{"RecordType": "Kite"}'])
def test_what_nobody_knows_is_kept(place: Place, body: bytes) -> None:
    """From the right sender an unreadable report is an event of the kind other, and 200: it would not come better."""
    said = told("postmark", "delivered")._replace(body=body)
    assert place.post("postmark", said).status_code == 200
    assert [kept.kind for kept in place.events()] == ["other"]


def test_it_is_on_disk_when_it_is_answered(place: Place) -> None:
    """Without a commit there is no 200; the vendor is asked to come again, and then it is taken."""
    with place.office.database.write() as connection:
        connection.execute(text("ALTER TABLE events RENAME TO away"))
    answer = place.post("postmark", told("postmark", "delivered"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "events" not in answer.text
    with place.office.database.write() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO events"))
    assert place.post("postmark", told("postmark", "delivered")).status_code == 200
    assert len(place.events()) == 1


def test_many_at_once_are_all_taken(place: Place) -> None:
    """Two hundred requests on eight connections, each with a report of its own: two hundred rows."""
    sent_by(place, "brevo")
    many = [posted("brevo", report("brevo", "opened", at=AT.replace(minute=number % 60, second=number // 60)))
            for number in range(200)]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda said: place.post("brevo", said).status_code, many))
    assert statuses == [200] * 200
    assert len(place.events()) == 200


def test_an_array_is_one_request(place: Place) -> None:
    """SendGrid's array with a report that is none in its midst: every one is kept, also the one that is none."""
    sent_by(place, "sendgrid")
    array = [report("sendgrid", kind, delivery=DeliveryIds(KEY).make(1, 1))[0] for kind in KINDS["sendgrid"]]
    assert place.post("sendgrid", posted("sendgrid", [*array, "none", {"event": "folded"}])).status_code == 200
    assert len(place.events()) == len(array) + 2


def test_a_token_is_good_for_one_body(place: Place) -> None:
    """Mailgun signs no byte of a report: a token that was seen cannot be used for another, again it is harmless."""
    sent_by(place, "mailgun")
    first = told("mailgun", "delivered")
    assert [place.post("mailgun", first).status_code for _ in range(2)] == [200, 200]
    stolen = json.loads(first.body)
    stolen["event-data"] = report("mailgun", "complained", delivery=DeliveryIds(KEY).make(1, 2))
    assert place.post("mailgun", Posted({}, json.dumps(stolen).encode())).status_code == 401
    assert [kept.kind for kept in place.events()] == ["delivered"]


def test_a_certificate_is_fetched_once(place: Place) -> None:
    """For each address that names one; none is fetched from elsewhere."""
    sent_by(place, "ses")
    for number in range(3):
        assert place.post("ses", told("ses", "delivered", request=f"r-{number}")).status_code == 200
    assert len(place.vendor.asked) == 1
    elsewhere = envelope("ses", {}, SigningCertURL="https://sns.evil.example/x.pem")
    assert place.post("ses", Posted({}, json.dumps(elsewhere).encode())).status_code == 401
    assert len(place.vendor.asked) == 1


def test_a_certificate_that_cannot_be_had(place: Place) -> None:
    """SNS is asked to come again, and is believed when the certificate is there."""
    place.vendor.status = 500
    assert place.post("ses", told("ses", "delivered")).status_code == 503
    place.vendor.status = 200
    assert place.post("ses", told("ses", "delivered")).status_code == 200


def test_a_subscription_is_confirmed(place: Place) -> None:
    """Only when it is proved and of a listed topic; a forged one opens no address."""
    said = envelope("ses", "Welcome", Type="SubscriptionConfirmation", SubscribeURL=SUBSCRIBE, Token="abc")
    forged = said | {"SubscribeURL": SUBSCRIBE + "d"}
    foreign = envelope(
        "ses", "Welcome", Type="SubscriptionConfirmation", SubscribeURL=SUBSCRIBE, Token="abc", TopicArn="arn:theirs"
    )
    for refused in (forged, foreign):
        assert place.post("ses", Posted({}, json.dumps(refused).encode())).status_code == 401
    assert SUBSCRIBE not in place.vendor.asked
    assert place.post("ses", Posted({}, json.dumps(said).encode())).status_code == 200
    assert place.vendor.asked[-1] == SUBSCRIBE
    assert place.events() == []


def test_logs_hold_no_address_and_no_secret(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    """Refused and taken: what is logged names the account and the reason."""
    place.post("mailjet", Posted({}, told("mailjet", "bounced").body))
    place.post("mailjet", told("mailjet", "bounced"))
    written = "".join(capfd.readouterr())
    assert "reader1" not in written
    assert SECRETS[0] not in written


def test_secrets_of_addresses() -> None:
    """Another for each account and each key, the same every time, and nothing that a path has to escape."""
    made = {hook_secret(key, account) for key in ("a" * 43, "b" * 43) for account in ("main", "second")}
    assert len(made) == 4
    assert hook_secret("a" * 43, "main") in made
    assert all(len(secret) == 32 and secret.replace("-", "").replace("_", "").isalnum() for secret in made)


def test_who_goes_away_harms_nobody(tmp_path: Path) -> None:
    """A request that is given up before its turn is not kept, and the next ones are."""
    office = Office(tmp_path)
    reports = Reports(office.database, keys=[KEY], rules=Rules(), clock=office.clock)
    with closing(office.database), Intake(reports, complained=lambda _: None) as intake:
        with office.database.write():
            first = intake.submit(Post("main", []))
            while not first.running():
                pass
            # The first waits for the database; these wait for their turn.
            gone = [intake.submit(Post("main", [])) for _ in range(3)]
            assert all(future.cancel() for future in gone)
        assert first.result(10)
        assert intake.submit(Post("main", [])).result(10)


def test_a_poisoned_post_harms_itself_alone(tmp_path: Path) -> None:
    """Of a group that shares a commit, only the one that cannot be kept fails."""

    class Poisoned(Reports):
        def take(self, posts: Any) -> Taken:
            if any(post.account == "poison" for post in posts):
                raise ValueError("as if our own code had a mistake")
            return super().take(posts)

    office = Office(tmp_path)
    with (
        closing(office.database),
        Intake(Poisoned(office.database, keys=[KEY], rules=Rules(), clock=office.clock), complained=print) as intake,
    ):
        with office.database.write():
            futures = [intake.submit(Post(name, [])) for name in ("main", "poison", "main", "main")]
        assert [futures[place].result(10) for place in (0, 2, 3)] == [True] * 3
        with pytest.raises(StorageError):
            futures[1].result(10)
    with pytest.raises(StorageError):
        intake.submit(Post("main", []))
