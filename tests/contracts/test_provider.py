"""What every mail API adapter promises, whatever its vendor (`digest.providers.base.Adapter`)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.evidence import evidence
from digest.message import Form, Slot, Slotted
from digest.model import OutcomeKind
from digest.providers import ADAPTERS, MERGING
from digest.providers.base import Adapter, Answer, Call, Filled, Letter, LookUp, Merging, Opening, Signing

TOKEN = "a-token-that-opens-the-account"
LETTER = Letter(
    sender="The Morning Tide <tide@news.example.org>",
    reply_to="desk@example.org",
    subject=Form(("Salt “again”",)),
    html=Form(("<p>", Slot("address", "html"), "</p>")),
    text=Form((Slot("address", "text"), "\n")),
    headers=(
        ("List-Unsubscribe", Slotted(("<", Slot("unsubscribe_url", "header"), ">"))),
        ("List-Unsubscribe-Post", Slotted(("List-Unsubscribe=One-Click",))),
    ),
    stream="broadcast",
)
READERS = [
    {
        "to": f"reader{number}@example.org",
        "address": f"reader{number}@example.org",
        "delivery": f"1-{number}-f",
        "message_id": f"<{number}@news.example.org>",
        "unsubscribe_url": f"https://digest.example.org/u/{number}",
    }
    for number in range(3)
]

statuses = st.integers(100, 599)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)
bodies = st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode())
headers = st.dictionaries(
    st.sampled_from(["retry-after", "content-type", "date", "ratelimit-reset", "x-ratelimit-reset", "x-message-id"]),
    st.text(max_size=30) | st.sampled_from(["Mon, 23 Nov 2026 07:00:00 GMT", "1795417200", "0.5"]),
)
answers = st.builds(Answer, statuses, headers, bodies)

every_adapter = pytest.mark.parametrize(
    "adapter", [ADAPTERS[kind]() for kind in sorted(ADAPTERS)], ids=sorted(ADAPTERS)
)
WAYS = {**ADAPTERS, **{f"{kind}, merged": adapter for kind, adapter in MERGING.items()}}
every_way = pytest.mark.parametrize("adapter", [WAYS[way]() for way in sorted(WAYS)], ids=sorted(WAYS))
"""Of every vendor, and of those with one body for all readers of a call."""


def call(adapter: Adapter, key: str = "k-1") -> Call:
    wire = adapter.wire(LETTER)
    return adapter.call([wire.message(reader) for reader in fitting(adapter)], key=key)


def fitting(adapter: Adapter) -> list[dict[str, str]]:
    """As many readers as one call of this vendor can carry."""
    return READERS[: adapter.capabilities.max_readers]


def deliveries(adapter: Adapter) -> list[str]:
    return [values["delivery"] for values in fitting(adapter)]


@every_way
def test_a_call_is_the_same_each_time_and_names_every_delivery_in_order(adapter: Adapter) -> None:
    """No clock and no chance in it: what is sent again is byte for byte what was sent."""
    made = call(adapter)
    assert made == call(adapter)
    places = [made.body.index(delivery.encode()) for delivery in deliveries(adapter)]
    assert places == sorted(places)


@every_adapter
def test_a_key_is_told_to_who_remembers_it_and_to_nobody_else(adapter: Adapter) -> None:
    """The same messages under another key are another request only where the vendor documents a window for it."""
    remembered = adapter.capabilities.idempotency
    assert (call(adapter, "k-1") != call(adapter, "k-2")) == (remembered is not None)
    assert remembered is None or remembered > timedelta(0)


@every_way
def test_what_an_adapter_says_of_itself_is_what_it_does(adapter: Adapter) -> None:
    """Who reads the record may rely on it, without asking the object."""
    assert adapter.capabilities.look_up == isinstance(adapter, LookUp)
    assert not isinstance(adapter, Merging) or adapter.capabilities.merge


@every_adapter
def test_every_reader_has_both_fields_of_rfc_8058_in_their_order(adapter: Adapter) -> None:
    """The link, then the promise that a POST to it is enough; mail programs hide the button for any other order."""
    body = call(adapter).body
    links = [body.index(f"<{values['unsubscribe_url']}>".encode()) for values in fitting(adapter)]
    ends = [*links[1:], len(body)]
    assert all(body.count(b"List-Unsubscribe=One-Click", *span) == 1 for span in zip(links, ends, strict=True))
    assert body.count(b"List-Unsubscribe=One-Click") == len(links)


@every_way
def test_credentials_are_beside_the_call_and_never_in_it(adapter: Adapter) -> None:
    """Calls are compared and counted; what opens the account travels in header fields of its own."""
    fields = adapter.credentials(TOKEN)
    if isinstance(adapter, Signing):
        at = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
        fields = adapter.sign(call(adapter), Opening(f"KEY:{TOKEN}", "https://email.example.org", "eu-west-1", at))
        assert not any(TOKEN in value for _, value in fields)
        assert any("KEY" in value for _, value in fields)
    else:
        assert any(TOKEN in value or TOKEN in opened(value) for _, value in fields)
    ours = {name.lower() for name, _ in call(adapter).headers}
    assert not ours & {name.lower() for name, _ in fields}


def opened(value: str) -> str:
    """The user and password of HTTP Basic, or nothing."""
    scheme, _, encoded = value.partition(" ")
    return base64.b64decode(encoded).decode() if scheme == "Basic" else ""


@every_way
def test_a_message_has_at_least_the_size_of_its_wire(adapter: Adapter) -> None:
    """Batches are cut by `size` and by what a reader adds; a call of two is not smaller than its parts."""
    wire = adapter.wire(LETTER)
    message = wire.message(READERS[0])
    several = [message] * min(2, adapter.capabilities.max_readers)
    made = adapter.call(several, key="k-1")
    bytes_sent = len(made.body) + len(made.path) + sum(len(name) + len(value) for name, value in made.headers)
    assert wire.size < sum(map(len, message)) <= bytes_sent / len(several)
    assert adapter.capabilities.max_readers >= 1
    assert adapter.capabilities.max_bytes > sum(map(len, message))


@every_way
@pytest.mark.parametrize("changed", ["to", "address", "delivery", "unsubscribe_url", "subject", "html", "text"])
def test_other_bytes_are_other_evidence(adapter: Adapter, changed: str) -> None:
    """What stands for a message on record is the same in every process, and another when a byte of it is."""
    message = adapter.wire(LETTER).message(READERS[0])
    assert evidence([message]) == evidence([adapter.wire(LETTER).message(READERS[0])])
    letter, reader = LETTER, READERS[0]
    if changed in reader:
        reader = reader | {changed: READERS[1][changed]}
    else:
        letter = replace(LETTER, **{changed: Form((*getattr(LETTER, changed).parts, "."))})
    other = adapter.wire(letter).message(reader)
    assert pieces(other) != pieces(message)
    assert evidence([other]) != evidence([message])


def pieces(message: Filled) -> bytes:
    return b"".join((*message.shared, *message))


@every_way
@given(answer=answers)
def test_any_answer_gives_one_outcome_for_each_delivery(adapter: Adapter, answer: Answer) -> None:
    """In the order of the call, the same each time, and only an id of the vendor's makes one accepted."""
    named = deliveries(adapter)
    outcomes = adapter.outcomes(named, answer)
    assert [outcome.delivery for outcome in outcomes] == named
    assert outcomes == adapter.outcomes(named, answer)
    for outcome in outcomes:
        assert bool(outcome.provider_id) == (outcome.kind is OutcomeKind.ACCEPTED)


@every_way
@given(answer=answers.filter(lambda answer: not 200 <= answer.status < 300))
def test_what_may_have_been_taken_stays_unknown(adapter: Adapter, answer: Answer) -> None:
    """A status not documented as "nothing was sent" allows neither to send again nor to give up."""
    kinds = {outcome.kind for outcome in adapter.outcomes(deliveries(adapter), answer)}
    if answer.status in adapter.capabilities.refused:
        assert OutcomeKind.ACCEPTED not in kinds
    else:
        assert kinds == {OutcomeKind.UNKNOWN}


@every_way
@given(body=bodies)
def test_no_body_without_the_vendors_ids_is_an_acceptance(adapter: Adapter, body: bytes) -> None:
    """Status 200 proves nothing by itself."""
    kinds = [outcome.kind for outcome in adapter.outcomes(deliveries(adapter), Answer(200, {}, body))]
    assert OutcomeKind.ACCEPTED not in kinds
