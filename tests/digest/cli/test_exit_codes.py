"""Exit codes 0, 1, 2 and 3, each with a sentence and never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from installation import WRONG, Installation
from terminal import Digest


def test_0_done(digest: Digest) -> None:
    """Something was done, or there was nothing to do."""
    assert digest("editions", "list").code == 0
    assert digest("worker", "--drain") == (0, "Nothing to send.\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("build", "evening"), "there is no newsletter “evening” in config.toml; there is: morning"),
        (("send", "evening"), "there is no newsletter “evening” in config.toml; there is: morning"),
        (("send", "²"), "there is no newsletter “²”"),
        (("send", "12"), "there is no edition 12; `digest editions list` shows those that exist"),
        (("editions", "show", "12"), "there is no edition 12"),
        (("editions", "cancel", "99999999999999999999"), "there is no edition 99999999999999999999"),
        (("send", "99999999999999999999"), "there is no edition 99999999999999999999"),
        (("deliveries", "12"), "there is no edition 12"),
        (("story", "nowhere.txt"), "nowhere.txt"),
        (("build", "morning", "--articles", "nowhere"), "nowhere"),
        (("subscribers", "unsubscribe", "nobody@example.org"), "nobody@example.org is not on the roll"),
        (("subscribers", "add", "not an address"), "not an address"),
        (("subscribers", "import", "nowhere.csv"), "nowhere.csv"),
        (("db", "check"), "there is no database yet; `digest db upgrade` makes one"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_1_failed(digest: Digest, arguments: tuple[str, ...], sentence: str) -> None:
    """The sentence on standard error names the thing; nothing on standard output, no traceback."""
    done = digest(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("digest: ")
    assert sentence in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nonsense",), "No such command 'nonsense'"),
        (("build",), "Missing argument 'NEWSLETTER'"),
        (("build", "morning", "--date", "23.11.2026"), "'23.11.2026' does not match"),
        (("build", "morning", "--override", "code"), "expected CODE=REASON"),
        (("send", "morning", "--overide", "a=b"), "No such option"),
        (("editions", "show", "twelve"), "'twelve' is not a valid integer"),
        (("deliveries", "1", "--state", "lost"), "'lost' is not one of"),
        (("deliveries", "1", "--json", "--csv"), "choose one of --json and --csv"),
        (("story",), "give a FILE"),
        (("story", "--jsonl", "a.txt"), "--jsonl reads standard input"),
        (("subscribers", "list", "--state", "gone"), "'gone' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_2_usage(digest: Digest, arguments: tuple[str, ...], sentence: str) -> None:
    """A wrong word on the command line is named, with what was expected."""
    done = digest(*arguments)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


def test_2_a_misspelt_key_of_the_configuration(digest: Digest) -> None:
    """File, line and key are named, with the keys that are allowed; every command says so and makes nothing."""
    config = digest.here.config
    lines = config.read_text().splitlines()
    number = lines.index('reply_to = "desk@news.example.org"') + 1
    config.write_text(config.read_text().replace("reply_to", "replyto"))

    for arguments in (("build", "morning"), ("editions", "list"), ("worker", "--drain"), ("db", "check")):
        done = digest(*arguments)
        assert (done.code, done.out) == (2, "")
        assert f"config.toml, line {number}: newsletter.morning.replyto: unknown key" in done.err
        assert "reply_to" in done.err
    assert not (digest.here.folder / "var").exists()


def test_2_a_configuration_that_is_not_there(digest: Digest, tmp_path: Path) -> None:
    """`--config` names it."""
    done = digest("--config", tmp_path / "nowhere.toml", "editions", "list")
    assert done.code == 2
    assert "nowhere.toml" in done.err


def test_3_findings_block(digest: Digest) -> None:
    """An error finding stands: nothing is sent, the finding and the way out are named; an override lets it go."""
    digest.here.write("a.txt", WRONG)
    digest.here.config.write_text(digest.here.config.read_text() + 'on_error = "hold"\n')

    assert digest("build", "morning").code == 3
    dry = digest("send", "morning", "--dry-run")
    assert dry.code == 3
    assert "nothing would be until these are settled" in dry.out
    done = digest("send", "morning")
    assert (done.code, done.out) == (3, "")
    assert "[quote-not-in-body]" in done.err
    assert '--override quote-not-in-body="the reason"' in done.err
    assert digest("editions", "approve", "1").code == 3
    assert digest("editions", "show", "1", "--json").json["state"] == "draft"

    assert digest("build", "morning", "--override", "quote-not-in-body=checked").code == 0
    assert digest("editions", "approve", "1").code == 0


def test_3_an_edition_without_a_story(digest: Digest) -> None:
    """It can be built and looked at, and no override sends it."""
    (digest.here.articles / "salt.txt").unlink()
    built = digest("build", "morning", "--out", "out")
    assert built.code == 3
    assert "no-stories" in built.out
    done = digest("send", "morning", "--override", "no-stories=send it all the same")
    assert done.code == 3
    assert "its sources had no article" in done.err


def test_a_terminal_of_another_charset(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot show, such as a typographic quote, becomes a mark; the command does what it would do."""
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = here.run("story", "articles/salt.txt")
    assert "?Somebody had to believe in it.?" in done.stdout
    assert done.stderr == ""
    refused = here.run("build", "evening", code=1)
    assert "there is no newsletter ?evening? in config.toml" in refused.stderr
