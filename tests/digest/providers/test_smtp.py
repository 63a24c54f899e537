"""SMTP as `digest.providers.smtp` speaks it; `tests/digest/delivery/test_submission.py` carries it over sockets."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest
from letters import CHOSEN, LONG, PLAIN, UNICODE, reader

from digest.errors import RenderError
from digest.message import Form
from digest.message.mime import compose
from digest.model import OutcomeKind
from digest.providers.base import Answer, Call, Letter
from digest.providers.smtp import COMMAND, Smtp

UNIFORM = replace(UNICODE, subject=Form(("„Salz“ \\ 🌊 مرحبا {{7*7}} 100%",)))
"""Without the line separator, which no subject may have."""
WIDE = replace(LONG, subject=Form(("Wort " * 100,)))


def call(letter: Letter = PLAIN, number: int = 0, **values: str) -> Call:
    adapter = Smtp()
    return adapter.call([adapter.wire(letter).message(reader(number) | values)], key="k-1")


def read(body: bytes) -> EmailMessage:
    found = email.message_from_bytes(body, policy=email.policy.SMTP)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def test_the_envelope_is_beside_the_message() -> None:
    """Sender, one reader, and the delivery's id; none of it stands in the body for the envelope's sake."""
    made = call()
    assert (made.method, made.path) == ("MAIL", "tide@news.example.org")
    assert made.headers == (("RCPT", "reader+0@example.org"), ("ENVID", "7-0-0f"))
    assert list(read(made.body)) == [
        "To",
        "List-Unsubscribe",
        "Message-ID",
        "X-Delivery",
        "MIME-Version",
        "From",
        "Reply-To",
        "List-Unsubscribe-Post",
        "List-Id",
        "Auto-Submitted",
        "Subject",
        "Content-Type",
    ]


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("letter", [PLAIN, UNIFORM, WIDE], ids=["plain", "unicode", "long"])
def test_the_message_reads_as_the_one_that_is_shown(letter: Letter, number: int) -> None:
    """Preview and trials compose the message with CPython; every field and both bodies are the same in ours."""
    values = reader(number)
    ours = read(call(letter, number).body)
    fields = {
        "From": letter.sender,
        "To": values["to"],
        **({"Reply-To": letter.reply_to} if letter.reply_to else {}),
        "Subject": letter.subject.fill({}),
        **{name: value.fill(values) for name, value in letter.headers},
        "X-Delivery": values["delivery"],
    }
    shown = read(compose(fields, html=letter.html.fill(values), text=letter.text.fill(values)))
    assert {name: ours[name] for name in fields} == {name: shown[name] for name in fields}
    for mine, other in zip(ours.iter_parts(), shown.iter_parts(), strict=True):
        assert mine.get_content_type() == other.get_content_type()
        assert mine.get_content().rstrip() == other.get_content().rstrip()


@pytest.mark.parametrize("letter", [PLAIN, UNIFORM, WIDE, CHOSEN], ids=["plain", "unicode", "long", "chosen"])
def test_lines_are_those_that_every_server_takes(letter: Letter) -> None:
    """ASCII, ended by CRLF, none longer than 998 characters, and no body that ends in a soft line break."""
    adapter = Smtp()
    body = adapter.call([adapter.wire(letter).message(reader(0), letter.plan.choose())], key="k-1").body
    assert body.isascii()
    assert body.count(b"\n") == body.count(b"\r\n") == body.count(b"\r")
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert b"=\r\n--=_" not in body


def test_each_reader_has_the_stories_that_were_chosen() -> None:
    """A selection is another message with another boundary, and another subject."""
    wire, plan = Smtp().wire(CHOSEN), CHOSEN.plan
    whole, one = (read(b"".join(wire.message(reader(0), chosen)[1:])) for chosen in (plan.choose(), plan.choose([1])))
    assert (whole["Subject"], one["Subject"]) == ("Headline 0", "Headline 1")
    assert whole.get_boundary() != one.get_boundary()
    (_, html) = one.iter_parts()
    assert html.get_content().startswith("<main><p>Story 1 at 5%</p></main>")


@pytest.mark.parametrize(
    "to", ["zoë@example.org", "a> SIZE=1<b@example.org", '"a b"@example.org', "a\r\nRCPT TO:<b@example.org>"]
)
def test_no_address_breaks_out_of_the_envelope(to: str) -> None:
    """One with a bracket, a space, a line break or letters beyond ASCII is nobody's."""
    with pytest.raises(RenderError):
        call(to=to)


