"""`digest build`: a draft, what it says of itself, and the files of it."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from email.policy import default

from installation import FISH, SALT, WRONG
from terminal import Digest

FILES = {"edition.html", "source.html", "edition.txt", "edition.eml", "edition.json"}


def test_a_draft_says_what_is_in_it_and_what_is_not(digest: Digest) -> None:
    """Stories in order, what was left out and why, what could not be read, and what to do next."""
    digest.here.write("a.txt", WRONG)
    digest.here.write("empty.txt", "")
    done = digest("build", "morning", "--date", "2026-11-23")

    assert done.code == 0
    assert done.out.startswith("Edition 1: morning, 2026-11-23\n")
    assert "1. Maravik Salt Works Reopen After Eleven Years" in done.out
    assert "Left out: Fish Prices Fall as Boats Come Home Full" in done.out
    assert "error[quote-not-in-body]" in done.out
    assert re.search(r"^Not read: .*articles/empty\.txt$", done.out, re.MULTILINE)
    assert "`digest send 1`" in done.out


def test_building_again_is_the_same_edition(digest: Digest) -> None:
    """One draft for each date: the same number, another date another one."""
    first = digest("build", "morning", "--date", "2026-11-23", "--json").json
    again = digest("build", "morning", "--date", "2026-11-23", "--json").json
    other = digest("build", "morning", "--date", "2026-11-24", "--json").json
    assert (first["id"], again["id"], other["id"]) == (1, 1, 2)
    assert first["fingerprint"] == again["fingerprint"] != other["fingerprint"]
    assert first["state"] == "draft"


def test_an_override_is_on_record(digest: Digest) -> None:
    """The story is in, and the reason is shown wherever the edition is."""
    digest.here.write("a.txt", WRONG)
    done = digest("build", "morning", "--override", "quote-not-in-body=checked by phone")
    assert done.code == 0
    assert "(overridden: checked by phone)" in done.out
    shown = digest("editions", "show", "1", "--json").json
    assert shown["overrides"] == {"quote-not-in-body": "checked by phone"}
    assert len(shown["stories"]) == 2


def test_another_folder_of_articles(digest: Digest) -> None:
    """`--articles` takes the place of the sources for this build."""
    other = digest.here.folder / "other"
    other.mkdir()
    (other / "fish.txt").write_text(FISH)
    found = digest("build", "morning", "--articles", "other", "--json").json
    assert [story["headline"] for story in found["stories"]] == ["Fish Prices Fall as Boats Come Home Full"]


def test_the_files_of_an_edition(digest: Digest) -> None:
    """All five; the message is the issue's: both parts, every header field, and no slot left open anywhere."""
    out = digest.here.folder / "deep" / "out"
    assert digest("build", "morning", "--date", "2026-11-23", "--out", out).code == 0

    assert {path.name for path in out.iterdir()} == FILES
    message = message_from_bytes((out / "edition.eml").read_bytes(), policy=default)
    assert not message.defects
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    expected = {
        "From": "The Morning Tide <tide@news.example.org>",
        "To": "A Reader <reader@example.org>",
        "Reply-To": "desk@news.example.org",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": '"The Morning Tide" <morning.news.example.org>',
    }
    assert {name: str(message[name]) for name in expected} == expected
    assert str(message["List-Unsubscribe"]).startswith("<https://digest.example.org/u/")
    assert str(message["Message-ID"]).endswith("@news.example.org>")
    assert message["Date"].datetime is not None
    assert message["Auto-Submitted"] is None, "a person made it"
    found = json.loads((out / "edition.json").read_text())
    assert message["Subject"] == found["subject"]

    html, text = (out / "edition.html").read_text(), (out / "edition.txt").read_text()
    plain, rich = (part.get_content().replace("\r\n", "\n") for part in message.iter_parts())
    assert (plain.strip(), rich.strip()) == (text.strip(), html.strip())
    for part in (html, text):
        assert "Somebody had to believe in it." in part
        assert "4 Customs Quay" in part
        assert "https://digest.example.org/u/" in part
        assert "reader@example.org" in part
        assert not {"{{", "{%", "[unsubscribe_url]"} & set(part.split())
    assert "style=" in html
    assert "<style" in (out / "source.html").read_text()
    assert len(html.encode()) < 90_000


def test_files_that_cannot_be_written(digest: Digest) -> None:
    """A file in the way of the folder is named; the draft is kept all the same."""
    (digest.here.folder / "out").write_text("in the way")
    done = digest("build", "morning", "--out", "out")
    assert done.code == 1
    assert "--out wants a folder that can be written" in done.err
    assert digest("editions", "show", "1").code == 0


def test_control_characters_do_not_reach_the_terminal(digest: Digest) -> None:
    """An article cannot move the cursor, clear the screen or forge a line of ours."""
    digest.here.write("salt.txt", SALT.replace("Maravik Salt Works", "Maravik \x1b[2J\x1b]0;owned\x07Salt\u202e Works"))
    for arguments in (("build", "morning"), ("story", "articles/salt.txt"), ("editions", "list")):
        out = digest(*arguments).out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_the_header_fields_are_checked_too(digest: Digest) -> None:
    """A title that no header line can hold is an error before anybody gets it; with a usual one there is none."""
    assert digest("build", "morning", "--json").json["findings"] == []
    long = digest.here.config.read_text().replace("The Morning Tide", "The Morning Tide " + "and Evening " * 90)
    digest.here.config.write_text(long)
    done = digest("build", "morning")
    assert done.code == 3
    assert "error[mime-compose] The message cannot be put together: the header " in done.out


def test_links_are_checked_on_request(digest: Digest) -> None:
    """A story at an address of this network cannot be reached by readers, which only `--check-links` asks."""
    digest.here.write("fish.md", f"---\nurl: http://127.0.0.1:9/fish\n---\n\n# {FISH}")
    assert "link-dead" not in digest("build", "morning").out
    done = digest("build", "morning", "--check-links")
    assert done.code == 0
    assert "warning[link-dead] A story cannot be reached: " in done.out
    assert "link: http://127.0.0.1:9/fish" in done.out
