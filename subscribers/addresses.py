"""What counts as an e-mail address, and when two of them are the same reader."""

from __future__ import annotations

import re
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from subscribers.errors import AddressError

MAX_LENGTH = 254
"""Longest address that SMTP carries (RFC 5321 4.5.3.1.3: a path of 256 with its brackets)."""

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:-?[A-Za-z0-9])*"
_PLAIN = re.compile(rf"({_ATEXT}(?:\.{_ATEXT})*)@((?:{_LABEL}\.)+([A-Za-z]{{2,}}))", re.ASCII)
_PLAIN_LENGTH = 64
"""Up to this length of the whole no single limit (local part 64, label 63) can be broken."""
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion"})
"""Top-level names that no mail can reach (RFC 6761, RFC 6762, RFC 7686)."""
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u2028\u2029\ud800-\udfff]")


class Address(NamedTuple):
    """One mailbox in its two spellings, both plain ASCII and both mailable."""

    address: str
    """The key: all in lower case, the domain in its IDNA form. Equal keys are one reader."""
    shown: str
    """As the reader wrote the part before the @; the domain as in the key."""


def normalise(raw: str) -> Address:
    """The address that `raw` means.

    Two spellings that differ in case only are one reader: RFC 5321 leaves the case of the local part
    to the receiving host, but no host of any size tells `Ann@` from `ann@`, and to mail a
    person twice is the worse mistake. Dots and `+tags` are kept apart: there, hosts differ.
    Spaces around it are dropped; a name, brackets, quotes, a comment, a host number or
    letters outside ASCII before the @ (which mail APIs do not carry) are refused.

    Raises AddressError.
    """
    if _CONTROL.search(raw):
        raise AddressError("the address contains a line break or another control character; write it in one line")
    text = raw.strip()
    if len(text) <= _PLAIN_LENGTH and (plain := _PLAIN.fullmatch(text)) and plain[3].lower() not in _SPECIAL:
        return Address(text.lower(), f"{plain[1]}@{plain[2].lower()}")
    return _checked(text)


def _checked(text: str) -> Address:
    """The rare and the wrong ones, by the full rules."""
    if not text:
        raise AddressError("the address is empty; expected something like ann@example.org")
    if len(text) > MAX_LENGTH:
        raise AddressError(f"the address has {len(text)} characters; mail carries at most {MAX_LENGTH}")
    try:
        valid = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True, strict=True
        )
    except EmailNotValidError as error:
        raise AddressError(f"{_clip(text)!r} is not an e-mail address: {error}") from None
    domain = valid.ascii_domain.lower()
    if "." not in domain:
        raise AddressError(f"{_clip(text)!r} is not an e-mail address: the domain {domain!r} has no dot")
    shown = f"{valid.local_part}@{domain}"
    if len(shown) > MAX_LENGTH:
        raise AddressError(f"{_clip(text)!r} is longer than {MAX_LENGTH} characters once its domain is encoded")
    return Address(shown.lower(), shown)


def _clip(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
