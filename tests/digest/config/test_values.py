"""The values of config.toml: what is taken, and what is refused with which words."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import values


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7_200), ("2d", 172_800), ("1d 12h", 129_600), (" 1h30m ", 5_400)],
)
def test_durations(text: str, seconds: int) -> None:
    """A duration reads as people write it."""
    assert values.duration(text) == timedelta(seconds=seconds)


@given(st.integers(1, 10**9))
def test_any_duration(seconds: int) -> None:
    """Any number of seconds written in days, hours, minutes and seconds reads back as itself."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    assert values.duration(f"{day}d {hour}h {minute}m {second}s") == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "90", 90, True, "2 weeks", "-2h", "12h 1d", "1h 1h", "0s", "1.5h", "9" * 30 + "d", timedelta(0)]
)
def test_impossible_durations(value: object) -> None:
    """A number without its unit, units out of order or twice, and nothing at all are refused."""
    with pytest.raises(ValueError, match=r"^expected a duration"):
        values.duration(value)


def test_times() -> None:
    """Hours and minutes, seconds where wanted; TOML's own times too."""
    assert values.wall_time("07:00") == time(7)
    assert values.wall_time("23:59:30") == time(23, 59, 30)
    assert values.wall_time(time(7)) == time(7)


@pytest.mark.parametrize("value", ["7:00", "24:00", "07:60", "7am", "07:00Z", 700, ""])
def test_impossible_times(value: object) -> None:
    """What is no time of day, or has a zone of its own, is refused."""
    with pytest.raises(ValueError, match=r"^expected a time of day"):
        values.wall_time(value)


def test_zones() -> None:
    """A zone is known by its exact name, on file systems of any kind."""
    assert values.zone("Europe/Madrid") == ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("value", "suggested"),
    [
        ("Madrid", "'Europe/Madrid'"),
        ("europe/madird", "'Europe/Madrid'"),
        ("Europe/Lisboa", "'Europe/Lisbon'"),
        ("new york", "'America/New_York'"),
    ],
)
def test_nearest_zones(value: str, suggested: str) -> None:
    """A city by itself, a slip of the pen and the wrong case lead to the zone that was meant."""
    with pytest.raises(ValueError, match=f"did you mean .*{suggested}"):
        values.zone(value)


@pytest.mark.parametrize("value", ["../../etc/passwd", "Europe", "", 1, "Nowhere/Nothing"])
def test_impossible_zones(value: object) -> None:
    """A folder of zones, a path out of it and what resembles nothing are refused."""
    with pytest.raises(ValueError, match="expected a zone"):
        values.zone(value)


@pytest.mark.parametrize(
    "value", ["", "  ", "a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\u2028b", "tab\there", "\x85", "\ud800"]
)
def test_text_that_could_break_a_header(value: str) -> None:
    """Nothing that a mail program could take for the end of a header line gets into one."""
    with pytest.raises(ValueError, match="expected one line"):
        values.line(value)


def test_text() -> None:
    """Any script and emoji are text; a postal address may have several lines."""
    assert values.line(" مرسى الريحان 🌊 ") == "مرسى الريحان 🌊"
    assert values.lines("4 Customs Quay\n1002 Maravik\n") == "4 Customs Quay\n1002 Maravik"
    with pytest.raises(ValueError, match="expected some text"):
        values.lines("\n")


def test_addresses() -> None:
    """An address is kept in ASCII, which every mail server takes."""
    assert values.address("Desk@News.Example.org") == "Desk@news.example.org"
    assert values.address("desk@bücher.example.org") == "desk@xn--bcher-kva.example.org"


@pytest.mark.parametrize(
    "value",
    ["", "desk", "desk@localhost", "Desk <desk@example.org>", "a@example.org,b@example.org", "dësk@example.org"],
)
def test_impossible_addresses(value: str) -> None:
    """No address, two of them, one with a name and one that needs SMTPUTF8 are refused."""
    with pytest.raises(ValueError, match="expected one e-mail address"):
        values.address(value)


def test_list_ids() -> None:
    """A dot-atom of at most 255 characters is a list's identifier (RFC 2919)."""
    longest = "a" * 251 + ".org"
    assert values.list_id("morning.news.example.org") == "morning.news.example.org"
    assert values.list_id(longest) == longest


@pytest.mark.parametrize(
    "value", ["", "morning", "<a.b>", "a..b", ".a.b", "a.b.", "a b.c", "a.b\n", "a" * 252 + ".org"]
)
def test_impossible_list_ids(value: str) -> None:
    """No dot, empty labels, brackets, spaces, line ends and too many characters are refused."""
    with pytest.raises(ValueError, match="expected an identifier"):
        values.list_id(value)


@pytest.mark.parametrize("value", ["https://news.example.org", "http://127.0.0.1:8024", "http://[::1]:80/a/b"])
def test_base_urls(value: str) -> None:
    """A host with a scheme, perhaps a port and a path."""
    assert values.base_url(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "news.example.org",
        "ftp://news.example.org",
        "https://",
        "https://news.example.org/",
        "https://news.example.org?a=b",
        "https://news.example.org#a",
        "https://me:secret@news.example.org",
        "https://news.example.org:99999",
        "https://news.exam ple.org",
        "https://[::1",
        "https://news.example.org/a\n",
    ],
)
def test_impossible_base_urls(value: str) -> None:
    """What a link could not begin with is refused."""
    with pytest.raises(ValueError, match="expected an address"):
        values.base_url(value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:1", True),
        ("http://localhost", True),
        ("http://10.0.0.1", False),
        ("http://127.0.0.1.example.org", False),
    ],
)
def test_loopback(url: str, expected: bool) -> None:
    """Only what stays on this machine is loopback, however it begins."""
    assert values.is_loopback(url) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("a, b", ["a", "b"]), ("a\nb\n", ["a", "b"]), ("", []), (["a, b"], ["a, b"]), (3, 3)]
)
def test_lists(value: object, expected: object) -> None:
    """A text from the environment becomes a list; anything else is left for the type to judge."""
    assert values.listed(value) == expected


@pytest.mark.parametrize("value", [True, 1.0])
def test_what_is_no_whole_number(value: Any) -> None:
    """True is not 1, and 80.0 is not a port."""
    with pytest.raises(ValueError, match="whole number"):
        values.whole(value)


def test_nearest() -> None:
    """The most similar word is suggested, in its own spelling; what is like none gets no suggestion."""
    assert values.nearest("PROT", ["host", "port"]) == "; did you mean 'port'?"
    assert values.nearest("zzz", ["host", "port"]) == "."


@pytest.mark.parametrize("value", ["morning", "early-bird_2", "a" * 40])
def test_names(value: str) -> None:
    """A name is safe in a file name, an address and a message id."""
    assert values.name(value) == value


@pytest.mark.parametrize("value", ["", "Morning", "2nd", "a b", "../a", "a.b", "a\n", "a" * 41, "-a"])
def test_impossible_names(value: str) -> None:
    """Anything that could leave a folder or break an address is refused."""
    with pytest.raises(ValueError, match="expected a name"):
        values.name(value)


def test_languages() -> None:
    """Tags of one part or more are taken, in whatever capitals; locale names are not."""
    assert values.language("en") == "en"
    assert values.language("zh-Hant-TW") == values.language("ZH-hANT-tw") == "zh-Hant-TW"
    assert values.language("DE") == "de"
    assert values.language("ca-ES-valencia") == "ca-ES-valencia"
    for value in ("", "e", "en_US", "en-", "english", "english language"):
        with pytest.raises(ValueError, match="expected a language tag"):
            values.language(value)
