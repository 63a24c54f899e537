"""Who says what: one test for each way in which an article ties words to a person."""

from __future__ import annotations

import pytest

from digest.model import Article, Attribution, Quote
from digest.writing import write

LEAD = "Harbour talks\n\nMayor Ada Okafor met the pilots at noon. Captain Tomas Lind spoke for the pilots.\n\n"


def quotes_of(body: str, language: str = "en", lead: str = LEAD) -> tuple[Quote, ...]:
    return write(Article(text=lead + body, source="test", ref="t", language=language)).quotes


@pytest.mark.parametrize(
    ("body", "speaker", "attribution"),
    [
        ("“The boats will sail at dawn tomorrow,” Lind said.", "Tomas Lind", Attribution.NAMED),
        ("“The boats will sail at dawn tomorrow,” said Lind.", "Tomas Lind", Attribution.NAMED),
        ("“Will the boats sail at dawn tomorrow?” Lind asked.", "Tomas Lind", Attribution.NAMED),
        ("“The boats will sail at dawn!” beamed Lind.", "Tomas Lind", Attribution.NAMED),
        ("Lind said: “The boats will sail at dawn tomorrow.”", "Tomas Lind", Attribution.NAMED),
        ("Lind said that “the boats will sail at dawn tomorrow.”", "Tomas Lind", Attribution.NAMED),
        ("According to Lind, “the boats will sail at dawn.”", "Tomas Lind", Attribution.ACCORDING),
        ("Lind was blunt: “The boats will sail at dawn.”", "Tomas Lind", Attribution.COLON),
        ("“The boats will sail at dawn.” — Tomas Lind", "Tomas Lind", Attribution.DASH),
        ("“LIND: The boats will sail at dawn tomorrow.”", "Tomas Lind", Attribution.TRANSCRIPT),
        ("“The boats,” said Lind, who has no licence, “will sail at dawn.”", "Tomas Lind", Attribution.NAMED),
        ("“The boats will sail,” the pilots’ captain, Tomas Lind, said.", "Tomas Lind", Attribution.NAMED),
        ("“The boats will sail,” a spokesman for Lind said.", "a spokesman for Lind", Attribution.NOUN),
        ("The next morning, Tomas Lind, 54, said: “The boats will sail.”", "Tomas Lind", Attribution.NAMED),
        ("The kit man, Tomas Lind, said: “The boats will sail.”", "Tomas Lind", Attribution.NAMED),
        ("A source speaking to Lind said: “The boats will sail at dawn.”", "A source", Attribution.NOUN),
        (
            "Okafor, who praised the pilots at length in her speech on the pier, is “a fighter” at heart, Lind said.",
            "Tomas Lind",
            Attribution.NAMED,
        ),
        ("Lind insisted that his boats were “still the best.”--Ida Holm.", "Tomas Lind", Attribution.NAMED),
        ("Lind went on to say, “The boats will sail at dawn.”", "Tomas Lind", Attribution.NAMED),
        ("Okafor left, and Lind told reporters, “The boats will sail.”", "Tomas Lind", Attribution.NAMED),
        ("Lind attacked the mayor, saying, “The boats will sail.”", "Tomas Lind", Attribution.NAMED),
        ("The plan is “dead in the water,” and the boats will sail, Lind said.", "Tomas Lind", Attribution.NAMED),
        ("“The pilots call it ‘the old tub,’” Lind said.", "Tomas Lind", Attribution.NAMED),
        (
            "The plan “is dead in the water now,” as Lind said on Monday, and that counts.",
            "Tomas Lind",
            Attribution.NAMED,
        ),
        ("“The boats will sail at dawn tomorrow” Lind said.", "Tomas Lind", Attribution.NAMED),
        (
            "When told Okafor had left, Lind waited and said that “the boats will sail.”",
            "Tomas Lind",
            Attribution.NAMED,
        ),
        ("Lind answered by saying the plan should “not be allowed to go ahead.”", "Tomas Lind", Attribution.NAMED),
        ("After Lind said that the plan “is dead in the water,” the mayor applauded.", "Tomas Lind", Attribution.NAMED),
        ("“The boats will sail at dawn tomorrow,” Will said.", "Will", Attribution.NOUN),
        ("A sign on the pier reading “no boats after dawn” was gone.", "A sign on the pier", Attribution.NOUN),
        ("“The boats will sail at dawn,” said the 61-year-old.", "the 61-year-old", Attribution.NOUN),
        ("A letter obtained by Lind warns that “the boats will sink.”", "A letter", Attribution.NOUN),
        ("“The boats will sail at dawn,” said Okafor loyalist Tomas Lind.", "Tomas Lind", Attribution.NAMED),
        ("Ada Okafor and Tomas Lind: “The boats will sail.”", "Ada Okafor and Tomas Lind", Attribution.COLON),
        ("Lind called the show “the worst of all the years.”", "Tomas Lind", Attribution.NAMED),
        ("Said Lind, “The boats will sail at dawn tomorrow.”", "Tomas Lind", Attribution.NAMED),
    ],
)
def test_attribution(body: str, speaker: str, attribution: Attribution) -> None:
    """Each way to attach a quotation names the right person and says how it did."""
    quote = quotes_of(body)[0]
    assert (quote.speaker, quote.attribution) == (speaker, attribution)


