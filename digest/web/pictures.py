"""Pictures of an e-mail, put into its HTML, where their addresses lead nowhere yet."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path

from digest.pages.pictures import shown_from_here
from digest.storage.media import NAME, Media

_OURS = re.compile(rf"(?<=\")/media/{NAME.pattern}(?=\")")


def with_pictures(html: str, pictures: Mapping[str, Path]) -> str:
    """The HTML with each of these addresses replaced by the file that stands for it, if that can be read."""
    for address, file in pictures.items():
        if address in html:
            try:
                content = b64encode(file.read_bytes()).decode()
            except OSError:
                continue
            html = html.replace(address, f"data:{guess_type(file.name)[0]};base64,{content}")
    return html


def with_media(html: str, media: Media) -> str:
    """The HTML with every picture that is kept here in it, so that it can be looked at without a server."""
    html = shown_from_here(html, media)
    ours = {found[0] for found in _OURS.finditer(html)}
    return with_pictures(html, {address: media.folder / address.rpartition("/")[2] for address in ours})
