"""One article, or a stream of them, and what the digest makes of it."""

from __future__ import annotations

import json

import pytest
from installation import FISH, SALT, WRONG
from terminal import Digest


def line(**members: object) -> bytes:
    return json.dumps(members).encode() + b"\n"


def test_a_story_for_a_person(digest: Digest) -> None:
    """Headline, takes, quotes with who said them and where, findings with advice."""
    done = digest("story", "articles/salt.txt")
    assert done.code == 0
    assert done.out.startswith("Maravik Salt Works Reopen After Eleven Years\n")
    assert "• The salt works at Maravik open on Monday with 43 workers" in done.out
    assert "“Somebody had to believe in it.”" in done.out
    assert "Ingrid Halvard" in done.out
    assert "warning[missing-metadata]" in done.out


def test_a_story_as_json(digest: Digest) -> None:
    """Every span points into the text that comes with it."""
    found = digest("story", "articles/salt.txt", "--json").json
    assert found["headline"] == "Maravik Salt Works Reopen After Eleven Years"
    assert len(found["takes"]) == 2
    assert found["quotes"]
    for quote in found["quotes"]:
        assert found["text"][quote["start"] : quote["end"]] == quote["text"]
    assert any(quote["key"] for quote in found["quotes"])


def test_standard_input_is_plain_text(digest: Digest) -> None:
    """`-` for a file."""
    done = digest("story", "-", "--json", stdin=FISH.encode())
    assert done.json["headline"] == "Fish Prices Fall as Boats Come Home Full"


def test_a_stream_of_articles(digest: Digest) -> None:
    """A line for each in the given order, with its own id of any kind, and offsets into the text that was given."""
    given = [("a", SALT), (7, FISH), (None, WRONG), ("é\U0001f41f", "\U0001f41f" * 3 + "\n\n" + FISH)]
    done = digest("story", "--jsonl", stdin=b"".join(line(id=name, text=text) for name, text in given))

    assert (done.code, done.err) == (0, "")
    assert [found["id"] for found in done.lines] == [name for name, _ in given]
    quotes = 0
    for found, (_, text) in zip(done.lines, given, strict=True):
        assert found.keys() >= {"id", "headline", "dek", "caption", "takes", "quotes", "findings"}
        for quote in found["quotes"]:
            quotes += 1
            assert text[quote["start"] : quote["end"]] == quote["text"], "code points, also behind astral ones"
            if quote["speaker_start"] is not None:
                assert text[quote["speaker_start"] : quote["speaker_end"]]
            assert 0 <= quote["confidence"] <= 1
            assert quote["key"] in (True, False)
    assert quotes >= 6
    assert [finding["code"] for finding in done.lines[2]["findings"]].count("quote-not-in-body") == 1


def test_bad_lines_are_reported_and_skipped(digest: Digest) -> None:
    """Each is named by its number; the others are answered as if it were not there."""
    bad = [
        b"not json\n",
        b'{"id": 1}\n',
        b'{"text": "no id"}\n',
        b'{"id": 1, "text": 5}\n',
        b'["id", "text"]\n',
        b'"text"\n',
        b"5\n",
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b'{"id": 1, "text": "cut off\n',
    ]
    stdin = line(id="first", text=SALT) + b"".join(bad) + line(id="last", text=FISH).rstrip(b"\n")

    done = digest("story", "--jsonl", stdin=stdin)

    assert [found["id"] for found in done.lines] == ["first", "last"]
    told = done.err.splitlines()
    assert [report.split(":")[0] for report in told] == [f"line {number}" for number in range(2, len(bad) + 2)]
    assert all("skipped" in report for report in told)
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"not json", "this is not JSON"),
        (b"\xff", "this is not JSON"),
        (b"[" * 100_000, "this is not JSON"),
        (b'["id", "text"]', "this is not a JSON object"),
        (b'{"id": 1}', "text is missing"),
        (b"{}", "id and text are missing"),
        (b'{"id": 1, "text": 5}', "text is not a string"),
    ],
)
def test_what_is_wrong_with_a_line(digest: Digest, given: bytes, reason: str) -> None:
    """A sentence for a person, in our words."""
    done = digest("story", "--jsonl", stdin=given + b"\n")
    assert done.err == f'line 1: {reason}; expected {{"id": …, "text": "…"}}; skipped\n'


def test_the_first_two_hundred_quotations_are_shown(digest: Digest) -> None:
    """Each at its line; the others are counted, so that no article floods the terminal."""
    said = "\n\n".join(f"“We have mended boat number {number},” said Ines Calloway." for number in range(230))
    done = digest("story", "-", stdin=f"Boats Mended\n\n{said}\n".encode())
    shown = done.out.partition("Where they stand")[2].partition("Findings")[0]
    assert "    3 | “We have mended boat number 0,”" in shown
    assert "  401 | “We have mended boat number 199,”" in shown
    assert "boat number 200," not in shown
    assert "… and 30 more; `digest story FILE --json` has them all" in shown


def test_strange_texts_are_answered(digest: Digest) -> None:
    """Empty, blank, half a surrogate pair, control characters, one endless word: a line for each, whatever is found."""
    texts = ["", " \n\n ", "\ud800 half", "\x00\x1b[31m\x07", "x" * 200_000, "“" * 500, "\n" * 5000, "\u202e txet"]
    stdin = b"".join(line(id=number, text=text) for number, text in enumerate(texts))
    done = digest("story", "--jsonl", stdin=stdin)
    assert [found["id"] for found in done.lines] == list(range(len(texts)))
    assert done.out.isascii()
