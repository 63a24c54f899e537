"""`digest send` and `digest worker`: what is sent, what is not, and what a dry run or a test send leaves alone."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from installation import FISH, WRONG
from sink import Sink
from terminal import Digest

READERS = 5


@pytest.fixture
def desk(digest: Digest, sink: Sink) -> Digest:
    """With readers, and a mail API that listens."""
    assert digest("subscribers", "import", digest.here.roll(READERS)).code == 0
    return digest


def dump(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        found = list(connection.iterdump())
    connection.close()
    return found


def test_a_newsletters_edition_of_today(desk: Digest, sink: Sink) -> None:
    """Built, approved, frozen and sent in one go; said in one line each, and nothing is sent twice."""
    done = desk("send", "morning")

    assert (done.code, done.err) == (0, "")
    assert "Edition 1 is finished: 5 planned\n  5 accepted" in done.out
    assert Counter(sink.addresses()) == {f"reader{number}@example.org": 1 for number in range(1, 6)}
    again = desk("send", "morning")
    assert (again.code, again.err) == (1, "digest: edition 1 is finished already; nothing is sent twice\n")
    assert len(sink.kept) == READERS


def test_an_approved_edition_by_its_number(desk: Digest, sink: Sink) -> None:
    """What was approved is what goes out, whatever came into the folder since."""
    desk("build", "morning")
    desk("editions", "approve", "1")
    desk.here.write("fish.txt", FISH)
    assert desk("send", "1").code == 0
    assert len(sink.kept) == READERS
    assert "Fish Prices" not in sink.kept[0]["HtmlBody"]


@pytest.mark.parametrize("arguments", [(), ("--override", "quote-not-in-body=checked"), ("--to", "desk@example.org")])
@pytest.mark.parametrize("before", ["nothing", "a draft", "an approved edition"])
def test_a_dry_run_changes_nothing(desk: Digest, sink: Sink, before: str, arguments: tuple[str, ...]) -> None:
    """It says what would go out and to how many; the database is the same afterwards, and no request is made."""
    desk.here.write("a.txt", WRONG)
    if before != "nothing":
        desk("build", "morning")
    if before == "an approved edition":
        desk("editions", "approve", "1")
    database = desk.here.database
    unchanged = dump(database)

    done = desk("send", "morning", "--dry-run", *arguments)

    assert done.code == 0
    assert done.out.startswith("A new edition: morning" if before == "nothing" else "Edition 1: morning")
    assert "To 5 readers through provider.main; 0 are suppressed." in done.out
    assert done.out.endswith("Nothing was sent.\n")
    overridden = "--override" in arguments and before != "an approved edition"
    assert ("Fish Prices Fall" in done.out) is overridden, "as it would be with the override"
    assert dump(database) == unchanged
    assert sink.requests == 0


def test_a_test_send_touches_no_reader(desk: Digest, sink: Sink) -> None:
    """Only the given addresses get it, marked as a test; the edition can still be sent to everybody."""
    done = desk("send", "morning", "--to", "Desk@example.org", "--to", "chief@example.org")
    assert done.code == 0
    assert "Desk@example.org: accepted" in done.out
    assert sink.addresses() == ["Desk@example.org", "chief@example.org"]
    assert {message["Subject"] for message in sink.kept} == {"[Test] Maravik Salt Works Reopen After Eleven Years"}
    shown = desk("editions", "show", "1", "--json").json
    assert (shown["state"], shown["planned"]) == ("draft", 0)

    assert desk("send", "morning").code == 0
    assert len(sink.kept) == READERS + 2


def test_a_test_send_that_is_refused(desk: Digest, sink: Sink) -> None:
    """A refused address is exit code 1 with the reason; one that is no address is named before anything is sent."""
    sink.reject["desk@example.org"] = 406
    done = desk("send", "morning", "--to", "desk@example.org")
    assert (done.code, done.out) == (1, "desk@example.org: rejected (suppressed: Postmark 406)\n")
    requests = sink.requests
    assert desk("send", "morning", "--to", "no address").code == 1
    assert sink.requests == requests


def test_an_override_lets_a_story_in_and_is_on_record(desk: Digest, sink: Sink) -> None:
    """The draft that left it out is built again with it and sent."""
    desk.here.write("a.txt", WRONG)
    assert desk("build", "morning").code == 0
    done = desk("send", "1", "--override", "quote-not-in-body=checked by phone")
    assert done.code == 0
    assert "Fish Prices Fall" in sink.kept[0]["HtmlBody"]
    assert desk("editions", "show", "1", "--json").json["overrides"] == {"quote-not-in-body": "checked by phone"}


def test_who_left_gets_nothing(desk: Digest, sink: Sink) -> None:
    """Unsubscribed before the send: not in the audience."""
    desk("subscribers", "unsubscribe", "reader3@example.org")
    assert "4 planned" in desk("send", "morning").out
    assert "reader3@example.org" not in sink.addresses()


def test_nobody_to_send_to(digest: Digest, sink: Sink) -> None:
    """An empty roll is told before anything is approved, so that the edition can go out once there are readers."""
    done = digest("send", "morning")
    assert done.code == 1
    assert "nobody is on the roll of morning" in done.err
    assert sink.requests == 0
    assert '"state": "draft"' in digest("editions", "list", "--json").out


def test_what_was_never_answered_is_said(desk: Digest, sink: Sink) -> None:
    """Unknown readers are counted with the command that lists them; the edition is finished, the exit code is 0."""
    sink.plan.append("reset kept")
    done = desk("send", "morning")
    assert done.code == 0
    assert "5 unknown: sent, never answered." in done.out
    assert "`digest deliveries 1 --state unknown` lists them" in done.out


def test_a_refused_account_holds_and_sending_again_goes_on(desk: Digest, sink: Sink) -> None:
    """Exit code 1 with the reason and what to do; after the mending the same command finishes it."""
    sink.plan.extend(["401", "401"])
    done = desk("send", "morning")
    assert done.code == 1
    assert "Edition 1 is held: 5 planned" in done.out
    assert "the provider refused the account main (auth: HTTP 401, Postmark 10)" in done.out
    assert "`digest send 1` goes on" in done.out

    sink.plan.clear()
    again = desk("send", "1")
    assert again.code == 0
    assert "5 accepted" in again.out
    assert Counter(sink.addresses()) == {f"reader{number}@example.org": 1 for number in range(1, 6)}


def test_what_has_to_wait_is_said_and_the_worker_goes_on(desk: Digest, sink: Sink) -> None:
    """Told to come back in an hour, `send` leaves with code 1 and says when; the worker later finishes it."""
    sink.plan.append("429 later")
    done = desk("send", "morning")
    assert done.code == 1
    assert re.search(r"5 not sent yet, due in 3,[5-9]", done.out)  # and up to a tenth by chance
    assert "`digest worker --drain` goes on" in done.out
    assert desk("worker", "--drain").code == 1

    with sqlite3.connect(desk.here.database) as connection:
        connection.execute("UPDATE batches SET not_before = 0")
        connection.execute("UPDATE accounts SET open_at = 0")
    connection.close()
    worked = desk("worker", "--drain")
    assert (worked.code, worked.err) == (0, "")
    assert "Edition 1 is finished: 5 planned\n  5 accepted" in worked.out


def test_an_account_without_a_token(desk: Digest, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where to write it is said before anything is approved or frozen."""
    monkeypatch.delenv("DIGEST_PROVIDER_TOKENS__MAIN")
    done = desk("send", "morning")
    assert done.code == 2
    assert "provider.main.token" in done.err
    assert "DIGEST_PROVIDER_TOKENS__MAIN" in done.err
    assert desk("editions", "show", "1", "--json").json["state"] == "draft"


def test_sending_by_another_account_needs_no_sandbox(desk: Digest, sink: Sink) -> None:
    """A sandbox whose port somebody else has is nobody's business when the edition goes elsewhere."""
    config = desk.here.config
    with Sink() as somebody:
        other = f'\n[provider.sandbox]\nkind = "sandbox"\nbase_url = "{somebody.url}"\n'
        config.write_text(config.read_text() + other)
        assert desk("send", "morning").code == 0
