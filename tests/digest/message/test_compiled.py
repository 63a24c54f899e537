"""The stored form of an edition is exact, and each reader gets the nearest of its languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digest.errors import RenderError
from digest.message import CompiledEdition, CompiledMessage, Form, Plan, Section, SentTo, Slot, Slotted, Told

LIST = Section("all", Slotted(("<ol>",)), (Slotted(("<li>é",)), Slotted(("<li>b",))), Slotted(("</ol>",)))
MESSAGE = CompiledMessage(
    subject_form=Form((Slot("subject", "header"), " 🎉")),
    html_form=Form(('<a href="', Slot("unsubscribe_url", "html"), '">', Slot("sent_to", "html"), "</a>", LIST)),
    text_form=Form((Slot("sent_to", "text"), " [sent_to] é")),
    plan=Plan((("all", None),), 0, (Told("Grüße", "x", "world", (3, 0)), Told("B", "y", "", (2, 0))), "Also:", ("1",)),
    sent_to=SentTo("An %(address)s.", "An %(address)s seit %(date)s.", "de"),
)


def test_a_stored_message_is_the_same() -> None:
    """JSON and back gives an equal message and the same bytes again."""
    stored = MESSAGE.to_json()
    assert CompiledMessage.from_json(stored) == MESSAGE
    assert CompiledMessage.from_json(stored).to_json() == stored
    assert CompiledEdition.from_json(CompiledEdition.alone(MESSAGE).to_json()) == CompiledEdition.alone(MESSAGE)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every text and number in a value of JSON."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, each in inner for found in paths(each, (*path, key))]
    return [path] if isinstance(value, str | int) else []


def test_the_fingerprint_follows_everything() -> None:
    """There is no text and no number in the stored form that could be another without anybody noticing."""
    stored = json.loads(MESSAGE.to_json())
    assert list(stored) == sorted(stored)
    contexts = {"html": "text", "text": "html", "header": "text"}
    for path in paths(stored):
        changed = json.loads(MESSAGE.to_json())
        at = changed
        for key in path[:-1]:
            at = at[key]
        old = at[path[-1]]
        at[path[-1]] = old + 1 if isinstance(old, int) else contexts.get(old, old + "x")
        assert CompiledMessage.from_json(json.dumps(changed)).fingerprint != MESSAGE.fingerprint, path


@pytest.mark.parametrize("stored", ["", "{}", "[]", '{"subject":1}', "null", '{"default":"en","messages":{}}'])
def test_something_else_is_refused(stored: str) -> None:
    """What `to_json` did not write is an error of rendering, not a traceback."""
    for kind in (CompiledMessage, CompiledEdition):
        with pytest.raises(RenderError, match="build the edition again"):
            kind.from_json(stored)


def test_an_unknown_context_is_refused() -> None:
    """A stored slot whose context nobody escapes for cannot be read."""
    stored = json.loads(MESSAGE.to_json())
    stored["html"][1][1] = "raw"
    with pytest.raises(RenderError, match="raw"):
        CompiledMessage.from_json(json.dumps(stored))


def test_size_counts_the_longest_slots() -> None:
    """Bytes, not characters: 512 for the unsubscribe address, 254 for the reader's, 200 for the sentence around it."""
    whole = '<a href=""></a><ol><li>é<li>b</ol>'
    assert MESSAGE.html_bytes == len(whole.encode()) + 512 + 254 + 200


def test_the_parts_of_the_whole_and_of_one_story() -> None:
    """The subject is the lead's; a message without stories is the same for everybody."""
    assert MESSAGE.subject == "Grüße 🎉"
    assert MESSAGE.select((1,)).subject == "B 🎉"
    plain = CompiledMessage.plain(subject="S", html=Slotted(("<p>",)), text=Slotted(("t",)))
    assert (plain.subject, plain.html.parts, plain.text.parts, plain.preheader) == ("S", ("<p>",), ("t",), "")


@pytest.mark.parametrize(
    ("wish", "given"),
    [
        ("", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("PT-br", "pt-BR"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de-AT", "de"),
        ("de", "de"),
        ("zh-Hant", "zh-Hans"),
        ("zh-HANT-TW", "zh-Hans"),
        ("fr", "pt-BR"),
        ("d", "pt-BR"),
    ],
)
def test_the_nearest_language(wish: str, given: str) -> None:
    """The same tag in any case, else the same primary language, else the default."""
    edition = CompiledEdition("pt-BR", dict.fromkeys(("de", "pt-BR", "zh-Hans", "zh-SG"), MESSAGE))
    assert edition.language(wish) == given
