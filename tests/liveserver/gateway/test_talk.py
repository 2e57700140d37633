"""What is said in a room, and what is turned down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from broadcast.core.codes import Close
from broadcast.core.entries import Chat, Draft, EventChanged, EventState, Person, Role, Standing, TipStatus
from broadcast.core.errors import Outage
from broadcast.core.position import EventId, LogId, MemberId, RoomId, room_log, staff_log
from broadcast.log.memory import MemoryLog
from liveserver.core import room as rooms
from liveserver.core.session import Removed
from liveserver.gateway.payment import TipOutcome
from tests.liveserver.gateway.node import (
    HOST,
    MODERATOR,
    ROOM,
    Client,
    Rooms,
    Till,
    greeted,
    host,
    joined,
    moderator,
    serving,
    token,
)
from tests.waiting import until


@pytest.mark.parametrize("wire", ["live.v1.json", "live.v1.msgpack"])
async def test_what_is_said_is_acked_and_reaches_everyone_in_one_order(wire: str) -> None:
    async with serving(MemoryLog()) as node, joined(node, wire=wire) as ada, joined(node, name="Ben") as ben:
        for n in range(12):
            await (ada if n % 2 else ben).say(type="chat.send", key=f"c-{n}", text=f"{n}")
        for who in (ada, ben):
            await until(lambda who=who: len(who.texts()) == 12)
        said = [m for m in ada.messages if m["type"] == "chat"]
        assert [m["offset"] for m in said] == list(range(1, 13))
        assert ada.texts() == ben.texts()
        assert [text for text in ada.texts() if int(text) % 2] == [str(n) for n in range(12) if n % 2]
        ack = await ada.answer("c-1")
        assert ack["type"] == "ack"
        assert next(m for m in said if m["offset"] == ack["offset"])["text"] == "1"
        assert said[0]["at"].endswith("Z")


async def test_a_command_sent_again_has_happened_once() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two:
        async with joined(one) as ada:
            token_ = (await ada.hear("welcome"))["you"]["token"]
            first = await ada.do("chat.send", "c-1", text="once")
            ada.messages.clear()
            again = await ada.do("chat.send", "c-1", text="once")
            assert first["offset"] == again["offset"]
        async with joined(two, token=token_) as ada:
            elsewhere = await ada.do("chat.send", "c-1", text="once")
            assert elsewhere["offset"] == first["offset"]
            assert ada.texts() == ["once"]


BAD = [
    ({"type": "dance"}, "unknown_command", "type"),
    ({"type": "hello"}, "unknown_command", "type"),
    ({"type": "reaction.send"}, "unknown_command", "type"),
    ({"type": 7}, "malformed", "type"),
    ({"type": "chat.send"}, "bad_field", "text"),
    ({"type": "chat.send", "text": ""}, "bad_field", "text"),
    ({"type": "chat.send", "text": "   "}, "bad_field", "text"),
    ({"type": "chat.send", "text": 7}, "bad_field", "text"),
    ({"type": "chat.send", "text": "x" * 1001}, "bad_field", "text"),
    ({"type": "chat.send", "text": "bell \x07"}, "bad_field", "text"),
    ({"type": "chat.send", "text": "right \u202e left"}, "bad_field", "text"),
    ({"type": "chat.send", "text": "hi", "colour": "red"}, "bad_field", "colour"),
    ({"type": "tip.send", "amount": -5}, "bad_field", "amount"),
    ({"type": "tip.send", "amount": 10**18}, "bad_field", "amount"),
    ({"type": "tip.send", "amount": 5, "currency": "eur"}, "bad_field", "currency"),
    ({"type": "tip.send", "amount": 13}, "payment_refused", None),
    ({"type": "member.ban", "member": "g-1"}, "forbidden", None),
    ({"type": "event.start"}, "forbidden", None),
    ({"type": "contingency.force", "rung": "slate"}, "forbidden", None),
    ({"type": "media.select", "media": "smell"}, "bad_field", "media"),
]


@pytest.mark.parametrize(("said", "code", "field"), BAD)
async def test_a_wrong_command_is_turned_down_by_name_and_the_room_goes_on(
    said: dict[str, Any], code: str, field: str | None
) -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        await client.say(**{"key": "k-1", **said})
        reject = await client.answer("k-1")
        assert (reject["type"], reject["code"], reject.get("field")) == ("reject", code, field)
        assert (await client.do("chat.send", "k-2", text="still here"))["type"] == "ack"


async def test_frames_that_are_no_messages_are_answered_a_few_times_and_then_no_more() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        garbage: list[str | bytes] = ["{", "[]", "7", b"\x80", '{"a":' * 500]
        for data in garbage:
            await client.connection.send(data)
        await until(lambda: sum(m["type"] == "reject" for m in client.messages) == len(garbage))
        rejects = [m for m in client.messages if m["type"] == "reject"]
        assert {(m["key"], m["code"]) for m in rejects} == {(None, "malformed")}
        await client.connection.send("{")
        assert await client.closed() == 4303


@pytest.mark.parametrize("size", [16 * 1024 + 1, 10 * 1024 * 1024])
async def test_ten_megabytes_of_text_close_one_socket_and_no_other(size: int) -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud, joined(node, name="Ben") as ben:
        sending = asyncio.create_task(loud.connection.send("x" * size))
        assert await loud.closed() == 4304
        await asyncio.gather(sending, return_exceptions=True)
        assert (await ben.do("chat.send", "c", text="fine"))["type"] == "ack"


async def test_who_speaks_too_fast_is_told_when_to_go_on() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        for n in range(30):
            await client.say(type="chat.send", key=f"c-{n}", text="!")
        limited = await client.hear(lambda m: m.get("code") == "rate_limited")
        assert limited["retry_after_s"] > 0


FLOODS: dict[str, Callable[[Client], Awaitable[object]]] = {
    "messages": lambda client: client.say(type="ping"),
    "control frames": lambda client: client.connection.ping(),
    "empty fragments": lambda client: client.connection.send([""] * 100),
}


@pytest.mark.parametrize("flood", FLOODS)
async def test_who_floods_is_sent_away_and_nobody_else_waits(flood: str) -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud, joined(node, name="Ben") as ben:
        for _ in range(1_000):
            try:
                await FLOODS[flood](loud)
            except ConnectionClosed:
                break
        assert await loud.closed() == 4303
        assert sum(m["type"] in ("reject", "pong") for m in loud.messages) <= 121
        assert (await ben.do("chat.send", "c", text="fine"))["type"] == "ack"


async def test_who_talks_on_into_a_closing_is_not_listened_to() -> None:
    async with serving(MemoryLog()) as node, joined(node) as loud:
        hub = node.gateway._hub
        assert hub is not None
        (socket,) = hub.sockets
        socket.feed(Removed(Close.DRAIN, "Bye"))
        socket.data_received(bytes.fromhex("898000000000") * 500)
        assert socket._deaf
        assert await loud.closed() == Close.DRAIN


async def test_a_ping_is_answered() -> None:
    async with serving(MemoryLog()) as node, joined(node) as client:
        await client.say(type="ping", n=7)
        assert (await client.hear("pong"))["n"] == 7


async def test_something_comes_at_least_every_tick() -> None:
    async with serving(MemoryLog(), tick_ms=100, sweep_s=0.02) as node, joined(node) as client:
        await until(lambda: sum(m["type"] == "tick" for m in client.messages) >= 3)


async def test_the_room_counts_its_members_over_all_gateways() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one) as ada, joined(two):
        assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 2))["members"] == 2


async def test_who_is_here_is_told_of_who_comes_to_the_same_gateway() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada:
        await ada.hear(lambda m: m["type"] == "count" and m["members"] == 1)
        async with joined(node, name="Ben"):
            assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 2))["members"] == 2
        assert (await ada.hear(lambda m: m["type"] == "count" and m["members"] == 1))["members"] == 1


async def test_questions_are_asked_answered_and_withdrawn() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        asked = await ada.do("question.ask", "q-1", text="Why?")
        question = await staff.hear("question")
        assert question["state"] == "open"
        assert (await ada.do("question.answer", "q-2", question=question["id"], text="Because"))["code"] == "forbidden"
        await staff.do("question.answer", "a-1", question=question["id"], text="Because")
        answered = await ada.hear(lambda m: m["type"] == "question" and m["state"] == "answered")
        assert (answered["answer"], answered["answered_by"]["name"]) == ("Because", "Moderator-Demo")
        missing = await staff.do("question.answer", "a-2", question="none", text="Because")
        assert (missing["code"], missing["field"]) == ("not_found", "question")
        async with joined(node) as late:
            assert [q["answer"] for q in (await late.hear("welcome"))["room"]["questions"]] == ["Because"]
        await staff.do("message.delete", "d-1", offset=asked["offset"])
        async with joined(node) as late:
            assert (await late.hear("welcome"))["room"]["questions"] == []


async def test_nobody_asks_more_questions_than_can_be_waited_for() -> None:
    log = MemoryLog()
    async with (
        serving(log) as node,
        serving(log, node_id="g2") as two,
        joined(node, token=token("g-ada")) as ada,
        joined(node, name="Ben") as ben,
        joined(node, token=moderator()) as staff,
    ):
        stem = "k" * 60
        for n in range(5):
            assert (await ada.do("question.ask", f"{stem}{n}", text=f"{n}?"))["type"] == "ack"
        reject = await ada.do("question.ask", "q-5", text="5?")
        assert (reject["code"], "wait for an answer" in reject["reason"]) == ("rate_limited", True)
        assert (await ben.do("question.ask", "q-5", text="And I?"))["type"] == "ack"
        async with joined(two, token=token("g-ada")) as again:
            questions = (await again.hear("welcome"))["room"]["questions"]
            assert [q["text"] for q in questions] == ["0?", "1?", "2?", "3?", "4?", "And I?"], (
                "long keys do not collide"
            )
            ack = await again.do("question.ask", f"{stem}4", text="4?")
            assert (ack["type"], ack["offset"]) == ("ack", 5), "sent again, it is not one too many"
        await staff.do("question.answer", "a-1", question=questions[0]["id"], text="Because")
        await ada.hear(lambda m: m["type"] == "question" and m["state"] == "answered")
        assert (await ada.do("question.ask", "q-6", text="6?"))["type"] == "ack"


async def test_the_oldest_question_goes_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "QUESTIONS_MAX", 3)
    log = MemoryLog()
    async with serving(log) as node, joined(node) as ada:
        for n in range(4):
            assert (await ada.do("question.ask", f"q-{n}", text=f"{n}?"))["type"] == "ack"
            await ada.hear(lambda m, n=n: m["type"] == "question" and m["text"] == f"{n}?")
        state = (await log.read(room_log(ROOM), None, 1)).state
        assert [body.text for name, body in state.items() if name.startswith("question:")] == ["1?", "2?", "3?"]


async def test_a_message_is_deleted_and_what_is_none_is_not_found() -> None:
    async with serving(MemoryLog()) as node, joined(node) as ada, joined(node, token=moderator()) as staff:
        said = await ada.do("chat.send", "c-1", text="rude")
        await staff.do("message.delete", "d-1", offset=said["offset"])
        assert (await ada.hear("deleted"))["target"] == said["offset"]
        for offset in (2, 99):
            reject = await staff.do("message.delete", f"d-{offset}-x", offset=offset)
            assert (reject["code"], reject["field"]) == ("not_found", "offset")


async def test_a_ban_closes_sockets_on_every_gateway_and_lasts_until_lifted() -> None:
    log = MemoryLog()
    async with serving(log) as one, serving(log, node_id="g2") as two, joined(one, token=moderator()) as staff:
        async with joined(two, name="Troll") as troll:
            you = (await troll.hear("welcome"))["you"]
            assert (await staff.do("member.ban", "b-1", member=you["id"]))["type"] == "ack"
            assert await troll.closed() == 4300
        for node in (one, two):
            async with greeted(node, you["token"]) as client:
                assert await client.closed() == 4300
        await staff.do("member.unban", "b-2", member=you["id"])
        async with joined(two, token=you["token"]) as back:
            assert (await back.hear("welcome"))["you"]["id"] == you["id"]
        assert [m["action"] for m in staff.messages if m["type"] == "moderated"] == ["ban", "unban"]


async def test_a_ban_for_a_while_says_until_when() -> None:
    async with serving(MemoryLog()) as node, joined(node, token=moderator()) as staff, joined(node) as troll:
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.ban", "b-1", member=you["id"], for_s=60)
        assert await troll.closed() == 4300
        assert "until" in (troll.closed_with[1] or "")


async def test_who_was_kicked_stays_out_for_a_moment() -> None:
    async with serving(MemoryLog()) as node, joined(node, token=moderator()) as staff, joined(node) as troll:
        you = (await troll.hear("welcome"))["you"]
        await staff.do("member.kick", "k-1", member=you["id"])
        assert await troll.closed() == 4301
        async with greeted(node, you["token"]) as client:
            assert await client.closed() == 4301


async def test_nobody_moderates_their_equals_or_betters() -> None:
    log = MemoryLog()
    async with (
        serving(log) as one,
        serving(log, node_id="g2") as two,
        joined(one, token=moderator()) as staff,
        joined(two, token=host()) as boss,
    ):
        for n, target in enumerate((HOST, MODERATOR)):
            reject = await staff.do("member.ban", f"b-{n}", member=target)
            assert (reject["code"], reject["field"]) == ("forbidden", "member")
        assert (await boss.do("member.kick", "k-1", member=MODERATOR))["type"] == "ack"
        assert await staff.closed() == 4301


async def test_the_hosts_word_changes_the_event_and_nonsense_does_not() -> None:
    async with serving(MemoryLog(), directory=Rooms(EventState.SCHEDULED)) as node:
        async with joined(node, token=host()) as boss, joined(node) as ada:
            assert (await boss.do("event.pause", "e-0"))["code"] == "wrong_state"
            for n, (command, state) in enumerate(
                (("event.open", "open"), ("event.start", "live"), ("event.pause", "break"), ("event.end", "ended"))
            ):
                assert (await boss.do(command, f"e-{n + 1}"))["type"] == "ack"
                await ada.hear(lambda m, state=state: m["type"] == "event" and m["state"] == state)
            boss.messages.clear()
            assert (await boss.do("event.end", "e-4"))["type"] == "ack", "sent again, answered again"
            assert (await boss.do("event.start", "e-9"))["code"] == "wrong_state"
        async with joined(node) as late:
            assert (await late.hear("welcome"))["room"]["state"] == "ended"


async def test_a_hand_on_the_wheel_is_written_to_the_staffs_log() -> None:
    log = MemoryLog()
    async with serving(log) as node, joined(node, token=host()) as boss, joined(node) as ada:
        for n, (command, fields) in enumerate(
            (
                ("contingency.force", {"rung": "audio"}),
                ("contingency.pin", {"rung": "slate"}),
                ("contingency.veto", {"for_s": 30}),
            )
        ):
            assert (await boss.do(command, f"w-{n}", **fields))["type"] == "ack"
            state = (await log.read(staff_log(ROOM), None, 1)).state
            assert state["override"].action == command.removeprefix("contingency.")
        await boss.do("contingency.release", "w-9")
        assert "override" not in (await log.read(staff_log(ROOM), None, 1)).state
        await boss.hear(lambda m: m["type"] == "override" and m["action"] == "release" and m["log"] == "staff")
        assert not any(m["type"] == "override" for m in ada.messages)


async def test_a_tip_is_acked_with_what_became_of_it_and_later_news_comes_to_its_giver_alone() -> None:
    log, till = MemoryLog(), Till()
    async with serving(log, payments=till) as node, joined(node) as ada, joined(node, name="Ben") as ben:
        you = (await ada.hear("welcome"))["you"]
        ack = await ada.do("tip.send", "t-1", amount=500, currency="EUR")
        assert (ack["status"], ack["tip"]) == ("pending", f"tip-{you['id']}-t-1")
        action = await ada.do("tip.send", "t-2", amount=14)
        assert action["action"] == {"url": "https://pay.example/1"}
        status = TipStatus(tip=ack["tip"], status="confirmed", member=MemberId(you["id"]))
        await log.publish(room_log(ROOM), status)
        assert (await ada.hear("tip.status"))["status"] == "confirmed"
        await ada.do("chat.send", "c", text="!")
        await ben.hear("chat")
        assert not any(m["type"] == "tip.status" for m in ben.messages)


class BrokenLog(MemoryLog):
    """A log that can be away."""

    is_away = False

    async def standing(self, event: EventId, member: MemberId) -> Standing:
        if self.is_away:
            raise Outage("log")
        return await super().standing(event, member)

    async def append(self, log: LogId, draft: Draft) -> Any:
        if self.is_away:
            raise Outage("log")
        return await super().append(log, draft)


class SlowTill(Till):
    """Takes its time over the first tip."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()

    async def tip(
        self, member: Person, event: EventId, room: RoomId, amount: int, currency: str, text: str, key: str
    ) -> TipOutcome:
        await self.may_go_on.wait()
        return await super().tip(member, event, room, amount, currency, text, key)


