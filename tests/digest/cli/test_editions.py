"""`digest editions`: what there is, and what a person decides."""

from __future__ import annotations

from sink import Sink
from terminal import Digest


def test_the_list(digest: Digest) -> None:
    """Newest issue first, narrowed by newsletter and state; empty, it says what makes one."""
    assert "`digest build NEWSLETTER` makes one" in digest("editions", "list").out
    assert digest("editions", "list", "--json") == (0, "", "")
    for day in ("2026-11-23", "2026-11-25", "2026-11-24"):
        digest("build", "morning", "--date", day)
    digest("editions", "approve", "1")

    days = [line.split()[1] for line in digest("editions", "list").out.splitlines()]
    assert days == ["2026-11-25", "2026-11-24", "2026-11-23"]
    assert [edition["id"] for edition in digest("editions", "list", "--json").lines] == [2, 3, 1]
    assert [edition["id"] for edition in digest("editions", "list", "--json", "--state", "approved").lines] == [1]
    assert digest("editions", "list", "--newsletter", "evening", "--json").lines == []


def test_showing_one(digest: Digest) -> None:
    """Stories, fingerprint, address online, who approved it; as JSON with the counts of every state."""
    digest("build", "morning", "--date", "2026-11-23")
    digest("editions", "approve", "1")
    shown = digest("editions", "show", "1")
    for words in ("Edition 1: morning, 2026-11-23, approved", "Fingerprint: ", "Approved by ", "1. Maravik Salt"):
        assert words in shown.out
    assert "https://digest.example.org/editions/" in shown.out
    found = digest("editions", "show", "1", "--json").json
    assert found["state"] == "approved"
    assert set(found["deliveries"].values()) == {0}


def test_approving(digest: Digest) -> None:
    """Once; the fingerprint is named, and so is what sends it. It is not built again afterwards."""
    digest("build", "morning", "--date", "2026-11-23")
    fingerprint = digest("editions", "show", "1", "--json").json["fingerprint"]
    done = digest("editions", "approve", "1")
    assert done.code == 0
    assert f"Edition 1 is approved, fingerprint {fingerprint[:16]}; `digest send 1` sends it." in done.out

    again = digest("editions", "approve", "1")
    assert (again.code, again.err) == (1, "digest: edition 1 is approved; from there it cannot become approved\n")
    assert digest("build", "morning", "--date", "2026-11-23").code == 1
    assert digest("editions", "show", "1", "--json").json["fingerprint"] == fingerprint


def test_cancelling(digest: Digest) -> None:
    """For good, with the reason on record; nothing sends it any more."""
    digest("build", "morning", "--date", "2026-11-23")
    done = digest("editions", "cancel", "1", "--reason", "wrong day")
    assert (done.code, done.err) == (0, "")
    assert "Edition 1 is cancelled; 0 readers will not get it." in done.out
    found = digest("editions", "show", "1", "--json").json
    assert (found["state"], found["reason"]) == ("cancelled", "wrong day")
    assert digest("editions", "cancel", "1").code == 1
    assert digest("editions", "approve", "1").code == 1
    refused = digest("send", "1")
    assert (refused.code, refused.err) == (1, "digest: edition 1 is cancelled already; nothing is sent twice\n")


def _finished_without_answers(digest: Digest, sink: Sink) -> None:
    """Edition 1 to three readers, whose request was taken and never answered."""
    for number in range(3):
        assert digest("subscribers", "add", f"reader{number}@example.org").code == 0
    sink.plan.extend(["500 kept"] * 3)
    digest("send", "morning")
    sink.plan.clear()


def test_settling_by_hand(digest: Digest, sink: Sink) -> None:
    """One address or all of them, accepted or not; what was said and who said it stands on the edition."""
    _finished_without_answers(digest, sink)
    unknown = digest("deliveries", "1", "--state", "unknown", "--json").lines
    assert [row["detail"] for row in unknown] == ["HTTP 500"] * 3

    one = digest("editions", "settle", "1", "--accepted", "--address", "Reader0@Example.org")
    assert (one.code, one.err) == (0, "")
    assert "Edition 1: 1 readers are accepted by your word." in one.out
    assert "Edition 1: 2 readers are rejected" in digest("editions", "settle", "1", "--not-accepted", "--all").out

    shown = digest("editions", "show", "1").out
    assert "not-accepted by " in shown
    assert "; 2 readers" in shown
    assert digest("deliveries", "1", "--state", "unknown", "--json").out == ""
    assert "every edition balances" in digest("db", "check").out


def test_settling_says_whom_and_what(digest: Digest, sink: Sink) -> None:
    """Neither half has a default: a slip must not settle everybody."""
    _finished_without_answers(digest, sink)
    for arguments, words in (
        (["--all"], "say --accepted or --not-accepted"),
        (["--accepted"], "say who: --address ADDRESS, or --all"),
        (["--accepted", "--all", "--address", "a@example.org"], "say who"),
    ):
        refused = digest("editions", "settle", "1", *arguments)
        assert refused.code == 2
        assert words in refused.err
    gone = digest("editions", "settle", "1", "--accepted", "--address", "nobody@example.org")
    assert (gone.code, "nobody@example.org is not unknown or held" in gone.err) == (1, True)


def test_sending_again_by_hand(digest: Digest, sink: Sink) -> None:
    """Only who is held, unless unknown ones are asked for; then they get it once more."""
    _finished_without_answers(digest, sink)
    refused = digest("editions", "resend-held", "1")
    assert (refused.code, "nobody is held" in refused.err) == (1, True)

    done = digest("editions", "resend-held", "1", "--unknown")
    assert (done.code, done.err) == (0, "")
    assert "Edition 1: 3 readers are sent to again" in done.out
    digest("worker", "--drain")

    assert len(sink.addresses()) == 6
    assert "3 accepted" in digest("editions", "show", "1").out


def test_pausing_and_resuming(digest: Digest, sink: Sink) -> None:
    """A paused edition is not sent by a worker; resumed it is, and both stand on record with who did it."""
    assert digest("subscribers", "add", "ada@example.org").code == 0
    sink.plan.append("401")
    digest("send", "morning")
    assert digest("editions", "resume", "1").code == 0
    paused = digest("editions", "pause", "1")
    assert (paused.code, paused.err) == (0, "")
    assert "Edition 1 is paused; `digest editions resume 1` goes on with it." in paused.out
    digest("worker", "--drain")
    assert sink.addresses() == []

    assert "Edition 1 goes on" in digest("editions", "resume", "1").out
    digest("worker", "--drain")
    assert sink.addresses() == ["ada@example.org"]
    shown = digest("editions", "show", "1").out
    assert shown.index("resumed by ") < shown.index("paused by ") < shown.rindex("was held: paused by ")
