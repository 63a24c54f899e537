"""The values that people write in config.toml, read and checked.

Each function takes what the file, the environment or a caller gave, and returns the value or
raises ValueError with a message that begins with "expected". Values that are already of the
right type pass, so that a program can make settings too.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import time, timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"(\d+)\s*([dhms])")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_CAPITALS: Mapping[int, Callable[[str], str]] = {2: str.upper, 4: str.title}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}", re.ASCII)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOMAIN = re.compile(r"(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(?!-)[A-Za-z0-9-]{2,63}(?<!-)")
_TOPIC = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:[A-Za-z0-9-]+:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_LIST_ID = re.compile(rf"{_ATOM}(?:\.{_ATOM})+")
LONGEST_LIST_ID = 255
"""Characters; RFC 2919, section 3."""


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the known word that is most like `word`, else a full stop."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f"; did you mean {by_folded[found[0]]!r}?" if found else "."


def one_of(value: str, known: Collection[str]) -> str:
    """One of these words."""
    if value not in known:
        *others, last = (repr(word) for word in known)
        raise ValueError(f"expected {', '.join(others)} or {last}{nearest(value, known)}")
    return value


def duration(value: object) -> timedelta:
    """`90s`, `15m`, `2h`, `2d`, `1d 12h`: days, hours, minutes and seconds, each once, and more than nothing."""
    if isinstance(value, timedelta):
        found = value
    else:
        text = value.strip() if isinstance(value, str) else ""
        parts = _DURATION.findall(text)
        units = [unit for _, unit in parts]
        if not parts or _DURATION.sub("", text).strip() or units != sorted(set(units), key="dhms".index):
            raise ValueError('expected a duration such as "90s", "15m", "2h" or "1d 12h"')
        try:
            found = timedelta(**{_UNITS[unit]: int(number) for number, unit in parts})
        except OverflowError:
            raise ValueError("expected a duration of less than a million years") from None
    if found <= timedelta(0):
        raise ValueError("expected a duration of more than nothing")
    return found


def wall_time(value: object) -> time:
    """`07:00`, or `07:00:30`: what the clocks show, without a zone."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('expected a time of day from "00:00" to "23:59"')
    hour, minute, second = (int(part) for part in match.groups(default="0"))
    return time(hour, minute, second)


def zone(value: object) -> ZoneInfo:
    """A zone of the tz database by its name, `Europe/Madrid`."""
    if isinstance(value, ZoneInfo):
        return value
    known = available_timezones()
    if isinstance(value, str) and value in known:
        return ZoneInfo(value)
    raise ValueError(f'expected a zone of the tz database such as "Europe/Madrid"{_near_zones(value, known)}')


def _near_zones(value: object, known: Iterable[str]) -> str:
    """Names that end like `value` or are spelt like it; "Madrid" and "europe/madird" both lead to Europe/Madrid."""
    wanted = str(value).casefold().replace(" ", "_")
    by_folded = {name.casefold(): name for name in known}
    by_city = {folded.rpartition("/")[2]: folded for folded in by_folded}
    found = [*difflib.get_close_matches(wanted, by_folded, n=3, cutoff=0.7)]
    found += [by_city[city] for city in difflib.get_close_matches(wanted.rpartition("/")[2], by_city, n=3, cutoff=0.8)]
    names = list(dict.fromkeys(by_folded[folded] for folded in found))[:3]
    return f"; did you mean {' or '.join(repr(name) for name in names)}?" if names else ""


def line(value: str) -> str:
    """Text for one line: something to read, and no control character, so that it may enter a header."""
    if not value.strip() or any(_breaks(character) for character in value):
        raise ValueError("expected one line of text, without line breaks or control characters")
    return value.strip()


def lines(value: str) -> str:
    """Text for one or more lines, such as a postal address."""
    if not value.strip() or any(_breaks(character) for character in value.replace("\n", "")):
        raise ValueError("expected some text, without control characters")
    return value.strip()


def _breaks(character: str) -> bool:
    """Controls, and the two separators that Unicode also takes for line breaks."""
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}


def address(value: str) -> str:
    """One e-mail address without a name, in the ASCII form that every mail server takes."""
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as reason:
        raise ValueError(f"expected one e-mail address such as news@example.org: {reason}") from None
    return found.ascii_email or found.normalized


def domain(value: str) -> str:
    """A domain name in its ASCII form, in lower case."""
    if not _DOMAIN.fullmatch(value) or len(value) > 253:
        raise ValueError("expected a domain name such as mg.example.org, without https:// and without a path")
    return value.lower()