async def test_nobody_pays_for_what_they_may_not_say() -> None:
    log, till = BrokenLog(), Till()
    async with serving(log, payments=till) as node, joined(node) as ada:
        you = MemberId((await ada.hear("welcome"))["you"]["id"])
        author = Person(MemberId(MODERATOR), "Mo", Role.MODERATOR)
        for n, (standing, code) in enumerate(
            ((Standing(muted_until_ms=-1), "muted"), (Standing(banned_until_ms=-1), "banned"))
        ):
            draft = Draft(Chat(author=author, text="!"), f"s-{n}", author.id, standings={you: standing})
            await log.append(room_log(ROOM), draft)
            assert (await ada.do("tip.send", f"t-{n}", amount=5))["code"] == code
        assert not till.taken
        log.is_away = True
        assert (await ada.do("tip.send", "t-9", amount=5))["type"] == "ack", "the till does not hang on the log"


async def test_while_the_log_is_away_commands_are_turned_down_for_now() -> None:
    log = BrokenLog()
    async with serving(log) as node, joined(node) as ada:
        log.is_away = True
        reject = await ada.do("chat.send", "c-1", text="hello?")
        assert (reject["code"], reject["retry_after_s"]) == ("unavailable", 2.0)
        log.is_away = False
        ada.messages.clear()
        assert (await ada.do("chat.send", "c-1", text="hello?"))["type"] == "ack"