def outcome(status: int, command: str, text: str, *, deliveries: int = 1) -> tuple[OutcomeKind, str | None]:
    answer = Answer(status, {COMMAND: command}, text.encode())
    found = Smtp().outcomes([f"7-{number}-0f" for number in range(deliveries)], answer)
    assert len({(each.kind, each.reason) for each in found}) == 1
    return found[0].kind, found[0].provider_id or found[0].reason


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2.0.0 Ok: queued as 4F2A7C0012", "4F2A7C0012"),
        ("Ok 0102018f2b3c-0a1b-000000", "0102018f2b3c-0a1b-000000"),
        ("OK id=1rXyZ0-0002gk-2J", "1rXyZ0-0002gk-2J"),
        ("2.6.0 <x@y> Queued mail for delivery", "7-0-0f"),
        ("Requested mail action okay, completed", "7-0-0f"),
        ("", "7-0-0f"),
    ],
)
def test_the_servers_id_is_found_in_its_words(text: str, taken: str) -> None:
    """Where there is none, ours is the id: the message carries it."""
    assert outcome(250, ".", text) == (OutcomeKind.ACCEPTED, taken)


@pytest.mark.parametrize(
    ("status", "command", "text", "expected"),
    [
        (250, "RCPT", "ok", (OutcomeKind.UNKNOWN, "answer")),
        (354, "DATA", "go", (OutcomeKind.UNKNOWN, "answer")),
        (550, "RCPT", "5.1.1 no such user", (OutcomeKind.REJECTED, "invalid")),
        (550, "RCPT", "no such user", (OutcomeKind.REJECTED, "invalid")),
        (553, "RCPT", "mailbox name not allowed", (OutcomeKind.REJECTED, "invalid")),
        (550, ".", "5.1.1 no such user after all", (OutcomeKind.REJECTED, "invalid")),
        (552, "RCPT", "5.2.2 mailbox full", (OutcomeKind.REJECTED, "other")),
        (550, "RCPT", "5.2.1 mailbox disabled", (OutcomeKind.REJECTED, "other")),
        (550, "RCPT", "5.7.1 relaying denied", (OutcomeKind.PAUSE, "auth")),
        (551, "RCPT", "we do not relay", (OutcomeKind.PAUSE, "auth")),
        (550, "RCPT", "5.1.8 sender's domain does not exist", (OutcomeKind.PAUSE, "other")),
        (450, "RCPT", "4.2.0 greylisted", (OutcomeKind.RETRY, "rate")),
        (452, "MAIL", "4.3.1 no space", (OutcomeKind.RETRY, "rate")),
        (552, "RCPT", "too many recipients", (OutcomeKind.RETRY, "rate")),
        (421, "CONNECT", "busy", (OutcomeKind.RETRY, "rate")),
        (552, ".", "message too big", (OutcomeKind.SPLIT, "too-large")),
        (554, "MAIL", "5.3.4 message too big", (OutcomeKind.SPLIT, "too-large")),
        (550, "MAIL", "5.7.1 not your address", (OutcomeKind.PAUSE, "sender")),
        (554, ".", "5.7.1 looks like spam", (OutcomeKind.PAUSE, "content")),
        (535, "AUTH", "5.7.8 who?", (OutcomeKind.PAUSE, "auth")),
        (530, "MAIL", "5.7.0 must issue STARTTLS", (OutcomeKind.PAUSE, "auth")),
        (554, "CONNECT", "not for you", (OutcomeKind.PAUSE, "other")),
    ],
)
def test_whose_fault_a_refusal_is(status: int, command: str, text: str, expected: tuple[OutcomeKind, str]) -> None:
    """RFC 3463 tells addresses and mailboxes from everything else; without its codes only RCPT is about the reader."""
    assert outcome(status, command, text) == expected


def test_a_refusal_never_fails_several() -> None:
    """One transaction has one reader; if it ever had more, none is failed for another."""
    assert outcome(550, "RCPT", "5.1.1 no such user", deliveries=2)[0] is OutcomeKind.SPLIT
    assert outcome(250, ".", "queued as 4F2A", deliveries=2)[0] is OutcomeKind.UNKNOWN
