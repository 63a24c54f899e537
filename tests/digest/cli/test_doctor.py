"""`digest doctor`: everything that is wrong at once, each with what to do; nothing is made or sent."""

from __future__ import annotations

from typing import Any

import pytest
from sink import Sink
from terminal import Digest


def verdicts(digest: Digest) -> dict[str, dict[str, Any]]:
    return {verdict["subject"]: verdict for verdict in digest("doctor", "--json").lines}


def test_all_is_well(digest: Digest, sink: Sink) -> None:
    """Every part is named, the exit code is 0, and no database is made to look at."""
    found = verdicts(digest)
    assert {"config", "signing keys", "database", "clock", "newsletter.morning", "template digest"} <= found.keys()
    assert {verdict["level"] for verdict in found.values()} == {"ok"}
    assert digest("doctor").code == 0
    assert not (digest.here.folder / "var").exists()


def test_what_is_wrong_is_told_at_once(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that is missing, an address that mail programs refuse: each has its line, and the exit code is 1."""
    monkeypatch.delenv("DIGEST_PROVIDER_TOKENS__MAIN")
    digest.here.config.write_text(digest.here.config.read_text().replace("https://digest.", "http://digest."))
    done = digest("doctor")
    assert done.code == 1
    found = verdicts(digest)
    assert found["provider.main"]["level"] == "wrong"
    assert "provider.main.token" in found["provider.main"]["sentence"]
    assert found["site.base_url"]["level"] == "wrong"
    assert "RFC 8058" in found["site.base_url"]["sentence"]
    assert "✗ site.base_url" in done.out


def test_a_provider_that_is_away(digest: Digest) -> None:
    """Nobody listens at its address."""
    found = verdicts(digest)
    assert found["provider.main"]["level"] == "wrong"
    assert "check base_url and the network" in found["provider.main"]["sentence"]


def test_a_broken_configuration(digest: Digest) -> None:
    """It is the only line, since nothing else can be looked at; it names the place."""
    digest.here.config.write_text("[newsletter.morning]\ntitel = 1\n")
    done = digest("doctor")
    assert done.code == 1
    assert done.out.startswith("✗ config: ")
    assert "line 2" in done.out


def test_a_damaged_database(digest: Digest) -> None:
    """A file that is none of ours is told as such, and left as it is."""
    digest.here.database.parent.mkdir()
    digest.here.database.write_bytes(b"Dear diary, " * 500)
    found = verdicts(digest)
    assert found["database"]["level"] == "wrong"
    assert "restore a backup" in found["database"]["sentence"]
    assert digest.here.database.read_bytes() == b"Dear diary, " * 500


def test_a_folder_that_cannot_be_made(digest: Digest) -> None:
    """A file where the data would be: told before the first build finds out, and nothing is left behind."""
    (digest.here.folder / "var").write_text("in the way")
    before = sorted(digest.here.folder.rglob("*"))
    found = verdicts(digest)
    assert found["database"]["level"] == "wrong"
    assert f"{digest.here.folder / 'var'} cannot be written (Not a directory)" in found["database"]["sentence"]
    assert sorted(digest.here.folder.rglob("*")) == before


def test_a_sandbox(digest: Digest, sink: Sink) -> None:
    """It starts when it is needed, unless another program has its port, which is told with what to do."""
    text = digest.here.config.read_text().replace('kind = "postmark"', 'kind = "sandbox"')
    digest.here.config.write_text(text)
    taken = verdicts(digest)["provider.main"]
    assert taken["level"] == "wrong"
    assert sink.url in taken["sentence"]
    assert "give the sandbox another base_url" in taken["sentence"]
    digest.here.config.write_text(text.replace(sink.url, "http://127.0.0.1:9"))
    free = verdicts(digest)["provider.main"]
    assert (free["level"], free["sentence"]) == ("ok", "the sandbox at http://127.0.0.1:9; it starts when it is needed")


def test_no_newsletter(digest: Digest) -> None:
    """A configuration without one is no mistake, but nothing comes of it."""
    text = digest.here.config.read_text()
    digest.here.config.write_text(text[: text.index("[newsletter.morning]")])
    found = verdicts(digest)["config"]
    assert found["level"] == "warning"
    assert "add a table [newsletter.NAME]" in found["sentence"]


def test_a_broken_template(digest: Digest) -> None:
    """An operator's own template is compiled; the message names the file."""
    folder = digest.here.folder / "mine" / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / "body.html").write_text("{% if %}")
    text = digest.here.config.read_text()
    digest.here.config.write_text('templates = "mine"\n' + text)
    found = verdicts(digest)
    assert found["template digest"]["level"] == "wrong"
    assert "body.html" in found["template digest"]["sentence"]
