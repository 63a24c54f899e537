"""One body for all readers of a call: filled as each vendor says that it fills, it is the message of each reader."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import CHOSEN, LONG, PLAIN, UNICODE, reader
from python_multipart import parse_form

from digest.errors import RenderError
from digest.message import Context, Form, Slot, Slotted
from digest.model import OutcomeKind
from digest.providers import ADAPTERS, MERGING
from digest.providers.base import Adapter, Answer, Call, Letter
from digest.providers.mailgun_merge import MailgunMerge
from digest.providers.merging import Variables
from digest.providers.sendgrid_merge import SendGridMerge
from digest.providers.ses_bulk import OPENERS, SesBulk
from digest.settings.tables import KEYS_OF_PROVIDERS


class Got(NamedTuple):
    """What one reader gets."""

    to: str
    subject: str
    text: str
    html: str
    fields: Mapping[str, str]
    delivery: str


def form_of(call: Call) -> Mapping[str, list[str]]:
    """A form as the vendor reads it."""
    found: dict[str, list[str]] = {}

    def keep(field: Any) -> None:
        found.setdefault(field.field_name.decode(), []).append((field.value or b"").decode())

    headers = {name: value.encode() for name, value in call.headers} | {"Content-Length": str(len(call.body)).encode()}
    parse_form(headers, io.BytesIO(call.body), keep, None)
    return found


def of_mailgun(call: Call) -> list[Got]:
    """`%recipient.NAME%` by each reader's own variables, in one pass, wherever the vendor looks."""
    form = form_of(call)
    variables = json.loads(form["recipient-variables"][0]) if "recipient-variables" in form else {}
    got = []
    for to in form["to"]:
        own = variables.get(to.rpartition("<")[2].rstrip(">"), {})

        def fill(text: str, own: Mapping[str, str] = own) -> str:
            return re.sub(r"%recipient\.([\w.-]+)%", lambda found: own[found[1]], text)

        fields = {name[2:]: fill(value) for name, (value, *_) in form.items() if name.startswith("h:")}
        fields.pop("Message-ID", None)
        got.append(
            Got(
                to,
                fill(form["subject"][0]),
                fill(form["text"][0]),
                fill(form["html"][0]),
                fields,
                fill(form["v:delivery"][0]),
            )
        )
    return got


def of_sendgrid(call: Call) -> list[Got]:
    """Each tag by its value, as it is, in subject and content."""
    read = json.loads(call.body)
    got = []
    for personalization in read["personalizations"]:

        def fill(text: str, own: Mapping[str, str] = personalization.get("substitutions", {})) -> str:
            for tag, value in own.items():
                text = text.replace(tag, value)
            return text

        (to,) = personalization["to"]
        text, html = (fill(part["value"]) for part in read["content"])
        got.append(
            Got(
                json.dumps(to),
                fill(read["subject"]),
                text,
                html,
                personalization["headers"],
                personalization["custom_args"]["delivery"],
            )
        )
    return got


def of_ses(call: Call) -> list[Got]:
    """`{{name}}` by the entry's data as it is; a backslash before it makes it text, and a third brace is an error."""
    read = json.loads(call.body)
    if "BulkEmailEntries" not in read:
        content = read["Content"]["Simple"]
        return [
            Got(
                read["Destination"]["ToAddresses"][0],
                content["Subject"]["Data"],
                content["Body"]["Text"]["Data"],
                content["Body"]["Html"]["Data"],
                {field["Name"]: field["Value"] for field in content["Headers"]},
                read["EmailTags"][0]["Value"],
            )
        ]
    template = read["DefaultContent"]["Template"]["TemplateContent"]
    got = []
    for entry in read["BulkEmailEntries"]:
        data = json.loads(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])

        def fill(text: str, data: Mapping[str, str] = data) -> str:
            assert not re.search(r"\\\{\{|\{\{\{|\{\{\w+\}\}\}", text)
            return re.sub(r"\{\{(.*?)\}\}", lambda found: data[found[1]], text, flags=re.DOTALL)

        got.append(
            Got(
                entry["Destination"]["ToAddresses"][0],
                fill(template["Subject"]),
                fill(template["Text"]),
                fill(template["Html"]),
                {field["Name"]: field["Value"] for field in entry["ReplacementHeaders"]},
                entry["ReplacementTags"][0]["Value"],
            )
        )
    return got


