"""Editions: what may still change, every move between states, and what approval freezes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from office import MESSAGE, NOW, Office

from digest.errors import NotFound, WrongState
from digest.model import Article, EditionState, Finding, Image, Place, Severity, Span, Story
from digest.storage.drafts import Draft, Sender
from digest.storage.editions import MUTABLE
from digest.storage.tables import articles, batches, edition_stories
from digest.storage.transitions import MOVES

STATES = list(EditionState)


def article(text: str = "Salt works reopen\n\nBody.") -> Article:
    return Article(text=text, source="desk", ref="salt.txt")


def story(source: Article) -> Story:
    return Story(
        article=source.digest,
        ref=source.ref,
        headline=source.text.partition("\n")[0],
        dek=None,
        caption=None,
        takes=(),
        quotes=(),
        findings=(
            Finding(
                code="london",
                severity=Severity.INFO,
                message="Which?",
                advice="Say.",
                places=(Place("body", Span(3, 7), "some"),),
            ),
        ),
        published_at=NOW - timedelta(hours=3),
        image=Image(url="https://ledger.example/salt.jpg", alt="The pans", credit="Ida Marr"),
    )


def draft(office: Office, *, day: int = 23, stories: tuple[Story, ...] = (), **changes: object) -> Draft:
    """A draft like those of `Office.edition`, with changes."""
    values: dict[str, object] = {
        "newsletter": "morning",
        "issue_date": date(2026, 11, day),
        "public_id": f"public{day}",
        "subject": MESSAGE.subject,
        "stories": stories,
        "left_out": (),
        "findings": (),
        "message": MESSAGE.to_json(),
        "sender": Sender(
            title="The Morning Tide",
            from_name="The Morning Tide",
            from_address="tide@news.example.org",
            reply_to="desk@news.example.org",
            list_id="morning.news.example.org",
            language="en",
            base_url="https://digest.example.org",
            kind="postmark",
            stream="broadcast",
            signing_key="0123456789ab",
        ),
        "provider": "main",
        "overrides": {},
    }
    return Draft(**{**values, **changes})  # type: ignore[arg-type]


def save(
    office: Office, made: Draft, state: EditionState = EditionState.DRAFT, sources: tuple[Article, ...] = ()
) -> int:
    return office.editions.save(made, sources, state=state, reason="", at=NOW)


def brought_to(office: Office, state: EditionState, *, day: int = 23) -> int:
    """An edition with three readers that came into `state` by the ordinary way."""
    office.enrol(3)
    edition = office.edition(day=day, approve=state not in MUTABLE and state != EditionState.CANCELLED)
    if state is EditionState.HELD:
        office.editions.hold(edition, reason="look")
    elif state is EditionState.CANCELLED:
        office.editions.cancel(edition, reason="no", at=NOW)
    elif state in (EditionState.SENDING, EditionState.FINISHED):
        office.deliveries.freeze(edition, readers_per_batch=10, at=NOW)
    if state is EditionState.FINISHED:
        with office.database.write() as connection:
            connection.exec_driver_sql("UPDATE deliveries SET state = 'accepted'")
            connection.execute(batches.update().values(state="settled"))
        assert office.deliveries.finish(NOW) == [edition]
    assert office.state(edition) == state
    return edition


def test_an_edition_comes_back_as_it_was_saved(office: Office) -> None:
    """Stories, findings with their places, overrides and times survive the database."""
    source = article()
    made = draft(
        office,
        stories=(story(source),),
        left_out=(replace(story(article("Other\n\nBody.")), headline="Other"),),
        findings=story(source).findings,
        overrides={"london": {"reason": "the town, not the city", "by": "ada", "at": NOW.isoformat()}},
        scheduled=True,
        due_at=NOW,
    )

    edition = office.editions.get(save(office, made, sources=(source,)))

    assert (edition.newsletter, edition.issue_date, edition.state) == ("morning", date(2026, 11, 23), "draft")
    assert edition.stories == made.stories
    assert edition.left_out == made.left_out
    assert edition.findings == made.findings
    assert edition.stories[0].findings[0].places[0].span == Span(3, 7)
    assert edition.overrides == {"london": "the town, not the city"}
    assert (edition.scheduled, edition.due_at, edition.created_at) == (True, NOW, NOW)
    assert edition.fingerprint == made.fingerprint
    assert office.editions.sender(edition.id) == made.sender
    assert office.editions.message(edition.id) == made.message
    assert office.editions.of("morning", date(2026, 11, 23)) == edition
    assert office.editions.of("evening", date(2026, 11, 23)) is None


@pytest.mark.parametrize("state", MUTABLE)
def test_a_mutable_edition_is_replaced_under_its_own_id(office: Office, state: EditionState) -> None:
    """Built again, a draft keeps its id; content, stories and the page's address are those of the newer build."""
    first, second = article("First\n\nBody."), article("Second\n\nBody.")
    edition = save(office, draft(office, stories=(story(first),)), state, (first,))
    newer = draft(office, stories=(story(second),), subject="Newer", public_id="another")

    assert save(office, newer, sources=(first, second)) == edition

    found = office.editions.get(edition)
    assert (found.subject, found.stories, found.state) == ("Newer", newer.stories, "draft")
    assert found.fingerprint == newer.fingerprint
    assert office.editions.public_id(edition) == "another", "the message links to it"
    assert len(office.editions.listing()) == 1
    with office.database.read() as connection:
        assert [row.article for row in connection.execute(edition_stories.select())] == [second.digest]
        assert {row.digest for row in connection.execute(articles.select())} == {first.digest, second.digest}