def test_split() -> None:
    """A quotation split around its verb has one speaker for both parts."""
    first, second = quotes_of("“The hull is old,” Lind said, “and the engine is older still.”")
    assert (first.speaker, second.speaker) == ("Tomas Lind", "Tomas Lind")


def test_carried() -> None:
    """A quotation without a verb of its own belongs to whoever spoke before in the same paragraph."""
    _, second = quotes_of("“The hull is old,” Lind said. “The engine is older still.”")
    assert (second.speaker, second.attribution) == ("Tomas Lind", Attribution.CARRIED)


def test_several_paragraphs() -> None:
    """What a paragraph leaves open and the next reopens is one speaker's."""
    first, second = quotes_of("Okafor said: “The hull is old.\n\n“The engine is older still.”")
    assert (first.speaker, second.speaker) == ("Ada Okafor", "Ada Okafor")


def test_pronouns() -> None:
    """He and she are told apart by given names, and the nearest fitting person is meant."""
    quotes = quotes_of("“The hull is old,” he said.\n\n“The licence is gone,” she said. She added: “For good.”")
    assert [quote.speaker for quote in quotes] == ["Tomas Lind", "Ada Okafor", "Ada Okafor"]


def test_antecedent_of_the_same_sentence() -> None:
    """A pronoun in a relative clause means the person named in its own sentence, whoever spoke last."""
    body = "“The hull is old,” Okafor said. That fits Captain Lind’s promise, which he described as “safe and simple.”"
    assert [quote.speaker for quote in quotes_of(body)] == ["Ada Okafor", "Tomas Lind"]


def test_subject_behind_an_opening_phrase() -> None:
    """A pronoun means the person whom the sentences before it are about, not the last speaker."""
    body = (
        "Samir Aldane hid microphones in sheds.\n\nConrad Pike, the owner of the farm, paid half. “I am sorry,” "
        "Pike said.\n\nSince the paper was announced, Aldane has had 140 letters from people in eleven countries. "
        "He has answered all of them, and he is careful. “I tell them that I can explain one hum,” he said."
    )
    assert [quote.speaker for quote in quotes_of(body, lead="Harbour\n\n")] == ["Conrad Pike", "Samir Aldane"]


@pytest.mark.parametrize(
    ("before", "key"),
    [
        ("Tomas Lind told the council that the boats were old.", True),
        ("Peter Vane left at noon. Tomas Lind told the council that the boats were old.", False),
        ("Ida Lind left at noon. Tomas Lind told the council that the boats were old.", False),
    ],
)
def test_rivals(before: str, key: bool) -> None:
    """What “he” says is published alone only when nobody else near can be meant, by gender or by surname."""
    body = f"{before}\n\n“The hull is old and the engine is older still,” he said."
    (quote,) = quotes_of(body, lead="Harbour\n\n")
    assert (quote.speaker is not None, quote.key) == (True, key)


def test_carried_far() -> None:
    """What is carried over more than one paragraph is not published alone."""
    body = (
        "Lind said: “The hull is old and so is the whole of the engine.\n\n"
        "“The mast is older still than either of the two.\n\n“The sails are the oldest of all that we have here.”"
    )
    quotes = quotes_of(body)
    assert [(quote.speaker, quote.key) for quote in quotes] == [
        ("Tomas Lind", True),
        ("Tomas Lind", True),
        ("Tomas Lind", False),
    ]