async def test_one_members_commands_are_carried_out_in_turn_and_not_without_end() -> None:
    till = SlowTill()
    async with serving(MemoryLog(), payments=till) as node, joined(node) as ada, joined(node) as ben:
        await ada.say(type="tip.send", key="t", amount=5)
        await ada.say(type="chat.send", key="c", text="after")
        assert (await ben.do("chat.send", "b", text="before"))["offset"] == 1
        till.may_go_on.set()
        assert (await ada.answer("c"))["offset"] == 2


async def test_what_an_older_host_wrote_is_known_to_who_comes_later() -> None:
    log = MemoryLog()
    body = EventChanged(state=EventState.BREAK, reason="Back at nine")
    author = Person(MemberId(HOST), "Ada", Role.HOST)
    await log.append(room_log(ROOM), Draft(body, "e", author.id, checked=False, sets={"event": body}))
    await log.append(room_log(ROOM), Draft(Chat(author=author, text="hi"), "c", author.id))
    async with serving(log) as node, joined(node) as ada:
        welcome = await ada.hear("welcome")
        assert (welcome["room"]["state"], welcome["room"]["state_reason"]) == ("break", "Back at nine")
        assert [entry["type"] for entry in welcome["history"]] == ["event", "chat"]
        assert welcome["history"][1]["from"]["role"] == "host"
