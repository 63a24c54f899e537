"""Every vendor's hook: the same events of all, and nothing believed that is not proved."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting import AT, KINDS, READER, SIGNED, VENDORS, lock, posted, report

from digest.errors import Forged
from digest.model import EventKind
from digest.providers import ADAPTERS
from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.base import MOST_REPORTS, Lock, Posted, epoch, instant

CASES = [(vendor, kind) for vendor in VENDORS for kind in KINDS[vendor]]


@pytest.mark.parametrize(("vendor", "kind"), CASES)
def test_a_report_is_one_event(vendor: str, kind: str) -> None:
    """Kind, time, address, our delivery id, the vendor's own, whether the address is lost, and the link of a click."""
    request = posted(vendor, report(vendor, kind, delivery="7-1-proof"))
    assert HOOKS[vendor].verify(request, lock(vendor), AT) in ("request-1", "")
    (event,) = HOOKS[vendor].events(request.body)
    assert event.kind == EventKind("bounced" if kind == "soft" else kind)
    assert event.at == AT
    assert event.address == READER
    assert event.delivery == "7-1-proof"
    assert event.message == ("77" if vendor == "mailjet" else "m-1")
    assert event.permanent == (
        kind in ("bounced", "complained") or (kind == "rejected" and vendor in ("postmark", "resend", "sendgrid"))
    )
    assert bool(event.reason) == (kind not in ("accepted", "delivered", "opened", "clicked"))
    assert event.link == ("https://ledger.example/salt" if kind == "clicked" else "")
    assert not event.machine


def test_every_adapter_has_a_hook() -> None:
    """A provider that can be configured can report; the others of `HOOKS` are waiting for their adapter."""
    assert set(ADAPTERS) - {"smtp"} <= set(HOOKS)


@pytest.mark.parametrize("vendor", VENDORS)
def test_another_key_is_refused(vendor: str) -> None:
    """Signed, or with the password, of another account."""
    theirs = Lock(keys=("digest:another",)) if vendor not in SIGNED else lock(vendor, "theirs")
    with pytest.raises(Forged):
        HOOKS[vendor].verify(posted(vendor, report(vendor, "delivered")), theirs, AT)


@pytest.mark.parametrize("vendor", [vendor for vendor in SIGNED if vendor != "mailgun"])
def test_one_flipped_byte_is_refused(vendor: str) -> None:
    """Anywhere in what is signed; nothing else changes."""
    request = posted(vendor, report(vendor, "bounced"))
    place = request.body.index(b"reader1")
    flipped = request.body[:place] + b"s" + request.body[place + 1 :]
    HOOKS[vendor].verify(request, lock(vendor), AT)
    with pytest.raises(Forged):
        HOOKS[vendor].verify(Posted(request.headers, flipped), lock(vendor), AT)


@pytest.mark.parametrize("member", ["timestamp", "token", "signature"])
def test_mailgun_signs_time_and_token(member: str) -> None:
    """Which is all that it signs: either changed is refused, and so is another signature."""
    whole = json.loads(posted("mailgun", report("mailgun", "bounced")).body)
    whole["signature"][member] = str(whole["signature"][member])[:-1] + "x"
    with pytest.raises(Forged, match="not signed"):
        HOOKS["mailgun"].verify(Posted({}, json.dumps(whole).encode()), lock("mailgun"), AT)


@pytest.mark.parametrize("vendor", SIGNED)
@pytest.mark.parametrize("late", [timedelta(days=3), -timedelta(minutes=6)])
def test_another_time_is_refused(vendor: str, late: timedelta) -> None:
    """What was signed days ago, or for a time to come, is not believed however well it is signed."""
    with pytest.raises(Forged, match="too long ago"):
        HOOKS[vendor].verify(posted(vendor, report(vendor, "delivered")), lock(vendor), AT + late)


@pytest.mark.parametrize("vendor", SIGNED)
def test_nothing_is_believed_without_keys(vendor: str) -> None:
    """A hook says what it needs, and refuses everything while it has none of it."""
    assert HOOKS[vendor].needs
    with pytest.raises(Forged):
        HOOKS[vendor].verify(posted(vendor, report(vendor, "delivered")), Lock(), AT)


