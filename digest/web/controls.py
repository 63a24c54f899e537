"""What can be chosen in the preview: read from an address, and written back as links and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from digest.pages.pages import Choice
from digest.web.clients import Look
from digest.web.messages import What, Wish

NARROWEST, WIDEST = 320, 700
"""Pixels of a frame."""
WIDTHS = (320, 375, 414, 480, 600, 700)
"""Small and usual telephones, a large one, a tablet's pane, the width of the e-mail, a desktop's pane."""

VIEWS = {
    "message": "Message",
    "text": "Text",
    "source": "Source",
    "inlined": "Inlined",
    "raw": "Raw",
    "file": "",
}
"""`file` is a file of the template, which only findings link to."""
SCHEMES = {"light": "Light", "dark": "Dark", "forced": "Forced dark"}
IMAGES = {"on": "Shown", "off": "Blocked"}
STYLES = {"all": "All", "inline": "No style blocks", "none": "None"}
CLIENTS = {"browser": "This browser", "word": "Like Word (Outlook)"}


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything chosen; what is not allowed is what it is by default."""

    view: str = "message"
    width: str = "600"
    scheme: str = "light"
    images: str = "on"
    styles: str = "all"
    client: str = "browser"
    language: str = ""
    reader: str = ""
    sample: str = ""
    file: str = ""

    @classmethod
    def of(cls, params: QueryParams | Mapping[str, str]) -> Controls:
        """What an address or a form asks for."""

        def one(name: str, allowed: Mapping[str, str]) -> str:
            wanted = params.get(name, "")
            return wanted if wanted in allowed else str(getattr(_DEFAULT, name))

        width = params.get("width", "")
        return cls(
            view=one("view", VIEWS),
            width=str(min(WIDEST, max(NARROWEST, int(width)))) if _digits(width) else _DEFAULT.width,
            scheme=one("scheme", SCHEMES),
            images=one("images", IMAGES),
            styles=one("styles", STYLES),
            client=one("client", CLIENTS),
            language=params.get("language", "").strip()[:35],
            reader=params.get("reader", "").strip()[:320],
            sample=params.get("sample", "").strip()[:80],
            file=params.get("file", "")[:200],
        )

    @property
    def wish(self) -> Wish:
        return Wish(self.language, self.reader, self.sample)

    @property
    def look(self) -> Look:
        """How the frame shows the message."""
        return Look(
            scheme=self.scheme,  # type: ignore[arg-type]  # one of SCHEMES, as `of` sees to
            images=self.images == "on",
            styles=self.styles,  # type: ignore[arg-type]
            word=self.client == "word",
        )

    def address(self, what: What, page: str = "", **changed: str) -> str:
        """The page of `what`, or one below it, with these choices; defaults are left out."""
        query = replace(self, **changed).given()
        return what.address + page + (f"?{urlencode(query)}" if query else "")

    def links(self, what: What, name: str, options: Mapping[str, str]) -> list[Choice]:
        """A link for each value of one choice."""
        return [
            Choice(shown, self.address(what, **{name: value}), getattr(self, name) == value)
            for value, shown in options.items()
        ]

    def given(self) -> dict[str, str]:
        """The choices that are not the default ones."""
        return {name: value for name, value in asdict(self).items() if value != getattr(_DEFAULT, name)}


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6


_DEFAULT = Controls()