def list_id(value: str) -> str:
    """The identifier of a list: a dot-atom with at least one dot, at most 255 characters (RFC 2919)."""
    if not _LIST_ID.fullmatch(value) or len(value) > LONGEST_LIST_ID:
        raise ValueError(
            "expected an identifier under a domain of yours, such as morning.news.example.org: "
            f"no spaces, no angle brackets, at most {LONGEST_LIST_ID} characters"
        )
    return value


def _web(value: str, expected: str, schemes: Collection[str] = ("http", "https")) -> SplitResult:
    """The parts of an `http://` or `https://` address with a host; raises ValueError that begins with `expected`."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as reason:
        raise ValueError(f"{expected}: {reason}") from None
    if parts.scheme not in schemes or not host or any(c.isspace() or _breaks(c) for c in value):
        raise ValueError(f"{expected}, beginning with http:// or https://")
    return parts


def base_url(value: str) -> str:
    """`http://` or `https://` with a host and, where needed, a port and a path; nothing after it."""
    expected = "expected an address such as https://news.example.org"
    parts = _web(value, expected)
    if value.endswith("/"):
        raise ValueError(f"{expected}, without the slash at its end")
    if "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError(f"{expected}, without a query, a fragment or a password")
    return value


def provider_url(value: str) -> str:
    """As `base_url`; or the address of a mail server, `smtp://HOST:PORT`, `smtps://` where it speaks TLS at once."""
    if not value.startswith(("smtp:", "smtps:")):
        return base_url(value)
    expected = "expected an address such as smtp://mail.example.org:587"
    parts = _web(value, expected, ("smtp", "smtps"))
    if parts.path or "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError(f"{expected}, without a path, a user name or a password")
    return value


def database_url(value: str) -> str:
    """The address of a PostgreSQL database, with libpq's parameters after a `?` where needed, and no password."""
    expected = "expected an address such as postgresql://digest@db.example.org:5432/digest"
    try:
        parts = urlsplit(value)
        password, _ = parts.password, parts.port
    except ValueError as reason:
        raise ValueError(f"{expected}: {reason}") from None
    if password is not None or "password" in parts.query.lower():
        raise ValueError(
            f"{expected}, without a password: write that into the file database_password of the folder secrets "
            "(mode 600), into DIGEST_DATABASE_PASSWORD or into ~/.pgpass"
        )
    if parts.scheme != "postgresql" or len(parts.path) < 2 or parts.fragment or any(map(str.isspace, value)):
        raise ValueError(f"{expected}, beginning with postgresql:// and with the database's name at its end")
    return value


def web_address(value: str) -> str:
    """The `http://` or `https://` address of a page or a feed, without a password."""
    expected = "expected an address such as https://news.example.org/feed"
    parts = _web(value, expected)
    if "@" in parts.netloc:
        raise ValueError(f"{expected}, without a user name or password")
    return value


def is_loopback(url: str) -> bool:
    """Whether requests to `url` stay on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def name(value: str) -> str:
    """Of a provider, source, newsletter or template; it becomes part of file names, addresses and message ids."""
    if not _NAME.fullmatch(value):
        raise ValueError(
            "expected a name of at most 40 lower-case letters, digits, hyphens and underscores, beginning with a letter"
        )
    return value


def language(value: str) -> str:
    """A language tag, `en` or `pt-BR` (BCP 47), with the capitals that RFC 5646 2.1.1 recommends.

    Catalogs of words are found by it, and their files have those.
    """
    if not _LANGUAGE.fullmatch(value):
        raise ValueError('expected a language tag such as "en" or "pt-BR"')
    first, *others = value.lower().split("-")
    return "-".join([first, *(_CAPITALS.get(len(part), str)(part) for part in others)])


def listed(value: object) -> object:
    """A list; a text, as the environment gives it, is cut at its commas and white space."""
    return [word for word in re.split(r"[,\s]+", value) if word] if isinstance(value, str) else value


def topic(value: str) -> str:
    """The ARN of an SNS topic, at Amazon or at Scaleway."""
    if not _TOPIC.fullmatch(value):
        raise ValueError('expected the ARN of a topic, such as "arn:aws:sns:eu-west-1:123456789012:digest"')
    return value


def whole(value: object) -> object:
    """A whole number; pydantic would also take true for 1 and 80.0 for 80."""
    if isinstance(value, bool | float):
        raise ValueError("expected a whole number")
    return value
