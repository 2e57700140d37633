"""Led to another room: everyone, on the sockets they have, with all that was decided about them."""

import time
from collections.abc import Awaitable, Callable

from broadcast.core.codes import Close
from broadcast.core.entries import Draft, Notice, Standing
from broadcast.core.position import EventId, MemberId, room_log
from broadcast.log.memory import MemoryLog
from liveserver.core.outbox import Measured
from tests.liveserver.gateway.moving import arrival, hub_of, move, say
from tests.liveserver.gateway.node import BACKUP, ROOM, joined, moderator, opened, serving, token
from tests.waiting import until


async def test_the_audience_is_led_to_another_room_on_the_sockets_it_has() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one) as ada, joined(two) as ben:
        await ada.do("chat.send", "c-1", text="see you there")
        notice = Notice(text="We are moving", severity="warning")
        await log.append(room_log(ROOM), Draft(notice, "n-1", MemberId("c"), checked=False))
        await say(log, 1, 1, room_log(BACKUP))
        began = time.monotonic()
        await move(log)
        for who in (ada, ben):
            await who.hear("moved")
            welcome = await arrival(who)
            assert welcome["position"]["offset"] == 1
            carried = [e for e in welcome["history"] if e.get("carried")]
            assert [e["type"] for e in carried] == ["chat", "notice"]
            assert not any("offset" in e for e in carried)
            assert [e["text"] for e in welcome["history"] if "offset" in e] == ["1"]
            assert welcome["you"] == (await who.hear("welcome"))["you"]
        assert time.monotonic() - began < 2.0
        assert (await ada.do("chat.send", "c-2", text="here"))["offset"] == 2
        await until(lambda: ben.texts()[-1] == "here")
        async with joined(one) as late:
            assert (await late.hear("welcome"))["room"]["id"] == BACKUP, "the old link leads to the new room"


async def test_who_was_away_while_the_audience_moved_finds_what_the_others_brought_along() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(two) as ben:
        async with joined(one, token=token("g-ada")) as ada:
            await ada.do("chat.send", "c-1", text="see you there")
            position = {**(await ada.hear("welcome"))["position"], "offset": 1}
        await move(log)
        brought = [e for e in (await arrival(ben))["history"] if e.get("carried")]
        assert [e["text"] for e in brought] == ["see you there"]
        async with joined(one, token=token("g-ada"), position=position) as ada:
            welcome = await arrival(ada)
            assert (welcome["resumed"], welcome["history"]) == (False, brought)
            await ada.do("chat.send", "c-2", text="here I am")
            position = {**welcome["position"], "offset": 1}
        async with joined(two, token=token("g-ada"), position=position) as ada:
            welcome = await arrival(ada)
            assert (welcome["resumed"], welcome["history"]) == (True, []), "by the old link, and known here"


async def test_who_comes_by_the_link_of_the_new_room_finds_what_was_said_before_it() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one) as ada:
        await ada.do("chat.send", "c-1", text="see you there")
        async with joined(two, BACKUP) as early:
            assert (await early.hear("welcome"))["history"] == [], "nobody was moved yet"
        await move(log)
        brought = (await arrival(ada))["history"]
        assert [e["text"] for e in brought if e.get("carried")] == ["see you there"]
        async with joined(two, BACKUP) as late:
            assert (await late.hear("welcome"))["history"] == brought


async def test_a_ban_follows_the_audience_through_a_move() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff, joined(node) as troll:
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.ban", "b-1", member=you["id"])
        assert await troll.closed() == Close.BANNED
        await move(log)
        await arrival(staff)
        for room in (ROOM, BACKUP):
            async with opened(node, room) as client:
                await client.say(type="hello", token=you["token"])
                assert await client.closed() == Close.BANNED


