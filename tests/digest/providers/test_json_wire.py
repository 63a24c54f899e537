"""A letter as JSON says what its forms say, for every selection, each time it is made."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from digest.delivery.evidence import evidence
from digest.message import Context, Form, Plan, Section, Slot, Slotted, Told
from digest.providers.json_wire import JsonWire

PERSONAL = {"name": 'Zoë "Z" <b>\u2028, it\'s', "link": "https://digest.example.org/u/t"}
STORIES = tuple(Told(f"Headline “{number}” & \\ <x>", "aside", "", (90, 90, 90)) for number in range(6))
PLAN = Plan((("lead", 1), ("rest_of", None)), 2, STORIES, "Also:", ("1 min", "2 min"))

SELECTIONS = st.lists(st.integers(0, len(STORIES) - 1), min_size=1, unique=True)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
PLACES: tuple[Context, ...] = ("html", "text")
slots = st.sampled_from([Slot(name, context) for name in ("name", "link", "subject", "minutes") for context in PLACES])


def slotted(with_slots: bool) -> st.SearchStrategy[Slotted]:
    parts = st.lists(text | slots if with_slots else text, max_size=3)
    return parts.map(lambda made: Slotted(tuple(made)))


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Any text with slots, and the three lists with or without slots in them and between them."""
    parts: list[str | Slot | Section] = [draw(text), draw(slots)]
    for name in draw(st.permutations(("summary", "lead", "rest_of"))):
        inner = slotted(draw(st.booleans()))
        items = tuple(draw(inner) for _ in STORIES)
        parts += [Section(name, draw(inner), items, draw(inner)), *draw(st.lists(text | slots, max_size=2))]
    return Form(tuple(parts))


@given(forms(), forms(), SELECTIONS)
def test_json_says_what_the_forms_say(html: Form, subject: Form, positions: list[int]) -> None:
    """The first time from many pieces, then from few, and never more bytes than the size that was promised."""
    wire = JsonWire({"html": html, "list": [{"subject": subject}, True, "é"], "none": {}}, PLAN)
    chosen = PLAN.choose(sorted(positions))
    wire.message(PERSONAL, PLAN.choose())
    filled = [wire.message(PERSONAL, chosen) for _ in range(3)]
    made = list(map(b"".join, filled))
    assert len({evidence([message]) for message in filled}) == 1
    assert json.loads(made[0]) == {
        "html": html.select(chosen).fill(PERSONAL),
        "list": [{"subject": subject.select(chosen).fill(PERSONAL)}, True, "é"],
        "none": {},
    }
    assert made[0] == made[1] == made[2]
    empty = JsonWire({"html": html, "list": [{"subject": subject}, True, "é"], "none": {}}, PLAN)
    bare = replace(chosen, values=dict.fromkeys(chosen.values, ""))
    assert len(b"".join(empty.message(dict.fromkeys(PERSONAL, ""), bare))) <= wire.size


@given(forms(), SELECTIONS, text)
def test_other_bytes_are_other_evidence(form: Form, positions: list[int], name: str) -> None:
    """Of a selection, of what it says of itself, of a reader's value, and of ready text."""
    wire, chosen = JsonWire({"html": form}, PLAN), PLAN.choose(sorted(positions))
    message = wire.message(PERSONAL, chosen)
    for other in (
        wire.message(PERSONAL, PLAN.choose(range(3))),
        wire.message(PERSONAL, replace(chosen, values={**chosen.values, "subject": name})),
        wire.message(PERSONAL | {"name": name}, chosen),
        JsonWire({"html": Form((*form.parts, name))}, PLAN).message(PERSONAL, chosen),
    ):
        if b"".join(other) != b"".join(message):
            assert evidence([other]) != evidence([message])


@given(st.text(st.sampled_from([chr(code) for code in range(128)] + ["é", "\u2028"]), min_size=1, max_size=5))
@example("+,-./0123456789:")
@example("*;<=>?@[\\]^`{|}~")
@example("\ud800")
@example("two\nlines")
def test_a_value_is_escaped_for_its_place_or_needs_no_escaping(value: str) -> None:
    """Whatever characters it is made of, in HTML or in text alone, whatever is filled in beside it."""
    contexts: list[Context] = ["html", "attribute", "text"]
    for used in (contexts, contexts[2:]):
        places: dict[str, Slotted] = {each: Slotted((Slot("name", each), Slot("link", "text"))) for each in used}
        for values in ({"name": value, "link": "plain"}, {"name": "plain", "link": value}):
            made = json.loads(b"".join(JsonWire(places).message(values)))
            assert made == {context: place.fill(values) for context, place in places.items()}