def test_second_hand() -> None:
    """What a source passes on keeps its speaker, and is not published alone."""
    (quote,) = quotes_of("“The boats will sail at dawn,” Lind said, according to two of the pilots.")
    assert (quote.speaker, quote.key) == ("Tomas Lind", False)


def test_headline_in_capitals() -> None:
    """A headline within the body is nobody who could speak."""
    body = "NEW FERRY FOR SELBY “The boat that the town ordered two years ago has arrived in the port of Selby.”"
    (quote,) = quotes_of(body, lead="Harbour\n\n")
    assert quote.speaker is None


def test_name_before_an_adverb() -> None:
    """A surname that stands only once, at the head of a sentence, is known by the verb behind its adverb."""
    body = "Tomas Lind sailed at noon.\n\nVane openly admitted that the hull was old. “It was always too old,” he said."
    assert quotes_of(body, lead="Harbour\n\n")[0].speaker == "Vane"


def test_unresolved_pronoun() -> None:
    """A bare pronoun is never a speaker."""
    (quote,) = quotes_of("“The hull is very old indeed, and so is the engine,” he said.", lead="Harbour\n\n")
    assert quote.speaker is None
    assert not quote.key


@pytest.mark.parametrize(
    ("before", "role"),
    [
        ("Company spokesman Tomas Lind", "Company spokesman"),
        ("Transport Secretary Tomas Lind", "Transport Secretary"),
        ("Sen. Tomas Lind", "Sen."),
        ("Tomas Lind, the director of the ferry museum,", "director of the ferry museum"),
        ("Tomas Lind, 54, a retired pilot,", "retired pilot"),
        ("Tomas Lind, a retired pilot who voted to move,", "retired pilot"),
        ("Tomas Lind, the survey’s chief geologist,", "survey’s chief geologist"),
        ("Tomas Lind, chair of the Skerrian Writers’ Guild,", "chair of the Skerrian Writers’ Guild"),
        ("Tomas Lind, a welder at the yard for 26 years,", "welder at the yard"),
        ("Tomas Lind, a welder standing by the gate,", "welder"),
        ("Tomas Lind, 58, the village postman,", "village postman"),
        ("The kit man, Tomas Lind,", "kit man"),
        ("Tomas Lind, a day after the vote,", None),
        ("Tomas Lind, the first of them to leave,", None),
        ("The next morning, Tomas Lind, 54,", None),
    ],
)
def test_roles(before: str, role: str | None) -> None:
    """The office or trade stands before or after the name, without what is told of the person besides."""
    (quote,) = quotes_of(f"{before} said: “The boats will sail at dawn tomorrow.”", lead="Harbour\n\n")
    assert (quote.speaker, quote.role) == ("Tomas Lind", role)


def test_role_stays_in_its_line() -> None:
    """A role never crosses a line."""
    (quote,) = quotes_of(
        "The town hired a director\n\nTomas Lind said: “The boats will sail at dawn.”", lead="Harbour\n\n"
    )
    assert quote.role is None


@pytest.mark.parametrize(
    "body",
    [
        "The film “Dawn Over the Brine” opens on Friday in Selby and in Kelm.",
        "The so-called “ghost ferry” was sold on Friday in Selby and in Kelm.",
        "In Ida Holm’s column on Friday, “The boats must stay for good,” the harbour of Selby is a desert.",
        "Lind spoke of the boats.\n\n“The Boats Must Stay in Port for Ever,” by the Post’s Ida Holm, was read.",
        "Lind spoke of it.\n\n“The boats stay,” by the Kelm Post’s Ida Holm: “The boats of Selby are to stay in port.”",
        "On Kelm Radio’s “Dawn Call,” Lind spoke of the boats of Selby.",
        "Lind has written a book titled “The Boats That Never Came Back From the Sea.”",
        "The boat, nicknamed “Old Bess”, was sold on Friday in Selby and in Kelm.",
    ],
)
def test_not_speech(body: str) -> None:
    """Titles of works, nicknames and terms are nobody's words."""
    assert quotes_of(body, lead="Harbour\n\n") == ()