async def test_a_ban_finds_whoever_is_in_another_room_of_the_event() -> None:
    async with (
        serving(MemoryLog()) as node,
        joined(node, token=moderator()) as staff,
        joined(node, BACKUP) as troll,
        joined(node, "other", token=token("g-troll", event="other")) as namesake,
    ):
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.ban", "b-1", member=you["id"])
        assert await troll.closed() == Close.BANNED
        await staff.do("member.ban", "b-2", member="g-troll")
        await staff.hear(lambda m: m["type"] == "moderated" and m["member"] == "g-troll")
        assert (await namesake.do("chat.send", "c", text="another event"))["type"] == "ack"


class LateLog(MemoryLog):
    """A log on which something happens after a standing was looked up and before its answer arrives."""

    then: Callable[[], Awaitable[object]] | None = None

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        found = await super().standing(event, member)
        then, self.then = self.then, None
        if then is not None:
            await then()
        return found


async def test_who_is_banned_on_the_doorstep_does_not_stay() -> None:
    log = LateLog()
    async with serving(log) as node, joined(node, token=moderator()) as staff:

        async def ban() -> None:
            await staff.do("member.ban", "b-1", member="g-troll")
            await staff.hear("moderated")

        log.then = ban
        async with opened(node) as client:
            await client.say(type="hello", token=token("g-troll"))
            assert await client.closed() == Close.BANNED


async def test_who_was_let_back_in_from_another_room_stays() -> None:
    async with (
        serving(MemoryLog()) as node,
        joined(node, token=moderator()) as staff,
        joined(node, BACKUP, token=moderator()) as other,
    ):
        await staff.do("member.ban", "b-1", member="g-troll")
        await other.do("member.unban", "b-2", member="g-troll")
        await other.hear("moderated")
        async with joined(node, token=token("g-troll")) as back:
            await until(lambda: "look again" not in hub_of(node).tasks.names)
            assert (await back.do("chat.send", "c", text="here again"))["type"] == "ack"


async def test_who_was_sent_no_pictures_waits_for_a_key_frame_in_the_new_room_too() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, media="video") as ada:
        hub = hub_of(node)
        (member,) = hub.seating
        member.outbox.step(Measured(2, 1), 0)
        await move(log)
        await arrival(ada)
        backup = hub.venues.get(BACKUP)
        assert backup is not None
        stage = backup.stage
        assert member in stage._thirsty
        assert member not in stage._seats


async def test_what_is_said_again_after_a_move_has_been_said_once() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two:
        async with joined(one, token=token("g-ada")) as ada:
            assert (await ada.do("chat.send", "c-1", text="once"))["offset"] == 1
            await move(log)
            await arrival(ada)
            ada.messages.clear()
            said_there = {"type": "ack", "key": "c-1", "room": ROOM}
            assert await ada.do("chat.send", "c-1", text="once") == said_there, "no offset of this room's"
        async with joined(two, token=token("g-ada")) as ada:
            assert (await ada.hear("welcome"))["room"]["id"] == BACKUP
            assert await ada.do("chat.send", "c-1", text="once") == said_there
        assert (await log.read(room_log(BACKUP), None, 10)).entries == ()


async def test_what_was_asked_before_a_move_is_answered_after_it() -> None:
    log = MemoryLog()
    async with (
        serving(log) as one,
        serving(log, node_id="g2") as two,
        joined(one) as ada,
        joined(one, token=moderator()) as staff,
    ):
        for n in range(2):
            await ada.do("question.ask", f"q-{n}", text=f"{n}?")
            await staff.hear(lambda m, n=n: m["type"] == "question" and m["text"] == f"{n}?")
        await move(log)
        for who in (ada, staff):
            welcome = await arrival(who)
        asked = [(q["text"], q["state"]) for q in welcome["room"]["questions"]]
        assert asked == [("0?", "open"), ("1?", "open")]
        question = welcome["room"]["questions"][0]["id"]
        assert (await staff.do("question.answer", "a-1", question=question, text="Because"))["type"] == "ack"
        answered = await ada.hear(lambda m: m["type"] == "question" and m["state"] == "answered")
        assert answered["id"] == question
        async with joined(two, BACKUP) as late:
            found = (await late.hear("welcome"))["room"]["questions"]
            assert [(q["text"], q["state"]) for q in found] == [("0?", "answered"), ("1?", "open")]
