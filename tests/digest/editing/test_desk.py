"""From a folder of articles to a draft: what goes in, what does not, and that equal input gives an equal edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from installation import FISH, SALT, WRONG
from newsroom import KEYS, Newsroom

from digest.editing.review import blocking
from digest.errors import NotFound, SourceError, WrongState
from digest.message import CompiledEdition
from digest.model import EditionState, Severity
from digest.signing import key_id

TODAY = date(2026, 11, 23)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with Newsroom(tmp_path) as newsroom:
        yield newsroom


def test_a_folder_becomes_a_draft(newsroom: Newsroom) -> None:
    """Each readable article is a story, in the order of the folder; the draft has what the newsletter says."""
    newsroom.write("b.md", "# " + FISH)
    newsroom.write("notes.doc", "not an article")

    built = newsroom.desk().build("morning")

    draft = built.draft
    assert [story.headline for story in draft.stories] == [
        "Fish Prices Fall as Boats Come Home Full",
        "Maravik Salt Works Reopen After Eleven Years",
    ]
    assert built.problems == ()
    assert (draft.newsletter, draft.issue_date, draft.provider) == ("morning", TODAY, "main")
    assert "Fish Prices Fall" in draft.subject
    assert draft.sender.from_address == "tide@news.example.org"
    assert draft.sender.signing_key == key_id(KEYS[0])
    assert {article.digest for article in built.articles} == {story.article for story in draft.stories}
    assert f"https://digest.example.org/editions/{draft.public_id}" in draft.message
    assert newsroom.editions.listing() == [], "building keeps nothing"


def test_what_cannot_be_read_is_reported_and_the_rest_goes_on(newsroom: Newsroom) -> None:
    """An empty file, a broken encoding and a source that is gone are problems; the readable article is a story."""
    newsroom.write("empty.txt", " \n")
    (newsroom.articles / "binary.txt").write_bytes(b"\x00\xff\xfe" * 900)
    desk = newsroom.desk(
        source={"gone": {"kind": "folder", "path": "nowhere"}}, newsletter={"morning": {"sources": ["gone", "desk"]}}
    )

    built = desk.build("morning")

    assert [story.headline for story in built.draft.stories] == ["Maravik Salt Works Reopen After Eleven Years"]
    told = {Path(problem.ref).name: problem.message for problem in built.problems}
    assert told.keys() == {"empty.txt", "binary.txt", "gone"}
    assert "nowhere" in told["gone"]
    assert all(told.values())


def test_a_folder_on_the_command_line_takes_the_place_of_the_sources(newsroom: Newsroom, tmp_path: Path) -> None:
    """Only that folder is read; one that is not there is an error, since nothing else was asked for."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.txt").write_text(FISH)

    built = newsroom.desk().build("morning", folder=other)

    assert [story.headline for story in built.draft.stories] == ["Fish Prices Fall as Boats Come Home Full"]
    assert built.articles[0].source == "command line"
    with pytest.raises(SourceError, match="nowhere"):
        newsroom.desk().build("morning", folder=tmp_path / "nowhere")


