"""The room: the story of an evening's log, what is found on coming late, and an exhaustive walk."""

import itertools
from typing import Any

import pytest

from broadcast.core.entries import (
    Chat,
    Cut,
    Deleted,
    Entry,
    EntryBody,
    EventChanged,
    EventState,
    Moderated,
    Moved,
    Notice,
    Order,
    Orders,
    Override,
    Person,
    Question,
    Role,
    RungKind,
    Settings,
    Step,
    Tip,
)
from broadcast.core.errors import IllegalMove
from broadcast.core.history import Snapshot
from broadcast.core.position import LogId, MemberId, Position, RoomId
from broadcast.core.programme import CutFound, CutMade, LiveChanged, OrdersGiven
from broadcast.core.wire import body_message
from broadcast.core.woke import Woke
from liveserver.core import room as rooms
from liveserver.core.moderation import banned, kicked
from liveserver.core.room import (
    Brought,
    LookAgain,
    Rehome,
    Remove,
    Room,
    RoomFound,
    RoomSaid,
    Show,
    ShowAnew,
    StaffFound,
    StaffSaid,
    Tell,
)

ADA = Person(MemberId("g-ada"), "Ada", Role.ATTENDEE)
MO = Person(MemberId("moderator-demo"), "Mo", Role.MODERATOR)
HOST = MemberId("host-demo")
STANDBY = Cut(
    source="standby", rung=RungKind.STANDBY, reason="The camera is gone", cause="main_silent", words="Hold on"
)
MOVED = Moved(room="demo.backup", url="https://x", spread_ms=1000, reason="No picture")
ASKED = Question(id="q-1", author=ADA, text="Why?")
ORDERS = Orders(orders=(Order(source="main", then="standby"),), token=3)
PIN = Override(action="pin", by=MO, rung=RungKind.AUDIO)


def entry(offset: int, body: EntryBody, epoch: str = "e") -> Entry:
    return Entry(LogId("demo"), epoch, offset, 0, body)


def found(*bodies: EntryBody, state: dict[str, Any] | None = None, last: int | None = None) -> Snapshot:
    last = len(bodies) if last is None else last
    first = last - len(bodies) + 1
    entries = tuple(entry(first + n, body) for n, body in enumerate(bodies))
    return Snapshot(entries, Position("e", last), state or {})


def opened(**state: Any) -> Room:
    room = Room(RoomId("demo"), EventState.SCHEDULED)
    room.step(RoomFound(found(state=state)), 0)
    room.step(StaffFound(found()), 0)
    return room


def say(room: Room, *bodies: EntryBody) -> list[rooms.RoomEffect]:
    """What the last of these entries asks, beside being shown."""
    effects: list[rooms.RoomEffect] = []
    for body in bodies:
        said = entry(room.tail.position.offset + 1, body, room.tail.position.epoch)
        show, *effects = room.step(RoomSaid(said), 0)
        assert show == Show(said)
    return effects


# ---- the story -------------------------------------------------------------------------------------------------------


def test_an_evening() -> None:
    room = opened()
    assert room.deadline() is None
    assert (room.is_live, room.rung) == (False, RungKind.MAIN)
    assert say(room, EventChanged(state=EventState.LIVE, reason="Here we go")) == [Tell(LiveChanged(live=True))]
    assert room.picture()["source"] == "main"
    assert say(room, Chat(author=ADA, text="hi")) == []
    assert say(room, Settings(slow_mode_s=10, locked=True)) == []
    assert say(room, STANDBY) == [Tell(CutMade(STANDBY))]
    assert say(room, Notice(text="Hold on")) == []
    assert say(room, ASKED) == []
    picture = room.picture()
    assert picture["questions"] == [body_message(ASKED)]
    assert (picture["id"], picture["event"], picture["state"]) == ("demo", "demo", "live")
    assert (picture["rung"], picture["source"], picture["reason"]) == ("standby", "standby", "The camera is gone")
    assert (picture["cause"], picture["words"], picture["incident"]) == ("main_silent", "Hold on", None)
    assert (picture["slow_mode_s"], picture["locked"], picture["state_reason"]) == (10, True, "Here we go")
    assert room.leads_to is None
    assert say(room, MOVED) == [Rehome(MOVED)]
    assert room.leads_to == "demo.backup"
    assert room.picture()["moved"] == body_message(MOVED)
    assert say(room, Cut(source=None, rung=RungKind.BACKUP_ROOM, reason="", cause="")) != []
    assert room.moved == MOVED
    say(room, Cut(source="main", rung=RungKind.MAIN, reason="", cause=""))
    assert room.moved is None, "the show is here again"
    say(room, EventChanged(state=EventState.ENDED))
    assert room.picture()["source"] is None


def test_who_comes_late_finds_it_as_it_is() -> None:
    state = {
        "event": EventChanged(state=EventState.LIVE, reason="Yes"),
        "cut": STANDBY,
        "moved": MOVED,
        "settings": Settings(slow_mode_s=5),
        "question:q-1": ASKED,
    }
    room = Room(RoomId("demo.backup"), EventState.OPEN)
    effects = room.step(RoomFound(found(Chat(author=ADA, text="hi"), state=state, last=900)), 0)
    assert effects == [Tell(CutFound(STANDBY)), Tell(LiveChanged(live=True)), Rehome(MOVED)]
    assert (room.event, room.rung, room.settings.slow_mode_s) == ("demo", RungKind.STANDBY, 5)
    assert room.questions.all() == (ASKED,)
    assert room.acquaintance.person(ADA.id) == ADA
    staff = room.step(StaffFound(found(state={"orders": ORDERS, "override": PIN})), 0)
    assert staff == [Tell(OrdersGiven(ORDERS.orders))]
    assert room.override == PIN