def as_it_is(letter: Letter) -> Letter:
    return letter


FILLED: dict[str, Callable[[Call], list[Got]]] = {"mailgun": of_mailgun, "sendgrid": of_sendgrid, "ses": of_ses}
HARMLESS: dict[str, Callable[[Letter], Letter]] = {"ses": OPENERS.letter}
"""What whole messages of a vendor leave as it is, since no engine reads them."""

every_vendor = pytest.mark.parametrize("kind", sorted(MERGING))


def merged(kind: str, letter: Letter, *values: Mapping[str, str]) -> list[Got]:
    adapter = MERGING[kind]()
    wire = adapter.wire(letter)
    return FILLED[kind](adapter.call([wire.message(each) for each in values], key="k-1"))


def whole(kind: str, letter: Letter, *values: Mapping[str, str]) -> list[Got]:
    adapter = ADAPTERS[kind]()
    wire = adapter.wire(HARMLESS.get(kind, as_it_is)(letter))
    return [got for each in values for got in FILLED[kind](adapter.call([wire.message(each)], key="k-1"))]


def test_what_settings_offer_is_what_there_is() -> None:
    """The kinds with the key `merge` are those with an adapter for it, which say so of themselves."""
    offered = {kind for kind, keys in KEYS_OF_PROVIDERS.items() if "merge" in keys}
    assert offered == set(MERGING) == {kind for kind, adapter in ADAPTERS.items() if adapter.capabilities.merge}


@every_vendor
@pytest.mark.parametrize("letter", [PLAIN, UNICODE, LONG], ids=["plain", "unicode", "long"])
def test_every_reader_gets_what_a_whole_message_gives(kind: str, letter: Letter) -> None:
    """Byte for byte: address, subject, both bodies, every field that both have, and the delivery's id."""
    readers = [reader(number) for number in range(7)]
    assert merged(kind, letter, *readers) == whole(kind, letter, *readers)


@every_vendor
def test_one_reader_is_enough(kind: str) -> None:
    """The others may have left since the batch was cut."""
    assert merged(kind, PLAIN, reader(3)) == whole(kind, PLAIN, reader(3))


