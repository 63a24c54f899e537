"""What one vendor says in a way of its own, and who must not be suppressed for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reporting import AT, report

from digest.model import Event, EventKind
from digest.providers.webhooks import HOOKS
from digest.providers.webhooks.agents import is_machine


def event(vendor: str, said: Any) -> Event:
    (found,) = HOOKS[vendor].events(json.dumps(said).encode())
    return found


def changed(vendor: str, kind: str, **members: Any) -> Event:
    """The event of a report in which these members say something else."""
    said = report(vendor, kind)
    inner = said[0] if isinstance(said, list) else said
    for path, value in members.items():
        *outer, last = path.split("__")
        place = inner
        for name in outer:
            place = place.setdefault(name, {})
        place[last] = value
    return event(vendor, said)


@pytest.mark.parametrize(
    ("type_", "kind", "permanent"),
    [
        ("HardBounce", "bounced", True),
        ("BadEmailAddress", "rejected", True),
        ("ManuallyDeactivated", "rejected", True),
        ("SoftBounce", "bounced", False),
        ("SpamNotification", "bounced", False),
        ("VirusNotification", "bounced", False),
        ("Transient", "deferred", False),
        ("DnsError", "deferred", False),
        ("Blocked", "rejected", False),
        ("DMARCPolicy", "rejected", False),
        ("Unsubscribe", "unsubscribed", False),
        ("AutoResponder", "other", False),
        ("AddressChange", "other", False),
        ("Subscribe", "other", False),
        ("Unknown", "other", False),
    ],
)
def test_postmark_bounces(type_: str, kind: str, permanent: bool) -> None:
    """Only what says that the address is gone gives it up: no filter, no vacation program, no policy of ours."""
    found = changed("postmark", "bounced", Type=type_)
    assert (found.kind, found.permanent, found.name) == (EventKind(kind), permanent, type_)


@pytest.mark.parametrize(
    ("reason", "sending", "kind", "permanent"),
    [
        ("HardBounce", True, "bounced", True),
        ("SpamComplaint", True, "complained", True),
        ("ManualSuppression", True, "unsubscribed", False),
        ("ManualSuppression", False, "other", False),
        (None, False, "other", False),
    ],
)
def test_postmark_changes_of_subscriptions(reason: str | None, sending: bool, kind: str, permanent: bool) -> None:
    """Postmark's own list, by why somebody is on it; who was taken off it is nobody's event."""
    found = changed("postmark", "unsubscribed", SuppressionReason=reason, SuppressSending=sending)
    assert (found.kind, found.permanent) == (EventKind(kind), permanent)


@pytest.mark.parametrize(
    ("subtype", "reason", "permanent"),
    [
        ("General", "bounced", True),
        ("NoEmail", "bounced", True),
        ("Suppressed", "blocked", True),
        ("OnAccountSuppressionList", "blocked", True),
        ("MessageTooLarge", "content", False),
        ("ContentRejected", "content", False),
        ("AttachmentRejected", "content", False),
        ("UnsubscribedRecipient", "unsubscribed", False),
    ],
)
def test_ses_bounces(subtype: str, reason: str, permanent: bool) -> None:
    """A message that was refused for itself says nothing about the address, however permanent Amazon calls it."""
    found = changed("ses", "bounced", bounce__bounceSubType=subtype)
    assert (found.reason, found.permanent) == (reason, permanent)


def test_ses_says_that_it_is_no_spam() -> None:
    """A report that takes a complaint back is not one."""
    assert changed("ses", "complained", complaint__complaintFeedbackType="not-spam").kind is EventKind.OTHER


def test_ses_names_several() -> None:
    """One event for each reader who bounced, none for those who did not; who opened is said only of one."""
    said = report("ses", "bounced")
    said["mail"]["destination"] = ["ann@example.org", "bob@example.org", "eve@example.org"]
    said["bounce"]["bouncedRecipients"] = [{"emailAddress": "ann@example.org"}, {"emailAddress": "bob@example.org"}]
    found = HOOKS["ses"].events(json.dumps(said).encode())
    assert [each.address for each in found] == ["ann@example.org", "bob@example.org"]
    opened = report("ses", "opened")
    opened["mail"]["destination"] = ["ann@example.org", "bob@example.org"]
    assert event("ses", opened).address == ""


@pytest.mark.parametrize(
    ("members", "permanent", "reason"),
    [
        ({"type": "bounce"}, True, "bounced"),
        ({"type": "blocked"}, False, "bounced"),
        ({"type": "", "status": "5.1.1"}, True, "bounced"),
        ({"type": "", "status": "4.2.2"}, False, "bounced"),
        ({"bounce_classification": "Content"}, False, "content"),
        ({"bounce_classification": "Reputation"}, False, "content"),
        ({"bounce_classification": "Invalid Address"}, True, "bounced"),
    ],
)
def test_sendgrid_bounces(members: dict[str, str], permanent: bool, reason: str) -> None:
    """Blocked for now, refused for our name or for what we wrote: the address stays."""
    found = changed("sendgrid", "bounced", **members)
    assert (found.permanent, found.reason) == (permanent, reason)


@pytest.mark.parametrize(
    ("words", "reason", "permanent"),
    [
        ("Bounced Address", "bounced", True),
        ("Spam Reporting Address", "spam", True),
        ("Unsubscribed Address", "unsubscribed", False),
        ("Spam Content", "content", False),
        ("Recipient List over Package Quota", "other", False),
    ],
)
def test_sendgrid_drops(words: str, reason: str, permanent: bool) -> None:
    """What SendGrid does not even try, by its own lists."""
    found = changed("sendgrid", "rejected", reason=words)
    assert (found.reason, found.permanent) == (reason, permanent)


@pytest.mark.parametrize(
    ("members", "permanent", "reason"),
    [
        ({"reason": "bounce"}, True, "bounced"),
        ({"reason": "suppress-bounce"}, True, "bounced"),
        ({"reason": "suppress-complaint"}, True, "spam"),
        ({"reason": "suppress-unsubscribe"}, False, "unsubscribed"),
        ({"reason": "old"}, False, "bounced"),
        ({"reason": "generic"}, False, "other"),
        ({"reason": "generic", "delivery-status__bounce-type": "hard"}, True, "other"),
        ({"reason": "bounce", "delivery-status__bounce-type": "soft"}, False, "bounced"),
        ({"reason": "generic", "delivery-status__enhanced-code": "5.1.1"}, True, "other"),
        ({"reason": "bounce", "delivery-status__enhanced-code": "5.7.1"}, False, "content"),
        ({"reason": "generic", "delivery-status__enhanced-code": "5.6.0"}, False, "content"),
        (
            {"reason": "bounce", "delivery-status__enhanced-code": "5.7.1", "delivery-status__bounce-type": "hard"},
            True,
            "bounced",
        ),
    ],
)
def test_mailgun_failures(members: dict[str, str], permanent: bool, reason: str) -> None:
    """Mailgun's own judgement where it has one; else what was tried for too long is not final, and a policy or the
    content is nothing that a reader could help.
    """
    found = changed("mailgun", "bounced", **members)
    assert (found.kind, found.permanent, found.reason) == (EventKind.BOUNCED, permanent, reason)


def test_mailgun_pulled_reports_are_the_same() -> None:
    """An item of the events API is the same event as the webhook that tells it."""
    item = report("mailgun", "clicked")
    assert event("mailgun", item) == event("mailgun", {"signature": {}, "event-data": item})


@pytest.mark.parametrize(
    ("bounce", "permanent", "reason"),
    [
        ({"type": "Permanent", "subType": "General"}, True, "bounced"),
        ({"type": "Permanent", "subType": "Suppressed"}, True, "blocked"),
        ({"type": "Transient", "subType": "MailboxFull"}, False, "bounced"),
        ({"type": "Transient", "subType": "MessageTooLarge"}, False, "content"),
        ({"type": "Undetermined", "subType": "Undetermined"}, False, "bounced"),
        ({"message": "a hard bounce, in an older report"}, True, "bounced"),
    ],
)
def test_resend_bounces(bounce: dict[str, str], permanent: bool, reason: str) -> None:
    """By its type; older reports had none and told only what was final."""
    found = changed("resend", "bounced", data__bounce=bounce)
    assert (found.permanent, found.reason) == (permanent, reason)


def test_resend_tags_in_both_forms() -> None:
    """Names and values as an object, as documented, and as an array of pairs, as they are sent."""
    pairs = [{"name": "delivery", "value": "7-1-proof"}]
    assert changed("resend", "delivered", data__tags=pairs).delivery == "7-1-proof"
    assert changed("resend", "delivered", data__tags={"delivery": "7-1-proof"}).delivery == "7-1-proof"


def test_brevo_times() -> None:
    """Milliseconds as documented, seconds as in some of its examples, and the date of the event report."""
    seconds = int(AT.timestamp())
    assert changed("brevo", "delivered", ts_epoch=seconds).at == AT
    assert changed("brevo", "delivered", ts_epoch=None, ts_event=seconds).at == AT
    assert changed("brevo", "delivered", ts_epoch=None, date="2026-11-23T08:05:00.000+01:00").at == AT
    assert changed("brevo", "delivered", ts_epoch=None, date="2026-11-23 08:05:00").at is None


def test_mailjet_soft_and_hard() -> None:
    """Only a hard bounce gives the address up; an array and a single report are the same."""
    single = report("mailjet", "bounced")[0]
    assert event("mailjet", single) == event("mailjet", [single])
    assert event("mailjet", single | {"hard_bounce": False}).permanent is False


def test_scaleway_lists() -> None:
    """On its list for a mailbox that is not there, the address is lost; for another reason it is not."""
    assert changed("scaleway", "rejected", blocklist_type="mailbox_not_found").permanent
    assert not changed("scaleway", "rejected", blocklist_type="mailbox_full").permanent
    assert not changed("scaleway", "rejected", type="email_spam").permanent


@pytest.mark.parametrize(
    ("vendor", "kind", "members"),
    [
        ("sendgrid", "opened", {"sg_machine_open": True}),
        ("mailgun", "opened", {"client-info__bot": "apple"}),
        ("mailgun", "clicked", {"client-info__bot": "generic"}),
        ("brevo", "opened", {"event": "proxy_open"}),
        ("brevo", "opened", {"event": "unique_proxy_open"}),
        ("postmark", "opened", {"UserAgent": "Mozilla/5.0"}),
        ("mailjet", "clicked", {"agent": "python-requests/2.32"}),
        ("ses", "clicked", {"click__userAgent": "Barracuda Sentinel (EE)"}),
        ("resend", "clicked", {"data__click__userAgent": "Mozilla/5.0 (compatible; bingbot/2.0)"}),
    ],
)
def test_machines_are_marked(vendor: str, kind: str, members: dict[str, Any]) -> None:
    """By the vendor's own word, or by the name that the program gives itself."""
    assert not changed(vendor, kind).machine
    assert changed(vendor, kind, **members).machine


@pytest.mark.parametrize(
    ("agent", "machine"),
    [
        ("", False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", False),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", False),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", False),
        ("Mozilla/5.0", True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0.0.0", True),
        ("curl/8.9.1", True),
        ("Go-http-client/2.0", True),
    ],
)
def test_agents(agent: str, machine: bool) -> None:
    """Browsers and the proxies that load when their reader opens are people; programs are not."""
    assert is_machine(agent) is machine
