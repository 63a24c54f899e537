"""Letters and readers that every adapter has to carry; no two kinds of trouble are in the same one."""

from __future__ import annotations

from digest.delivery.letters import mailbox
from digest.message import Form, Plan, Section, Slot, Slotted
from digest.message.selection import Told
from digest.providers.base import Letter

LINK = Slot("unsubscribe_url", "header")
HEADERS = (
    ("List-Unsubscribe", Slotted(("<", LINK, ">"))),
    ("List-Unsubscribe-Post", Slotted(("List-Unsubscribe=One-Click",))),
    ("List-Id", Slotted(('"The Morning Tide" <morning.news.example.org>',))),
    ("Message-ID", Slotted(("<", Slot("delivery", "header"), "@news.example.org>"))),
    ("Auto-Submitted", Slotted(("auto-generated",))),
)

PLAIN = Letter(
    sender=mailbox("The Morning Tide", "tide@news.example.org"),
    reply_to="desk@news.example.org",
    subject=Form(("Harbour dues fall by a third",)),
    html=Form(("<p>Good morning, ", Slot("sent_to", "html"), ".</p>")),
    text=Form(("Good morning, ", Slot("sent_to", "text"), ".\n")),
    headers=HEADERS,
    stream="broadcast",
)
"""ASCII throughout."""

UNICODE = Letter(
    sender=mailbox('Die Flut, "täglich"', "flut@news.example.org"),
    reply_to="redaktion@news.example.org",
    subject=Form(('„Salz“ \\ "Licht" 🌊 مرحبا \u2028 {{7*7}} 100% %recipient.name%',)),
    html=Form(("<p>Grüße 🌊 ", Slot("sent_to", "html"), " مرحبا &amp; %recipient.name% {{name}} <%name%></p>")),
    text=Form(("Grüße 🌊 ", Slot("sent_to", "text"), "\r\nمرحبا %unsubscribe_url% 100%\n--\n")),
    headers=(*HEADERS, ("X-Series", Slotted(("Ebbe und Flut, täglich",)))),
    stream="broadcast",
)
"""Two scripts, an astral character, quotation marks, line separators, and what merge engines look for."""

LONG = Letter(
    sender=mailbox("N" * 200, f"{'s' * 60}@news.example.org"),
    reply_to="",
    subject=Form(("Wort " * 200,)),
    html=Form(("<p>" + "Ein langer Satz über Häfen. " * 3_500 + "</p>", Slot("sent_to", "html"))),
    text=Form(("Ein langer Satz über Häfen.\n" * 1_500, Slot("sent_to", "text"))),
    headers=HEADERS,
    stream="broadcast",
)
"""About 100 kB of HTML, and fields of no sensible length."""

_STORIES = tuple(f"<p>Story {number} at 5%</p>" for number in range(3))
CHOSEN = Letter(
    sender=PLAIN.sender,
    reply_to=PLAIN.reply_to,
    subject=Form((Slot("subject", "text"),)),
    html=Form(
        (
            Section(
                "stories", Slotted(("<main>",)), tuple(Slotted((story,)) for story in _STORIES), Slotted(("</main>",))
            ),
            Slot("sent_to", "html"),
        )
    ),
    text=Form(("Stories\n", Slot("sent_to", "text"))),
    headers=HEADERS,
    stream="broadcast",
    plan=Plan(
        sections=(("stories", None),),
        stories=tuple(Told(f"Headline {number}", "", "", (5, 5)) for number in range(3)),
        minutes=("one minute",),
    ),
)
"""Sections, from which each reader's own stories are joined."""

LETTERS = {"plain": PLAIN, "unicode": UNICODE, "long": LONG, "chosen": CHOSEN}

_NAMES = ("Ann Weir", "", 'Zoë "Z" O’Hara', "Doe, Jane; Esq.", "李 小龍")


def reader(number: int) -> dict[str, str]:
    """The slots of one reader; names take turns."""
    address = f"reader+{number}@example.org"
    return {
        "to": mailbox(_NAMES[number % len(_NAMES)], address),
        "sent_to": f"sent to {address} <b>%recipient.email%</b>",
        "delivery": f"7-{number}-0f",
        "unsubscribe_url": f"https://digest.example.org/u/t0ken-{number}",
    }
