"""From feeds, pages and pushes over real HTTP to an edition: what readers get, and what the operator is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from publisher import PARAGRAPHS, Publisher, Reply, item, page, rss

from digest.cli import run
from digest.cli.house import House
from digest.cli.site import public_site
from digest.editing.desk import Built
from digest.fetching import Fetcher
from digest.pages.server import Server
from digest.settings import load

TOKEN = "a-token-for-the-newsroom-0123456789"
FERRY = (
    "The night ferry to Skerry Point was cancelled for the third time this week after its bow door failed to close.",
    "“Nobody told us until we stood on the pier,” said Tomas Brandt, who drives the school bus on the island.",
    "The company, Northern Crossings, promised a replacement by Thursday and free coffee until then. Its last ship was "
    "built in 1981 and has been mended eleven times since the spring, according to the harbour office.",
)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as opened:
        yield opened


def house(folder: Path, **sources: str) -> House:
    """An installation with these tables of sources, used in their order by one newsletter."""
    tables = "".join(f"[source.{name}]\n{lines}\n" for name, lines in sources.items())
    (folder / "config.toml").write_text(
        '[provider.sandbox]\nkind = "sandbox"\n'
        f"{tables}"
        '[newsletter.morning]\ntitle = "The Morning Tide"\nfrom_name = "Tide"\nfrom_address = "tide@news.example.org"\n'
        'list_id = "morning.news.example.org"\npostal_address = "4 Customs Quay"\n'
        f"sources = {list(sources)!r}\n"
    )
    return House(load(folder / "config.toml"))


def feed(url: str) -> str:
    return f'kind = "feed"\nurl = "{url}"\nallow_private = true'


def headlines(built: Built) -> list[str]:
    return [story.headline for story in built.draft.stories]


def test_the_same_story_through_two_feeds_is_one_card(publisher: Publisher, tmp_path: Path) -> None:
    """The first source in config.toml has the card, and it says who else reported; the other is left out with why."""
    with Publisher() as second:
        publisher.replies["/rss"] = rss(item("Salt works reopen", "/salt"))
        second.replies["/rss"] = rss(
            item("Town votes for salt", "https://coast.example/town/salt?utm_source=rss")
            + item("Ferry cancelled", "https://coast.example/ferry", *FERRY),
            title="Coast Today",
        )
        rooms = house(tmp_path, ledger=feed(f"{publisher.url}/rss"), coast=feed(f"{second.url}/rss"))
        built = rooms.desk.build("morning")
        assert headlines(built) == ["Salt works reopen", "Ferry cancelled"]
        salt = built.draft.stories[0]
        assert salt.also == (("Coast Today", "https://coast.example/town/salt?utm_source=rss"),)
        (left,) = built.draft.left_out
        assert (left.headline, left.findings[-1].code) == ("Town votes for salt", "duplicate")
        assert "the same story as “Salt works reopen”" in left.findings[-1].message
        edition = rooms.editions.get(rooms.desk.keep(built))
        assert edition.stories[0].also == salt.also
    rooms.database.close()


def test_a_feed_from_day_to_day(publisher: Publisher, tmp_path: Path) -> None:
    """New, unchanged, changed, broken and well again: each build has what there is, and the database remembers it."""
    publisher.replies["/rss"] = first = rss(item("Salt works reopen", "/salt"))
    first.headers["ETag"] = '"1"'
    tables = {"ledger": feed(f"{publisher.url}/rss")}
    rooms = house(tmp_path, **tables)
    assert headlines(rooms.desk.build("morning")) == ["Salt works reopen"]
    rooms.database.close()

    rooms = house(tmp_path, **tables)  # another process, another day
    unchanged = rooms.desk.build("morning")
    assert (headlines(unchanged), unchanged.problems) == (["Salt works reopen"], ())
    assert [headers.get("If-None-Match") for _, headers in publisher.asked] == [None, '"1"']

    publisher.replies["/rss"] = rss(item("Ferry cancelled", "/ferry", *FERRY) + item("Salt works reopen", "/salt"))
    assert headlines(rooms.desk.build("morning")) == ["Ferry cancelled", "Salt works reopen"]

    for broken in (Reply(status=410), Reply(status=302, headers={"Location": "http://10.0.0.1/"}), Reply(b"<html>")):
        publisher.replies["/rss"] = broken
        built = rooms.desk.build("morning")
        assert headlines(built) == ["Ferry cancelled", "Salt works reopen"]
        assert "the articles read before (2) stand in" in built.problems[0].message
        assert rooms.sources.state("ledger").error

    publisher.replies["/rss"] = rss(item("Salt works reopen", "/salt"))
    built = rooms.desk.build("morning")
    assert (headlines(built), built.problems) == (["Salt works reopen"], ())
    assert rooms.sources.state("ledger").error == ""
    rooms.database.close()


def test_one_broken_source_among_others(publisher: Publisher, tmp_path: Path) -> None:
    """A feed that was never there, a huge page and a private address cost nobody else's articles."""
    publisher.replies["/salt"] = page("Salt works reopen")
    publisher.replies["/huge"] = Reply(b"x" * 5_000_001)
    one = 'kind = "page"\nurl = "{}"\nallow_private = true'
    rooms = house(
        tmp_path,
        gone=feed(f"{publisher.url}/gone"),
        huge=one.format(f"{publisher.url}/huge"),
        metadata='kind = "page"\nurl = "http://169.254.169.254/latest/"\nallow_private = true',
        inside=f'kind = "feed"\nurl = "{publisher.url}/salt"',
        salt=one.format(f"{publisher.url}/salt"),
    )
    built = rooms.desk.build("morning")
    assert headlines(built) == ["Salt works reopen"]
    reasons = [problem.message for problem in built.problems]
    assert len(reasons) == 4
    assert "is gone (404)" in reasons[0]
    assert "more than 5,000,000 bytes" in reasons[1]
    assert "not an address of the public internet" in reasons[2]
    assert "allow_private = true" in reasons[3]
    assert publisher.paths() == ["/gone", "/huge", "/salt"], "without allow_private nothing was asked"
    rooms.database.close()


