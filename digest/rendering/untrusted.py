"""Text and addresses that came from outside, made harmless to show.

Escaping is the template engine's work; this removes what escaping cannot: characters that
clients act on although nobody sees them.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

MAX_URL = 2000
"""Characters. Longer ones are cut by some clients, and no publisher needs them."""

_SPACE = re.compile("[\t\n\x0b\x0c\r \u2028\u2029]+")

# C0 that is not white space, DEL and C1; embeddings, overrides and isolates; BOM; annotation anchors;
# noncharacters; lone surrogates. The marks LRM, RLM and ALM stay: right-to-left prose needs them, and they
# reorder nothing but the character beside them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)

# None of these may stand in an address unencoded (RFC 3986 2); braces could wake a provider's merge engine.
_UNSAFE_IN_URL = re.compile(r"""[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff<>"\\`{}]""")


def _as_windows_1252(char: str) -> str:
    """A C1 control is nearly always a Windows-1252 byte that was read as Latin-1: U+0092 means ’.

    One raw C1 control is enough for Gmail to clip a message.
    """
    try:
        return bytes([ord(char)]).decode("cp1252")
    except (UnicodeDecodeError, ValueError):
        return ""


def clean(text: str) -> str:
    """One line of text without controls: white space collapsed, bidi overrides and NUL gone."""
    seen = _UNSEEN.sub(lambda found: _as_windows_1252(found[0]) if "\x80" <= found[0] <= "\x9f" else "", text)
    return _SPACE.sub(" ", seen).strip()


def http_url(url: str | None) -> str | None:
    """The address if it is plain http or https with a host, otherwise None: then there is no link.

    Characters that nobody sees, and those that turn a line around, are percent-encoded: the text part shows addresses.
    """
    if not url:
        return None
    url = url.strip()
    if len(url) > MAX_URL or _UNSAFE_IN_URL.search(url):
        return None
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            return None
        parts.port  # noqa: B018 - raises ValueError when it is not a port
    except ValueError:
        return None
    return url if url.isprintable() else "".join(char if char.isprintable() else quote(char) for char in url)
