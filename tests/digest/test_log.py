"""The log as a person and a program read it, and what must never be in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from digest import log
from digest.log import ADDRESS, SECRET, Scrub


@pytest.fixture(autouse=True)
def own_setup() -> Iterator[None]:
    """Each test sets the log up by itself and leaves the root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    event: dict[str, Any] = json.loads(err)
    return event


def test_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal an event is one line of JSON on standard error; standard output is for results."""
    log.get("digest.delivery.worker").warning("edition held", edition=7, reason="full disk")
    event = logged(capsys)
    assert event.pop("at").endswith("Z")
    assert event == {
        "event": "edition held",
        "level": "warning",
        "log": "digest.delivery.worker",
        "edition": 7,
        "reason": "full disk",
    }


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the same event is a readable line, scrubbed in the same way."""
    log.configure(console=True)
    log.get("worker").info("refused", edition=7, detail="user jane@example.org is unknown")
    line = capsys.readouterr().err
    assert "refused" in line
    assert ADDRESS in line
    assert "jane" not in line
    with pytest.raises(json.JSONDecodeError):
        json.loads(line)


def test_ids_that_are_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """Ids bound once stand in every event that follows."""
    log.configure(console=False)
    bound = log.get("worker").bind(edition=7, batch=3)
    bound.info("settled")
    event = logged(capsys)
    assert (event["edition"], event["batch"]) == (7, 3)


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    """What is below the level is not written."""
    log.configure(console=False, level="warning")
    log.get("worker").info("quiet")
    log.get("worker").error("loud")
    assert logged(capsys)["event"] == "loud"


@pytest.mark.parametrize(
    "text",
    [
        "jane.doe+news@example.org",
        "<jane.doe@example.org>",
        "550 5.1.1 jane.doe@example.org: no such user",
        "jane.doe%40example.org",
        "mailto:jane.doe@example.org?subject=x",
        "jane.doe@bücher.example",
        '"jane.doe"@example.org',
        "bounce+jane.doe=example.com@mx.example.org",
        "('jane.doe@example.org',)",
        "https://jane.doe@example.org/",
        "a, jane.doe@[192.0.2.1]",
    ],
)
def test_addresses(text: str) -> None:
    """An address in any of its forms is replaced, wherever in a text it stands."""
    found = Scrub().text(text)
    assert "jane" not in found
    assert ADDRESS in found


@pytest.mark.parametrize(
    "text",
    [
        "token=hunter2",
        "https://news.example.org/u?token=hunter2&x=1",
        "X-Postmark-Server-Token: hunter2",
        '{"api_key": "hunter2"}',
        "{'Authorization': 'Bearer hunter2'}",
        "Authorization: Basic hunter2==",
        "sent with Bearer hunter2hunter2",
        "Set-Cookie: hunter2",
        "password: hunter2",
    ],
)
def test_secrets_by_their_names(text: str) -> None:
    """What is called a token, a key or a password is replaced."""
    found = Scrub().text(text)
    assert "hunter2" not in found
    assert SECRET in found


def test_known_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """The secrets of this installation are replaced under any name, the longest first."""
    log.configure(console=False, secrets=["hunter2", "hunter2-and-more", "", "abc"])
    log.get("worker").info("tried hunter2-and-more abc", why=["x-hunter2-x"])
    event = logged(capsys)
    assert event["event"] == f"tried {SECRET} abc"
    assert event["why"] == [f"x-{SECRET}-x"]


def test_every_depth_and_type() -> None:
    """Keys, lists, mappings, bytes, errors and secrets of pydantic are looked into or stand as what they are."""
    event = Scrub()(
        None,
        "info",
        {
            "count": 3,
            "ok": True,
            "none": None,
            "share": 0.5,
            "tokens": 12,
            "server_token": "hunter2",
            "deep": {"to": ["jane@example.org"], "jane@example.org": b"jane@example.org", "secret": {"a": "hunter2"}},
            "error": ValueError("jane@example.org"),
            "wrapped": SecretStr("hunter2"),
            "newsletter": "morning",
            "fingerprint": "0e" * 32,
        },
    )
    assert event == {
        "count": 3,
        "ok": True,
        "none": None,
        "share": 0.5,
        "tokens": 12,
        "server_token": SECRET,
        "deep": {"to": [ADDRESS], ADDRESS: ADDRESS, "secret": SECRET},
        "error": ADDRESS,
        "wrapped": "**********",
        "newsletter": "morning",
        "fingerprint": "0e" * 32,
    }


def test_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    """A traceback is kept, with its lines, without the address in its message."""
    log.configure(console=False)
    try:
        raise ValueError("jane@example.org is listed twice")
    except ValueError:
        log.get("worker").exception("failed")
    event = logged(capsys)
    assert event["exception"].startswith("Traceback (most recent call last):\n")
    assert event["exception"].endswith(f"ValueError: {ADDRESS} is listed twice")


def test_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    """Warnings of libraries come out in the same form and scrubbed; their chatter does not."""
    log.configure(console=False)
    library = logging.getLogger("some.library")
    library.info("POST %s", "/u/jane@example.org")
    library.warning("gave up on %s", "jane@example.org")
    event = logged(capsys)
    assert (event["event"], event["level"], event["log"]) == (f"gave up on {ADDRESS}", "warning", "some.library")


def test_setting_up_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """A second set-up replaces the first; events are not written twice."""
    log.configure(console=False)
    log.configure(console=False)
    logging.getLogger("some.library").error("once")
    assert logged(capsys)["event"] == "once"


@given(st.text(max_size=200))
def test_one_event_stays_one_line(text: str) -> None:
    """No text can begin a line of its own or command the terminal."""
    found = Scrub().text(text)
    assert len(found.splitlines()) <= 1
    assert "\x1b" not in found


def test_long_values() -> None:
    """A huge value is cut, and looking through a hostile one takes no more than a moment's work."""
    assert len(Scrub().text("a-" * 1_000_000)) < 30_000
    assert Scrub().text("token" * 4_000).startswith("token")
