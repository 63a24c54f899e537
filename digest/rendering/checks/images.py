"""Images: their size, their format, and what is read where they are blocked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from digest.model import Finding, Severity
from digest.rendering.checks.proof import Proof, at, finding, host, suffix

WIDEST = 600
"""Pixels of the `width` attribute: Word draws an image that wide, whatever its CSS says."""
_NEAR = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts of an installation that has no address yet; its mail goes to the embedded inbox."""

_UNREAD = {
    "svg": "Gmail and Outlook do not show SVG",
    "webp": "Outlook for Windows does not show WebP",
    "avif": "most clients do not show AVIF",
}
_WHOLE = re.compile("[0-9]{1,5}")
_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?)", re.IGNORECASE)


def check_images(proof: Proof) -> Iterator[Finding]:
    """`image-alt`, `image-alt-file`, `image-size`, `image-address`, `image-format`."""
    for image in proof.elements:
        if image.tag == "img":
            yield from _alt(image)
            yield from _size(image)
            yield from _address(image)


def _alt(image: HtmlElement) -> Iterator[Finding]:
    alt = image.get("alt")
    if alt is None:
        yield finding(
            "image-alt",
            Severity.ERROR,
            "An image has no alt text; it is announced by its file name, and blank where images are blocked.",
            'Write alt="…" from the article, or alt="" for decoration.',
            at(image),
        )
    elif _FILE_NAME.fullmatch(alt.strip()):
        yield finding(
            "image-alt-file",
            Severity.ERROR,
            f"The alt text of an image is a file name, “{alt.strip()}”.",
            "Say what the image shows, or leave alt empty for decoration.",
            at(image),
        )


def _size(image: HtmlElement) -> Iterator[Finding]:
    width, height = image.get("width", ""), image.get("height", "")
    if not (_WHOLE.fullmatch(width) and _WHOLE.fullmatch(height)):
        yield finding(
            "image-size",
            Severity.ERROR,
            "An image lacks width and height in whole pixels; Outlook shows it at the size of its file.",
            'Write both, such as width="600" height="300".',
            at(image),
        )
    elif int(width) > WIDEST:
        yield finding(
            "image-size",
            Severity.ERROR,
            f"An image is {width} pixels wide; Outlook widens the message to it.",
            f'Write width="{WIDEST}" at most, whatever the size of the file.',
            at(image),
        )


def _address(image: HtmlElement) -> Iterator[Finding]:
    source = image.get("src", "")
    scheme = source.partition(":")[0].lower()
    if scheme != "https" and not (scheme == "http" and host(source) in _NEAR):
        yield finding(
            "image-address",
            Severity.ERROR,
            "An image is part of the message itself, which Gmail and Outlook do not show."
            if scheme == "data"
            else "The address of an image is not https; clients leave such an image out.",
            "Serve the file at an https address: set site.base_url.",
            at(image),
        )
    kind = suffix(source) if scheme != "data" else ""
    if kind in _UNREAD:
        yield finding(
            "image-format",
            Severity.ERROR,
            f"An image is a file of the kind {kind.upper()}: {_UNREAD[kind]}.",
            "Use JPEG or PNG.",
            at(image),
        )