@pytest.mark.parametrize("state", [state for state in STATES if state not in MUTABLE])
def test_a_frozen_edition_is_not_replaced(office: Office, state: EditionState) -> None:
    """Approved, sending, finished or cancelled: the date's edition stays byte for byte, and the advice names it."""
    edition = brought_to(office, state)
    before = office.editions.get(edition), office.editions.message(edition)

    with pytest.raises(WrongState, match=f"edition {edition} .* is already {state}.*editions show {edition}"):
        save(office, draft(office, subject="Newer"), sources=(article(),))

    assert (office.editions.get(edition), office.editions.message(edition)) == before
    with office.database.read() as connection:
        assert connection.execute(articles.select()).all() == []


def test_a_held_send_is_frozen_too(office: Office) -> None:
    """Held in the midst of its send, an edition keeps its content: some readers have it already."""
    edition = brought_to(office, EditionState.SENDING)
    office.editions.hold(edition, reason="account")

    with pytest.raises(WrongState, match="held"):
        save(office, draft(office, subject="Newer"))
    with pytest.raises(WrongState, match=f"already being sent; `digest send {edition}`"):
        office.editions.approve(edition, fingerprint=office.editions.get(edition).fingerprint, by="ada", at=NOW)
    assert office.state(edition) == "held"


def test_a_new_draft_never_takes_another_ones_place(office: Office) -> None:
    """What the schedule builds is kept only where the date has no edition: a person's draft is not overwritten."""
    edition = save(office, draft(office, subject="A person's"))

    with pytest.raises(WrongState, match="already"):
        office.editions.save(draft(office), (), state=EditionState.DRAFT, reason="", at=NOW, new=True)

    assert office.editions.get(edition).subject == "A person's"


def _moves(office: Office) -> dict[EditionState, Callable[[int], object]]:
    editions = office.editions
    return {
        EditionState.APPROVED: lambda edition: editions.approve(
            edition, fingerprint=editions.get(edition).fingerprint, by="ada", at=NOW
        ),
        EditionState.HELD: lambda edition: editions.hold(edition, reason="look"),
        EditionState.CANCELLED: lambda edition: editions.cancel(edition, reason="no", at=NOW),
        EditionState.SENDING: editions.resume,
    }


@pytest.mark.parametrize("to", [EditionState.APPROVED, EditionState.HELD, EditionState.CANCELLED, EditionState.SENDING])
@pytest.mark.parametrize("state", STATES)
def test_every_move_that_is_allowed_and_no_other(office: Office, state: EditionState, to: EditionState) -> None:
    """Each pair of states: the move is made exactly when `MOVES` has it, and a refusal names both and changes nothing.

    A held edition becomes sending only when its audience is frozen; an approved one becomes sending by
    the freeze itself, which has tests of its own.
    """
    edition = brought_to(office, state)
    before = office.editions.get(edition)
    move = _moves(office)[to]
    if to in MOVES[state] and (state, to) not in {
        (EditionState.HELD, EditionState.SENDING),
        (EditionState.APPROVED, EditionState.SENDING),
    }:
        move(edition)
        assert office.state(edition) == to
    else:
        with pytest.raises(WrongState, match=f"edition {edition}"):
            move(edition)
        assert office.editions.get(edition) == before


