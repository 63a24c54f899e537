"""The quote card: always of one size, never with a word cut or a box for a letter, and the same every time."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, features

from digest.model import Attribution, Quote, Span, Story
from digest.rendering.card import BAR, HEIGHT, MARGIN, TRIES, WIDTH, Quotation, card, headline, quotations

ACCENT = "#A3241B"
RED = (163, 36, 27)
GROUND = (248, 245, 238)
HEADLINE = Quotation(text="A town votes to move")
LONG = "We have waited nine years, and in those years we have seen three ministers come and go. "


def said(text: str, **more: str) -> Quotation:
    return Quotation(**{"text": text, "opening": "“", "closing": "”", "speaker": "Ada Rook", "role": "mayor", **more})


def drawn(*quotes: Quotation, otherwise: Quotation = HEADLINE, accent: str = ACCENT) -> Image.Image:
    made = card(quotes, otherwise=otherwise, newsletter="The Morning Tide", accent=accent)
    assert made is not None
    image = Image.open(io.BytesIO(made))
    assert (image.format, image.size, image.mode) == ("PNG", (WIDTH, HEIGHT), "RGB")
    return image


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    "text",
    [
        "It is the second bridge that I cannot find.",
        "Die Donaudampfschifffahrtsgesellschaft hat „ganz“ gewiss geöffnet.",
        "Η θάλασσα δεν περιμένει κανέναν.",
        "Мы открыли ворота и увидели, что моря нет.",
    ],
)
def test_margins_are_kept(text: str) -> None:
    """The accent stands where lines begin; nothing reaches the other edges, whatever the script."""
    image = drawn(said(text))
    assert image.getpixel((BAR // 2, HEIGHT // 2)) == RED
    for box in ((BAR, 0, MARGIN // 3, HEIGHT), (WIDTH - MARGIN // 3, 0, WIDTH, HEIGHT), (BAR, 0, WIDTH, 40)):
        assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), GROUND)]
    assert image.crop((BAR, HEIGHT - 20, WIDTH, HEIGHT)).getcolors(1) is not None


@pytest.mark.parametrize("text", ["انتظرنا هذا القرار تسع سنوات.", "חיכינו תשע שנים להחלטה הזאת."])
def test_right_to_left_is_mirrored(text: str) -> None:
    """The accent, the lines and the speaker begin at the right; letters are joined, not set one by one."""
    assert features.check("raqm"), "libfribidi is missing on this machine"
    image = drawn(said(text, direction="rtl", speaker="سلمى"))
    assert image.getpixel((WIDTH - BAR // 2, HEIGHT // 2)) == RED
    assert image.getpixel((BAR // 2, HEIGHT // 2)) == GROUND
    quotation = image.crop((0, 60, WIDTH - BAR, 470))
    assert quotation.crop((WIDTH - MARGIN - 60, 0, WIDTH - BAR, 410)).getcolors(2) is None


def test_letters_get_smaller_before_anything_is_left_out() -> None:
    """A longer quotation fills the same place; each is shown whole."""
    heights = []
    for text in (LONG, LONG * 2, LONG * 4):
        ink = drawn(said(text.strip())).crop((MARGIN, 0, WIDTH, 470)).convert("L").point(lambda v: 255 * (v < 90))
        _, top, _, bottom = ink.getbbox() or (0, 0, 0, 0)
        heights.append(bottom - top)
    assert all(150 < height < 400 for height in heights)


def test_one_that_is_too_long_gives_way_to_a_shorter_one() -> None:
    """The next key quote that fits is shown as it is."""
    short = said("Not one stone.")
    assert same(drawn(said(LONG * 30), short), drawn(short))


def test_without_a_shorter_one_whole_sentences_stand_for_it() -> None:
    """From its beginning, ending where a sentence surely ends: not after “Gov.” or an initial."""
    begun = "We stood on the pier with Gov. Hale and J. Rook until the tide turned."
    endless = f"{begun} {'And then the water rose again and again ' * 40}"
    assert same(drawn(said(endless)), drawn(said(begun)))


def test_one_endless_sentence_gives_way_to_the_headline() -> None:
    """No word and no sentence is ever cut, so there is something else to show."""
    assert same(drawn(said("on and on " * 200)), drawn())


def test_a_script_without_a_font_is_passed_over() -> None:
    """No card shows boxes: the next quotation is taken, and without one there is no card."""
    chinese = said("我们等了九年")
    assert same(drawn(chinese, said("Nine years.")), drawn(said("Nine years.")))
    assert card([chinese], otherwise=Quotation(text="我们等了九年"), newsletter="潮", accent=ACCENT) is None


def test_equal_values_give_equal_bytes_and_the_accent_shows() -> None:
    """So that a card is made once and found by its hash."""
    make = [card([said("Nine.")], otherwise=HEADLINE, newsletter="T", accent=accent) for accent in (ACCENT,) * 2]
    assert make[0] == make[1] != card([said("Nine.")], otherwise=HEADLINE, newsletter="T", accent="#005A9C")


@settings(max_examples=40)
@given(text=st.text(max_size=1200), speaker=st.text(max_size=120), newsletter=st.text(max_size=200))
def test_no_text_breaks_it(text: str, speaker: str, newsletter: str) -> None:
    """Any text at all: a card of the right size, or none."""
    made = card([said(text, speaker=speaker)], otherwise=Quotation(text=text), newsletter=newsletter, accent=ACCENT)
    assert made is None or Image.open(io.BytesIO(made)).size == (WIDTH, HEIGHT)


def test_what_an_edition_has_to_say() -> None:
    """Key quotes with a speaker, the lead's first, in the marks of their own language; else its headline."""

    def quote(text: str, speaker: str | None, rank: int | None) -> Quote:
        return Quote(
            text=text,
            span=Span(0, len(text)),
            speaker=speaker,
            role=None,
            attribution=Attribution.NAMED,
            confidence=1.0,
            rank=rank,
        )

    def story(language: str, *quotes: Quote) -> Story:
        return Story(
            article="0" * 64,
            ref="x",
            headline="H",
            dek=None,
            caption=None,
            takes=(),
            quotes=quotes,
            findings=(),
            language=language,
        )

    lead = story("de", quote("Zwei", "B", 2), quote("Eins,", "A", 1), quote("Nie", "C", None), quote("Wer", None, 3))
    found = quotations([lead, story("ar", quote("ثلاثة", "د", 1))], "en")
    assert [(each.text, each.opening, each.speaker, each.direction) for each in found] == [
        ("Eins.", "„", "A", "ltr"),
        ("Zwei", "„", "B", "ltr"),
        ("ثلاثة", "”", "د", "rtl"),
    ]
    assert headline(lead, "en") == Quotation(text="H")


def test_what_does_not_fit_is_not_measured_without_end() -> None:
    """However many quotations are too long, a build waits for a few; then the headline stands there."""
    long = [said(f"{LONG * 10}{number}") for number in range(TRIES)]
    assert same(drawn(*long, said("Not one stone.")), drawn())
    assert same(drawn(*long[1:], said("Not one stone.")), drawn(said("Not one stone.")))
    assert same(drawn(said("Yes.", speaker="Wo " * 50_000)), drawn(said("Yes.", speaker="Wo " * 100)))