@pytest.mark.parametrize(
    ("language", "body", "speaker"),
    [
        ("de", "Die Leiterin Greta Ohlsen kam. „Wir öffnen erst im Mai“, sagte Ohlsen.", "Greta Ohlsen"),
        (
            "fr",
            "La directrice Claire Aubert attend. « Nous ouvrirons en mai », a déclaré Claire Aubert.",
            "Claire Aubert",
        ),
        ("es", "La directora Marta Olmo espera. «Abriremos en mayo», dijo Marta Olmo.", "Marta Olmo"),
        ("he", '"נפתח רק כאשר העגורן יהיה בטוח", אמרה דנה לוין.', "דנה לוין"),
        ("ar", "«لن نفتح الميناء قبل شهر مايو»، قالت سلمى حداد.", "سلمى حداد"),
    ],
)
def test_languages(language: str, body: str, speaker: str) -> None:
    """The other languages find their marks and main verbs, with less confidence than English."""
    (quote,) = quotes_of(body, language, "Titel\n\n")
    assert quote.speaker == speaker
    assert 0 < quote.confidence < 0.9


ARABIC_LEAD = "عنوان الخبر\n\nالتقت الوزيرة سلمى حدّاد عمّال الميناء في الصباح الباكر من يوم الأحد.\n\n"


@pytest.mark.parametrize(
    ("body", "speaker"),
    [
        ("«لن نفتح الميناء قبل شهر مايو»، قالت حدّاد.", "سلمى حدّاد"),
        ("«لن نفتح الميناء قبل شهر مايو»، قالت الوزيرة سلمى حدّاد للصحفيين.", "سلمى حدّاد"),
        ("وقالت حداد: «لن نفتح الميناء قبل شهر مايو».", "سلمى حدّاد"),
        ("وفي المساء أكّدت حدّاد: «لن نفتح الميناء قبل شهر مايو».", "سلمى حدّاد"),
        ("وقال المتحدث باسم الوزارة كريم نصّار: «لن نفتح الميناء قبل شهر مايو».", "كريم نصّار"),
        ("«لن نفتح الميناء قبل شهر مايو»، قالت ضاحكة.", None),
    ],
)
def test_names_without_capitals(body: str, speaker: str | None) -> None:
    """Vowel signs part no word, a surname stands for the full name, and neither a verb nor “laughing” is a name."""
    (quote,) = quotes_of(body, "ar", ARABIC_LEAD)
    assert quote.speaker == speaker


def test_role_without_capitals() -> None:
    """The office stands right before the name, without the verb before it, or behind an Arabic comma."""
    first, second = quotes_of(
        "«لن نفتح الميناء قبل شهر مايو»، قالت حدّاد.\n\nوقال كريم نصّار، مدير الميناء: «لن ننتظر أحدا أبدا».",
        "ar",
        ARABIC_LEAD,
    )
    assert (first.role, second.role) == ("الوزيرة", "مدير الميناء")


@pytest.mark.parametrize(
    "below",
    [
        "”\n\n— Tomas Lind",
        "”\n— Tomas Lind, who steers the night ferry.",
        "”\n\n-Tomas Lind, Selby.",
        "”\nTomas Lind, the pilots’ captain",
        "\nTomas Lind, captain of Selby’s night ferry.”",
    ],
)
def test_signatures(below: str) -> None:
    """A line below a quotation that fills its paragraph names its speaker, even where the text before is another's."""
    quote, *_ = quotes_of(f"Okafor kept silent.\n\n“The boats will sail at dawn tomorrow.{below}\n\nThe mayor left.")
    assert (quote.speaker, quote.attribution) == ("Tomas Lind", Attribution.DASH)


@pytest.mark.parametrize(
    "below",
    [
        "\n\nTomas Lind",  # a subhead
        "\n\n— Tomas Lind said nothing more.",
        "\nTomas Lind, who said nothing, left the pier.",
        "\nTomas Lind\nThe pilots’ captain stayed on the pier until the lamps were lit.",  # a list of people
        "\n\n— the night ferry",
    ],
)
def test_unsigned(below: str) -> None:
    """A name below a quotation that goes on to a story, or stands apart without a dash, signs nothing."""
    body = f"Okafor was calm about it: she had read the plan.\n\n“The boats will sail at dawn tomorrow.”{below}"
    assert all(quote.attribution is not Attribution.DASH for quote in quotes_of(body + "\n\nThe mayor left."))