def test_a_draft_made_again_takes_the_same_folder(newsroom: Newsroom, tmp_path: Path) -> None:
    """What a person built from a folder of their own is not replaced by the sources when an override is added."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "fish.txt").write_text(FISH)
    desk = newsroom.desk()
    edition = newsroom.editions.get(desk.keep(desk.build("morning", folder=own)))

    again = desk.rebuild(edition, overrides={"some-code": "checked"}, accept=(), by="ed").draft

    assert [story.headline for story in again.stories] == [story.headline for story in edition.stories]
    assert again.folder == str(own)
    assert again.fingerprint != edition.fingerprint


def test_an_error_leaves_the_story_out_or_holds_the_edition(newsroom: Newsroom) -> None:
    """As the newsletter wants it; an override lets it in and is on record with its reason, by whom and when."""
    newsroom.write("a.txt", WRONG)

    left = newsroom.desk().build("morning").draft
    assert [story.headline for story in left.stories] == ["Maravik Salt Works Reopen After Eleven Years"]
    (out,) = left.left_out
    assert [finding.code for finding in out.errors] == ["quote-not-in-body"]
    code = out.errors[0].code
    assert out.findings[-1].code == "left-out-error"

    held = newsroom.desk(newsletter={"morning": {"on_error": "hold"}}).build("morning").draft
    assert len(held.stories) == 2
    assert held.stories[0].errors

    passed = newsroom.desk().build("morning", overrides={code: "checked by phone"}, by="ada").draft
    assert len(passed.stories) == 2
    assert passed.overrides == {code: {"reason": "checked by phone", "by": "ada", "at": newsroom.time.isoformat()}}
    assert passed.left_out == ()


def test_building_again_keeps_who_overrode_what_and_when(newsroom: Newsroom) -> None:
    """The record of an override is that of its first giving; another reason is another record."""
    newsroom.write("a.txt", WRONG)
    desk = newsroom.desk()
    code = desk.build("morning").draft.left_out[0].errors[0].code
    edition = newsroom.editions.get(desk.keep(desk.build("morning", overrides={code: "checked"}, by="ada")))
    first = {"reason": "checked", "by": "ada", "at": newsroom.time.isoformat()}
    newsroom.time += timedelta(hours=1)

    again = desk.rebuild(edition, overrides={"other": "fine"}, accept=(), by="bela").draft
    other = {"reason": "fine", "by": "bela", "at": newsroom.time.isoformat()}
    assert again.overrides == {code: first, "other": other}

    changed = desk.rebuild(edition, overrides={code: "checked twice"}, accept=(), by="bela").draft
    assert changed.overrides == {code: {"reason": "checked twice", "by": "bela", "at": newsroom.time.isoformat()}}


@pytest.mark.parametrize("articles", ["none", "all left out"])
def test_an_edition_without_a_story_is_an_error(newsroom: Newsroom, articles: str) -> None:
    """It can be looked at, and it is never worth a send; the finding says why there is none."""
    (newsroom.articles / "salt.txt").unlink()
    if articles == "all left out":
        newsroom.write("a.txt", WRONG)

    draft = newsroom.desk().build("morning").draft

    assert draft.stories == ()
    assert draft.findings[0].code == "no-stories"
    assert draft.findings[0].severity == "error"
    why = "all 1 stories were left out" if articles == "all left out" else "its sources had no article"
    assert why in draft.findings[0].message


def test_equal_input_gives_an_equal_edition(newsroom: Newsroom) -> None:
    """Built again from the same files for the same date, at another time, the fingerprint is the same."""
    desk = newsroom.desk()
    first = desk.build("morning")
    edition = desk.keep(first)
    newsroom.time += timedelta(hours=3)

    again = desk.build("morning")

    assert again.draft.fingerprint == first.draft.fingerprint == newsroom.editions.get(edition).fingerprint
    assert again.draft.public_id == first.draft.public_id
    assert desk.keep(again) == edition


SETTINGS: list[dict[str, Any]] = [
    {"newsletter": {"morning": {"title": "The Evening Tide"}}},
    {"newsletter": {"morning": {"from_name": "Tide"}}},
    {"newsletter": {"morning": {"from_address": "other@news.example.org"}}},
    {"newsletter": {"morning": {"reply_to": "other@news.example.org"}}},
    {"newsletter": {"morning": {"list_id": "other.news.example.org"}}},
    {"newsletter": {"morning": {"postal_address": "5 Customs Quay, 1002 Maravik, Skerria"}}},
    {"newsletter": {"morning": {"why": "Because you asked."}}},
    {"newsletter": {"morning": {"language": "de"}}},
    {"newsletter": {"morning": {"languages": ["de"]}}},
    {"newsletter": {"morning": {"provider": "other"}}, "provider": {"other": {"kind": "sandbox"}}},
    {"site": {"base_url": "https://other.example.org"}},
    {"signing_keys": ["another-key-for-tests-0123456789012345"]},
]


@pytest.mark.parametrize("change", SETTINGS, ids=str)
def test_any_change_of_what_readers_get_is_another_fingerprint(newsroom: Newsroom, change: dict[str, Any]) -> None:
    """Of the sender, the account, the addresses or the key: what was approved is not this any more."""
    desk = newsroom.desk()
    desk.keep(desk.build("morning"))
    before = desk.build("morning").draft.fingerprint
    assert newsroom.desk().build("morning").draft.fingerprint == before
    assert newsroom.desk(**change).build("morning").draft.fingerprint != before


def test_any_change_of_an_article_is_another_fingerprint(newsroom: Newsroom) -> None:
    """One word of a quick take, or one more article."""
    desk = newsroom.desk()
    desk.keep(desk.build("morning"))
    prints = [desk.build("morning").draft.fingerprint]
    newsroom.write("salt.txt", SALT.replace("with 43 workers\n  •", "with 44 workers\n  •"))
    prints.append(desk.build("morning").draft.fingerprint)
    newsroom.write("salt.txt", SALT)
    newsroom.write("b.txt", FISH)
    prints.append(desk.build("morning").draft.fingerprint)
    assert len(set(prints)) == 3


def test_an_article_is_sent_once(newsroom: Newsroom) -> None:
    """What an approved edition carried is left out of the next date's, and is still in its own when built again."""
    desk = newsroom.desk()
    edition = desk.keep(desk.build("morning"))
    newsroom.editions.approve(
        edition, fingerprint=newsroom.editions.get(edition).fingerprint, by="ada", at=newsroom.time
    )

    tomorrow = desk.build("morning", issue_date=TODAY + timedelta(days=1)).draft
    assert [story.findings[-1].code for story in tomorrow.left_out] == ["sent-before"]
    assert len(desk.build("morning").draft.stories) == 1
    with pytest.raises(WrongState):
        desk.keep(desk.build("morning"))
    assert newsroom.editions.get(edition).state == EditionState.APPROVED