def test_nothing_leaves_a_closed_edition() -> None:
    """Finished and cancelled are ends, every state is known, and no state moves to itself."""
    assert set(MOVES) == set(STATES)
    assert MOVES[EditionState.FINISHED] == MOVES[EditionState.CANCELLED] == frozenset()
    assert all(state not in to for state, to in MOVES.items())


def test_approval_freezes_what_was_looked_at(office: Office) -> None:
    """A draft that was built again since somebody looked is not approved; with its own fingerprint it is."""
    edition = save(office, draft(office))
    looked_at = office.editions.get(edition).fingerprint
    save(office, draft(office, subject="Newer"))

    with pytest.raises(WrongState, match="built again"):
        office.editions.approve(edition, fingerprint=looked_at, by="ada", at=NOW)
    assert office.state(edition) == "draft"

    office.editions.hold(edition, reason="look")
    office.editions.approve(edition, fingerprint=office.editions.get(edition).fingerprint, by="ada", at=NOW)
    found = office.editions.get(edition)
    assert (found.state, found.approved_by, found.approved_at, found.reason) == ("approved", "ada", NOW, "")


def test_cancelling_keeps_what_was_accepted(office: Office) -> None:
    """A cancelled send: who has the mail stays accepted, a flight under way is settled as it turns out, others stop."""
    edition = office.frozen(9, batch=3)
    first, second = office.ledger.claim("a", 60), office.ledger.claim("a", 60)
    assert first is not None
    assert second is not None
    readers = office.ledger.pending(first)
    flight = office.ledger.fly(first, readers, attempt="1", owner="a", lease=60, evidence=lambda _: "h", at=NOW)
    assert flight is not None

    assert office.editions.cancel(edition, reason="wrong headline", at=NOW) == 6
    assert office.counts(edition) == {"in_flight": 3, "cancelled": 6}
    with pytest.raises(WrongState, match="is cancelled"):
        office.editions.cancel(edition, reason="again", at=NOW)

    late = office.ledger.fly(
        second, office.ledger.pending(second), attempt="2", owner="a", lease=60, evidence=lambda _: "h", at=NOW
    )
    assert late is None
    office.later(minutes=1)
    from digest.model import OutcomeKind
    from digest.providers.base import every

    taken = every(["x"] * 3, OutcomeKind.ACCEPTED, reason="", detail="")
    office.ledger.settle(first, flight, taken, status=200, not_before=0, at=NOW)
    assert office.counts(edition) == {"accepted": 3, "cancelled": 6}
    found = office.editions.get(edition)
    assert (found.reason, found.finished_at) == ("wrong headline", NOW)


def test_resuming_makes_every_waiting_batch_due(office: Office) -> None:
    """A held send goes on at once, also with batches that had been told to wait."""
    edition = office.frozen(4, batch=2)
    with office.database.write() as connection:
        connection.execute(batches.update().values(not_before=9e9))
    office.editions.hold(edition, reason="account")
    assert office.ledger.claim("a", 60) is None

    office.editions.resume(edition)

    assert office.editions.get(edition).reason == ""
    assert office.ledger.claim("a", 60) is not None


def test_which_articles_were_sent_before(office: Office) -> None:
    """An article counts as sent once an edition of another date carries it into approval; a draft's does not."""
    source, other = article(), article("Other\n\nBody.")
    made = draft(office, day=20, stories=(story(source),))
    yesterday = save(office, made, sources=(source, other))
    digests = [source.digest, other.digest]
    today = date(2026, 11, 23)

    assert office.editions.sent_before("morning", digests, but=today) == set()
    office.editions.approve(yesterday, fingerprint=made.fingerprint, by="ada", at=NOW)
    assert office.editions.sent_before("morning", digests, but=today) == {source.digest}
    assert office.editions.sent_before("morning", digests, but=date(2026, 11, 20)) == set(), "its own date"
    assert office.editions.sent_before("evening", digests, but=today) == set(), "another newsletter"
    office.editions.cancel(yesterday, reason="nobody got it", at=NOW)
    assert office.editions.sent_before("morning", digests, but=today) == set()


