"""`digest editions`: what there is, and what a person decides."""

from __future__ import annotations

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