def test_the_date_is_that_of_the_newsletters_zone(newsroom: Newsroom) -> None:
    """Late in the evening UTC it is tomorrow in Auckland; a newsletter without a schedule goes by UTC."""
    newsroom.time = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    auckland = {"days": ["mon"], "at": "07:00", "zone": "Pacific/Auckland"}
    assert newsroom.desk().today("morning") == TODAY
    assert newsroom.desk(newsletter={"morning": {"schedule": auckland}}).today("morning") == date(2026, 11, 24)


def test_a_newsletter_that_is_not_there(newsroom: Newsroom) -> None:
    """The message names those that are."""
    with pytest.raises(NotFound, match=r"no newsletter “evening” in config\.toml; there is: morning"):
        newsroom.desk().build("evening")


def test_a_newsletter_sets_the_severities_of_a_message_too(newsroom: Newsroom) -> None:
    """Its setting `checks` makes an error of a finding about the message, which then stands in the way."""
    newsroom.write("salt.txt", SALT.replace("Maravik Salt Works Reopen After Eleven Years", "Salt Works! Reopen Now!"))
    plain = {finding.code: finding.severity for finding in newsroom.desk().build("morning").draft.findings}
    assert plain["subject-marks"] == "warning"
    strict = newsroom.desk(newsletter={"morning": {"checks": {"subject-marks": "error"}}})
    built = strict.build("morning")
    assert built.draft.findings[0].code == "subject-marks"
    edition = newsroom.editions.get(strict.keep(built))
    assert [stop.finding.code for stop in blocking(edition)] == ["subject-marks"]


def test_links_are_asked_only_when_asked_for(newsroom: Newsroom) -> None:
    """A story's address in this network is dead for readers; without the wish nothing is asked."""
    newsroom.write("salt.md", f"---\nurl: http://127.0.0.1:9/salt\n---\n\n# {SALT}")
    found = [
        {finding.code for finding in newsroom.desk().build("morning", check_links=wish).draft.findings}
        for wish in (False, True)
    ]
    assert found[1] - found[0] == {"link-dead"}


def test_an_edition_is_made_in_each_of_its_languages(newsroom: Newsroom) -> None:
    """Our words follow the language, the stories keep theirs; the default is the newsletter's own."""
    built = newsroom.desk(newsletter={"morning": {"languages": ["de", "ar", "de"]}}).build("morning")
    messages = built.compiled.messages
    assert list(messages) == ["en", "de", "ar"]
    assert built.message is messages["en"]
    texts = {
        language: message.text.fill({"sent_to": "", "unsubscribe_url": ""}) for language, message in messages.items()
    }
    assert ["Abbestellen" in text for text in texts.values()] == [False, True, False]
    assert all("Maravik Salt Works Reopen After Eleven Years" in " ".join(text.split()) for text in texts.values())
    assert CompiledEdition.from_json(built.draft.message) == built.compiled


def test_a_language_without_words_is_told(newsroom: Newsroom) -> None:
    """Its readers would get Italian dates amid English words: an editor knows before they do."""
    newsroom.write("b.md", "# " + FISH)

    built = newsroom.desk(newsletter={"morning": {"languages": ["de", "it"]}}).build("morning")

    (finding,) = [finding for finding in built.draft.findings if finding.code == "words-missing"]
    assert "no words in it" in finding.message
    assert finding.severity is Severity.WARNING


def test_what_a_budget_cost_is_a_finding_once(newsroom: Newsroom) -> None:
    """Told to the editor for all languages together, and graded like every other finding."""
    takes = "".join(f"  • Take {number} {'word ' * 40}\n" for number in range(5))
    for number in range(4):
        text = SALT.replace("Salt Works Reopen", f"Salt Works {number} Reopen")
        newsroom.write(f"long{number}.txt", text.replace("  •", takes + "  •", 1))
    wishes = {"reading_minutes": 1, "languages": ["de"]}
    findings = newsroom.desk(newsletter={"morning": wishes}).build("morning").draft.findings
    codes = [finding.code for finding in findings]
    assert codes.count("edition-trimmed") == 1
    off = {"edition-trimmed": "off", "edition-too-long": "off"}
    quiet = newsroom.desk(newsletter={"morning": {**wishes, "checks": off}}).build("morning").draft.findings
    assert "edition-trimmed" not in [finding.code for finding in quiet]