def test_slow_and_misdeclared_sources(
    publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`digest build` says which feed is too slow and which page is not in its charset, and makes the edition all the
    same: with what the feed had before, and with the marks of a page whose server alone is wrong about it."""
    caps = Fetcher.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(caps, "seconds", 1.0)
    publisher.replies["/rss"] = rss(item("Salt works reopen", "/salt"))
    for path, head in (("/lamp", ""), ("/pier", '<meta charset="utf-8">')):
        publisher.replies[path] = page(f"News of the {path[1:]}", *FERRY, head=head, encoding="cp1252")
    one = 'kind = "page"\nurl = "{}"\nallow_private = true'
    rooms = house(
        tmp_path,
        ledger=feed(f"{publisher.url}/rss"),
        lamp=one.format(f"{publisher.url}/lamp"),
        pier=one.format(f"{publisher.url}/pier"),
    )
    command = ["--config", str(tmp_path / "config.toml"), "build", "morning"]
    assert run(command) == 0
    publisher.replies["/rss"] = publisher.trickle
    assert run(command) == 0
    said = capsys.readouterr().out
    spoilt, slow, again = re.findall(r"^Not read: (\S+)\n  (.+)", said, re.MULTILINE)
    assert spoilt == again == (f"{publisher.url}/pier", spoilt[1])
    assert "is not the utf-8 that it says it is" in spoilt[1]
    assert slow[0] == f"{publisher.url}/rss"
    assert re.search(r"took too long.*the articles read before \(1\) stand in", slow[1])
    edition = rooms.editions.get(int(re.findall(r"^Edition (\d+):", said, re.MULTILINE)[-1]))
    assert [story.headline for story in edition.stories] == ["Salt works reopen", "News of the lamp"]
    assert edition.stories[1].quotes[0].text == "Nobody told us until we stood on the pier,"
    rooms.database.close()


def test_a_list_page(publisher: Publisher, tmp_path: Path) -> None:
    """A section's page fills an edition with the articles that it links to."""
    publisher.replies["/news"] = Reply(
        b"<main><h2><a href='/salt'>The salt works reopen</a></h2>"
        b"<h2><a href='/ferry'>No night ferry again</a></h2></main>"
    )
    publisher.replies["/salt"] = page("Salt works reopen")
    publisher.replies["/ferry"] = page("Ferry cancelled", *FERRY)
    table = f'kind = "page"\nurl = "{publisher.url}/news"\nlist = true\nallow_private = true'
    rooms = house(tmp_path, town=table)
    assert headlines(rooms.desk.build("morning")) == ["Salt works reopen", "Ferry cancelled"]
    rooms.database.close()


def test_a_pushed_article(publisher: Publisher, tmp_path: Path) -> None:
    """A program pushes it, twice, while a feed has it too: one card; without the token it does not come in."""
    publisher.replies["/rss"] = rss(item("Salt works reopen", "/salt"))
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "source.newsroom.token"
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    rooms = house(tmp_path, newsroom='kind = "push"', ledger=feed(f"{publisher.url}/rss"))
    article = {"headline": "Salt: our own report", "text": "\n\n".join(PARAGRAPHS), "publisher": "The Tide"}
    with Server(public_site(rooms)) as site:
        assert httpx.post(f"{site.url}/api/articles", json=article).status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "report-1"}
        first, again = (httpx.post(f"{site.url}/api/articles", json=article, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    built = rooms.desk.build("morning")
    assert [story.article for story in built.draft.stories] == [first.json()["article"]]
    assert [report.publisher for report in built.draft.stories[0].also] == ["The Harbour Ledger"]
    rooms.database.close()


def test_the_doctor_knows_the_sources(publisher: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the folder that is not there, the token that is missing, and since when a feed cannot be read."""
    publisher.replies["/rss"] = rss(item("Salt works reopen", "/salt"))
    rooms = house(
        tmp_path,
        ledger=feed(f"{publisher.url}/rss"),
        coast=feed(f"{publisher.url}/gone"),
        desk='kind = "folder"\npath = "nowhere"',
        newsroom='kind = "push"',
    )
    rooms.desk.build("morning")
    publisher.replies.clear()
    rooms.desk.build("morning")
    rooms.database.close()
    assert run(["--config", str(tmp_path / "config.toml"), "doctor", "--json"]) == 1
    lines = capsys.readouterr().out.splitlines()
    found = {verdict["subject"]: verdict for verdict in map(json.loads, lines)}
    levels = [found[f"source.{name}"]["level"] for name in ("ledger", "coast", "desk", "newsroom")]
    assert levels == ["warning", "warning", "wrong", "warning"]
    assert re.search(r"is gone \(404\).*; last read: 20\d\d-", found["source.ledger"]["sentence"])
    assert found["source.coast"]["sentence"].endswith("; last read: never")
    assert f"there is no folder {tmp_path / 'nowhere'}" in found["source.desk"]["sentence"]
    assert "source.newsroom.token" in found["source.newsroom"]["sentence"]