@every_vendor
def test_both_fields_of_rfc_8058_are_each_readers_own(kind: str) -> None:
    """The link first, then the promise, with nobody else's link in either."""
    readers = [reader(number) for number in range(3)]
    for got, values in zip(merged(kind, PLAIN, *readers), readers, strict=True):
        names = list(got.fields)
        assert names.index("List-Unsubscribe") + 1 == names.index("List-Unsubscribe-Post")
        assert got.fields["List-Unsubscribe"] == f"<{values['unsubscribe_url']}>"
        assert got.fields["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@every_vendor
def test_values_are_escaped_for_their_place(kind: str) -> None:
    """No vendor escapes; in HTML a bracket is a reference, in text it is itself, and in a field no line breaks."""
    (got,) = merged(kind, PLAIN, reader(0) | {"sent_to": '<b>"Zoë" & Söhne</b>\u2028'})
    assert "&lt;b&gt;&quot;Zoë&quot; &amp; Söhne&lt;/b&gt;" in got.html
    assert '<b>"Zoë" & Söhne</b>' in got.text
    with pytest.raises(RenderError):
        merged(kind, PLAIN, reader(0) | {"unsubscribe_url": "https://x\r\nBcc: a@example.org"})


INGREDIENTS = """
    { } {{ }} {{sent_to_html}} {{#each}} \\ % %recipient.sent_to_html% %recipient . sent_to_html%
    %unsubscribe_url% <%name%> -0123456789abcdef.sent_to_html- - & a é
"""
SOUP = st.lists(st.sampled_from([*INGREDIENTS.split(), " ", "\n"]), max_size=12).map("".join)


@every_vendor
@given(before=SOUP, after=SOUP, subject=SOUP, value=SOUP)
def test_nothing_in_content_or_values_is_ever_filled(
    kind: str, before: str, after: str, subject: str, value: str
) -> None:
    """Whatever an article holds beside a variable: the reader sees it, changed by what cannot be seen at most."""
    letter = replace(
        PLAIN,
        subject=Form((subject.replace("\n", ""),)),
        html=Form((before, Slot("sent_to", "html"), after, Slot("sent_to", "html"), before)),
        text=Form((before, Slot("sent_to", "text"), after, Slot("sent_to", "text"), before)),
    )
    value = value.replace("\n", "")
    values = reader(0) | {"sent_to": value, "to": "Ann Weir <ann@example.org>"}
    (got,) = merged(kind, letter, values)
    assert seen(got.subject) == seen(letter.subject.fill({}))
    assert seen(got.text) == seen(letter.text.fill(values))
    assert seen(shown(got.html)) == seen(shown(letter.html.fill(values)))
    assert got.delivery == values["delivery"]


def seen(text: str) -> str:
    return text.replace("\u2060", "")


def shown(html: str) -> str:
    for reference, sign in (("&#37;", "%"), ("&#123;", "{"), ("&#91;", "[")):
        html = html.replace(reference, sign)
    return html


@every_vendor
@given(title=SOUP)
def test_no_field_is_filled_from_a_title_and_each_is_ascii(kind: str, title: str) -> None:
    """A newsletter's title stands in List-Id: a space keeps it from being a variable, and nothing is put into it."""
    title = title.replace("\n", "").replace("é", "")
    letter = replace(PLAIN, headers=(*PLAIN.headers, ("X-Title", Slotted((f'"{title}"',)))))
    (got,) = merged(kind, letter, reader(0))
    assert got.fields["X-Title"].isascii()
    assert got.fields["X-Title"].replace(" ", "") == f'"{title}"'.replace(" ", "")


def test_a_tag_of_sendgrid_is_in_no_content() -> None:
    """It is made from the content's hash, so that what holds the tag of another letter has another tag."""
    wire = SendGridMerge().wire(PLAIN)
    (tag, *_) = json.loads(b"".join(wire.message(reader(0))))["substitutions"]
    letter = replace(PLAIN, html=Form((f"<p>{tag}</p>", Slot("sent_to", "html"))))
    (got,) = merged("sendgrid", letter, reader(0))
    assert f"<p>{tag}</p>" in got.html


@every_vendor
def test_a_letter_with_sections_is_no_merged_one(kind: str) -> None:
    """Each reader's own selection does not fit one body."""
    with pytest.raises(RenderError, match="own selections"):
        MERGING[kind]().wire(CHOSEN)


@every_vendor
def test_the_shared_part_is_there_once(kind: str) -> None:
    """A thousand readers more make a request larger by what is theirs."""
    adapter = MERGING[kind]()
    wire = adapter.wire(LONG)
    count = adapter.capabilities.max_readers
    body = adapter.call([wire.message(reader(number)) for number in range(count)], key="k-1").body
    assert wire.shared < len(body) < wire.shared + count * (wire.size + 2_000)  # type: ignore[attr-defined]
    assert wire.size < 2_000


def outcomes(adapter: Adapter, answer: Answer, count: int = 3) -> list[tuple[OutcomeKind, Any]]:
    found = adapter.outcomes([f"7-{number}-0f" for number in range(count)], answer)
    return [(each.kind, each.provider_id or each.reason) for each in found]


def test_mailgun_has_one_id_for_all() -> None:
    """All or nothing: one address that is none halves the batch, and what is not understood is unknown for all."""
    adapter = MailgunMerge()
    queued = Answer(200, {}, b'{"id":"<x@mg.example.org>","message":"Queued. Thank you."}')
    assert outcomes(adapter, queued) == [(OutcomeKind.ACCEPTED, "x@mg.example.org")] * 3
    assert outcomes(adapter, Answer(200, {}, b'{"id":"<x>"}')) == [(OutcomeKind.UNKNOWN, "answer")] * 3
    wrong = Answer(400, {}, b'{"message":"to parameter is not a valid address. please check documentation"}')
    assert outcomes(adapter, wrong) == [(OutcomeKind.SPLIT, "invalid")] * 3
    assert outcomes(adapter, wrong, 1) == [(OutcomeKind.REJECTED, "invalid")]


def test_mailgun_never_shows_readers_to_each_other() -> None:
    """Every address has an entry among the variables, even when nothing in the letter is its own."""
    bare = replace(PLAIN, html=Form(("<p>x</p>",)), text=Form(("x",)), headers=(("X", Slotted(("y",))),))
    wire = MailgunMerge().wire(bare)
    form = form_of(MailgunMerge().call([wire.message(reader(number)) for number in range(3)], key="k-1"))
    assert len(form["to"]) == 3
    assert set(json.loads(form["recipient-variables"][0])) == {f"reader+{number}@example.org" for number in range(3)}


def test_sendgrid_names_the_address_that_spoils_a_request() -> None:
    """Nothing was taken, so the others are sent to at once; a place that nobody has proves nothing."""
    adapter = SendGridMerge()

    def refused(*fields: str | None) -> Answer:
        return Answer(400, {}, json.dumps({"errors": [{"message": "m", "field": field} for field in fields]}).encode())

    assert outcomes(adapter, refused("personalizations.1.to.0.email")) == [
        (OutcomeKind.RETRY, "other"),
        (OutcomeKind.REJECTED, "invalid"),
        (OutcomeKind.RETRY, "other"),
    ]
    again = adapter.outcomes(["7-0-0f", "7-1-0f"], refused("personalizations.1.to"))
    assert again[0].retry_after == 0
    assert outcomes(adapter, refused("personalizations.1.to", "from.email")) == [(OutcomeKind.PAUSE, "sender")] * 3
    assert outcomes(adapter, refused("personalizations.3.to")) == [(OutcomeKind.PAUSE, "other")] * 3
    taken = Answer(202, {"x-message-id": "abc"}, b"")
    assert outcomes(adapter, taken) == [(OutcomeKind.ACCEPTED, "abc")] * 3
    assert outcomes(adapter, Answer(202, {}, b"")) == [(OutcomeKind.UNKNOWN, "answer")] * 3


def test_sendgrid_sees_each_address_once() -> None:
    """One reader in each personalization, and neither cc nor bcc."""
    wire = SendGridMerge().wire(PLAIN)
    made = json.loads(SendGridMerge().call([wire.message(reader(number)) for number in range(1000)], key="k-1").body)
    people = [personalization["to"] for personalization in made["personalizations"]]
    assert len({to["email"] for (to,) in people}) == 1000
    assert {name for personalization in made["personalizations"] for name in personalization} == {
        "to", "headers", "custom_args", "substitutions",
    }  # fmt: skip


MANY = tuple(
    Slot(name, context)
    for name in ("sent_to", "unsubscribe_url", "confirm_url", "rejoin_url", "preheader")
    for context in get_args(Context)
)
"""More personal slots than any letter has."""


@pytest.mark.parametrize(
    ("adapter", "letter", "expected"),
    [
        (SesBulk(), replace(PLAIN, html=Form(("x" * 1_000_000,))), "1,000,000 bytes"),
        (MailgunMerge(), replace(PLAIN, headers=(("X-Long", Slotted(("x" * 16_000,))),)), "16,000 bytes"),
        (SendGridMerge(), replace(PLAIN, html=Form(MANY)), "10,000 bytes"),
    ],
    ids=["ses", "mailgun", "sendgrid"],
)
def test_what_a_vendor_has_no_room_for_is_refused(adapter: Adapter, letter: Letter, expected: str) -> None:
    """Before any request, with what to do instead."""
    with pytest.raises(RenderError, match=expected):
        adapter.wire(letter)


def test_values_that_need_no_escape_are_only_joined() -> None:
    """The usual value costs nothing; both ways give the same JSON."""
    slots = (Slot("sent_to", "html"), Slot("sent_to", "text"), Slot("unsubscribe_url", "header"))
    variables = Variables(slots, lambda slot, value: value)
    values = reader(0) | {"sent_to": "sent to a@example.org"}
    assert json.loads(variables.json(values)) == {
        "sent_to_html": "sent to a@example.org",
        "sent_to_text": "sent to a@example.org",
        "unsubscribe_url_header": "https://digest.example.org/u/t0ken-0",
    }
    assert json.loads(Variables((), lambda slot, value: value).json(values)) == {}
