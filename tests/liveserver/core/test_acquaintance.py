"""Whom a room knows, and whom it has sent away."""

from typing import Any

import pytest

from broadcast.core.entries import Chat, Entry, EntryBody, Moderated, Notice, Person, Question, Role, Tip
from broadcast.core.position import LogId, MemberId
from liveserver.core import acquaintance
from liveserver.core.acquaintance import Acquaintance, sent_away
from liveserver.core.moderation import banned, kicked

ADA = Person(MemberId("g-ada"), "Ada", Role.ATTENDEE)
MO = Person(MemberId("moderator-demo"), "Mo", Role.MODERATOR)
HOST = MemberId("host-demo")
UNTIL = "2030-01-01T00:00:00Z"


def knowing(*bodies: EntryBody) -> Acquaintance:
    known = Acquaintance()
    for n, body in enumerate(bodies, 1):
        known.meet(Entry(LogId("demo"), "e", n, 0, body))
    return known


def moderated(action: Any, member: MemberId = ADA.id) -> Moderated:
    return Moderated(member=member, name="", action=action, by=MO, until=UNTIL)


def test_whoever_said_something_is_known() -> None:
    said = [Chat(author=ADA, text="hi"), Tip(author=ADA, tip="t", amount=5, currency="EUR")]
    for body in (*said, Question(id="q-1", author=ADA, text="Why?")):
        assert knowing(body).person(ADA.id) == ADA
    assert knowing(*said, Notice(text="!")).person(HOST) is None


def test_people_are_remembered_by_what_they_said_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acquaintance, "PEOPLE_MAX", 2)
    ids = [MemberId(name) for name in "abac"]
    known = knowing(*(Chat(author=Person(member, member, Role.ATTENDEE), text="!") for member in ids))
    assert [known.person(MemberId(name)) is not None for name in "abc"] == [True, False, True]


def test_whom_the_room_remembers_as_removed_stays_out_until_then() -> None:
    before, after = 1_800_000_000_000, 2_000_000_000_000
    assert knowing().keeps_out(ADA.id, before) is None
    known = knowing(moderated("ban"))
    assert known.keeps_out(ADA.id, before) == banned(UNTIL)
    assert known.keeps_out(ADA.id, after) is None
    assert knowing(moderated("ban"), moderated("unban")).keeps_out(ADA.id, before) is None


def test_bans_and_kicks_send_away_and_the_rest_does_not_nor_a_deed_against_ones_betters() -> None:
    assert [sent_away(moderated(action)) for action in ("ban", "kick")] == [banned(UNTIL), kicked(UNTIL)]
    assert [sent_away(moderated(action)) for action in ("unban", "mute")] == [None, None]
    assert sent_away(moderated("ban", HOST)) is None
