"""Selections: who stands where, what the message says of itself, and how heavy one can be."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import RenderError
from digest.message import PREHEADER_LENGTH, SUBJECT_LENGTH, Plan, Told, shorten
from digest.message.selection import minutes_of

STORIES = tuple(
    Told(f"Headline {number}", f"Dek {number}", topic, (100 + number, 40, 10, 8))
    for number, topic in enumerate(("world", "science", "world", "", "sport", "science"))
)
PLAN = Plan(
    sections=(("lead", 1), ("stories", 2), ("briefs", None)),
    summary=2,
    stories=STORIES,
    also="Also:",
    minutes=("1 min", "2 min"),
)


def test_all_stories_in_their_sections() -> None:
    """Rooms are filled in order, the last section takes what is left, the first stories come again in the summary."""
    chosen = PLAN.choose()
    lists = {name: list(own) for name, own in chosen.lists.items()}
    assert lists == {"lead": [0], "stories": [1, 2], "briefs": [3, 4, 5], "summary": [0, 1]}
    assert chosen.values["subject"] == "Headline 0"
    assert chosen.values["preheader"].startswith("Also: Headline 1 · Headline 2")


def test_a_selection_moves_up() -> None:
    """Its first story leads, whatever place it has in the edition; the words are counted where they stand."""
    chosen = PLAN.choose((5, 2))
    assert chosen.lists == {"lead": (5,), "stories": (2,), "briefs": (), "summary": (5, 2)}
    assert chosen.values == {"subject": "Headline 5", "preheader": "Also: Headline 2", "minutes": "1 min"}


def test_one_story_has_no_summary_and_tells_more_of_itself() -> None:
    """Nothing is said twice."""
    chosen = PLAN.choose((3,))
    assert chosen.lists["summary"] == ()
    assert chosen.values["preheader"] == "Dek 3"


@pytest.mark.parametrize("positions", [(), (0, 0), (6,), (-1,), (*range(6), 0), (0, 1, 1, 2, 2)])
def test_what_is_no_selection(positions: tuple[int, ...]) -> None:
    """None, twice the same, and what the edition does not have."""
    with pytest.raises(RenderError, match="positions 0 to 5"):
        PLAN.choose(positions)


@given(
    st.lists(st.integers(1, 60), min_size=2, max_size=7),
    st.data(),
    st.integers(0, 3),
    st.lists(st.integers(0, 2), max_size=2),
)
def test_what_a_selection_says_of_itself(
    lengths: list[int], data: st.DataObject, summary: int, rooms: list[int]
) -> None:
    """Whatever was chosen before: the words where they stand, and as many other headlines as there is room for."""
    words = st.tuples(*[st.integers(0, 300)] * (len(rooms) + 2))
    told = tuple(
        Told(f"{at}".ljust(length, "x"), f"aside {at}", "", data.draw(words)) for at, length in enumerate(lengths)
    )
    sections = tuple((f"s{at}", room) for at, room in enumerate([*rooms, None]))
    plan = Plan(sections, summary, told, "Also:", tuple(map(str, range(1, 50))))
    for order in data.draw(st.lists(st.permutations(range(len(told))), min_size=2, max_size=4)):
        for count in range(1, len(told) + 1):
            chosen = plan.choose(order[:count])
            read = sum(told[at].words[place] for place, own in enumerate(chosen.lists.values()) for at in own)
            assert chosen.values["minutes"] == str(minutes_of(read))
            others = [told[at].headline for at in order[1:count]]
            lines = ["Also: " + " · ".join(others[:number]) for number in range(1, count)] or [told[order[0]].aside]
            fits = [line for line in lines if len(line) <= PREHEADER_LENGTH]
            assert chosen.values["preheader"] == fits[-1]


def test_topics_choose_after_the_lead() -> None:
    """Everybody gets the editor's first story; the rest by topic, in the order of the edition."""
    assert PLAN.of_topics("Science, SPORT,") == (0, 1, 4, 5)
    assert PLAN.of_topics("nothing") == (0,)
    assert PLAN.of_topics("") == PLAN.of_topics(" , ") == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("Science, Health", "health"),
        ("Science; Health", "Science"),
        ("Économie", "e\u0301conomie"),
        ("New\u00a0York", "new  york"),
        ("Ｗｏｒｌｄ", "World"),
        ("Straße", "STRASSE"),
        ("ثقافة", "رياضة,ثقافة"),
    ],
)
def test_the_same_topic_in_another_spelling(told: str, wanted: str) -> None:
    """Each of several topics of a story counts, however its letters are composed, spaced and capitalised."""
    plan = Plan((("all", None),), stories=(STORIES[0], Told("Headline", "", told, (1, 1))), minutes=("1",))
    assert plan.of_topics(wanted) == (0, 1)
    assert plan.of_topics("another") == (0,)


def test_a_preheader_keeps_to_its_length() -> None:
    """As many whole headlines as fit; a single long one is cut at a word."""
    long = Plan(sections=(("all", None),), stories=(STORIES[0], Told("word " * 60, "", "", (0, 0))), minutes=("1",))
    assert len(long.choose().values["preheader"]) <= PREHEADER_LENGTH
    assert len(Plan((("all", None),), stories=(long.stories[1],), minutes=("1",)).choose().values["subject"]) <= (
        SUBJECT_LENGTH
    )


def test_reading_time() -> None:
    """238 words a minute, rounded up, at least one."""
    assert [minutes_of(words) for words in (0, 238, 239, 476, 477)] == [1, 1, 2, 2, 3]


def test_shorten() -> None:
    """Whole words before an ellipsis, never longer than asked, even without a space."""
    assert shorten("one two three", 13) == "one two three"
    assert shorten("one two three four", 13) == "one two…"
    assert len(shorten("x" * 100, 20)) == 20


weights = st.integers(0, 50)


@given(st.data(), st.integers(1, 6), st.integers(0, 3), st.lists(st.integers(0, 3), max_size=3))
def test_the_heaviest_selection_is_found_exactly(
    data: st.DataObject, count: int, summary: int, rooms: list[int]
) -> None:
    """As heavy as the heaviest of all selections weighed one by one."""
    sections = tuple((f"s{at}", room) for at, room in enumerate([*rooms, None]))
    plan = Plan(sections, summary, tuple(Told("h", "", "", (0,) * 9) for _ in range(count)), minutes=("1",))
    drawn = [
        (data.draw(weights), data.draw(st.lists(weights, min_size=count, max_size=count)))
        for _ in range(len(sections) + 1)
    ]
    of = dict(zip((*(name for name, _ in sections), "summary"), drawn, strict=True))
    heaviest = 0
    for size in range(1, count + 1):
        for positions in combinations(range(count), size):
            lists = plan.choose(positions).lists
            heaviest = max(
                heaviest, sum(of[name][0] + sum(of[name][1][at] for at in own) for name, own in lists.items() if own)
            )
    assert plan.heaviest(7, drawn) == heaviest + 7
