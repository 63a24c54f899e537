"""Notices: what each says in each language, and that none goes out without what it is for."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from digest.errors import RenderError
from digest.message import PREHEADER_LENGTH, SUBJECT_LENGTH
from digest.rendering.notice import NOTICES, CompiledNotice, Correction, Notice, Welcome, compile_notice, sample_notice
from digest.rendering.templates import Templates

TEMPLATES = Templates()
NONCE = "k3n9x2p7q1"
FILLED = {
    "confirm_url": "https://briefing.example.com/confirm/1?a=1&b=2",
    "unsubscribe_url": "https://briefing.example.com/u/1?a=1&b=2",
    "rejoin_url": "https://briefing.example.com/rejoin/1?a=1&b=2",
    "sent_to": "It was sent to maya@example.net, a subscriber.",
}


def sample(name: str, **changes: Any) -> Notice:
    return replace(sample_notice(name, TEMPLATES.sample(name)), **changes)


def made(notice: Notice, templates: Templates = TEMPLATES) -> CompiledNotice:
    return compile_notice(notice, templates=templates, nonce=NONCE)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_has_its_links(name: str) -> None:
    """Both parts have each personal slot, in HTML as a whole address, in the text on a line of its own."""
    message = made(sample(name))
    html, text = message.html.fill(FILLED), message.text.fill(FILLED)
    for slot in NOTICES[name].personal:
        value = FILLED[slot]
        assert (value.replace("&", "&amp;") if slot == "sent_to" else f'href="{value.replace("&", "&amp;")}"') in html
        assert value in text.splitlines()
    assert "Harbour Press, 14 Linden Quay, Port Ellery" in html
    assert "Harbour Press, 14 Linden Quay, Port Ellery" in text
    assert NONCE not in html + text + message.source_html + message.subject


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ar"])
@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_in_each_language(name: str, language: str) -> None:
    """The document says its language and direction; the subject and the line after it have their length."""
    message = made(sample(name, language=language))
    way = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{way}"' in message.html.fill(FILLED)
    assert 0 < len(message.subject) <= SUBJECT_LENGTH
    assert 0 < len(message.preheader) <= PREHEADER_LENGTH
    assert message.sent_to.language == language


def test_a_correction_says_all_five_things() -> None:
    """Newsletter, issue date, story, what was wrong and what is right, in both parts and in this order."""
    notice = sample("correction")
    assert isinstance(notice, Correction)
    said = (notice.title, "16 March 2027", notice.headline, notice.wrong, notice.right, notice.view_url)
    message = made(notice)
    for part in (message.html.fill(FILLED).split("<h1", 1)[0] + message.html.fill(FILLED), message.text.fill(FILLED)):
        shown = flat(part)
        places = [shown.index(each, shown.index("16 March")) for each in said[1:5]]
        assert all(each in shown for each in said)
        assert places == sorted(places)
    assert message.subject.startswith("Correction: Tessaly reopens")


@pytest.mark.parametrize("field", ["headline", "wrong", "right"])
def test_half_a_correction_is_refused(field: str) -> None:
    """Nobody is told that something was wrong without being told what, and what is right."""
    with pytest.raises(RenderError, match="what was wrong and what is right"):
        made(sample("correction", **{field: " \x00"}))


def test_a_story_keeps_its_own_language() -> None:
    """An English story in an Arabic correction runs from left to right."""
    notice = sample_notice("correction", TEMPLATES.sample("correction", "sample-rtl"))
    assert isinstance(notice, Correction)
    document = lxml.html.document_fromstring(made(notice).html.fill(FILLED))
    assert (document.get("lang"), document.get("dir")) == ("ar", "rtl")
    for said in (notice.headline, notice.wrong, notice.right):
        (place,) = document.xpath("//body//*[normalize-space(text()) = $said]", said=said)
        assert place.xpath("string(ancestor-or-self::*[@lang][1]/@lang)") == "en-GB"
        assert place.xpath("string(ancestor-or-self::*[@dir][1]/@dir)") == "ltr"


def test_what_a_welcome_may_leave_out() -> None:
    """Without a schedule and an archive there is no date and no button, and no gap in the sentences."""
    bare = made(sample("welcome", next_issue=None, latest_url=None))
    text = bare.text.fill(FILLED)
    assert "due on" not in text
    assert "latest issue" not in text
    assert "\n\n\n" not in text
    assert "Tuesday, 16 March 2027" in made(sample("welcome")).text.fill(FILLED)
    assert isinstance(sample("welcome"), Welcome)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.example/", "https://a b.example/", ""])
def test_a_correction_needs_a_place_to_read_on(url: str) -> None:
    """The address of the edition is http or https."""
    with pytest.raises(RenderError, match="http or https"):
        made(sample("correction", view_url=url))


@pytest.mark.parametrize("part", ["body.html", "body.txt"])
def test_a_template_without_the_link_is_refused(tmp_path: Path, part: str) -> None:
    """A message that asks to confirm without a link to do so is never made."""
    (tmp_path / "confirm").mkdir()
    source = Path(TEMPLATES.folders[-1] / "confirm" / part).read_text("utf-8")
    (tmp_path / "confirm" / part).write_text(source.replace("slots.confirm_url", '"https://x.example/"'), "utf-8")
    with pytest.raises(RenderError, match=rf"confirm/{part} does not show slots\.confirm_url"):
        made(sample("confirm"), Templates([tmp_path]))
    (tmp_path / "confirm" / part).write_text(source.replace("slots.confirm_url", "slots.confirm_url | upper"), "utf-8")
    with pytest.raises(RenderError, match=rf"confirm/{part} (changes a slot|does not show)"):
        made(sample("confirm"), Templates([tmp_path]))


def test_a_sample_that_does_not_fit_names_the_key() -> None:
    """A missing or unknown key, or a folder that is no notice, is told with what was expected."""
    with pytest.raises(RenderError, match=r"colour.*fields of Confirm"):
        sample_notice("confirm", {"notice": {"colour": "red"}})
    with pytest.raises(RenderError, match=r"expected \[notice\]"):
        sample_notice("confirm", {})
    with pytest.raises(RenderError, match=r"layout\.toml"):
        sample_notice("mine", {"notice": {}})


def test_equal_content_gives_an_equal_notice() -> None:
    """Whatever the nonce."""
    one = compile_notice(sample("correction"), templates=TEMPLATES, nonce="aaaaaaaa11")
    assert one == compile_notice(sample("correction"), templates=Templates(), nonce="bbbbbbbb22")


def test_the_nonce_in_a_value_is_refused() -> None:
    """Should a value ever hold it, nothing is made of it."""
    with pytest.raises(RenderError, match="nonce"):
        made(sample("goodbye", title=f"slot{NONCE}n000"))


def test_every_field_is_shown() -> None:
    """No field of a notice is left out of its message by accident."""
    other = {"next_issue": date(2027, 4, 1), "issue_date": date(2027, 4, 1), "valid_days": 7, "language": "de"}
    addresses = ("latest_url", "url", "view_url")
    for name in NOTICES:
        before = made(sample(name))
        for field in fields(NOTICES[name]):
            if field.name in ("brand", "story_language"):
                continue
            value = other.get(field.name, "https://other.example/" if field.name in addresses else "other")
            assert made(sample(name, **{field.name: value})) != before, (name, field.name)