@pytest.mark.parametrize("vendor", ["postmark", "brevo", "mailjet"])
def test_vendors_that_sign_nothing(vendor: str) -> None:
    """The address is their proof; with a user and password, or a bearer token, that is asked for, too."""
    bare = Posted({}, json.dumps(report(vendor, "delivered")).encode())
    assert HOOKS[vendor].verify(bare, Lock(), AT) == ""
    with pytest.raises(Forged):
        HOOKS[vendor].verify(bare, Lock(keys=("digest:a password",)), AT)
    bearer = bare._replace(headers={"authorization": "Bearer a-token"})
    assert HOOKS[vendor].verify(bearer, Lock(keys=("new-token", "a-token")), AT) == ""


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"null", b"[]", b"[1, null, []]", b'"text"', b"<html>", b"[" * 3000]
)
def test_what_is_no_report_is_kept_or_nothing(vendor: str, body: bytes) -> None:
    """Never an exception: an unreadable body is an event that nothing follows from."""
    assert all(event.kind is EventKind.OTHER for event in HOOKS[vendor].events(body))


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_unknown_type_is_kept_in_its_own_words(vendor: str) -> None:
    """A type that a vendor adds tomorrow is stored with its name and its body."""
    names = {"postmark": "RecordType", "ses": "eventType", "scaleway": "type", "resend": "type"}
    tomorrow = {names.get(vendor, "event"): "email.folded", "what": "a paper boat"}
    (event,) = HOOKS[vendor].events(posted(vendor, tomorrow).body)
    assert (event.kind, event.name) == (EventKind.OTHER, "email.folded")
    assert "a paper boat" in event.detail


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize("vendor", VENDORS)
@given(data=st.data())
def test_any_value_in_any_member(vendor: str, data: st.DataObject) -> None:
    """Members of another type than documented make no exception, no NUL and no text beyond bounds."""
    kind = data.draw(st.sampled_from(KINDS[vendor]))
    one = report(vendor, kind)
    members = one[0] if isinstance(one, list) else one
    for name in data.draw(st.lists(st.sampled_from(sorted(members)), min_size=1, max_size=4)):
        members[name] = data.draw(WILD)
    for event in HOOKS[vendor].events(json.dumps(one, allow_nan=False, default=str).encode() if _plain(one) else b""):
        texts = (event.name, event.message, event.delivery, event.address, event.reason, event.detail, event.link)
        assert all("\0" not in text and len(text) <= 500 for text in texts)
        assert event.at is None or event.at.tzinfo is UTC


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_body_as_deep_as_can_just_be_read(vendor: str) -> None:
    """However deep a body is nested, it is one event: none reads well and then cannot be written down."""
    for depth in range(900, 1010):
        for body in (b"[" * depth + b"]" * depth, b'{"a":' + b"[" * depth + b"]" * depth + b"}"):
            assert [event.kind for event in HOOKS[vendor].events(body)] == [EventKind.OTHER]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("item", [b"0", b"{}", b"[]"])
def test_more_reports_than_a_vendor_can_send(vendor: str, item: bytes) -> None:
    """A body of nothing but commas is one event, not a million rows in one transaction."""
    body = b"[" + b",".join([item] * (MOST_REPORTS + 1)) + b"]"
    assert [event.name for event in HOOKS[vendor].events(body)] == ["unreadable"]


def test_an_instant_of_four_hundred_digits() -> None:
    """A number that no float holds is no time, and the report counts all the same."""
    body = b'{"event": "delivered", "ts_epoch": ' + b"9" * 400 + b"}"
    assert [(event.kind, event.at) for event in HOOKS["brevo"].events(body)] == [(EventKind.DELIVERED, None)]


def _plain(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T07:05:00.1234567Z", datetime(2026, 11, 23, 7, 5, 0, 123456, tzinfo=UTC)),
        ("2026-11-23T08:05:00+01:00", AT),
        ("2026-11-23 07:05:00", AT),
        ("0001-01-01T00:00:00+23:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        (17, None),
        (None, None),
    ],
)
def test_instants(written: object, meant: datetime | None) -> None:
    """ISO 8601 with seven digits, with another zone, with none; anything else is no time."""
    assert instant(written) == meant


@pytest.mark.parametrize("written", [float("inf"), float("nan"), 1e30, "soon", None, [], -1e30, 0, 253402300799])
def test_impossible_epochs(written: object) -> None:
    """Seconds that no calendar has are no time."""
    assert epoch(written) is None
