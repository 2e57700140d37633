"""How an audience is led: staff ahead, nobody left behind or alone, nothing said in an empty room."""

import pytest

from broadcast.core.codes import Close
from broadcast.core.entries import Draft, Moved, Role
from broadcast.core.position import MemberId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.gateway.audience import Pace
from liveserver.gateway.member import Member
from liveserver.gateway.roster import Roster
from liveserver.gateway.steward import Steward
from tests.liveserver.gateway.moving import GatedLog, arrival, call_off, hub_of, move
from tests.liveserver.gateway.node import BACKUP, FAR, ROOM, host, joined, moderator, serving
from tests.waiting import until


async def test_staff_are_there_before_their_audience_comes() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff, joined(node) as ada:
        await move(log, spread_ms=60_000)
        await arrival(staff)
        await ada.do("media.select", "s-1", media="audio")
        assert [m["room"]["id"] for m in ada.messages if m["type"] == "welcome"] == [ROOM]


async def test_nothing_is_said_behind_the_back_of_staff_who_went_ahead() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff, joined(node) as ada:
        await ada.do("chat.send", "c-0", text="before")
        await move(log, spread_ms=500)
        await arrival(staff)
        for n, kind in enumerate(("chat.send", "question.ask"), 1):
            assert (await ada.do(kind, f"c-{n}", text="Where is everybody?"))["code"] == "moved"
        assert (await ada.do("tip.send", "t-1", amount=100))["type"] == "ack", (
            "the ledger follows the audience by itself"
        )
        assert (await ada.do("chat.send", "c-0", text="before"))["type"] == "ack"
        await arrival(ada)
        ada.messages.clear()
        for n, kind in enumerate(("chat.send", "question.ask"), 1):
            assert await ada.do(kind, f"c-{n}", text="Where is everybody?") == {
                "type": "ack",
                "key": f"c-{n}",
                "offset": n,
            }
        assert (await ada.do("chat.send", "c-0", text="before"))["room"] == ROOM
        await staff.hear(lambda m: m["type"] == "chat" and m["text"].startswith("Where"))
        late = await staff.do("message.delete", "d-1", offset=1, room=ROOM)
        assert (late["code"], late["reason"]) == ("wrong_state", "The room has moved; delete it there")
        assert (await staff.do("message.delete", "d-2", offset=1, room=BACKUP))["type"] == "ack"


async def test_while_the_way_is_opened_staff_can_do_what_they_must() -> None:
    log = GatedLog()
    async with serving(log) as node, joined(node, token=host()) as staff, joined(node) as ada:
        await ada.do("chat.send", "c-1", text="rude")
        await ada.do("question.ask", "q-1", text="Why?")
        asked = (await staff.hear("question"))["id"]
        await move(log)
        await staff.hear("moved")
        answers = [
            await staff.do("question.answer", "a-1", question=asked, text="Because"),
            await staff.do("message.delete", "d-1", offset=1),
            await staff.do("member.ban", "b-1", member="g-troll"),
            await staff.do("contingency.force", "f-1", rung="main"),
            await staff.do("event.pause", "e-1"),
        ]
        assert [one.get("code") for one in answers] == ["moved", "wrong_state", None, None, None]
        log.gate.set()
        await arrival(staff)


async def test_a_move_that_is_called_off_takes_nobody_along_who_has_not_gone_yet() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada, joined(node) as ben:
        hub = hub_of(node)
        await move(log, spread_ms=300)
        await call_off(log)
        for who in (ada, ben):
            await who.hear("cut")
        await until(lambda: f"move {ROOM}" not in hub.tasks.names)
        for n, who in enumerate((ada, ben)):
            assert (await who.do("chat.send", "c-1", text="still here"))["offset"] == 3 + n
            assert [m["room"]["id"] for m in who.messages if m["type"] == "welcome"] == [ROOM]


async def test_a_move_that_is_called_off_while_its_way_is_opened_takes_not_even_staff_along() -> None:
    log = GatedLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff:
        await move(log)
        await call_off(log)
        await staff.hear("cut")
        log.gate.set()
        await until(lambda: f"move {ROOM}" not in hub_of(node).tasks.names)
        assert (await staff.do("chat.send", "c-1", text="still here"))["offset"] == 3


async def test_the_room_that_people_are_led_to_stays_open_for_the_last_of_them() -> None:
    log = MemoryLog()
    async with serving(log, linger_s=0.05, sweep_s=0.02) as node, joined(node) as ada:
        async with joined(node, token=moderator()) as staff:
            await move(log, spread_ms=500)
            await arrival(staff)
        await arrival(ada)
        await ada.do("chat.send", "c-1", text="Is anybody here?")
        await ada.hear("chat")


async def test_a_room_that_several_audiences_are_led_to_waits_for_each_of_them() -> None:
    roster = Roster(Pace())
    assert roster.empty_since is not None
    with roster.expecting():
        with roster.expecting():
            pass
        assert roster.empty_since is None
    assert roster.empty_since is not None


async def test_one_who_cannot_be_led_is_asked_to_come_back_and_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    log, take_over = MemoryLog(), Steward.take_over

    def odd(self: Steward, member: Member, before: Steward) -> None:
        if member.is_staff:
            raise ZeroDivisionError
        take_over(self, member, before)

    monkeypatch.setattr(Steward, "take_over", odd)
    async with serving(log) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        await move(log)
        assert await staff.closed() == Close.NODE_FAILING
        await arrival(ada)
        assert [one.person.role for one in hub_of(node).seating] == [Role.ATTENDEE]


async def test_who_is_led_to_a_room_that_has_moved_on_itself_is_led_on() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        await move(log, spread_ms=500)
        await arrival(staff)
        await move(log, spread_ms=0, where=BACKUP, to=FAR)
        for who in (staff, ada):
            assert (await arrival(who, FAR))["room"]["id"] == FAR


async def test_two_rooms_that_lead_to_one_another_lead_nobody_round_in_circles() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada:
        await move(log, spread_ms=500)
        await move(log, spread_ms=0, where=BACKUP, to=ROOM)
        await arrival(ada)
        await ada.do("media.select", "s-1", media="audio")
        await until(lambda: not any(name.startswith("move") for name in hub_of(node).tasks.names))
        assert [m["room"]["id"] for m in ada.messages if m["type"] == "welcome"] == [ROOM, BACKUP]


async def test_a_move_to_nowhere_leaves_everyone_where_they_are() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada:
        body = Moved(room="nowhere", url="https://elsewhere.example", spread_ms=0, reason="An outside link")
        await log.append(room_log(ROOM), Draft(body, "m-1", MemberId("c"), checked=False, sets={"moved": body}))
        await ada.hear("moved")
        assert (await ada.do("chat.send", "c-1", text="still here"))["type"] == "ack"
        async with joined(node) as late:
            assert (await late.hear("welcome"))["room"]["moved"]["url"] == "https://elsewhere.example"