@pytest.mark.parametrize("elsewhere", ["", "https://example.org/e/demo", "demo"])
def test_a_move_to_what_is_no_other_room_leads_nowhere(elsewhere: str) -> None:
    assert opened(moved=Moved(room=elsewhere, url="https://x", spread_ms=0, reason="")).leads_to is None


def test_a_log_found_again_is_shown_anew() -> None:
    room = opened(moved=MOVED)
    effects = room.step(RoomFound(found(state={"moved": MOVED})), 0)
    assert effects == [Tell(CutFound(None)), Tell(LiveChanged(live=False)), ShowAnew()]
    assert room.step(StaffFound(found()), 0) == [Tell(OrdersGiven(())), ShowAnew()]


def test_whom_the_log_found_has_sent_away_is_looked_at_again() -> None:
    ben = MemberId("g-ben")
    said = [moderated("ban"), moderated("kick", ben), moderated("unban", ben), moderated("ban", HOST)]
    effects = opened().step(RoomFound(found(*said)), 0)
    assert [effect for effect in effects if isinstance(effect, LookAgain)] == [LookAgain(ADA.id)]


# ---- rules -----------------------------------------------------------------------------------------------------------


def moderated(action: Any, member: MemberId = ADA.id) -> Moderated:
    return Moderated(member=member, name="", action=action, by=MO, until="2030-01-01T00:00:00Z")


def test_bans_and_kicks_remove_and_the_rest_does_not() -> None:
    room = opened()
    assert say(room, moderated("ban")) == [Remove(ADA.id, banned("2030-01-01T00:00:00Z"))]
    assert say(room, moderated("kick")) == [Remove(ADA.id, kicked("2030-01-01T00:00:00Z"))]
    assert say(room, moderated("unban")) == []
    assert say(room, moderated("mute")) == []


def test_a_deed_against_ones_betters_removes_nobody() -> None:
    assert say(opened(), moderated("ban", HOST)) == []


def test_what_was_said_can_be_withdrawn_and_what_was_done_cannot() -> None:
    room = opened()
    tip = Tip(author=ADA, tip="t", amount=5, currency="EUR")
    say(room, Chat(author=ADA, text="hi"), tip, ASKED, Notice(text="!"))
    assert [type(room.withdrawable(n)) for n in range(1, 6)] == [Chat, Tip, Question, type(None), type(None)]
    say(room, Deleted(target=1, by=MO))
    assert room.questions.all()
    say(room, Deleted(target=3, by=MO))
    assert not room.questions.all()
    say(room, Deleted(target=99, by=MO))


def test_an_answer_takes_its_questions_place() -> None:
    room = opened()
    answered = Question(id="q-1", author=ADA, text="Why?", state="answered", answer="Because", answered_by=MO)
    say(room, ASKED, answered)
    assert room.questions.all() == (answered,)


def test_what_was_asked_in_another_room_is_asked_here_too() -> None:
    there = Question(id="q-0", author=ADA, text="Where?")
    room = opened(**{"question:q-1": ASKED})
    assert room.step(Brought((there,)), 0) == []
    assert room.questions.all() == (there, ASKED)


def test_orders_and_overrides_come_over_the_staffs_log() -> None:
    room = opened()
    first = entry(1, ORDERS)
    assert room.step(StaffSaid(first), 0) == [Show(first, staff=True), Tell(OrdersGiven(ORDERS.orders))]
    assert room.orders == ORDERS
    said = [PIN, Step(incident="i", step="1", what="opened", text="!"), Override(action="release", by=MO)]
    held = []
    for n, body in enumerate(said, 2):
        assert room.step(StaffSaid(entry(n, body)), 0) == [Show(entry(n, body), staff=True)]
        held.append(room.override)
    assert held == [PIN, PIN, None]


def test_what_does_not_follow_changes_nothing() -> None:
    room = opened()
    for event in (RoomSaid(entry(2, STANDBY)), StaffSaid(entry(2, ORDERS)), Woke()):
        with pytest.raises(IllegalMove):
            room.step(event, 0)
    assert (room.cut, room.orders) == (None, None)


# ---- every sequence --------------------------------------------------------------------------------------------------


def test_whatever_is_said_each_entry_is_shown_once_and_a_late_comer_finds_the_same_state() -> None:
    bodies: list[tuple[EntryBody, dict[str, Any]]] = [
        (Chat(author=ADA, text="hi"), {}),
        (EventChanged(state=EventState.LIVE), {"event": EventChanged(state=EventState.LIVE)}),
        (EventChanged(state=EventState.BREAK), {"event": EventChanged(state=EventState.BREAK)}),
        (STANDBY, {"cut": STANDBY, "moved": None}),
        (MOVED, {"moved": MOVED}),
        (Settings(slow_mode_s=3), {"settings": Settings(slow_mode_s=3)}),
        (ASKED, {"question:q-1": ASKED}),
        (moderated("ban"), {}),
    ]
    for sequence in itertools.product(bodies, repeat=4):
        room, state = opened(), dict[str, Any]()
        for body, sets in sequence:
            say(room, body)
            state |= sets
        late = Room(RoomId("demo"), EventState.SCHEDULED)
        kept = {name: value for name, value in state.items() if value is not None}
        late.step(RoomFound(found(*(body for body, _ in sequence), state=kept)), 0)
        assert late.picture() == room.picture()
        assert late.tail.position == room.tail.position
