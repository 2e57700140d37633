"""What is told of a room, put into words once."""

from typing import Any

import msgspec
import pytest

from broadcast.core.entries import Chat, Deleted, Entry, EventState, Person, Question, Role, Settings
from broadcast.core.history import Snapshot
from broadcast.core.position import LogId, MemberId, Position, RoomId, room_log, staff_log
from broadcast.core.wire import Wire, encode, entry_message
from liveserver.core.room import Brought, Room, RoomFound, RoomSaid
from liveserver.gateway import transcript as transcripts
from liveserver.gateway.transcript import Transcript
from liveserver.gateway.welcome import carried

ROOM = RoomId("demo")
LOG = room_log(ROOM)
BEN = Person(MemberId("g-ben"), "Ben", Role.ATTENDEE)


def entry(offset: int, *, log: LogId = LOG, body: Any = None) -> Entry:
    return Entry(log, "e", offset, 1_000, body or Chat(author=BEN, text=f"{log} {offset}"))


def begun() -> Room:
    room = Room(ROOM, EventState.LIVE)
    room.step(RoomFound(Snapshot((), Position("e", 0), {}, True)), 0.0)
    return room


def test_each_entry_is_told_as_it_stands_and_put_into_words_once() -> None:
    transcript = Transcript(begun())
    for how in ({}, {"carried": True}):
        assert transcript.message(entry(1), **how) == entry_message(entry(1), **how)
        assert transcript.message(entry(1), **how) is transcript.message(entry(1), **how)
    staff = entry(1, log=staff_log(ROOM))
    assert transcript.message(staff, staff=True) == entry_message(staff, staff=True)
    elsewhere = entry(1, log=LogId("demo.backup"))
    assert transcript.message(elsewhere, carried=True)["text"] == "demo.backup 1"


def test_only_so_much_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "KEPT_MAX", 2)
    transcript = Transcript(begun())
    first, second = transcript.message(entry(1)), transcript.message(entry(2))
    transcript.message(entry(3))
    assert transcript.message(entry(2)) is second
    assert transcript.message(entry(1)) is not first
    assert transcript.message(entry(1)) == first


@pytest.mark.parametrize("wire", Wire)
def test_a_history_is_all_that_was_said_and_encoded_once(wire: Wire) -> None:
    transcript = Transcript(begun())
    carried, shown = [entry(7, log=LogId("demo.backup"))], [entry(1), entry(2)]
    staff = [entry(1, log=staff_log(ROOM))]
    found = transcript.history(carried, shown, staff, wire)
    decode = msgspec.json.decode if wire is Wire.JSON else msgspec.msgpack.decode
    assert decode(bytes(found)) == [
        entry_message(carried[0], carried=True),
        *map(entry_message, shown),
        entry_message(staff[0], staff=True),
    ]
    assert transcript.history(carried, shown, staff, wire) is found
    assert decode(encode({"history": found}, wire)) == {"history": decode(bytes(found))}
    for other in ((carried, shown, []), ([], shown, staff), (carried, [*shown, entry(3)], staff), (carried, [], staff)):
        told = decode(bytes(transcript.history(*other, wire)))
        assert len(told) == sum(map(len, other))


def test_what_was_withdrawn_is_told_to_nobody_anew() -> None:
    shown = [entry(1), entry(2), entry(3, body=Deleted(target=1, by=BEN))]
    told = msgspec.json.decode(bytes(Transcript(begun()).history([], shown, [], Wire.JSON)))
    assert [line.get("text") for line in told] == ["", entry_message(shown[1])["text"], None]
    assert [line["offset"] for line in told] == [1, 2, 3]


@pytest.mark.parametrize("target", [1, 3])
def test_a_withdrawn_question_is_told_without_its_words_or_its_answer(target: int) -> None:
    asked = Question(id="q1", author=BEN, text="Why?")
    answered = Question(id="q1", author=BEN, text="Why?", state="answered", answer="Because.", answered_by=BEN)
    entries = [entry(1, body=asked), entry(2), entry(3, body=answered), entry(4, body=Deleted(target=target, by=BEN))]
    elsewhere = [entry(9, log=LogId("demo.before"), body=asked)]
    room = begun()
    for one in entries:
        room.step(RoomSaid(one), 0.0)
    transcript = Transcript(room)
    # Whoever is told the end alone is told no more of it.
    for shown in (entries, entries[1:]):
        told = msgspec.json.decode(bytes(transcript.history(elsewhere, shown, [], Wire.JSON)))
        questions = [line for line in told if line["type"] == "question"]
        assert [line["text"] + line.get("answer", "") for line in questions] == [""] * (len(shown) - 1)
        assert entry_message(entries[1]) in told
    assert [one.offset for one in carried(entries)] == [2]


def test_only_so_many_histories_are_kept() -> None:
    transcript = Transcript(begun())
    first = transcript.history([], [entry(1)], [], Wire.JSON)
    for last in range(2, transcripts.HISTORIES_MAX + 2):
        transcript.history([], [entry(last)], [], Wire.JSON)
    again = transcript.history([], [entry(1)], [], Wire.JSON)
    assert again is not first
    assert bytes(again) == bytes(first)


def test_the_picture_is_the_rooms_newest() -> None:
    room = begun()
    transcript = Transcript(room)
    assert transcript.picture() is transcript.picture()
    question = Question(id="q1", author=BEN, text="Why?")
    for event in (RoomSaid(entry(1, body=Settings(locked=True))), Brought((question,))):
        before = transcript.picture()
        room.step(event, 0.0)
        assert transcript.picture() != before
        assert transcript.picture() == msgspec.to_builtins(room.picture())
