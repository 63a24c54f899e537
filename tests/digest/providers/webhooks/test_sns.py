"""Envelopes of SNS: which certificates and addresses count, which topics, and what raw delivery is worth."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reporting import (
    AT,
    CERTIFICATE_URL,
    SCALEWAY_CERTIFICATE_URL,
    TOPIC,
    authority,
    envelope,
    leaf,
    lock,
    pem,
    posted,
    report,
)

from digest.errors import Forged
from digest.providers.webhooks.base import Lock, Posted
from digest.providers.webhooks.scaleway import Scaleway
from digest.providers.webhooks.ses import Ses

ELSEWHERE = (
    "http://sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
    "https://sns.amazonaws.com/x.pem",
    "https://s3.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com:444/x.pem",
    "https://user@sns.eu-west-1.amazonaws.com/x.pem",
    "https://evil.example\\@sns.eu-west-1.amazonaws.com/x.pem",
    "https://evil.example/?https://sns.eu-west-1.amazonaws.com/x.pem",
    "https://sns.eu-west-1.amazonaws.com/x.pem?really=http://evil.example/x.exe\r\nX: y",
    "https://sns.eu-west-1.amazonaws.com/x.exe",
    "https://sns.eu-west-1.amazonaws.com/x.pem?Action=GetTopicAttributes&TopicArn=theirs",
    "https://sns.eu-west-1.amazonaws.com/x.pem#?",
    "https://sns.eu-west-1.amazonaws.com/;.pem",
    "https://sns.eu-west-1.amazonaws.com:port/x.pem",
    "file:///etc/x.pem",
    "",
)


def request(said: dict[str, Any]) -> Posted:
    return Posted({}, json.dumps(said).encode())


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions(version: str) -> None:
    """SHA-1 and SHA-256, with a Subject and without; the id of the message is told."""
    said = envelope("ses", {}, version=version)
    assert Ses().verify(request(said), lock("ses"), AT) == "request-1"
    titled = envelope("ses", {}, version=version, Subject="Amazon SES Email Event Notification")
    assert Ses().verify(request(titled), lock("ses"), AT) == "request-1"


@pytest.mark.parametrize("version", ["0", "3", "", None, 1.5])
def test_other_versions(version: object) -> None:
    """A version that is not known is refused, not taken for one that is."""
    with pytest.raises(Forged, match="version"):
        Ses().verify(request(envelope("ses", {}) | {"SignatureVersion": version}), lock("ses"), AT)


@pytest.mark.parametrize("member", ["Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature"])
def test_every_member_is_signed(member: str) -> None:
    """One character more in any of them is refused."""
    said = envelope("ses", report("ses", "bounced"))
    with pytest.raises(Forged):
        Ses().verify(request(said | {member: said[member] + "x"}), lock("ses"), AT)


def test_another_topic() -> None:
    """Anybody at Amazon can have a message signed for a topic of theirs; only the account's topics count."""
    said = envelope("ses", {}, TopicArn=TOPIC + "-theirs")
    with pytest.raises(Forged, match="topic"):
        Ses().verify(request(said), lock("ses"), AT)


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize("member", ["SigningCertURL", "SubscribeURL"])
def test_addresses_elsewhere(url: str, member: str) -> None:
    """Neither a certificate nor a confirmation is fetched from any host but the service's own."""
    kind = "SubscriptionConfirmation" if member == "SubscribeURL" else "Notification"
    said = request(envelope("ses", {}) | {member: url, "Type": kind})
    if member == "SigningCertURL":
        with pytest.raises(Forged):
            Ses.sns.certificate_url(said)
        with pytest.raises(Forged):
            Ses().verify(said, lock("ses"), AT)
    elif not url.startswith("https://sns.eu-west-1.amazonaws.com/") or "\r" in url:
        with pytest.raises(Forged):
            Ses.sns.confirmation(said.body)


def test_own_addresses() -> None:
    """Every region, and the ones in China."""
    assert Ses.sns.certificate_url(request(envelope("ses", {}))) == CERTIFICATE_URL
    beijing = "https://sns.cn-north-1.amazonaws.com.cn/x.pem"
    assert Ses.sns.certificate_url(request(envelope("ses", {}, SigningCertURL=beijing))) == beijing
    assert Scaleway.sns.certificate_url(request(envelope("scaleway", {}))) == SCALEWAY_CERTIFICATE_URL


def test_a_confirmation() -> None:
    """It is signed like the rest, says where to confirm, and holds no event; ends of subscriptions say nothing."""
    where = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"
    said = envelope("ses", "Welcome", Type="SubscriptionConfirmation", SubscribeURL=where, Token="abc")
    ended = envelope("ses", "Bye", Type="UnsubscribeConfirmation", SubscribeURL=where, Token="abc")
    for each in (said, ended):
        Ses().verify(request(each), lock("ses"), AT)
        assert Ses().events(request(each).body) == []
    assert Ses.sns.confirmation(request(said).body) == where
    assert Ses.sns.confirmation(request(ended).body) is None
    assert Ses.sns.confirmation(request(envelope("ses", {})).body) is None
    with pytest.raises(Forged):
        Ses().verify(request(said | {"SubscribeURL": where + "&more"}), lock("ses"), AT)


@pytest.mark.parametrize("certificate", [b"", b"no certificate", pem(authority("ours")[1])[:-60]])
def test_what_is_no_certificate(certificate: bytes) -> None:
    """A host that answers with something else proves nothing."""
    with pytest.raises(Forged):
        Ses().verify(request(envelope("ses", {})), Lock(topics=frozenset({TOPIC}), certificate=certificate), AT)


def test_scaleway_has_an_authority() -> None:
    """A certificate of the right host by another authority is refused, and one that signed itself, too."""
    said = posted("scaleway", report("scaleway", "delivered"))
    good = lock("scaleway")
    assert Scaleway().verify(said, good, AT) == "request-1"
    for keys in (lock("scaleway", "theirs").keys, tuple(pem(leaf("theirs")[1]).decode().splitlines())):
        with pytest.raises(Forged):
            Scaleway().verify(said, Lock(keys=keys, topics=good.topics, certificate=good.certificate), AT)


def test_raw_delivery() -> None:
    """Without an envelope nothing is signed: it counts with the account's password and topic, and never without."""
    body = json.dumps(report("ses", "bounced")).encode()
    bare = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC, "x-amz-sns-message-id": "raw-1"}
    known = Lock(keys=("digest:a password",), topics=frozenset({TOPIC}))
    headers = bare | {"authorization": "Basic ZGlnZXN0OmEgcGFzc3dvcmQ="}
    assert Ses().verify(Posted(headers, body), known, AT) == "raw-1"
    assert [event.permanent for event in Ses().events(body)] == [True]
    for wrong, opened in (
        (bare, known),
        (headers, Lock(topics=known.topics)),
        (headers | {"x-amz-sns-topic-arn": "arn:aws:sns:eu-west-1:1:theirs"}, known),
    ):
        with pytest.raises(Forged):
            Ses().verify(Posted(wrong, body), opened, AT)
