"""What the preview shows: one message, of an edition or a template, as one reader gets it."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from urllib.parse import quote

from digest.model import Finding

Kind = Literal["newsletters", "editions", "templates"]


class What(NamedTuple):
    """What a message is made of."""

    kind: Kind
    """A newsletter's next edition, an edition that was kept, or a template with one of its samples."""
    name: str
    """Key in config.toml, number of the edition, or folder of the template."""

    @property
    def address(self) -> str:
        """Path of its page."""
        return f"/{self.kind}/{quote(self.name, safe='')}"


class Wish(NamedTuple):
    """For whom, and in which words. Empty: nobody's in particular."""

    language: str = ""
    """BCP 47 tag; empty for the reader's, or that of the newsletter or sample."""
    reader: str = ""
    """Address of somebody on the roll; empty for a reader that does not exist."""
    sample: str = ""
    """Of a template: the name of its file without .toml; empty for the first."""


class Remark(NamedTuple):
    """A finding, and what it is about."""

    about: str
    """The story's headline, or "The edition"."""
    finding: Finding


class Listed(NamedTuple):
    """Something that can be shown."""

    what: What
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewMessage:
    """One message, its slots filled for one reader; its links change nothing, whoever the reader is."""

    title: str
    """Of the newsletter, the edition or the template."""
    subject: str
    preheader: str
    html: str
    """Inlined."""
    text: str
    source_html: str
    """Before inlining; empty where that was not kept."""
    raw: bytes
    """RFC 5322."""
    headers: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()
    warnings: tuple[str, ...] = ()
    """What else an editor should know: sources that failed, stories left out, an address that is not on the roll."""
    heaviest: int = 0
    """Bytes of HTML that no reader's selection passes; 0 where everybody gets the same."""
    language: str
    languages: tuple[str, ...]
    """That it can be made in."""
    samples: tuple[str, ...] = ()
    """Of a template."""
    sample: str = ""
    reader: str = ""
    """For whom it is, in one line."""
    whole: bool = True
    """Whether it has every story, so that lines of findings are lines of this message."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The files of the template by the names that findings use, such as `digest/body.html`."""
    pictures: Mapping[str, Path] = field(default_factory=dict)
    """Files that stand for addresses which lead nowhere: those of a sample."""
    account: str = ""
    """The account that a trial of it goes through; empty where there is none."""

    @property
    def html_bytes(self) -> int:
        return len(self.html.encode())

    @property
    def encoded_bytes(self) -> int:
        """Of the HTML as quoted-printable, lines ended by CRLF."""
        html = self.html.encode()
        return len(b2a_qp(html)) + html.count(b"\n")


class Sent(NamedTuple):
    """What became of a trial."""

    accepted: bool
    report: str
    inbox: str = ""
    """Where it can be seen, if that is on this machine."""


class Drafts(Protocol):
    """What the preview shows. Every method runs in a thread, one call at a time, and may raise DigestError."""

    def listing(self) -> Sequence[Listed]:
        """Everything that can be shown, the newest editions first among theirs."""

    def make(self, what: What, wish: Wish) -> PreviewMessage:
        """The message, made afresh; nothing is kept. Raises DigestError with the file and line at fault."""

    def send(self, what: What, wish: Wish, address: str) -> Sent:
        """Make the message and send it to one address, outside the ledger."""

    def watched(self) -> Sequence[Path]:
        """Files and folders whose changes can change a message; nothing that `make` writes lies below one."""