def test_an_article_of_a_send_that_was_stopped_half_way_was_sent(office: Office) -> None:
    """Some readers have seen it: a cancelled send still counts, for stories and for the number."""
    office.enrol(2)
    source = article()
    made = draft(office, day=20, stories=(story(source),))
    edition = save(office, made, sources=(source,))
    office.editions.approve(edition, fingerprint=made.fingerprint, by="ada", at=NOW)
    office.deliveries.freeze(edition, readers_per_batch=1, at=NOW)
    office.editions.cancel(edition, reason="stop", at=NOW)

    assert office.editions.sent_before("morning", [source.digest], but=date(2026, 11, 23)) == {source.digest}
    assert office.editions.number("morning", date(2026, 11, 23)) == 2


def test_editions_are_numbered_by_what_went_out(office: Office) -> None:
    """Drafts and what was cancelled unsent do not count; dates after it and other newsletters do not either."""
    assert office.editions.number("morning", date(2026, 11, 23)) == 1
    for day, state in [(2, EditionState.FINISHED), (3, EditionState.SENDING), (4, EditionState.DRAFT)]:
        brought_to(office, state, day=day)
    brought_to(office, EditionState.CANCELLED, day=5)

    assert office.editions.number("morning", date(2026, 11, 23)) == 3
    assert office.editions.number("morning", date(2026, 11, 3)) == 2
    assert office.editions.number("evening", date(2026, 11, 23)) == 1


def test_only_approved_and_sent_editions_are_online(office: Office) -> None:
    """A page's address shows nothing before approval, and a made-up one never does."""
    edition = office.edition(approve=False)
    with pytest.raises(NotFound):
        office.editions.online("public23")
    office.editions.approve(edition, fingerprint=office.editions.get(edition).fingerprint, by="ada", at=NOW)
    assert office.editions.online("public23").id == edition
    with pytest.raises(NotFound):
        office.editions.online("elsewhere")


def test_listing_is_newest_first_and_can_be_narrowed(office: Office) -> None:
    """By issue date, not by the order of making."""
    newer, older = office.edition(day=23), office.edition(day=2, approve=False)
    other = save(office, draft(office, day=9, newsletter="evening"))

    assert [edition.id for edition in office.editions.listing()] == [newer, other, older]
    assert [edition.id for edition in office.editions.listing("morning", [EditionState.DRAFT])] == [older]


@pytest.mark.parametrize("unknown", [0, -1, 99])
def test_an_edition_that_is_not_there(office: Office, unknown: int) -> None:
    """Every question about it says so and names the command that lists those that are."""
    editions = office.editions
    questions: list[Callable[[], object]] = [
        lambda: editions.get(unknown),
        lambda: editions.message(unknown),
        lambda: editions.sender(unknown),
        lambda: editions.public_id(unknown),
        lambda: editions.hold(unknown, reason=""),
        lambda: editions.resume(unknown),
        lambda: editions.cancel(unknown, reason="", at=NOW),
        lambda: editions.approve(unknown, fingerprint="", by="", at=NOW),
        lambda: office.deliveries.freeze(unknown, readers_per_batch=1, at=NOW),
    ]
    for ask in questions:
        with pytest.raises(NotFound, match=f"no edition {unknown}; `digest editions list`"):
            ask()


FROZEN = {
    "newsletter": "evening",
    "issue_date": date(2026, 11, 24),
    "subject": "Other",
    "stories": (story(article()),),
    "findings": story(article()).findings,
    "message": "{}",
    "provider": "other",
}


@pytest.mark.parametrize("field", [*FROZEN, *(f"sender.{name}" for name in Sender.__struct_fields__)])
def test_the_fingerprint_covers_everything_that_approval_freezes(office: Office, field: str) -> None:
    """Any change of content, sender or provider account is another fingerprint; none is the same one."""
    made = draft(office)
    assert made.fingerprint == draft(office).fingerprint
    name, _, inner = field.partition(".")
    value = msgspec.structs.replace(made.sender, **{inner: "other"}) if inner else FROZEN[field]

    assert msgspec.structs.replace(made, **{name: value}).fingerprint != made.fingerprint
